// The kernel as cells: arrows move, typing replaces, Enter goes down; beyond 7 x 7 as lines of text.
//
//   rows -> cells or text; what is typed -> rows, with a text where a cell holds no number -> onChange

import { make } from "../dom.js";
import { roving } from "../roving.js";
import { brief, exact, parseNumber } from "./numbers.js";
import { IN_CELLS, tint } from "./trace.js";

/** @typedef {(number | string)[][]} Rows */

export class KernelGrid {
  #grid = make("div", "lab-kernel-grid");
  #text = make("textarea", "field lab-kernel-text");
  element = make("div", "lab-kernel-box", this.#grid, this.#text);
  /** @type {Rows} */
  #rows = [];
  /** @type {HTMLInputElement[]} */
  #cells = [];
  /** What was last handed on as done. */
  #asked = "";
  #onChange;
  #stop;

  /** @param {(rows: Rows, isDone: boolean) => void} onChange `isDone`: the person went on, so what is wrong may be said */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#grid.setAttribute("role", "grid");
    this.#grid.setAttribute("aria-label", "Kernel");
    this.#text.setAttribute("aria-label", "Kernel, a line a row");
    this.#text.spellcheck = false;
    this.#text.hidden = true;
    this.#text.addEventListener("input", () => this.#typed(readText(this.#text.value), false));
    this.#text.addEventListener("change", () => this.#typed(readText(this.#text.value), true));
    const columns = () => this.#rows[0]?.length ?? 1;
    this.#stop = roving(this.#grid, () => this.#cells, { columns }).stop;
    this.#grid.addEventListener("focusin", ({ target }) => {
      const index = this.#cells.indexOf(/** @type {HTMLInputElement} */ (target));
      if (index < 0) return;
      this.#cells[index].value = exact(this.#at(index));
      this.#cells[index].select();
    });
    this.#grid.addEventListener("focusout", ({ target }) => {
      const index = this.#cells.indexOf(/** @type {HTMLInputElement} */ (target));
      if (index >= 0) this.#cells[index].value = brief(this.#at(index));
    });
    this.#grid.addEventListener("input", ({ target }) => this.#cellTyped(target, false));
    this.#grid.addEventListener("change", ({ target }) => this.#cellTyped(target, true));
    this.#grid.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const index = this.#cells.indexOf(/** @type {HTMLInputElement} */ (event.target));
      this.#cellTyped(event.target, true);
      this.#cells[index + columns()]?.focus();
    });
  }

  /** @param {Rows} rows */
  show(rows) {
    const isText = rows.length > IN_CELLS || rows[0].length > IN_CELLS;
    const isOther = rows.length !== this.#rows.length || rows[0].length !== this.#rows[0]?.length;
    this.#rows = rows;
    this.#grid.hidden = isText;
    this.#text.hidden = !isText;
    if (isText) {
      if (!sameRows(readText(this.#text.value), rows)) this.#text.value = rows.map((row) => row.join(" ")).join("\n");
      this.#text.rows = Math.min(rows.length, 12);
      this.#text.ariaInvalid = String(!rows.flat().every(isNumber));
      return;
    }
    if (isOther || !this.#cells.length) this.#build();
    const most = Math.max(...rows.flat().map((cell) => (isNumber(cell) ? Math.abs(cell) : 0)));
    for (const [index, cell] of this.#cells.entries()) this.#render(cell, index, most);
  }

  /** @param {HTMLInputElement} cell @param {number} index @param {number} most */
  #render(cell, index, most) {
    const value = this.#at(index);
    const box = /** @type {HTMLElement} */ (cell.parentElement);
    if (document.activeElement !== cell) cell.value = brief(value);
    else if (parseNumber(cell.value) !== value && cell.value !== value) cell.value = exact(value);
    cell.title = exact(value);
    cell.ariaInvalid = String(!isNumber(value));
    tint(box, isNumber(value) ? value : 0, most);
  }

  #build() {
    const columns = this.#rows[0].length;
    this.#grid.style.setProperty("--columns", String(columns));
    this.#grid.dataset.columns = String(columns);
    this.#cells = [];
    const rows = this.#rows.map((row, y) => {
      const cells = row.map((_, x) => this.#cell(x, y));
      const element = make("div", "lab-kernel-row", ...cells);
      element.setAttribute("role", "row");
      return element;
    });
    this.#grid.replaceChildren(...rows);
    this.#stop(0);
  }

  /** @param {number} x @param {number} y */
  #cell(x, y) {
    const input = make("input", "");
    Object.assign(input, { type: "text", inputMode: "text", autocomplete: "off" });
    input.setAttribute("aria-label", `Row ${y + 1}, column ${x + 1}`);
    this.#cells.push(input);
    const cell = make("div", "lab-kernel-cell", input);
    cell.setAttribute("role", "gridcell");
    return cell;
  }

  /** @param {number} index */
  #at(index) {
    const columns = this.#rows[0].length;
    return this.#rows[Math.floor(index / columns)][index % columns];
  }

  /** @param {EventTarget | null} target @param {boolean} isDone */
  #cellTyped(target, isDone) {
    const index = this.#cells.indexOf(/** @type {HTMLInputElement} */ (target));
    if (index < 0) return;
    const columns = this.#rows[0].length;
    const text = this.#cells[index].value;
    // A learned number is shown short until one is in its cell: the same text changes nothing.
    if (text === brief(this.#at(index)) && isDone && isNumber(this.#at(index))) return;
    const value = parseNumber(text) ?? text;
    const place = [Math.floor(index / columns), index % columns];
    this.#typed(this.#rows.map((row, y) => row.map((cell, x) => (y === place[0] && x === place[1] ? value : cell))), isDone);
  }

  /** @param {Rows} rows @param {boolean} isDone */
  #typed(rows, isDone) {
    const text = JSON.stringify(rows);
    // Enter, and then the cell that is left: what is wrong is asked once.
    if (isDone && text === JSON.stringify(this.#rows) && (rows.flat().every(isNumber) || text === this.#asked)) return;
    this.#asked = isDone ? text : "";
    this.#onChange(rows, isDone);
  }
}

/** @param {number | string} cell @returns {cell is number} */
function isNumber(cell) {
  return typeof cell === "number";
}

/** @param {string} text @returns {Rows} at least one cell */
function readText(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  const rows = lines.map((line) => line.trim().split(/[\s,;]+/).map((cell) => parseNumber(cell) ?? cell));
  return rows.length ? rows : [[""]];
}

/** @param {Rows} a @param {Rows} b */
function sameRows(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

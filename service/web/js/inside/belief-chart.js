// Belief by row as a picture: a column for each row that was read, a line for each class; and the picture, covered
// below the row that was read.

import { make } from "../dom.js";
import { paint } from "./paint.js";

/** @typedef {import("./types.js").Field} Field */

export class BeliefChart {
  #canvas = make("canvas", "inside-input");
  #cover = make("span", "belief-cover");
  #labels = make("div", "belief-labels");
  #cells = make("div", "belief-cells");
  #veil = make("span", "belief-veil");
  #frame = make("span", "belief-frame");
  #ticks = make("div", "belief-ticks");
  #picture = make("div", "belief-picture", this.#canvas, this.#cover);
  #heat = make("div", "belief-heat", this.#cells, this.#veil, this.#frame);
  element = make("div", "belief-body", this.#picture, make("div", "belief-chart", this.#labels, this.#heat, this.#ticks));
  /** @type {Field | null} */
  #field = null;
  #count = 28;

  /** @param {(row: number) => void} onRow pressed */
  constructor(onRow) {
    this.#canvas.setAttribute("aria-hidden", "true");
    this.#labels.setAttribute("aria-hidden", "true");
    this.#ticks.setAttribute("aria-hidden", "true");
    this.#cells.setAttribute("role", "img");
    this.#frame.hidden = true; // until a row is read
    const point = (/** @type {PointerEvent} */ event) => {
      const box = this.#heat.getBoundingClientRect();
      const row = Math.ceil(((event.clientX - box.left) / box.width) * this.#count);
      onRow(Math.min(this.#count, Math.max(1, row)));
    };
    this.#heat.addEventListener("pointerdown", point);
    this.#heat.addEventListener("pointermove", (event) => event.buttons === 1 && point(event));
  }

  /** @param {string[]} labels of the classes, a line each */
  name(labels) {
    this.#labels.replaceChildren(...labels.map((label) => make("span", "", label)));
    this.element.style.setProperty("--classes", String(labels.length));
  }

  /** @param {number[][]} rows probabilities after each @param {string[]} labels @param {Field} field what the model saw */
  show(rows, labels, field) {
    this.#field = field;
    this.#count = rows.length;
    this.name(labels);
    this.element.style.setProperty("--rows", String(rows.length));
    const cells = labels.flatMap((_, index) =>
      rows.map((shares) => {
        const cell = make("i", "");
        cell.style.setProperty("--mix", `${Math.round(1000 * shares[index]) / 10}%`);
        return cell;
      }),
    );
    this.#cells.replaceChildren(...cells);
    const marks = rows.map((_, index) => index + 1).filter((row) => row === 1 || row % 5 === 0 || row === rows.length);
    this.#ticks.replaceChildren(...marks.map((row) => this.#tick(row)));
    this.#cells.setAttribute("aria-label", `Probability of each class after each of ${rows.length} rows. The table below has the numbers.`);
    this.paint();
  }

  /** @param {number} row how many were read, 1 to all */
  mark(row) {
    const share = (/** @type {number} */ rows) => `${(100 * rows) / this.#count}%`;
    this.#frame.hidden = false;
    this.#frame.style.left = share(row - 1);
    this.#frame.style.width = share(1);
    this.#veil.style.left = share(row);
    this.#cover.style.top = share(row);
    for (const tick of this.#ticks.children) tick.classList.toggle("now", tick.textContent === String(row));
  }

  paint() {
    if (this.#field) paint(this.#canvas, this.#field);
  }

  /** @param {number} row */
  #tick(row) {
    const tick = make("span", "", String(row));
    tick.style.left = `${(100 * (row - 0.5)) / this.#count}%`;
    return tick;
  }
}

// The units of a dense layer: a strip of cells, each with its number; and the probabilities at the end as bars.

import { make } from "../dom.js";
import { percent } from "../format.js";
import { listenToChoices, markPinned } from "./choosing.js";
import { decimal, inSentence, targetName } from "./words.js";

/** @typedef {import("./types.js").Events} Events */
/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./types.js").Target} Target */

const MOST_MIX = 50; // percent: ink stays readable on it

export class UnitGrid {
  element = make("div", "units");
  /** @type {Target[]} */
  #targets = [];
  #cells;
  #layer;

  /** @param {Layer} layer @param {Events} events @param {string[]} labels of the classes, where a unit stands for each */
  constructor(layer, events, labels) {
    this.#layer = layer;
    const count = layer.shape.at(-1) ?? 0;
    const names = labels.length === count ? labels : [];
    this.#cells = Array.from({ length: count }, (_, index) => {
      const cell = make("button", "unit", make("span", "unit-name", names[index] ?? ""), make("span", "unit-value", "\u00A0"));
      cell.type = "button";
      cell.setAttribute("aria-label", names[index] ?? targetName(layer, index));
      return cell;
    });
    this.element.append(...this.#cells);
    this.element.dataset.named = String(names.length > 0);
    this.element.style.setProperty("--count", String(count));
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", `Units of ${inSentence(layer.title)}`);
    const columns = () => getComputedStyle(this.element).gridTemplateColumns.split(" ").length; // as the sheet has them
    listenToChoices(this.element, () => this.#cells, (index) => this.target(index), columns, events);
  }

  /** @param {number[]} values */
  show(values) {
    const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
    this.#targets = values.map((value, index) => ({ layer: this.#layer, index, min: value, max: value, field: null, values: null }));
    this.#cells.forEach((cell, index) => {
      const value = values[index];
      cell.style.setProperty("--mix", `${(MOST_MIX * Math.abs(value)) / most}%`);
      cell.dataset.sign = value < 0 ? "minus" : value > 0 ? "plus" : "zero";
      cell.children[1].textContent = value === 0 ? "0" : decimal(value);
      const name = cell.children[0].textContent || targetName(this.#layer, index);
      cell.setAttribute("aria-label", `${name}: ${decimal(value)}`);
    });
  }

  /** @param {number} index @returns {Target | null} */
  target(index) {
    return this.#targets[index] ?? null;
  }

  /** @param {number | null} index */
  mark(index) {
    markPinned(this.#cells, index);
  }

  paint() {}
}

export class OutputBars {
  element = make("ol", "out-bars");
  #rows;
  #layer;
  /** @type {number[]} */
  #values = [];

  /** @param {Layer} layer @param {Events} events @param {string[]} labels */
  constructor(layer, events, labels) {
    this.#layer = layer;
    this.#rows = labels.map((label, index) => {
      const fill = make("span", "out-fill");
      const track = make("span", "out-track", fill);
      track.setAttribute("aria-hidden", "true");
      const press = make("button", "out-label", label);
      press.type = "button";
      press.title = "How did this number come about?";
      press.addEventListener("click", () => {
        const target = this.target(index);
        if (target) events.onPin(target);
      });
      return { row: make("li", "", press, track, make("span", "number", "–")), fill, press };
    });
    this.element.append(...this.#rows.map(({ row }) => row));
    this.element.setAttribute("aria-label", "Probabilities");
  }

  /** @param {number[]} probabilities */
  show(probabilities) {
    this.#values = probabilities;
    const most = Math.max(...probabilities);
    this.#rows.forEach(({ row, fill }, index) => {
      fill.style.width = `${100 * probabilities[index]}%`;
      row.classList.toggle("top", probabilities[index] === most);
      row.children[2].textContent = percent(probabilities[index]);
    });
  }

  /** @param {number} index @returns {Target | null} */
  target(index) {
    const value = this.#values[index];
    if (value === undefined) return null;
    return { layer: this.#layer, index, min: value, max: value, field: null, values: null };
  }

  /** @param {number | null} index */
  mark(index) {
    for (const [place, { press }] of this.#rows.entries()) {
      if (place === index) press.setAttribute("aria-current", "true");
      else press.removeAttribute("aria-current");
    }
  }

  paint() {}
}

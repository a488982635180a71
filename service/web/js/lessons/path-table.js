// The table beside the surface: which methods are drawn, and where each is after the step.

import { make } from "../dom.js";
import { figure } from "./numbers.js";
import { everLeaves, standing } from "./paths.js";
import { lineSample } from "./series.js";
import { divergedWords, leftWords } from "./words.js";

/** @typedef {import("./types.js").Surface} Surface */
/** @typedef {import("./surface-canvas.js").Shown} Shown */

/**
 * @typedef {object} Row
 * @property {HTMLTableRowElement} element
 * @property {HTMLInputElement} box
 * @property {HTMLElement} left
 * @property {HTMLElement} height
 * @property {HTMLElement} distance
 */

export class PathTable {
  #title = make("h2", "");
  #body = make("tbody", "");
  element;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {Set<string>} */
  #chosen = new Set();
  #onChoose;

  /** @param {(methods: Set<string>) => void} onChoose */
  constructor(onChoose) {
    this.#onChoose = onChoose;
    const heads = ["Method", "Height", "From the lowest point"].map((text, index) => {
      const head = make("th", index ? "number" : "", text);
      head.scope = "col";
      return head;
    });
    const table = make("table", "numbers path-table", make("thead", "", make("tr", "", ...heads)), this.#body);
    table.createCaption().append(make("span", "visually-hidden", "Where each method is after the step"));
    this.element = make("section", "card path-card", this.#title, table);
  }

  /** @param {Surface} surface @param {Shown[]} paths of all methods @param {number} step @param {Set<string>} chosen */
  show(surface, paths, step, chosen) {
    this.#chosen = chosen;
    this.#title.textContent = `After ${step} ${step === 1 ? "step" : "steps"}`;
    for (const { path, style, name } of paths) {
      const row = this.#rows.get(path.method) ?? this.#add(path.method, style, name);
      const { height, distance, leftAt, hasDiverged } = standing(surface, path, step);
      row.box.checked = chosen.has(path.method);
      row.element.dataset.drawn = String(row.box.checked);
      row.left.hidden = !everLeaves(surface, path); // its line is kept free, so that nothing jumps while it plays
      row.left.textContent = hasDiverged && path.diverged_at !== null ? divergedWords(path.diverged_at) : leftAt ? leftWords(leftAt) : "\u00A0";
      row.height.textContent = hasDiverged ? "–" : figure(height);
      row.distance.textContent = hasDiverged ? "–" : figure(distance);
    }
  }

  /** @param {string} method @param {number} style @param {string} name @returns {Row} */
  #add(method, style, name) {
    const box = make("input", "");
    box.type = "checkbox";
    box.addEventListener("change", () => {
      const methods = new Set(this.#chosen);
      if (box.checked) methods.add(method);
      else methods.delete(method);
      this.#onChoose(methods);
    });
    const left = make("span", "caption left", "");
    const height = make("td", "number");
    const distance = make("td", "number");
    const head = make("th", "", make("label", "method", box, lineSample(style), make("span", "", name)), left);
    head.scope = "row";
    const row = { element: make("tr", "", head, height, distance), box, left, height, distance };
    this.#rows.set(method, row);
    this.#body.append(row.element);
    return row;
  }
}

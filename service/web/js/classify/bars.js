// Probabilities as bars with numbers: one row a class, in the order of the labels; two classes share one bar.
//
// The list is the text alternative: label and number are text, the bar is decoration.

import { byId, make } from "../dom.js";
import { percent } from "../format.js";

/** @typedef {import("../types.js").Ranked} Ranked */
/** @typedef {"verdict" | "none"} Tone whether the top bar may look like a verdict */

const MOST = 10;

export class Bars {
  #list = byId("bars", HTMLOListElement);
  #podium = byId("podium", HTMLElement);
  /** @type {Map<number, {row: HTMLElement, fill: HTMLElement, label: HTMLElement, number: HTMLElement}>} */
  #rows = new Map();
  /** @type {string[]} */
  #labels = [];

  /** Lays a row out for each class, without numbers. @param {string[]} labels */
  setLabels(labels) {
    this.#labels = labels;
    const isShort = labels.every((label) => label.length <= 2);
    this.#list.dataset.labels = labels.length === 2 ? "two" : isShort ? "short" : "words";
    this.#layOut(labels.slice(0, MOST).map((_, index) => index));
    this.clear();
  }

  clear() {
    this.#list.dataset.tone = "none";
    this.#podium.textContent = "\u00A0";
    for (const { row, fill, number } of this.#rows.values()) {
      row.classList.remove("top");
      fill.style.setProperty("--share", "0");
      number.textContent = "–";
    }
  }

  /**
   * @param {Ranked[]} top most likely first
   * @param {Tone} tone
   * @param {boolean} isLive the pen is down: the data are the motion, so the bars have none of their own
   */
  show(top, tone, isLive) {
    if (this.#labels.length > MOST) this.#layOut(top.map((entry) => entry.index));
    this.#list.dataset.tone = tone;
    this.#list.classList.toggle("live", isLive);
    top.forEach(({ index, probability }, place) => {
      const cells = this.#rows.get(index);
      if (!cells) return;
      cells.row.classList.toggle("top", place === 0);
      const isTwo = this.#list.dataset.labels === "two";
      cells.fill.style.setProperty("--share", String(isTwo ? Math.max(0, probability - 0.5) : probability));
      cells.number.textContent = percent(probability);
    });
    this.#podium.replaceChildren(...podium(top.slice(0, 3)));
  }

  /** @param {number[]} indices */
  #layOut(indices) {
    this.#rows.clear();
    const rows = indices.map((index) => {
      const label = make("span", "label", this.#labels[index]);
      const fill = make("span", "fill");
      const track = make("span", "track", fill);
      track.setAttribute("aria-hidden", "true");
      const number = make("span", "number");
      const row = make("li", "", label, track, number);
      label.title = this.#labels[index];
      this.#rows.set(index, { row, fill, label, number });
      return row;
    });
    this.#list.replaceChildren(...rows);
  }
}

/** "4 99.3 % · 9 0.7 %", for where the bars have no room for numbers. @param {Ranked[]} entries */
function podium(entries) {
  return entries.flatMap(({ label, probability }, place) => [
    place ? "\u2002·\u2002" : "",
    make("b", "", label),
    `\u00A0${percent(probability)}`,
  ]);
}

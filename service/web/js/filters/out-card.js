// The Out card: the result, what its tones mean, and the products that made the chosen pixel.

import { dataTable } from "../data-table.js";
import { make } from "../dom.js";
import { duration } from "../format.js";
import { drawBlob, drawPng } from "../png.js";
import { Frame } from "./frame.js";
import { figure } from "./numbers.js";
import { ProductsPart } from "./trace.js";
import { rangeEnds, rangeWords, sizeText } from "./words.js";

/** @typedef {import("./types.js").Filtered} Filtered */
/** @typedef {import("./types.js").Scale} Scale */

export class OutCard {
  frame;
  products = new ProductsPart();
  note = make("div", "note-slot");
  #size = make("span", "caption number", "\u00A0");
  #save = make("button", "button card-action", "Save");
  #low = make("span", "number", "\u00A0");
  #high = make("span", "number", "\u00A0");
  #range = make("p", "caption range-words number", "\u00A0");
  #numbers = make("div", "out-numbers");
  #spare = make("canvas", "");
  element = make("section", "card lab-out");

  /** @param {{onSave: () => Promise<void>, onPoint: import("./frame.js").Place, onMove: import("./frame.js").Place}} events */
  constructor({ onSave, onPoint, onMove }) {
    this.frame = new Frame("The result. Arrow keys choose the pixel that is explained.", onPoint, onMove);
    this.#save.type = "button";
    this.#save.disabled = true;
    this.#save.addEventListener("click", async () => {
      this.#save.disabled = true;
      this.#save.textContent = "Saving";
      await onSave();
      this.#save.textContent = "Save";
      this.#save.disabled = false;
    });
    const head = make("div", "lab-head", make("h2", "", "Out"), this.#size);
    const bar = make("div", "tone-bar", this.#low, make("span", "tones"), this.#high);
    bar.setAttribute("aria-hidden", "true");
    this.element.setAttribute("aria-label", "Out");
    this.element.append(
      make("div", "shot", head, this.frame.element),
      make("div", "lab-side", bar, make("div", "range-row", this.#range, this.#save), this.note, this.products.element, this.#numbers),
    );
  }

  /** The picture alone, before its numbers come. @param {Blob} blob @param {() => boolean} isWanted */
  async showPicture(blob, isWanted) {
    await drawBlob(this.#spare, blob);
    this.#take(isWanted);
  }

  /** @param {Filtered & {milliseconds: number | null}} answer @param {Scale} scale @param {boolean} isInk @param {() => boolean} isWanted */
  async show(answer, scale, isInk, isWanted) {
    await drawPng(this.#spare, answer.image_png);
    if (!this.#take(isWanted)) return;
    const time = answer.milliseconds === null ? "" : ` · ${duration(answer.milliseconds)}`;
    this.#size.textContent = `${sizeText([answer.width, answer.height])}${time}`;
    [this.#low.textContent, this.#high.textContent] = rangeEnds(scale, answer.range);
    this.#range.textContent = rangeWords(answer.range);
    this.element.dataset.ink = String(isInk);
    this.#save.disabled = false;
    this.#list(answer);
  }

  /** From the spare canvas, so that the last picture stands until the new one is whole. @param {() => boolean} isWanted */
  #take(isWanted) {
    if (!isWanted()) return false;
    const { canvas } = this.frame;
    canvas.width = this.#spare.width;
    canvas.height = this.#spare.height;
    canvas.getContext("2d")?.drawImage(this.#spare, 0, 0);
    this.frame.shaped();
    return true;
  }

  /** The numbers themselves, where they are few. @param {Filtered} answer */
  #list({ values, width, channels }) {
    const wasOpen = this.#numbers.querySelector("details")?.open ?? false;
    if (!values || channels > 1) {
      this.#numbers.replaceChildren();
      return;
    }
    const heads = ["row", ...Array.from({ length: width }, (_, x) => String(x))];
    const rows = values.map((row, y) => [y, ...row.map(([value]) => figure(value))]);
    const table = dataTable("Every number of the result", heads, rows, "Show all numbers");
    table.open = wasOpen;
    this.#numbers.replaceChildren(table);
  }
}

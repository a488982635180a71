// One field of numbers, large: the value under the pointer, or under the cross that the arrow keys move.

import { make } from "../dom.js";
import { announce } from "../live.js";
import { paint } from "./paint.js";

/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./paint.js").Tone} Tone */

const WIDEST = 4; // a single row of numbers is drawn this many times as wide as high

/** @type {Record<string, [number, number]>} key -> columns, rows */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class ValueMap {
  #canvas = make("canvas", "value-canvas");
  #mark = make("span", "value-mark");
  #pinned = make("span", "value-pin");
  #frame = make("div", "value-frame", this.#canvas, this.#pinned, this.#mark);
  #readout = make("p", "caption number value-readout", "\u00A0");
  element = make("div", "value-map", this.#frame, this.#readout);
  /** @type {Field | null} */
  #field = null;
  /** @type {number[][] | null} */
  #values = null;
  /** @type {[number, number] | null} column, row under the pointer or the keys */
  #at = null;
  #tone;
  #words;

  /**
   * @param {Tone} tone
   * @param {(row: number, column: number, value: number) => string} words of the place that is read
   * @param {(row: number, column: number) => void} [onPick] a place was pressed, or Enter upon it
   */
  constructor(tone, words, onPick) {
    this.#tone = tone;
    this.#words = words;
    this.#frame.tabIndex = 0;
    this.#frame.setAttribute("role", "application");
    this.#mark.hidden = this.#pinned.hidden = true;
    this.#frame.addEventListener("pointermove", (event) => this.#point(event));
    this.#frame.addEventListener("pointerdown", (event) => this.#point(event));
    if (onPick) {
      const pick = () => this.#at && onPick(this.#at[1], this.#at[0]);
      this.#frame.addEventListener("click", pick);
      this.#frame.addEventListener("keydown", (event) => event.key === "Enter" && pick());
    }
    this.#frame.addEventListener("pointerleave", () => this.#read(null));
    this.#frame.addEventListener("blur", () => this.#read(null));
    this.#frame.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /**
   * @param {Field} field
   * @param {number[][] | null} values null until they are known: then nothing can be read
   * @param {string} name for those who listen
   */
  show(field, values, name) {
    this.#field = field;
    this.#values = values;
    this.#frame.style.aspectRatio = `${field.width} / ${Math.max(field.height, field.width / WIDEST)}`;
    this.#frame.setAttribute("aria-label", `${name}. ${field.width} by ${field.height}. Arrow keys read its values.`);
    this.#read(this.#at && this.#at[0] < field.width && this.#at[1] < field.height ? this.#at : null);
    this.paint();
  }

  paint() {
    if (this.#field) paint(this.#canvas, this.#field, this.#tone);
  }

  /** @param {PointerEvent} event */
  #point({ clientX, clientY }) {
    if (!this.#field) return;
    const box = this.#canvas.getBoundingClientRect();
    const place = (/** @type {number} */ share, /** @type {number} */ side) => Math.min(side - 1, Math.max(0, Math.floor(share * side)));
    this.#read([
      place((clientX - box.left) / box.width, this.#field.width),
      place((clientY - box.top) / box.height, this.#field.height),
    ]);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const move = MOVES[event.key];
    if (!move || !this.#field || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const { width, height } = this.#field;
    const [x, y] = this.#at ?? [Math.floor(width / 2) - move[0], Math.floor(height / 2) - move[1]];
    this.#read([Math.min(width - 1, Math.max(0, x + move[0])), Math.min(height - 1, Math.max(0, y + move[1]))]);
    announce(this.#readout.textContent ?? "");
  }

  /** @param {[number, number] | null} at */
  #read(at) {
    this.#at = at;
    const value = at && this.#values?.[at[1]]?.[at[0]];
    this.#mark.hidden = !at;
    this.#readout.textContent = at && value !== undefined && value !== null ? this.#words(at[1], at[0], value) : "\u00A0";
    if (!at || !this.#field) return;
    frame(this.#mark, at, this.#field.width, this.#field.height);
  }

  /** Keeps a place framed. @param {[number, number] | null} at column, row */
  pin(at) {
    this.#pinned.hidden = !at || !this.#field;
    if (at && this.#field) frame(this.#pinned, at, this.#field.width, this.#field.height);
  }
}

/** @param {HTMLElement} mark @param {[number, number]} at @param {number} width @param {number} height */
function frame(mark, [x, y], width, height) {
  const part = (/** @type {number} */ pixels, /** @type {number} */ side) => `${(100 * pixels) / side}%`;
  Object.assign(mark.style, { left: part(x, width), top: part(y, height), width: part(1, width), height: part(1, height) });
}

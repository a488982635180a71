// One series beside what two networks make of it: a row each, a bar a step.

import { make, pen2d } from "../dom.js";
import { colour, onTheme, token } from "./series.js";

const GAP = 2; // CSS pixels between bars
const HALF = 0.5;

/** `style` is the series' colour, `low` what the foot of the row stands for. @typedef {{name: string, values: Float64Array | Uint8Array, low: -1 | 0, style: number}} Row */

export class MemoryStrip {
  /** @type {Row[]} */
  #rows = [];
  element = make("div", "memory-strip");

  constructor() {
    this.element.setAttribute("role", "img");
    new ResizeObserver(() => this.#draw()).observe(this.element);
    onTheme(() => this.#draw());
  }

  /** @param {Row[]} rows @param {string} label in words */
  show(rows, label) {
    this.#rows = rows;
    this.element.setAttribute("aria-label", label);
    if (this.element.childElementCount !== 2 * rows.length) {
      this.element.replaceChildren(...rows.flatMap(() => [make("span", "caption", ""), make("canvas", "")]));
    }
    this.#draw();
  }

  #draw() {
    const names = this.element.querySelectorAll("span");
    this.element.querySelectorAll("canvas").forEach((canvas, index) => {
      names[index].textContent = this.#rows[index].name;
      if (canvas.clientWidth) draw(canvas, this.#rows[index]);
    });
  }
}

/** @param {HTMLCanvasElement} canvas @param {Row} row */
function draw(canvas, { values, low, style }) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  const pen = pen2d(canvas);
  pen.scale(devicePixelRatio, devicePixelRatio);
  const step = width / values.length;
  const zero = low ? height / 2 : height - 1;
  const unit = low ? zero - 1 : zero;
  pen.fillStyle = colour(style);
  values.forEach((/** @type {number} */ value, /** @type {number} */ at) => {
    const tall = value * unit;
    pen.fillRect(at * step + GAP / 2, zero - Math.max(tall, 0), step - GAP, Math.abs(tall));
  });
  pen.fillStyle = token("--edge");
  pen.fillRect(0, zero, width, 1);
  if (low) return;
  for (let x = 0; x < width; x += 6) pen.fillRect(x, height - HALF * unit - 1, 2, 1); // one half
}

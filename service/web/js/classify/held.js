// The picture that is read, in the place of the pad, with the box that the service cut out.

import { byId, drawWhole, icon, pen2d } from "../dom.js";

export class Held {
  #canvas = byId("held", HTMLCanvasElement);
  #unreadable = byId("unreadable", HTMLElement);
  /**
   * The picture as drawn, without its box; the frame in CSS pixels; and where the picture lies in it.
   * @type {ReturnType<typeof fit> | null}
   */
  #drawn = null;
  /** @type {number[] | null} */
  #box = null;
  /** @type {File | null} */
  #file = null;
  #newest = 0;

  constructor() {
    new ResizeObserver(() => this.#resized()).observe(this.#canvas);
    new MutationObserver(() => this.#paint()).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
  }

  /** @param {File} file */
  show(file) {
    this.#file = file;
    this.#box = null;
    this.#canvas.setAttribute("aria-label", file.name);
    this.#canvas.hidden = false;
    void this.#load(file);
  }

  /** @param {File} file */
  async #load(file) {
    const turn = (this.#newest += 1);
    const bitmap = await createImageBitmap(file).catch(() => null);
    if (turn === this.#newest) {
      this.#unreadable.hidden = bitmap !== null;
      this.#unreadable.replaceChildren(icon("picture"), "The browser cannot show this file.");
      this.#canvas.hidden = bitmap === null;
      this.#drawn = bitmap && fit(bitmap, this.#canvas);
      this.#paint();
    }
    bitmap?.close();
  }

  #resized() {
    const { clientWidth, clientHeight } = this.#canvas;
    const isOther = this.#drawn && (this.#drawn.width !== clientWidth || this.#drawn.height !== clientHeight);
    if (isOther && clientWidth && this.#file) void this.#load(this.#file);
  }

  /** @param {number[] | null} box x, y, width, height in pixels of the picture */
  setBox(box) {
    this.#box = box;
    this.#paint();
  }

  hide() {
    this.#newest += 1;
    this.#file = this.#drawn = null;
    this.#canvas.hidden = true;
    this.#unreadable.hidden = true;
  }

  #paint() {
    if (!this.#drawn || this.#canvas.hidden) return;
    const { canvas, scale, left, top } = this.#drawn;
    this.#canvas.width = canvas.width;
    this.#canvas.height = canvas.height;
    const context = pen2d(this.#canvas);
    context.drawImage(canvas, 0, 0);
    if (!this.#box) return;
    const [x, y, width, height] = this.#box.map((value) => value * scale);
    context.strokeStyle = getComputedStyle(this.#canvas).getPropertyValue("--accent");
    context.lineWidth = 2 * devicePixelRatio;
    context.strokeRect(left + x, top + y, width, height);
  }
}

/**
 * The picture on a spare canvas of the frame's size.
 * @param {ImageBitmap} bitmap
 * @param {HTMLElement} frame
 */
function fit(bitmap, frame) {
  const { clientWidth: width, clientHeight: height } = frame;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
  canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
  return { canvas, width, height, ...drawWhole(canvas, bitmap) };
}

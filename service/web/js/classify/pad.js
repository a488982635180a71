// The drawing pad: a canvas that shows a Drawing and is drawn on with mouse, pen, finger or keys.
//
//   pointer or key -> Drawing -> redraw on the next frame -> onInk(live) once a frame that changed the ink

import { byId, pen2d } from "../dom.js";
import { listenToKeys } from "./pad-keys.js";
import { Drawing, ink, SIZE } from "./strokes.js";

/** @typedef {import("../types.js").Stroke} Stroke */

export class Pad {
  canvas = byId("pad", HTMLCanvasElement);
  drawing = new Drawing();
  width = 20;
  /** Whether a sample is shown, which makes way for the first stroke. */
  isSample = false;
  /** Where the keyboard's pen stands, and whether it inks. */
  pen = { x: SIZE / 2, y: SIZE / 2, isDown: false };
  #pointer = /** @type {number | null} */ (null);
  #frame = 0;
  #inkChanged = false;
  #onInk;

  /** @param {(live: boolean) => void} onInk `live`: the pen is down, more will follow */
  constructor(onInk) {
    this.#onInk = onInk;
    this.#listenToPointer();
    listenToKeys(this);
    this.canvas.inert = false; // from now on a stroke is not lost
    new ResizeObserver(() => this.redraw()).observe(this.canvas);
    new MutationObserver(() => this.redraw()).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
  }

  get isDrawing() {
    return this.#pointer !== null || this.pen.isDown;
  }

  /** Begins a stroke; a sample makes way. @param {import("../types.js").Point} point */
  begin(point) {
    if (this.isSample) this.drawing.replace([]);
    this.isSample = false;
    this.drawing.begin(point, this.width);
    this.touch();
  }

  /** @param {readonly Stroke[]} strokes @param {boolean} isSample */
  show(strokes, isSample) {
    this.#pointer = null;
    this.isSample = isSample;
    this.drawing.replace(strokes);
    this.touch();
  }

  undo() {
    this.#pointer = null;
    this.drawing.undo();
    this.touch();
  }

  clear() {
    this.#pointer = null;
    this.isSample = false;
    this.drawing.clear();
    this.touch();
  }

  /** The ink changed: show it and tell of it with the next frame. */
  touch() {
    this.#inkChanged = true;
    this.redraw();
  }

  redraw() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#frame = 0;
    const { canvas } = this;
    const pixels = Math.round(canvas.clientWidth * devicePixelRatio);
    if (pixels > 0) {
      if (canvas.width !== pixels || canvas.height !== pixels) canvas.width = canvas.height = pixels;
      const context = pen2d(canvas);
      context.setTransform(pixels / SIZE, 0, 0, pixels / SIZE, 0, 0);
      context.clearRect(0, 0, SIZE, SIZE);
      const style = getComputedStyle(canvas);
      ink(context, this.drawing.strokes, style.getPropertyValue("--ink"));
      if (canvas.matches(":focus-visible")) this.#paintCrossHair(context, style.getPropertyValue("--accent"));
    }
    if (!this.#inkChanged) return;
    this.#inkChanged = false;
    this.#onInk(this.isDrawing);
  }

  /** @param {CanvasRenderingContext2D} context @param {string} colour */
  #paintCrossHair(context, colour) {
    const { x, y, isDown } = this.pen;
    const radius = this.width / 2;
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      context.moveTo(x + dx * radius, y + dy * radius);
      context.lineTo(x + dx * (radius + 8), y + dy * (radius + 8));
    }
    if (isDown) context.fill();
    context.stroke();
  }

  #listenToPointer() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.#pointer !== null) return;
      canvas.setPointerCapture(event.pointerId);
      this.#pointer = event.pointerId;
      this.pen.isDown = false;
      this.begin(this.#point(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.#pointer) return;
      const events = event.getCoalescedEvents?.() ?? [];
      this.drawing.extend(...(events.length ? events : [event]).map((each) => this.#point(each)));
      this.touch();
    });
    const lift = (/** @type {PointerEvent} */ event) => {
      if (event.pointerId !== this.#pointer) return;
      this.#pointer = null;
      this.touch();
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
  }

  /** @param {PointerEvent} event @returns {import("../types.js").Point} */
  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * SIZE,
      y: ((event.clientY - box.top) / box.height) * SIZE,
      // A mouse and most fingers report a constant 0.5: that is no pressure.
      press: event.pointerType === "pen" ? 0.6 + 0.8 * event.pressure : 1,
    };
  }
}

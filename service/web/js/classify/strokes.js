// A drawing as vector strokes in a 280 x 280 space, and how it is inked.
//
// What is sent is drawn anew from the strokes, black on white at 280 x 280, so that theme, zoom and pixel
// ratio never change an answer.

import { pen2d } from "../dom.js";

/** @typedef {import("../types.js").Stroke} Stroke */
/** @typedef {import("../types.js").Point} Point */

export const SIZE = 280;

/**
 * Inks strokes. Between two midpoints the line is a quadratic curve with the point between them as control,
 * each piece in its own width: caps are round, so the pieces join without a seam.
 * @param {CanvasRenderingContext2D} context in units of the 280 x 280 space
 * @param {readonly Stroke[]} strokes
 * @param {string} colour
 */
export function ink(context, strokes, colour) {
  context.strokeStyle = colour;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const { points, width } of strokes) {
    points.forEach((point, index) => {
      const from = middle(points[index - 1] ?? point, point);
      const to = middle(point, points[index + 1] ?? point);
      context.lineWidth = width * point.press;
      context.beginPath();
      context.moveTo(from.x - 0.01, from.y); // a line without length, a dot, would not be inked
      context.quadraticCurveTo(point.x, point.y, to.x, to.y);
      context.stroke();
    });
  }
}

/** @param {Point} a @param {Point} b */
function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** Black on white, as it is read. @param {readonly Stroke[]} strokes @returns {ImageData} */
export function render(strokes) {
  const canvas = document.createElement("canvas");
  canvas.width = SIZE;
  canvas.height = SIZE;
  const context = pen2d(canvas, { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SIZE, SIZE);
  ink(context, strokes, "#000");
  return context.getImageData(0, 0, SIZE, SIZE);
}

/** Strokes from storage, or null where they are none. @param {unknown} value @returns {Stroke[] | null} */
export function asStrokes(value) {
  const isPoint = (/** @type {any} */ p) => [p?.x, p?.y, p?.press].every(Number.isFinite);
  const isStroke = (/** @type {any} */ s) =>
    Number.isFinite(s?.width) && Array.isArray(s.points) && s.points.every(isPoint);
  return Array.isArray(value) && value.every(isStroke) ? value : null;
}

/** The drawing and its past. Lists are replaced, never changed, so that a reader keeps what it was given. */
export class Drawing {
  /** @type {readonly Stroke[]} */
  strokes = [];
  /** @type {(readonly Stroke[])[]} */
  #past = [];

  get isEmpty() {
    return this.strokes.length === 0;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  /** Begins a stroke. @param {Point} point @param {number} width */
  begin(point, width) {
    this.#past.push(this.strokes);
    this.strokes = [...this.strokes, { width, points: [point] }];
  }

  /** Goes on with the last stroke. @param {...Point} points */
  extend(...points) {
    const last = this.strokes[this.strokes.length - 1];
    if (!last) return;
    this.strokes = [...this.strokes.slice(0, -1), { ...last, points: [...last.points, ...points] }];
  }

  clear() {
    if (this.isEmpty) return;
    this.#past.push(this.strokes);
    this.strokes = [];
  }

  undo() {
    this.strokes = this.#past.pop() ?? this.strokes;
  }

  /** Puts other strokes in the place of all, without a past. @param {readonly Stroke[]} strokes */
  replace(strokes) {
    this.strokes = strokes;
    this.#past = [];
  }
}

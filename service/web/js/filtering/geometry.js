// How a window slides over a picture, as service/imaging/convolution/geometry.py has it.
//
//   size, window, stride, padding -> Axis (before, after, output) -> where each padded place comes from

import { outputSize } from "../filters/plan.js";

/** @typedef {import("../filters/types.js").Border} Border */
/** @typedef {import("../filters/types.js").Padding} Padding */

/**
 * `before` and `after` are the padding, `output` the number of places.
 * @typedef {{size: number, window: number, stride: number, before: number, after: number, output: number}} Axis
 */

/** What cannot be done, in a sentence for the person. */
export class Unfit extends Error {}

/**
 * An odd total pads one more at the end. Raises Unfit where nothing comes out.
 * @param {string} name width or height
 * @param {number} size
 * @param {number} window
 * @param {number} stride
 * @param {Padding} padding
 * @returns {Axis}
 */
export function planAxis(name, size, window, stride, padding) {
  const output = outputSize(size, window, stride, padding);
  const total = padding === "same" ? Math.max((output - 1) * stride + window - size, 0) : padding === "valid" ? 0 : padding;
  if (output < 1) {
    throw new Unfit(
      `Nothing comes out: ${name} ${size}, window ${window}, padding ${total}, stride ${stride} give ` +
        `floor((${size} - ${window} + ${total}) / ${stride}) + 1 = ${output}. ` +
        `Take a window of at most ${size + total}, or more padding.`,
    );
  }
  const before = Math.floor(total / 2);
  return { size, window, stride, before, after: total - before, output };
}

/**
 * The index in the picture of each place of the window at an output place; -1 for a zero.
 * @param {Axis} axis
 * @param {number} at
 * @param {Border} border
 */
export function sources({ size, window, stride, before }, at, border) {
  return Int32Array.from({ length: window }, (_, offset) => sourceOf(at * stride - before + offset, size, border));
}

/** @param {number} place @param {number} size @param {Border} border */
function sourceOf(place, size, border) {
  if (place >= 0 && place < size) return place;
  if (border === "zeros") return -1;
  if (border === "edge") return Math.min(Math.max(place, 0), size - 1);
  if (size === 1) return 0;
  const period = 2 * (size - 1); // mirrored about the outermost pixel, again and again
  const turned = ((place % period) + period) % period;
  return Math.min(turned, period - turned);
}

// Resizing grey pictures as Pillow does it: averaged where they shrink, else bilinear, in fixed point.
//
// Coefficients have 22 bits behind the point, and each of the two passes ends in whole grey levels:
// https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c

import { cut } from "./plane.js";

/** @typedef {import("./plane.js").Box} Box */
/** @typedef {import("./plane.js").Grey} Grey */
/** @typedef {{support: number, of: (x: number) => number}} Filter */

const BITS = 22;
/** @type {Filter} */
const AVERAGE = { support: 0.5, of: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };
/** @type {Filter} */
const LINEAR = { support: 1, of: (x) => Math.max(0, 1 - Math.abs(x)) };

/**
 * @param {Grey} picture
 * @param {number[]} size width, height
 * @param {Box} [box] the part that is taken
 * @returns {Grey}
 */
export function resize(picture, [width, height], box) {
  const from = box ? cut(picture, box) : picture;
  const filter = Math.max(width, height) < Math.max(from.width, from.height) ? AVERAGE : LINEAR;
  const across = (/** @type {Grey} */ of) => (of.width === width ? of : pass(of, width, of.height, filter, true));
  const down = (/** @type {Grey} */ of) => (of.height === height ? of : pass(of, of.width, height, filter, false));
  // Pillow 13 takes rows away first where they are many more than the columns.
  const isTall = from.height > height && from.height - height > 2 * (from.width - width);
  return isTall ? across(down(from)) : down(across(from));
}

/** Every second row and column, each the mean of four pixels. @param {Grey} picture @returns {Grey} */
export function halve({ values, width, height }) {
  const half = { values: new Uint8Array((width * height) / 4), width: width / 2, height: height / 2 };
  for (let y = 0, at = 0; y < half.height; y += 1) {
    for (let x = 0; x < half.width; x += 1, at += 1) {
      const i = 2 * (y * width + x);
      half.values[at] = (values[i] + values[i + 1] + values[i + width] + values[i + width + 1] + 2) >> 2;
    }
  }
  return half;
}

/**
 * @param {Grey} from @param {number} width @param {number} height @param {Filter} filter @param {boolean} isAcross
 * @returns {Grey}
 */
function pass(from, width, height, filter, isAcross) {
  const windows = isAcross ? coefficients(from.width, width, filter) : coefficients(from.height, height, filter);
  const values = new Uint8Array(width * height);
  const step = isAcross ? 1 : width;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const { first, weights } = windows[isAcross ? x : y];
      let at = isAcross ? y * from.width + first : first * width + x;
      let sum = 2 ** (BITS - 1);
      for (const weight of weights) {
        sum += from.values[at] * weight;
        at += step;
      }
      values[y * width + x] = Math.min(255, Math.max(0, Math.floor(sum / 2 ** BITS)));
    }
  }
  return { values, width, height };
}

/**
 * Of each pixel that comes out: the first that goes in, and the weights.
 * @param {number} from @param {number} to @param {Filter} filter
 */
function coefficients(from, to, { support, of }) {
  const scale = from / to;
  const wide = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * wide + 0.5));
    const last = Math.min(from, Math.trunc(centre + support * wide + 0.5));
    const shares = Array.from({ length: last - first }, (_, i) => of((i + first - centre + 0.5) * (1 / wide)));
    const sum = shares.reduce((a, b) => a + b, 0);
    return { first, weights: shares.map((share) => Math.trunc(0.5 + (share / sum) * 2 ** BITS)) };
  });
}

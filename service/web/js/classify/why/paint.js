// An explanation over the picture that the network saw, in the colours of the theme.
//
//   tones of the picture + a number for each pixel (-1..1) -> canvas: pale ink, with blue and rust over it

import { pen2d } from "../../dom.js";
import { palette } from "../../inside/paint.js";

/** @typedef {import("./types.js").ChangedPixel} ChangedPixel */
/** @typedef {import("./types.js").Occlusion} Occlusion */
/** @typedef {{width: number, height: number, tones: Uint8Array}} Seen */

const PALE = 0.42; // of the ink, so that the colours are seen
const MOST = 0.9; // of a colour at its strongest

/** The mean fall of the patches over each pixel, divided by the largest. @param {Occlusion} occlusion @param {Seen} seen */
export function heatOf({ map, patch, stride }, { width, height }) {
  const total = new Float32Array(width * height);
  const count = new Float32Array(width * height);
  for (const [i, row] of map.entries()) {
    for (const [j, fall] of row.entries()) {
      for (let y = i * stride; y < i * stride + patch; y += 1) {
        for (let x = j * stride; x < j * stride + patch; x += 1) {
          total[y * width + x] += fall;
          count[y * width + x] += 1;
        }
      }
    }
  }
  return normal(total.map((sum, at) => sum / Math.max(1, count[at])));
}

/** A coarse map over all of the picture. @param {number[][]} map @param {Seen} seen */
export function stretched(map, { width, height }) {
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const row = map[Math.floor((y * map.length) / height)];
    for (let x = 0; x < width; x += 1) values[y * width + x] = row[Math.floor((x * row.length) / width)];
  }
  return normal(values);
}

/** Blue where ink was made, rust where paper. @param {ChangedPixel[]} pixels @param {Seen} seen */
export function changed(pixels, { width, height }) {
  const values = new Float32Array(width * height);
  for (const { x, y, to } of pixels) values[y * width + x] = to > 0.5 ? 1 : -1;
  return values;
}

/** @param {Float32Array} values */
function normal(values) {
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return most > 0 ? values.map((value) => value / most) : values;
}

/** @param {HTMLCanvasElement} canvas @param {Seen} seen @param {Float32Array} shares */
export function paintOver(canvas, { width, height, tones }, shares) {
  const { paper, plus, minus } = palette("accent");
  const ink = palette("ink").plus;
  const pixels = new ImageData(width, height);
  for (let at = 0; at < width * height; at += 1) {
    const colour = shares[at] < 0 ? minus : plus;
    const mix = MOST * Math.abs(shares[at]);
    for (let part = 0; part < 3; part += 1) {
      const ground = paper[part] + ((PALE * tones[at]) / 255) * (ink[part] - paper[part]);
      pixels.data[4 * at + part] = ground + mix * (colour[part] - ground);
    }
    pixels.data[4 * at + 3] = 255;
  }
  canvas.width = width;
  canvas.height = height;
  pen2d(canvas).putImageData(pixels, 0, 0);
}

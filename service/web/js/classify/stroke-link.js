// A drawing in an address: strokes <-> base64url.
//
// Bytes: the pen's width, then per stroke a count and x, y in 0..255. A count of 0 brings another width. Pressure
// is left out. Points nearer than SPACING to the last one are left out too.

import { SIZE } from "./strokes.js";

/** @typedef {import("../types.js").Stroke} Stroke */
/** @typedef {import("../types.js").Point} Point */

const SPACING = 5; // units of the pad
const MOST_CHARACTERS = 1500;
const MOST_POINTS = 255; // a count is one byte

/** @param {readonly Stroke[]} strokes @returns {string | null} null where it would be too long for an address */
export function encodeStrokes(strokes) {
  if (!strokes.length) return null;
  let width = Math.round(strokes[0].width);
  const bytes = [width];
  for (const stroke of strokes) {
    if (Math.round(stroke.width) !== width) {
      width = Math.round(stroke.width);
      bytes.push(0, width);
    }
    const points = thinned(stroke.points);
    // A part begins where the last one ended, so that no gap shows.
    for (let from = 0; from < points.length; from += MOST_POINTS - 1) {
      if (from && from === points.length - 1) break;
      const part = points.slice(from, from + MOST_POINTS);
      bytes.push(part.length, ...part.flatMap(({ x, y }) => [toByte(x), toByte(y)]));
    }
  }
  const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return text.length > MOST_CHARACTERS ? null : text;
}

/** @param {string | null} text @returns {Stroke[] | null} null where it is none */
export function decodeStrokes(text) {
  if (!text || text.length > MOST_CHARACTERS || !/^[\w-]+$/.test(text)) return null;
  let binary;
  try {
    binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null; // cut off by hand
  }
  const bytes = Array.from(binary, (character) => character.charCodeAt(0));
  /** @type {Stroke[]} */
  const strokes = [];
  let width = bytes[0];
  for (let at = 1; at < bytes.length; ) {
    const count = bytes[at];
    if (count === 0) {
      width = bytes[at + 1];
      at += 2;
      continue;
    }
    const numbers = bytes.slice(at + 1, at + 1 + 2 * count);
    if (numbers.length < 2 * count) return null;
    const points = Array.from({ length: count }, (_, index) => point(numbers[2 * index], numbers[2 * index + 1]));
    strokes.push({ width, points });
    at += 1 + 2 * count;
  }
  const isDrawing = strokes.length > 0 && strokes.every((stroke) => stroke.width >= 1 && stroke.width <= 100);
  return isDrawing ? strokes : null;
}

/** The first, the last, and those at least SPACING apart. @param {readonly Point[]} points */
function thinned(points) {
  /** @type {Point[]} */
  const kept = [];
  points.forEach((each, index) => {
    const last = kept.at(-1);
    const isFar = !last || Math.hypot(each.x - last.x, each.y - last.y) >= SPACING;
    if (isFar || index === points.length - 1) kept.push(each);
  });
  return kept;
}

/** @param {number} value */
function toByte(value) {
  return Math.min(255, Math.max(0, Math.round((value * 255) / SIZE)));
}

/** @param {number} x @param {number} y bytes @returns {Point} */
function point(x, y) {
  return { x: (x * SIZE) / 255, y: (y * SIZE) / 255, press: 1 };
}

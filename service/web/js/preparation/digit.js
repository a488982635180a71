// A found object in the form of MNIST: 20 pixels long in 28 x 28, strokes as MNIST's, the centre of mass in the middle.
//
//   pixels, survey, object -> glyph (contrast 0..1) -> stroke width -> 20 pixels, levels -> centre of mass
//
// service/imaging/preprocessing/digit.py, to the same bit: numpy's float32 is Math.fround here.

import { height, longest, width } from "./objects.js";
import { cut, even, fit, highest, lowest, quantile, tight, where } from "./plane.js";
import { resize } from "./resize.js";
import { strokeWidth } from "./strokes.js";
import { contrast, FACTOR } from "./survey.js";

/** @typedef {import("./objects.js").Found} Found */
/** @typedef {import("./plane.js").Box} Box */
/** @typedef {import("./plane.js").Grey} Grey */
/** @typedef {import("./plane.js").Plane<Float32Array>} Levels */
/** @typedef {import("./survey.js").Survey} Survey */

const FINE = 5; // pixels of the glyph to one of the result
const MARGIN = 2; // pixels of the survey around the object
const THINNEST = 2.3; // pixels of the result: thinner strokes are widened
const THICKEST = 3.6; // thicker ones narrowed

/**
 * @param {Grey} pixels
 * @param {Survey} seen
 * @param {Found} found
 * @param {{width: number, height: number, box: number}} spec of the model's picture
 * @returns {Uint8Array | null} light on dark; null where nothing is left of it at full detail
 */
export function renderDigit(pixels, seen, found, spec) {
  const glyph = glyphOf(pixels, seen, found, spec.box);
  if (!glyph.values.some((level) => level > 0.5)) return null;
  const ink = evenStrokes(glyph, spec.box);
  const box = tight(where(ink, (level) => level > 0.5));
  if (!box) return null;
  const small = resize(levels(ink), fit(width(box), height(box), spec.box), box);
  const times = 255 / Math.max(...small.values, 1);
  const scaled = Float64Array.from(small.values, (value) => value * times);
  const [left, top] = place(scaled, small, spec);
  const result = new Uint8Array(spec.width * spec.height);
  scaled.forEach((value, i) => {
    const [x, y] = [left + (i % small.width), top + Math.floor(i / small.width)];
    result[y * spec.width + x] = even(value);
  });
  return result;
}

/**
 * The object's contrast from 0 (background) to 1 (full ink).
 * @param {Grey} pixels @param {Survey} seen @param {Found} found @param {number} side
 * @returns {Levels}
 */
function glyphOf(pixels, seen, { mask, box }, side) {
  const outer = grown(box, mask);
  const size = fit(width(outer), height(outer), FINE * side);
  const large = resize(pixels, size, outer.map((edge) => edge * FACTOR));
  const ink = contrast(large, resize(seen.background, size, outer), seen.polarity);
  const wider = grown(outer, mask);
  const part = cut(mask, wider);
  const near = highest({ ...part, values: part.values.map((isSet) => 255 * isSet) }, 2 * MARGIN + 1);
  const [left, top] = wider;
  const inner = [outer[0] - left, outer[1] - top, outer[2] - left, outer[3] - top];
  const share = resize(near, size, inner).values;
  for (let i = 0; i < ink.values.length; i += 1) ink.values[i] *= Math.fround(share[i] / 255);
  const half = Math.fround(ink.values.reduce((a, b) => Math.max(a, b), 0) / 2);
  const full = quantile(ink.values.filter((value) => value >= half), 0.75) || 1;
  const [less, over] = [Math.fround(0.2 * full), Math.fround(0.6 * full)];
  for (let i = 0; i < ink.values.length; i += 1) {
    ink.values[i] = Math.min(1, Math.max(0, Math.fround(ink.values[i] - less) / over));
  }
  return ink;
}

/** The box with a margin, as far as the mask reaches. @param {Box} box @param {Grey} mask @returns {Box} */
function grown([left, top, right, bottom], mask) {
  return [
    Math.max(left - MARGIN, 0),
    Math.max(top - MARGIN, 0),
    Math.min(right + MARGIN, mask.width),
    Math.min(bottom + MARGIN, mask.height),
  ];
}

/**
 * The glyph with strokes no thinner and no thicker than most of MNIST has.
 * @param {Levels} ink @param {number} side
 * @returns {Levels}
 */
function evenStrokes(ink, side) {
  const solid = where(ink, (level) => level > 0.5);
  const box = tight(solid);
  if (!box) return ink;
  const pixel = longest(box) / side;
  const now = strokeWidth(solid);
  const change = Math.min(Math.max(now, THINNEST * pixel), THICKEST * pixel) - now;
  const grow = even(Math.abs(change) / 2);
  if (!grow) return ink;
  const changed = (change > 0 ? highest : lowest)(padded(levels(ink), grow), 2 * grow + 1);
  if (!changed.values.some((value) => value > 127)) return ink;
  return { ...changed, values: Float32Array.from(changed.values, (value) => value / 255) };
}

/** Grey levels 0..255. @param {Levels} ink @returns {Grey} */
function levels({ values, width, height }) {
  const found = new Uint8Array(values.length);
  for (let i = 0; i < found.length; i += 1) if (values[i] > 0) found[i] = even(Math.fround(values[i] * 255));
  return { values: found, width, height };
}

/** With so many pixels of 0 more on each side. @param {Grey} grey @param {number} margin @returns {Grey} */
function padded(grey, margin) {
  const wide = grey.width + 2 * margin;
  const values = new Uint8Array(wide * (grey.height + 2 * margin));
  for (let y = 0; y < grey.height; y += 1) {
    values.set(grey.values.subarray(y * grey.width, (y + 1) * grey.width), (y + margin) * wide + margin);
  }
  return { values, width: wide, height: grey.height + 2 * margin };
}

/**
 * Left and top at which the centre of mass comes to the middle, as far as the ink stays inside.
 * @param {Float64Array} ink @param {Grey} small @param {{width: number, height: number}} spec
 */
function place(ink, { width: wide, height: high }, spec) {
  let [total, across, down] = [0, 0, 0];
  ink.forEach((value, i) => {
    total += value;
    across += value * (i % wide);
    down += value * Math.floor(i / wide);
  });
  total = Math.max(total, 1);
  const left = even(Math.floor(spec.width / 2) - across / total);
  const top = even(Math.floor(spec.height / 2) - down / total);
  return [Math.min(Math.max(left, 0), spec.width - wide), Math.min(Math.max(top, 0), spec.height - high)];
}

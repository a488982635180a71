// Which of the ink in a survey are objects: threshold -> components -> the best one and the parts near it, then the
// next, as long as it is like the first. service/imaging/preprocessing/objects.py, without paper.

import { components, draw } from "./components.js";
import { even, highest, quantiles, where } from "./plane.js";
import { strokeWidth } from "./strokes.js";

/** @typedef {import("./components.js").Component} Component */
/** @typedef {import("./plane.js").Box} Box */
/** @typedef {import("./plane.js").Grey} Grey */
/** @typedef {import("./survey.js").Contrast} Contrast */
/**
 * An object: its mask in the survey, the box around it, of how many parts it is, and how long the second largest is
 * beside the largest (0..1, above where it is longer).
 * @typedef {{mask: Grey, box: Box, parts: number, second: number}} Found
 */

const NOISE = 8; // times what parts the 10th from the 2nd percentile
const SPECK = 0.05; // of the shorter side: dirt
const NEAR = 0.2; // of the object's longest side: a part that is not farther away belongs to it
const BINS = 64;
const MOST_PARTS = 12;
const MOST_OBJECTS = 64;
const LIKE = 0.4; // of the first object's side and mean contrast: what has less is no further object
const THICK = 0.4; // of the first object's side: what the rim cuts and is thicker has no strokes
const RULE = { low: 0.25, long: 4 };
const ROW = 1.5;
const TALL = 0.6;
const BESIDE_GAP = 0.05;
const BESIDE = 0.2; // of the object's mean contrast: ink has less beside it, shadows more
const EVEN = 0.62;
const AT_RIM = 0.25; // of its weight is left to a part for each side of the rim that cuts it

/** @param {Box} box */
export const width = ([left, , right]) => right - left;
/** @param {Box} box */
export const height = ([, top, , bottom]) => bottom - top;
/** @param {Box} box */
export const longest = (box) => Math.max(width(box), height(box));

/** @param {Contrast} contrast @param {number} least @returns {Found[] | "empty" | "no_object"} the best one first */
export function findObjects(contrast, least) {
  const mask = inkMask(contrast, least);
  if (!mask) return "empty";
  const speck = Math.max(2, even(SPECK * Math.min(mask.width, mask.height)));
  const parts = components(mask).filter((part) => longest(part.box) >= speck);
  const first = parts.length ? join(parts, contrast) : null;
  if (!first || !hasEdges(first.mask, contrast)) return "no_object";
  const drawn = [first, ...others(first, parts, contrast)];
  const objects = drawn.filter((one) => !drawn.some((digit) => isRule(one.box, digit.box)));
  return objects.length <= MOST_OBJECTS ? objects : "no_object";
}

/** What is ink of a contrast, or null. @param {Contrast} contrast @param {number} least */
function inkMask(contrast, least) {
  const some = contrast.values.filter((_, i) => i % 2 === 0 && Math.floor(i / contrast.width) % 2 === 0);
  const [low, background] = quantiles(some, [0.02, 0.1]);
  const floor = Math.max(least, background + NOISE * (background - low));
  const ink = contrast.values.filter((value) => value > Math.fround(floor));
  if (!ink.length) return null;
  const threshold = Math.fround(Math.max(floor, 0.7 * otsu(ink)));
  return where(contrast, (value) => value > threshold);
}

/** The threshold that parts values in 0..1 with the greatest variance between the classes. @param {Float32Array} values */
function otsu(values) {
  const counts = new Array(BINS + 1).fill(0);
  for (const value of values) counts[Math.floor(value * BINS)] += 1;
  const mass = counts.reduce((sum, count, level) => sum + count * level, 0);
  let [below, left, best, most] = [0, 0, 0, -1];
  counts.forEach((count, level) => {
    below += count;
    left += count * level;
    const above = values.length - below;
    const apart = left / Math.max(below, 1) - (mass - left) / Math.max(above, 1);
    if (below * above * apart ** 2 > most) [best, most] = [level, below * above * apart ** 2];
  });
  return (best + 1) / BINS;
}

/** @param {Component[]} parts @param {Contrast} contrast @returns {Found | null} */
function join(parts, contrast) {
  const weighed = parts.map((part) => ({ part, weight: weight(part, contrast) })).sort((a, b) => b.weight - a.weight);
  const [{ part: first }, ...rest] = weighed;
  const mask = where(contrast, () => false);
  let [box, count, second] = [first.box, 1, 0];
  draw(first, mask);
  for (const { part } of rest) {
    const isNear = gap(box, part.box) <= NEAR * longest(box);
    if (!isNear || part.area > first.area || isBeside(box, part.box)) continue;
    draw(part, mask);
    box = around(box, part.box);
    second = Math.max(second, longest(part.box) / longest(first.box));
    count += 1;
  }
  return count <= MOST_PARTS ? { mask, box, parts: count, second } : null;
}

/** @param {Component} part @param {Contrast} contrast */
function weight({ runs, box: [left, top, right, bottom] }, contrast) {
  let sum = 0;
  for (const [row, start, end] of runs) {
    for (let x = start; x < end; x += 1) sum += contrast.values[row * contrast.width + x];
  }
  const cuts = [left === 0, top === 0, right === contrast.width, bottom === contrast.height].filter(Boolean).length;
  return sum * AT_RIM ** cuts;
}

/** Further objects that are like the first. @param {Found} first @param {Component[]} parts @param {Contrast} contrast */
function others(first, parts, contrast) {
  const least = LIKE * tall(first.box);
  const faintest = LIKE * mean(contrast, first.mask);
  const thickest = THICK * tall(first.box);
  let left = parts.filter((part) => !isDrawn(part, first.mask));
  /** @type {Found[]} */
  const objects = [];
  while (left.length && objects.length < MOST_OBJECTS) {
    const found = join(left, contrast);
    if (!found) break;
    left = left.filter((part) => !isDrawn(part, found.mask));
    let isAlike = longest(found.box) >= least && mean(contrast, found.mask) >= faintest;
    if (!isWhole(found.box, contrast)) {
      isAlike = isAlike && tall(found.box) >= least && strokeWidth(found.mask) <= thickest;
    }
    if (isAlike && hasEdges(found.mask, contrast)) objects.push(found);
  }
  return objects;
}

/** @param {Component} part @param {Grey} mask */
function isDrawn({ runs: [[row, start]] }, mask) {
  return mask.values[row * mask.width + start] === 1;
}

/** A line under or between digits of the size of `digit`. @param {Box} box @param {Box} digit */
function isRule(box, digit) {
  return height(box) < RULE.low * tall(digit) && width(box) > RULE.long * height(box);
}

/** @param {Box} box */
function tall(box) {
  return width(box) > ROW * height(box) ? height(box) : longest(box);
}

/** Side by side as two digits, not as the strokes of one. @param {Box} a @param {Box} b */
function isBeside(a, b) {
  const [low, high] = [height(a), height(b)].sort((x, y) => x - y);
  return low >= TALL * high && Math.max(b[0] - a[2], a[0] - b[2]) > Math.max(1, BESIDE_GAP * high);
}

/** @param {Box} a @param {Box} b */
function gap(a, b) {
  return Math.max(b[0] - a[2], a[0] - b[2], b[1] - a[3], a[1] - b[3], 0);
}

/** The least box that holds both. @param {Box} a @param {Box} b @returns {Box} */
export function around(a, b) {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

/** Of the contrast where a mask is set. @param {Contrast} contrast @param {Grey} mask */
function mean(contrast, mask) {
  let [sum, count] = [0, 0];
  for (let i = 0; i < mask.values.length; i += 1) {
    if (!mask.values[i]) continue;
    sum += contrast.values[i];
    count += 1;
  }
  return sum / count;
}

/** Whether the contrast falls off right beside the mask. @param {Grey} mask @param {Contrast} contrast */
function hasEdges(mask, contrast) {
  const [wide, near] = [highest(mask, 7), highest(mask, 3)];
  const beside = { ...mask, values: new Uint8Array(mask.values.length) };
  for (let i = 0; i < beside.values.length; i += 1) if (wide.values[i] > near.values[i]) beside.values[i] = 1;
  return !beside.values.includes(1) || mean(contrast, beside) < BESIDE * mean(contrast, mask);
}

/** Whether a box lies off the rim. @param {Box} box @param {Contrast} contrast */
export function isWhole([left, top, right, bottom], contrast) {
  return left > 0 && top > 0 && right < contrast.width && bottom < contrast.height;
}

/** So unevenly dark that a shadow may be a part of it. @param {Contrast} contrast @param {Found} found */
export function isShadowed(contrast, { mask }) {
  const ink = contrast.values.filter((_, i) => mask.values[i]);
  const [faint, dark] = quantiles(ink, [0.2, 0.95]);
  return faint < EVEN * dark;
}

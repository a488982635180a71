// A drawing to what a model of digits sees, as the service prepares it: the recipe `digit` for a grey picture.
//
//   pixels -> a frame? paper? then it is the service's -> survey -> objects -> the best one as MNIST has it
//
// What a pad gives is black ink on white paper; where a picture asks for more than that, null says so.

import { height, around, findObjects, isShadowed, isWhole, width } from "./objects.js";
import { quantile, rim } from "./plane.js";
import { renderDigit } from "./digit.js";
import { resize } from "./resize.js";
import { FACTOR, NARROW, survey } from "./survey.js";

/** @typedef {import("./objects.js").Found} Found */
/** @typedef {import("./plane.js").Grey} Grey */
/** @typedef {import("./survey.js").Survey} Survey */
/**
 * Of a model's card: its picture, and what makes numbers of it.
 * @typedef {{recipe: string, polarity: string, width: number, height: number, channels: number, box: number,
 *   min_contrast: number, divisor: number, mean: number, std: number}} Spec
 */
/**
 * What a model sees of a drawing, and how that was found. `box` is x, y, w, h in the drawing; `isOneWay`: the ink can
 * be read as one digit alone. Where not, the networks have to choose among readings, which the service does; and
 * `isPerhapsSeveral` says whether one of those is several digits that lie close.
 * @typedef {object} Prepared
 * @property {Uint8Array} pixels
 * @property {string} polarity
 * @property {number[] | null} box
 * @property {"empty" | "no_object" | "multiple" | null} reason
 * @property {boolean} isOneWay
 * @property {boolean} isPerhapsSeveral
 */

/** @type {Record<import("./survey.js").Polarity, import("./survey.js").Polarity>} */
const OTHER = { dark_on_light: "light_on_dark", light_on_dark: "dark_on_light" };
const LARGEST = 320; // pixels: the survey of a larger picture takes more than halving it
const SMALLEST = 161; // at it and above the survey is half as large
const TWO = 1.15; // of its height: a part that is wider may be two digits
const DIGIT = 0.6; // of the largest part: one that is as long may be a digit of its own
const RING = 17; // pixels from the rim, at which a frame has ended
const GROUND = 12; // grey levels that are one ground
const BLOCK = 3; // pixels of the drawing to one of the copy in which paper is looked for

/** Whether a model's pictures can be prepared here. @param {Spec | null | undefined} spec */
export function isPreparable(spec) {
  return spec?.recipe === "digit" && spec.polarity === "light_on_dark" && spec.channels === 1;
}

/** What the network gets of a picture. @param {Uint8Array} pixels @param {Spec} spec */
export function toTensor(pixels, { divisor, mean, std }) {
  return Float32Array.from(pixels, (level) => (level / divisor - mean) / std);
}

/**
 * @param {Grey} pixels of a drawing, whose sides are even
 * @param {Spec} spec
 * @returns {Prepared | null} null where only the service prepares it
 */
export function prepare(pixels, spec) {
  const longest = Math.max(pixels.width, pixels.height);
  if (longest > LARGEST || longest < SMALLEST || !isPlain(pixels)) return null;
  const { seen, found } = look(pixels, spec.min_contrast);
  if (typeof found === "string") return objectless(pixels, seen, found, spec);
  const [first] = found;
  const digit = renderDigit(pixels, seen, first, spec);
  if (!digit) return objectless(pixels, seen, "no_object", spec);
  const [left, top, right, bottom] = first.box.map((edge) => edge * FACTOR);
  const isWide = width(first.box) > TWO * height(first.box);
  return {
    pixels: digit,
    polarity: seen.polarity,
    box: [left, top, right - left, bottom - top],
    reason: found.length > 1 ? "multiple" : null,
    isOneWay: found.length === 1 && first.parts === 1 && !isWide,
    isPerhapsSeveral: isWide || first.second >= DIGIT,
  };
}

/** Whether a drawing lies on white, with neither a frame nor a sheet of paper in it. @param {Grey} pixels */
function isPlain(pixels) {
  const { values, width: wide, height: high } = pixels;
  const inner = [];
  for (let x = RING; x < wide - RING; x += 1) inner.push(values[RING * wide + x], values[(high - 1 - RING) * wide + x]);
  for (let y = RING; y < high - RING; y += 1) inner.push(values[y * wide + RING], values[(y + 1) * wide - 1 - RING]);
  const isFramed = 255 - quantile(Uint8Array.from(inner), 0.5) > GROUND;
  return !isFramed && quantile(rim(pixels), 0.5) === 255 && rimIsBright(pixels);
}

/** Most blocks at the rim are white, so that nothing is lighter than the rim: no paper. @param {Grey} pixels */
function rimIsBright({ values, width: wide, height: high }) {
  const isWhite = (/** @type {number} */ left, /** @type {number} */ top) => {
    for (let y = top; y < Math.min(top + BLOCK, high); y += 1) {
      for (let x = left; x < Math.min(left + BLOCK, wide); x += 1) if (values[y * wide + x] !== 255) return false;
    }
    return true;
  };
  const lastOf = (/** @type {number} */ side) => BLOCK * Math.floor((side - 1) / BLOCK);
  let [white, all] = [0, 0];
  const count = (/** @type {number} */ x, /** @type {number} */ y) => {
    all += 1;
    if (isWhite(x, y)) white += 1;
  };
  for (let x = 0; x < wide; x += BLOCK) for (const y of [0, lastOf(high)]) count(x, y);
  for (let y = BLOCK; y < lastOf(high); y += BLOCK) for (const x of [0, lastOf(wide)]) count(x, y);
  return 2 * white > all + 2;
}

/**
 * The survey and what is found in it; where that seems to be a shadow, again with a narrower window.
 * @param {Grey} pixels @param {number} least
 */
function look(pixels, least) {
  const seen = survey(pixels);
  const found = findObjects(seen.contrast, least);
  if (found === "empty" || !(typeof found === "string" || isShadowed(seen.contrast, found[0]))) return { seen, found };
  const tried = typeof found === "string" ? [seen.polarity, OTHER[seen.polarity]] : [seen.polarity];
  /** @type {{seen: Survey, found: Found[]} | null} */
  let best = null;
  for (const polarity of tried) {
    const again = survey(pixels, polarity, NARROW);
    const objects = findObjects(again.contrast, least);
    if (typeof objects === "string" || !isWhole(objects[0].box, again.contrast)) continue;
    const box = objects[0].box;
    if (!best || String(around(box, best.found[0].box)) === String(box)) best = { seen: again, found: objects };
  }
  return best ?? { seen, found };
}

/**
 * The whole drawing: the model's guess is asked for all the same.
 * @param {Grey} pixels @param {Survey} seen @param {"empty" | "no_object"} reason @param {Spec} spec
 * @returns {Prepared}
 */
function objectless(pixels, seen, reason, spec) {
  const { values } = resize(pixels, [spec.width, spec.height]);
  const light = seen.polarity === "light_on_dark" ? values : values.map((value) => 255 - value);
  return { pixels: light, polarity: seen.polarity, box: null, reason, isOneWay: true, isPerhapsSeveral: false };
}

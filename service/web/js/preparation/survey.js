// What stands out from the background of a drawing, and whether it is darker or lighter.
//
//   pixels -> a copy half as large -> polarity -> background (the light without the ink) -> contrast
//
// service/imaging/preprocessing/background.py, for a grey picture of up to 320 x 320.

import { highest, lowest, rim } from "./plane.js";
import { halve } from "./resize.js";

/** @typedef {import("./plane.js").Grey} Grey */
/** @typedef {import("./plane.js").Plane<Float32Array>} Contrast */
/** @typedef {"dark_on_light" | "light_on_dark"} Polarity */
/** @typedef {{background: Grey, contrast: Contrast, polarity: Polarity}} Survey */

/** A pixel of the survey is so many of the picture wide. */
export const FACTOR = 2;
const WINDOW = 0.3; // of the side
export const NARROW = 0.12; // the same, where that took a shadow for ink
const STEP = 16; // grey levels: a neighbourhood with less between its lightest and darkest says nothing
const DARKEST = 64; // grey level: below it a share of the light means nothing

/**
 * @param {Grey} pixels
 * @param {Polarity | null} [asked]
 * @param {number} [share]
 * @returns {Survey}
 */
export function survey(pixels, asked = null, share = WINDOW) {
  const small = halve(pixels);
  const window = Math.max(3, Math.floor(share * Math.sqrt(small.width * small.height)) | 1);
  const polarity = asked ?? findPolarity(small, window);
  const inkiest = (polarity === "dark_on_light" ? lowest : highest)(pixels, 3);
  for (let y = 0, at = 0; y < small.height; y += 1) {
    for (let x = 0; x < small.width; x += 1, at += 1) small.values[at] = inkiest.values[2 * (y * pixels.width + x)];
  }
  const background = findBackground(small, window, polarity, share >= WINDOW);
  return { background, contrast: contrast(small, background, polarity), polarity };
}

/** @param {Grey} grey @param {number} window @returns {Polarity} */
function findPolarity(grey, window) {
  const [high, low] = [highest(grey, window), lowest(grey, window)];
  const step = new Float32Array(grey.values.length);
  const side = new Float32Array(grey.values.length);
  for (let i = 0; i < step.length; i += 1) {
    const between = high.values[i] - low.values[i];
    step[i] = between < STEP ? 0 : between * between;
    side[i] = Math.sign(2 * grey.values[i] - high.values[i] - low.values[i]) * step[i];
  }
  const [atRim, sideAtRim] = [step, side].map((values) => rim({ ...grey, values }));
  const nearInk = atRim.filter((value) => value !== 0).length / atRim.length;
  const inside = sum(side) / Math.max(sum(step), 1);
  const outside = sum(sideAtRim) / Math.max(sum(atRim), 1);
  return inside + outside * nearInk ** 2 > 0 ? "dark_on_light" : "light_on_dark";
}

/** @param {Float32Array} values */
function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}

/** @param {Grey} grey @param {number} window @param {Polarity} polarity @param {boolean} floor @returns {Grey} */
function findBackground(grey, window, polarity, floor) {
  const isDark = polarity === "dark_on_light";
  const background = isDark ? lowest(highest(grey, window), window) : highest(lowest(grey, window), window);
  if (!floor) return background;
  const levels = rim(background).sort();
  const level = levels[Math.floor((isDark ? 0.1 : 0.9) * (levels.length - 1))];
  const bounded = background.values.map((value) => (isDark ? Math.max(value, level) : Math.min(value, level)));
  return { ...background, values: bounded };
}

/**
 * How far pixels stand out from their background, towards the ink's side: 0..1.
 * @param {Grey} pixels @param {Grey} background @param {Polarity} polarity @returns {Contrast}
 */
export function contrast({ values, width, height }, background, polarity) {
  const found = new Float32Array(values.length);
  const flip = polarity === "light_on_dark" ? 255 : 0; // 255 - level, without a branch for each pixel
  for (let i = 0; i < found.length; i += 1) {
    const own = values[i] ^ flip;
    const ground = background.values[i] ^ flip;
    if (ground > own) found[i] = (ground - own) / Math.max(ground, DARKEST);
  }
  return { values: found, width, height };
}

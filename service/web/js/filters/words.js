// What the Filters view says beside what every view says.

import { Problem } from "../api.js";
import { failureNote, isOfPicture, note } from "../words.js";
import { LONGEST } from "../smaller.js";
import { exact, figure } from "./numbers.js";

/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("./types.js").Geometry} Geometry */
/** @typedef {import("./types.js").Scale} Scale */
/** @typedef {import("./types.js").PixelTrace} PixelTrace */

const NOTHING = "Nothing comes out: "; // what the title says already
export const TITLE = "Filters";
export const SUBTITLE = "Slide a small grid of numbers over a picture. Every output pixel is one sum.";
export const STEPS_HINT = "One after the other, each on the result of the last";
export const OWN_KERNEL = "Your own kernel.";
export const POINT = "Point at a picture, or use the arrow keys, to ask another.";

/** @type {Record<Scale, string>} */
export const SCALES = { clip: "cut", abs: "abs", centre: "mid" };
/** @type {Record<Scale, string>} */
export const SCALE_WORDS = {
  clip: "Cut: what is below 0 is shown as 0, what is above 255 as 255.",
  abs: "Abs: the sign is dropped, so edges of both signs are seen.",
  centre: "Mid: zero is shown as middle grey, so both signs are seen.",
};

/** The size formula with the numbers in it. @param {"width" | "height"} side @param {Geometry} step */
export function formula(side, { input, kernel, stride, padding, output }) {
  const axis = side === "width" ? 0 : 1;
  const [size, window, total] = [input[axis], kernel[axis], padding[axis]];
  return `${side} ⌊(${size} \u2212 ${window} + ${total}) / ${stride[axis]}⌋ + 1 = ${output[axis]}`;
}

/** @param {readonly number[]} size */
export function sizeText([width, height]) {
  return `${width} × ${height}`;
}

/** Where the window lies. @param {PixelTrace} trace */
export function windowWords({ origin, kernel }) {
  const [width, height] = [kernel[0].length, kernel.length];
  const column = origin[0] + Math.floor((width - 1) / 2);
  const row = origin[1] + Math.floor((height - 1) / 2);
  const count = width * height;
  const pixels = count === 1 ? "One pixel at" : count === 9 ? "Nine pixels around" : `${count} pixels around`;
  return `${pixels} column ${exact(column)}, row ${exact(row)}.`;
}

/** How the sum becomes a tone. @param {number} value @param {Scale} scale @param {boolean} isInk */
export function toneWords(value, scale, isInk) {
  const [low, high] = isInk ? ["paper", "ink"] : ["black", "white"];
  if (scale === "centre") {
    if (value === 0) return "Zero: middle grey.";
    return `${value > 0 ? "Above" : "Below"} zero: nearer to ${value > 0 ? high : low} than middle grey.`;
  }
  const shown = scale === "abs" ? Math.abs(value) : value;
  if (shown > 255) return `${scale === "abs" ? "Its size is above" : "Above"} 255: shown as ${high}.`;
  if (shown < 0) return `Below zero: cut to ${low}.`;
  return scale === "abs" && value < 0 ? "Below zero: shown without its sign." : "Shown as it is.";
}

/** @param {PixelTrace} trace @param {number} channel */
export function sumWords({ sum, divisor, value, kernel, op }, channel) {
  const count = kernel.flat().filter(Boolean).length;
  if (op === "max_pool") return `The largest of ${count} numbers goes on.`;
  if (op) return `Their sum ${figure(sum[channel])} is divided by ${count}.`;
  if (value.length < sum.length) {
    const total = sum.reduce((all, one) => all + one, 0);
    const by = divisor === 1 ? "" : `, divided by ${figure(divisor)}`;
    return `Window times kernel, in each colour; then all three together: ${sum.map(signed).join("")} = ${figure(total)}${by}.`;
  }
  const divided = divisor === 1 ? "" : ` Their sum ${figure(sum[channel])} is divided by ${figure(divisor)}.`;
  return `Window times kernel, cell by cell.${divided}`;
}

/** As a part of a sum. @param {number} value @param {number} index */
function signed(value, index) {
  if (index === 0) return figure(value);
  return value < 0 ? ` \u2212 ${figure(-value)}` : ` + ${figure(value)}`;
}

/** Which step the products are of, and what follows it. @param {readonly import("./types.js").Step[]} steps @param {number} told */
export function stepWords(steps, told) {
  if (steps.length < 2) return "";
  const later = steps.slice(told + 1).map((step, index) => {
    const which = `Step ${told + index + 2}`;
    if (steps[told].op !== "convolve") return "";
    if (step.op === "relu") return ` ${which} makes what is below zero zero.`;
    const what = step.op === "max_pool" ? "the largest" : "the mean";
    return step.op === "convolve" ? "" : ` ${which} then keeps ${what} of each ${step.size} × ${step.size} such sums.`;
  });
  return ` These are of step ${told + 1}.${later.join("")}`;
}

/** The ends of the bar under the result. @param {Scale} scale @param {readonly number[]} range @returns {[string, string]} */
export function rangeEnds(scale, [low, high]) {
  if (scale !== "centre") return ["0", "255"];
  const most = Math.max(Math.abs(low), Math.abs(high));
  return [exact(-Math.round(most)), `+${Math.round(most)}`];
}

/** @param {readonly number[]} range */
export function rangeWords([low, high]) {
  return `Numbers from ${figure(low)} to ${figure(high)}`;
}

/** @param {readonly number[]} full @param {readonly number[]} preview */
export function shrunkWords(full, preview) {
  const some = `Save filters all ${sizeText(full)} pixels`;
  const most = Math.max(...full) > LONGEST ? `${some}, or ${LONGEST} across where the service takes no more.` : `${some}.`;
  return `Shown at ${sizeText(preview)} while you try. ${most}`;
}

/** @param {string} name @returns {Note} */
export function savedSmallerNote(name) {
  return note("info", `${name} is too large for the service as it is.`, `What was saved is ${LONGEST} pixels across.`);
}

/** @param {string} model @param {number} index @param {number} of */
export function learnedWords(model, index, of) {
  return `Learned by ${model}: filter ${index} of its first ${of}.`;
}

/** @param {string[]} parts @returns {Note} */
export function brokenAddressNote(parts) {
  const what = parts.length === 1 ? "A part of this address says" : "Parts of this address say";
  return note("info", `${what} nothing here.`, `${parts.join(", ")}: the usual is shown instead.`);
}

/** @returns {Note} */
export function severalFilesNote() {
  return note("info", "One picture at a time.", "The first is filtered.");
}

/** @param {unknown} error */
export function isMissing(error) {
  return error instanceof Problem && error.status === 404;
}

/** @param {string} name @returns {Note} */
export function noSampleNote(name) {
  return note("error", `There is no sample "${name}" here.`, "Choose another, or a picture of your own.");
}

/**
 * A failed call as a sentence, and what it concerns.
 * @param {unknown} error
 * @param {string} name of the picture
 * @returns {{note: Note, concerns: "picture" | "kernel" | "steps" | "result"}}
 */
export function filterNote(error, name) {
  const isProblem = error instanceof Problem;
  const isFile = !isProblem || [413, 415].includes(error.status) || error.kind === "invalid-image" || isOfPicture(error);
  if (isFile || ![422, 404].includes(error.status)) {
    return { note: failureNote(error, name, ""), concerns: isFile ? "picture" : "result" };
  }
  const isOfStep = /\bstep \d+/i.test(error.detail);
  const what = isOfStep ? "step" : "kernel";
  const isNothing = error.detail.includes(NOTHING);
  const title = isNothing ? `This ${what} gives no output.` : `This ${what} cannot be used.`;
  const text = error.detail.replace(NOTHING, "").replace(/-(?=\d)/g, "\u2212");
  return { note: note("error", title, text), concerns: isOfStep ? "steps" : "kernel" };
}

/** For those who listen. @param {PixelTrace} trace @param {number} channel */
export function pixelWords({ x, y, value }, channel) {
  return `Column ${x}, row ${y}: ${figure(value[Math.min(channel, value.length - 1)])}`;
}

/** @param {import("./types.js").Filtered} answer */
export function resultWords({ width, height, range }) {
  return `Result: ${sizeText([width, height])}. ${rangeWords(range)}.`;
}

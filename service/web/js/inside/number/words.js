// What is said of how a number came about: the place, and each operation as a line with its numbers in it.

import { counted } from "../../format.js";
import { decimal } from "../words.js";

/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./types.js").Told} Told */
/** @typedef {(layer: string) => string} TitleOf in the middle of a sentence */

export const HOW_TITLE = "How did this number come about?";
export const HOW_HINT = "Press a place of the map above, or Enter on it.";

/** "row 5, column 6", "unit 3", "unit 3 after row 7". @param {Place} place @param {boolean} isSteps */
export function placeWords({ map, x, y }, isSteps) {
  if (map !== null) return `row ${y + 1}, column ${x + 1}`;
  return isSteps ? `unit ${x} after row ${y + 1}` : `unit ${x}`;
}

/** Where a number of another layer stands. @param {string} title @param {Place} place @param {boolean} isSteps */
export function sourceWords(title, place, isSteps) {
  const of = place.map === null || title === "input" ? "" : `map ${place.map} of `;
  return `${of}${title}, ${placeWords(place, isSteps)}`;
}

/** The last line: what is added up, and what an activation makes of it. @param {Told} told @param {TitleOf} titleOf */
export function resultWords(told, titleOf) {
  const { after, operation, value } = told;
  const line = LINES[operation]?.(told) ?? decimal(value);
  const next = after ? ` ${upper(titleOf(after.layer))} then makes it ${decimal(after.value)}.` : "";
  return `${line}.${next}`;
}

/** @param {string} text */
function upper(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A number that is added: with its sign before it. @param {number} value */
function plus(value) {
  return value < 0 ? ` − ${decimal(-value)}` : ` + ${decimal(value)}`;
}

/** @type {Record<string, (told: Told) => string>} */
const LINES = {
  input: ({ value }) => `${decimal(value)}: a pixel as the network gets it`,
  convolution: ({ patches, others, bias, value }) => {
    const sums = patches.map(({ total }, index) => (index ? plus(total ?? 0) : decimal(total ?? 0))).join("");
    return `${sums}${rest(others, "map")}${bias === null ? "" : `${plus(bias)} (bias)`} = ${decimal(value)}`;
  },
  max_pooling: ({ value }) => `The largest of them: ${decimal(value)}`,
  dense: ({ terms, others, bias, value }) => `${sumOf(terms)}${rest(others, "number")}${plus(bias ?? 0)} (bias) = ${decimal(value)}`,
  relu: ({ parts, value }) => `max(0, ${decimal(parts.input)}) = ${decimal(value)}`,
  leakyrelu: ({ parts, value }) =>
    parts.input < 0
      ? `${decimal(parts.input)} is below zero: times ${decimal(parts.slope)} = ${decimal(value)}`
      : `${decimal(parts.input)} is not below zero: it stays ${decimal(value)}`,
  sigmoid: ({ parts, value }) => `1 / (1 + e^(−${bracket(parts.input)})) = ${decimal(value)}`,
  tanh: ({ parts, value }) => `tanh(${decimal(parts.input)}) = ${decimal(value)}`,
  normalisation: ({ parts: { input, mean, variance, epsilon, scale, shift }, value }) =>
    `(${decimal(input)} − ${bracket(mean)}) / √(${decimal(variance)} + ${epsilon.toPrecision(1)}) × ${bracket(scale)}${plus(shift)} = ${decimal(value)}`,
  sum: ({ terms, value }) => `${sumOf(terms)} = ${decimal(value)}`,
  average: ({ patches: [{ total }], parts: { count }, value }) =>
    `All ${count} numbers of the map together ${decimal(total ?? 0)}, divided by ${count} = ${decimal(value)}`,
  softmax: ({ parts: { logit, largest, power, powers }, value }) =>
    `e^(${decimal(logit)} − ${bracket(largest)}) = ${small(power)}, divided by the sum of all classes, ${small(powers)} = ${small(value)}, before calibration`,
  two_classes: ({ place, parts: { input, sigmoid }, value }) =>
    `1 / (1 + e^(−${bracket(input)})) = ${small(sigmoid)}${place.x === 0 ? `; 1 − that = ${small(value)}` : ""}, before calibration`,
  rnn: ({ gates: [state] }) => `tanh(${decimal(state.total)}) = ${decimal(state.value)}`,
  gru: ({ gates: [update, , hidden], parts: { before }, value }) =>
    `(1 − ${decimal(update.value)}) × ${bracket(hidden.value)} + ${decimal(update.value)} × ${bracket(before)}, what it held before = ${decimal(value)}`,
  lstm: ({ gates: [input, output, forget, cell], parts, value }) =>
    `Its cell: ${decimal(forget.value)} × ${bracket(parts.cell_before)} + ${decimal(input.value)} × ${bracket(cell.value)} = ${decimal(parts.cell)}; ` +
    `then ${decimal(output.value)} × tanh(${decimal(parts.cell)}) = ${decimal(value)}`,
};

/** @param {{product: number}[]} terms */
function sumOf(terms) {
  return terms.map(({ product }, index) => (index ? plus(product) : decimal(product))).join("");
}

/** @param {Told["others"]} others @param {string} noun */
function rest(others, noun) {
  return others ? `${plus(others.total)} (${counted(others.count, `other ${noun}`)})` : "";
}

/** @param {number} value */
function bracket(value) {
  return value < 0 ? `(${decimal(value)})` : decimal(value);
}

/** A probability may be tiny. @param {number} value */
function small(value) {
  return value !== 0 && Math.abs(value) < 0.005 ? value.toExponential(1).replace("-", "−") : decimal(value);
}

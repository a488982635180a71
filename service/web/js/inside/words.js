// What the Look inside view says.

import { Problem } from "../api.js";
import { counted, grouped, percent } from "../format.js";
import { failureNote, note } from "../words.js";

/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("./types.js").Layer} Layer */

export const SUBTITLE = "The numbers between the picture and the answer, layer by layer.";
export const KERNEL_HELP = "Blue adds, rust takes away.";
export const BELIEF_TITLE = "How a recurrent network makes up its mind";
export const BELIEF_HELP = "It reads the picture row by row, from the top.";
/** Where the lecture has it from. */
export const ZEILER = "What a filter looks for, as Zeiler and Fergus showed it in 2013.";
export const NO_EXCITATIONS = "Press the map to see them.";

/** Words of a kind of layer. @type {Record<string, string>} */
const KINDS = {
  Conv2D: "Convolution",
  MaxPooling2D: "Max pooling",
  GlobalAveragePooling2D: "Average pooling",
  BatchNormalization: "Normalisation",
  LeakyReLU: "Leaky ReLU",
  SimpleRNN: "Simple RNN",
  Softmax: "Output",
  Sigmoid: "Output",
};

/** What a layer does that shows no numbers of its own. @type {Record<string, string>} */
const SILENT = {
  Flatten: "The numbers stand behind each other in one long row. Nothing is computed.",
  Dropout: "Used in training alone: it silences units by chance. When the network answers, it lets all numbers pass.",
};

/** "Convolution 2" where there are several of a kind. @param {{kind: string}[]} layers @returns {string[]} */
export function layerTitles(layers) {
  return layers.map(({ kind }, index) => {
    const words = KINDS[kind] ?? kind;
    const same = layers.filter((layer) => layer.kind === kind);
    return same.length > 1 ? `${words} ${layers.slice(0, index + 1).filter((layer) => layer.kind === kind).length}` : words;
  });
}

/** In the middle of a sentence: "convolution 1", but "ReLU 1". @param {string} title */
export function inSentence(title) {
  return /^[A-Z][a-z]/.test(title) && !title.startsWith("ReLU") ? title[0].toLowerCase() + title.slice(1) : title;
}

/** @param {number[]} shape */
export function shapeText(shape) {
  return shape.map(grouped).join("\u200A×\u200A"); // hair spaces: names and shapes share narrow lines
}

/** @param {Layer} layer */
export function layerFacts({ form, shape, parameters, settings }) {
  const numbers =
    form === "maps"
      ? `${counted(shape[0], "map")} of ${shapeText(shape.slice(1))}`
      : form === "steps"
        ? `${counted(shape.at(-1) ?? 0, "unit")} after each row`
        : `${grouped(shape.reduce((product, side) => product * side, 1))} ${shape.length === 1 && shape[0] === 1 ? "number" : "numbers"}`;
  const more = settings && form !== "maps" && !/units/.test(settings) ? ` · ${settings}` : "";
  return `${numbers}${more}${parameters ? ` · ${grouped(parameters)} parameters` : ""}`;
}

/** @param {Layer} layer */
export function silentText({ kind }) {
  return SILENT[kind] ?? "The package does not show the numbers of this layer.";
}

/** "Map 10", "Unit 5". @param {Layer} layer @param {number} index */
export function targetName(layer, index) {
  return `${layer.form === "maps" ? "Map" : "Unit"} ${index}`;
}

/** @param {Layer} layer @param {number} index */
export function targetTitle(layer, index) {
  return `${targetName(layer, index)} of ${inSentence(layer.title)}`;
}

/** A value as a person reads it: three digits, a real minus. @param {number} value */
export function decimal(value) {
  const size = Math.abs(value);
  const text = size.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** @param {number} min @param {number} max */
export function rangeText(min, max) {
  if (min === 0 && max === 0) return "Silent: every value is zero.";
  if (min >= 0) return `Strongest: ${decimal(max)}. Ground is zero, ink is the strongest value in this map.`;
  return `From ${decimal(min)} to ${decimal(max)}. Ground is zero, ink is positive, rust negative.`;
}

/** @param {number} row 0-based @param {number} column @param {number} value */
export function placeText(row, column, value) {
  return `Row ${row + 1}, column ${column + 1}: ${decimal(value)}`;
}

/** @param {string} label */
function withArticle(label) {
  return `${/^(8|[aeiou])/i.test(label) ? "an" : "a"} ${label}`;
}

/**
 * What was looked at, and what came of it.
 * @param {string} picture
 * @param {string} truth "" where unknown
 * @param {string} model
 * @param {import("../types.js").Prediction} prediction
 */
export function pictureText(picture, truth, model, { label, confidence }) {
  const what = truth ? `${picture}: ${withArticle(truth)}.` : `${picture}.`;
  return `${what} ${model} says ${label} (${percent(confidence)}).`;
}

/** @param {string} sample "mnist/4444" */
export function sampleText(sample) {
  const [dataset, index] = sample.split("/");
  return `Test picture ${index} of ${dataset}`;
}

/** "After 19 rows it says 8 (35.2 %); at the end it says 9 (67.3 %), and is wrong: it is a 4." The labels stand apart,
 * so that they can be set in bold: every second part is one.
 * @param {number} row how many were read @param {number} count of all
 * @param {{label: string, share: number}} now @param {{label: string, share: number}} end @param {string} truth "" where unknown */
export function beliefText(row, count, now, end, truth) {
  const verdict = truth === "" ? "" : end.label === truth ? ", and is right" : `, and is wrong: it is ${withArticle(truth)}`;
  if (row === count) return [`After all ${count} rows it says `, end.label, ` (${percent(end.share)})${verdict}.`];
  return [
    `After ${counted(row, "row")} it says `,
    now.label,
    ` (${percent(now.share)}); at the end it says `,
    end.label,
    ` (${percent(end.share)})${verdict}.`,
  ];
}

/** Why there is nothing to see. @param {unknown} error @param {string} model @param {string} picture @returns {Note} */
export function insideNote(error, model, picture) {
  if (error instanceof Problem && error.status === 404) {
    const isPicture = /sample|picture|index/i.test(error.detail) && !/package/i.test(error.detail);
    return note("info", isPicture ? "There is no such test picture." : `${model} does not show its inside.`, error.detail);
  }
  return failureNote(error, picture, model);
}

// What is read, as subjects: a drawing, a file, or a sample of a test set.

import { DRAWING_NAME, request } from "../api.js";
import { parseSample } from "../current.js";
import { asQuery, NONE } from "./decisions.js";
import { isLarge, smaller } from "../smaller.js";
import { greyPng } from "./grey-png.js";
import { encodeStrokes } from "./stroke-link.js";
import { render } from "./strokes.js";

/** @typedef {import("../types.js").CurrentPicture} CurrentPicture */
/** @typedef {import("../types.js").Stroke} Stroke */
/** @typedef {import("./types.js").Decisions} Decisions */
/** @typedef {import("./types.js").Subject} Subject */

/** @param {readonly Stroke[]} strokes @param {Decisions} decisions @param {number} digit @returns {Subject} */
export function ofDrawing(strokes, decisions, digit) {
  /** @type {Promise<Blob> | undefined} */
  let blob; // made when first asked for: most frames of a fast pen are never sent
  /** @type {ImageData | undefined} */
  let image;
  const pixels = () => (image ??= render(strokes));
  return {
    from: "drawing",
    name: DRAWING_NAME,
    blob: () => (blob ??= greyPng(pixels())),
    pixels,
    decisions,
    digit,
    strokes,
  };
}

/** @param {File} file @returns {Subject} */
export function ofFile(file) {
  /** @type {Promise<Blob> | undefined} */
  let blob;
  const isReduced = isLarge(file);
  const sent = () => (blob ??= isReduced ? smaller(file) : Promise.resolve(file));
  return { from: "file", name: file.name, blob: sent, decisions: NONE, digit: 0, isReduced };
}

/**
 * A sample of a test set with its label.
 * @param {string} sample "mnist/4444"
 * @returns {Promise<Subject | null>} null where the name is none; raises what request() raises
 */
export async function ofSample(sample) {
  const parts = parseSample(sample);
  if (!parts) return null;
  const path = `api/v1/datasets/${parts.dataset}/test/${parts.index}`;
  const [{ label }, blob] = await Promise.all([
    request(path, { quiet: true }),
    request(`${path}.png`, { accept: "image/png", quiet: true }),
  ]);
  const name = `${parts.dataset}-${parts.index}.png`;
  return { from: "sample", name, blob: () => Promise.resolve(blob), decisions: NONE, digit: 0, sample, truth: label };
}

/** Whether two subjects are the same picture, however it is read. @param {Subject} a @param {Subject} b */
export function isSamePicture(a, b) {
  return a.from === "drawing" ? b.from === "drawing" : a.blob === b.blob;
}

/** For the other views. @param {Subject} subject @returns {Promise<CurrentPicture>} */
export async function asCurrent({ from, name, blob, sample, strokes, decisions }) {
  const link = strokes && encodeStrokes(strokes);
  return {
    blob: await blob(),
    name,
    from,
    ...(sample ? { sample } : {}),
    ...(link ? { strokes: link } : {}),
    decided: asQuery(decisions),
  };
}

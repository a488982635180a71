// The picture that is looked at: a sample of a test set, or what crosses the views (a drawing, a file).

import { parseSample } from "../current.js";
import { IS_STATIC } from "../static.js";
import { SAMPLE } from "./state.js";
import { sampleText } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").CurrentPicture} CurrentPicture */
/** @typedef {import("./types.js").Source} Source */

/** @param {string} sample "mnist/4444", or "" for no picture yet @param {string} [decided] @returns {Source} */
export function sampleSource(sample, decided = "") {
  const title = sample && sampleText(sample);
  return { sample, blob: null, name: title, title, decided };
}

/** The lecture's sample of the test set that the model was tested on. @param {Card} card @param {number} [index] */
export function testSource(card, index = SAMPLE) {
  return sampleSource(`${card.dataset === "fashion_mnist" ? card.dataset : "mnist"}/${index}`);
}

/** @param {CurrentPicture} picture @returns {Source} a test sample is asked for by its name: that can stand in an address */
export function currentSource({ sample, blob, name, from, decided = "" }) {
  if (sample && parseSample(sample)) return sampleSource(sample, decided);
  if (IS_STATIC) return sampleSource(`mnist/${SAMPLE}`); // into what is drawn only the service looks
  return { sample: "", blob, name, title: from === "drawing" ? "Your drawing" : name, decided };
}

/** A sample follows the model to its own test set. @param {Source} source @param {Card} card */
export function sourceFor(source, card) {
  const sample = parseSample(source.sample);
  return sample ? testSource(card, sample.index) : source;
}

/** @param {Source} one @param {Source} other */
export function isSame(one, other) {
  return one.sample === other.sample && one.blob === other.blob && one.decided === other.decided;
}

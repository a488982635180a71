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
  if (IS_STATIC) return sampleSource(""); // into what is drawn only the service looks
  return { sample: "", blob, name, title: from === "drawing" ? "Your drawing" : name, decided };
}

/** A sample follows the model to its own test set. @param {Source} source @param {Card} card */
export function sourceFor(source, card) {
  const sample = parseSample(source.sample);
  return sample && !IS_STATIC ? testSource(card, sample.index) : fitting(source, card);
}

/** The lecture's sample where there is none yet; and without a service in the place of another test set's, since a model's
 * own is all that was written down. @param {Source} source @param {Card} card */
export function fitting(source, card) {
  const own = testSource(card);
  const isStrange = parseSample(source.sample)?.dataset !== parseSample(own.sample)?.dataset;
  return isSame(source, sampleSource("")) || (IS_STATIC && isStrange) ? own : source;
}

/** Whether another view's picture could be looked at instead. @param {CurrentPicture | null} picture @param {Source} source */
export function isOther(picture, source) {
  const other = picture ? currentSource(picture) : sampleSource("");
  return !isSame(other, sampleSource("")) && !isSame(other, source);
}

/** @param {Source} one @param {Source} other */
export function isSame(one, other) {
  return one.sample === other.sample && one.blob === other.blob && one.decided === other.decided;
}

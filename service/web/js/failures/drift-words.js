// How the reports differ from the test, in sentences.

import { percent } from "../format.js";

/** @typedef {import("./types.js").Drift} Drift */
/** @typedef {import("./types.js").Shares} Shares */

/** @param {Drift} drift @param {string[]} labels */
export function driftSentences({ classes, said, confidence, brightness }, labels) {
  const sentences = [shares("be of another class", classes, labels), shares("get another answer", said, labels)];
  if (confidence.reported !== null) {
    const test = confidence.test === null ? "" : `; in the test ${percent(confidence.test)}`;
    sentences.push(`Where it was wrong it was ${percent(confidence.reported)} sure${test}.`);
  }
  if (brightness.reported !== null) {
    const test = brightness.test === null ? "" : `; in the test ${percent(brightness.test)}`;
    sentences.push(`What it saw was ${percent(brightness.reported)} bright${test}.`);
  }
  return sentences.filter(Boolean);
}

/** The total variation distance is the share that would have to change. @param {string} change @param {Shares} shares
 * @param {string[]} labels */
function shares(change, { reported, test, distance }, labels) {
  if (!reported || !test || distance === null) return "";
  const gaps = reported.map((share, index) => share - test[index]);
  const most = gaps.indexOf(Math.max(...gaps));
  return `To be like the test ${percent(distance)} of them would have to ${change}: ${labels[most]} makes up ${percent(reported[most])}, in the test ${percent(test[most])}.`;
}

// The numbers of the lessons: asked for once, then kept. What failed is asked again.

import { request } from "../api.js";
import { patiently } from "../retries.js";

const forAll = new AbortController().signal; // an answer is kept for later even if nobody looks any more

/** @type {Map<string, Promise<any>>} */
const kept = new Map();

/** @param {string} path */
function ask(path) {
  const known = kept.get(path);
  if (known) return known;
  const answer = patiently(() => request(path), forAll, () => {});
  kept.set(path, answer);
  answer.catch(() => kept.delete(path));
  return answer;
}

/** @param {string} name */
export const studyPath = (name) => `api/v1/comparisons/${name}`;

/** @param {string} model */
export const historyPath = (model) => `api/v1/models/${encodeURIComponent(model)}/history`;

/** @param {"dropout" | "depth" | "recurrent"} name @returns {Promise<import("./types.js").Study>} */
export const study = (name) => ask(studyPath(name));

/** @returns {Promise<import("./types.js").OptimizerStudy>} */
export const optimizerStudy = () => ask(studyPath("optimizers"));

/** @param {string} model @returns {Promise<import("./types.js").History>} */
export const history = (model) => ask(historyPath(model));

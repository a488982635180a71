// Asks a model about a picture, and asks again where the service is busy.

import { Offline, predict } from "./api.js";
import { passesIn, patiently } from "./patience.js";
import { busyNote, failureNote } from "./words.js";

/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./types.js").Outcome} Outcome */

/**
 * @param {string} model
 * @param {Picture} picture
 * @param {AbortSignal} signal
 * @param {(outcome: Outcome) => void} onWait told while a busy service is given time
 * @returns {Promise<Outcome | null>} null where it was aborted; raises Offline
 */
export async function ask(model, picture, signal, onWait) {
  const wait = (/** @type {number} */ seconds) => onWait({ kind: "failure", note: busyNote(seconds), again: false });
  try {
    const answer = await patiently(() => predict(model, picture, signal), signal, wait);
    return answer && { kind: "answer", ...answer };
  } catch (error) {
    if (error instanceof Offline) throw error;
    return { kind: "failure", note: failureNote(error, picture.name, model), again: passesIn(error) !== null };
  }
}

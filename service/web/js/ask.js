// Asks a model about a picture, and asks again where the service is busy.

import { Offline, predict, Problem } from "./api.js";
import { busyNote, failureNote } from "./words.js";

/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./types.js").Outcome} Outcome */

const TRIES = 4;

/**
 * @param {string} model
 * @param {Picture} picture
 * @param {AbortSignal} signal
 * @param {(outcome: Outcome) => void} onWait told while a busy service is given time
 * @returns {Promise<Outcome | null>} null where it was aborted; raises Offline
 */
export async function ask(model, picture, signal, onWait) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { kind: "answer", ...(await predict(model, picture, signal)) };
    } catch (error) {
      if (signal.aborted) return null;
      if (error instanceof Offline) throw error;
      const seconds = error instanceof Problem && error.kind !== "not-ready" ? error.retryAfter : null;
      if (seconds === null || attempt === TRIES) {
        return { kind: "failure", note: failureNote(error, picture.name, model), again: seconds !== null };
      }
      onWait({ kind: "failure", note: busyNote(seconds), again: false });
      await pause(1000 * seconds, signal);
      if (signal.aborted) return null;
    }
  }
}

/** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

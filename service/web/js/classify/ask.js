// Asks, and asks again where the service is busy: three times more, then the person decides.

import { Offline, Problem } from "../api.js";
import { busyNote, failureNote } from "../words.js";

/** @typedef {import("../types.js").Note} Note */

const TRIES = 4;

/**
 * @template T
 * @typedef {{kind: "answer", value: T} | {kind: "failure", note: Note, again: boolean}} Outcome
 *   `again`: asking once more may help
 */

/**
 * @template T
 * @param {() => Promise<T>} call
 * @param {{picture: string, model: string}} about for the sentence that says what failed
 * @param {AbortSignal} signal
 * @param {(note: Note) => void} onWait told while a busy service is given time
 * @returns {Promise<Outcome<T> | null>} null where it was aborted; raises Offline
 */
export async function ask(call, about, signal, onWait) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { kind: "answer", value: await call() };
    } catch (error) {
      if (signal.aborted) return null;
      if (error instanceof Offline) throw error;
      const seconds = error instanceof Problem && error.kind !== "not-ready" ? error.retryAfter : null;
      if (seconds === null || attempt === TRIES) {
        return { kind: "failure", note: failureNote(error, about.picture, about.model), again: seconds !== null };
      }
      onWait(busyNote(seconds));
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

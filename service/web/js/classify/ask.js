// Asks, and asks again where the service is busy; what failed in the end becomes a sentence.

import { Offline } from "../api.js";
import { passesIn, patiently } from "../retries.js";
import { busyNote, failureNote } from "../words.js";

/** @typedef {import("../types.js").Note} Note */

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
  try {
    const value = await patiently(call, signal, (seconds) => onWait(busyNote(seconds)));
    return value && { kind: "answer", value };
  } catch (error) {
    if (error instanceof Offline) throw error;
    return { kind: "failure", note: failureNote(error, about.picture, about.model), again: passesIn(error) !== null };
  }
}

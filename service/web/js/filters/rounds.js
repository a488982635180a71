// Rounds of asking: at most one in flight, the newest state wins.
//
//   Round -> latest -> a large picture by itself -> numbers and picture -> onAnswer

import { latest } from "../latest.js";
import { patiently } from "../retries.js";
import { IS_STATIC } from "../static.js";
import { applied, appliedPicture } from "./apply.js";
import { fieldsOf } from "./plan.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Held} Held */
/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./types.js").State} State */

/** What a round is about: the picture, what is done to it, the pixel to tell of, and what the person did. */
/** @typedef {{held: Held, state: State, at: Pair | null, cause: "result" | "pointer" | "keys"}} Round */

/**
 * @typedef {object} RoundEvents
 * @property {(round: Round) => boolean} isWanted whether its picture is still the one that is shown
 * @property {(round: Round) => boolean} isNewest whether nothing was changed since
 * @property {(blob: Blob, round: Round) => Promise<void>} onPicture of a large result, before its numbers
 * @property {(answer: Answer, round: Round) => Promise<void>} onAnswer
 * @property {(seconds: number) => void} onWait while a busy service is given time
 * @property {(error: unknown, round: Round) => void} onFail
 */

const MOST_VALUES = 400_000; // of a picture that comes with its numbers at once, as text that is a third longer

export class Rounds {
  #events;
  #live = latest((/** @type {Round} */ round, signal) => this.#run(round, signal));

  /** @param {RoundEvents} events */
  constructor(events) {
    this.#events = events;
  }

  /** @param {Round} round */
  send(round) {
    this.#live.send(round);
  }

  cancel() {
    this.#live.cancel();
  }

  /** @param {Round} round @param {AbortSignal} signal */
  async #run(round, signal) {
    const { isWanted, onWait, onFail, onAnswer } = this.#events;
    const { held, state, at } = round;
    try {
      if (isLarge(round) && !(await this.#picture(round, signal))) return;
      const ask = () => applied(held.preview, held.name, fieldsOf(state, at), signal);
      const answer = await patiently(ask, signal, onWait);
      if (answer && !signal.aborted && isWanted(round)) await onAnswer(answer, round);
    } catch (error) {
      if (!signal.aborted) onFail(error, round);
    }
  }

  /** @param {Round} round @param {AbortSignal} signal @returns {Promise<boolean>} whether its numbers are still of interest */
  async #picture(round, signal) {
    const { isWanted, isNewest, onWait, onPicture } = this.#events;
    const { held, state } = round;
    const ask = () => appliedPicture(held.preview, held.name, fieldsOf(state, null), { signal });
    const blob = await patiently(ask, signal, onWait);
    if (!blob || signal.aborted || !isWanted(round)) return false;
    await onPicture(blob, round);
    return isNewest(round);
  }
}

/** Another pixel changes no picture. @param {Round} round */
function isLarge({ held: { canvas }, state, cause }) {
  const values = (canvas?.width ?? 0) * (canvas?.height ?? 0) * (state.color === "grey" ? 1 : 3);
  return cause === "result" && values > MOST_VALUES && !IS_STATIC; // the page itself has both at once
}

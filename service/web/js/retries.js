// A busy service is asked again by itself, as often and as late as it says.
//
//   send -> answer, or a problem that passes -> onWait(seconds) -> send again, TRIES times in all -> that problem

import { Problem } from "./api.js";

const TRIES = 4;

/**
 * @template T
 * @param {() => Promise<T>} send
 * @param {AbortSignal} signal
 * @param {(seconds: number) => void} onWait told while the service is given time
 * @returns {Promise<T | null>} null where it was aborted; raises what `send` raises
 */
export async function patiently(send, signal, onWait) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (signal.aborted) return null;
      const seconds = passesIn(error);
      if (seconds === null || attempt === TRIES) throw error;
      onWait(seconds);
      await pause(1000 * seconds, signal);
      if (signal.aborted) return null;
    }
  }
}

/** Seconds after which it may have passed, or null. A model that is not ready does not become so by asking.
 * @param {unknown} error */
export function passesIn(error) {
  return error instanceof Problem && error.kind !== "not-ready" ? error.retryAfter : null;
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

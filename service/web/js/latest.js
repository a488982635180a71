// At most one round in flight, the newest input wins, the last input is always sent.
//
//   input -> waiting (replaced by a newer one) -> run -> next waiting
//
// A round is not aborted at once: the server has nearly finished it. Only one that runs for longer than
// TIMEOUT_MS while a newer input waits is given up, and `cancel` gives up everything.

const TIMEOUT_MS = 2000;

/**
 * @template T
 * @param {(input: T, signal: AbortSignal) => Promise<void>} run must settle soon after an abort
 */
export function latest(run) {
  /** @type {{input: T} | null} */
  let waiting = null;
  /** @type {{abort: AbortController, started: number} | null} */
  let flight = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let tellNewer = () => {};

  async function fly() {
    while (waiting) {
      const { input } = waiting;
      waiting = null;
      flight = { abort: new AbortController(), started: performance.now() };
      await run(input, flight.abort.signal);
      clearTimeout(timer);
      timer = undefined;
    }
    flight = null;
  }

  return {
    /** @param {T} input */
    send(input) {
      waiting = { input };
      tellNewer();
      if (!flight) {
        void fly();
      } else if (timer === undefined) {
        const current = flight;
        const left = TIMEOUT_MS - (performance.now() - current.started);
        timer = setTimeout(() => current.abort.abort(), Math.max(0, left));
      }
    },
    /**
     * For a round that has shown what matters: whether a newer input waits, or comes within a while.
     * @param {number} milliseconds
     * @returns {Promise<boolean>}
     */
    newer(milliseconds) {
      if (waiting) return Promise.resolve(true);
      return new Promise((resolve) => {
        const timeout = setTimeout(() => resolve(false), milliseconds);
        tellNewer = () => {
          clearTimeout(timeout);
          resolve(true);
        };
      });
    },
    cancel() {
      waiting = null;
      flight?.abort.abort();
    },
  };
}

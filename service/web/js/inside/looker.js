// Asks for the layers that are in view, one after another in their order; anew for each picture.
//
//   card comes into view, or is wanted -> pump: first unanswered -> ask -> next

/** @typedef {import("./layer-card.js").LayerCard} LayerCard */

const MARGIN = "200px 0px"; // a little before it is seen

export class Looker {
  /** @type {LayerCard[]} */
  #cards = [];
  /** Layers in view. @type {Set<string>} */
  #seen = new Set();
  /** Layers that are wanted, seen or not. @type {Set<string>} */
  #wanted = new Set();
  /** @type {Set<string>} */
  #answered = new Set();
  #flight = new AbortController();
  #observer;
  #ask;
  #isRunning = false;

  /** @param {(card: LayerCard, signal: AbortSignal) => Promise<boolean>} ask false: stop asking until restarted */
  constructor(ask) {
    this.#ask = ask;
    this.#observer = new IntersectionObserver((entries) => this.#onSeen(entries), { rootMargin: MARGIN });
  }

  /** @param {LayerCard[]} cards of the model */
  watch(cards) {
    this.#observer.disconnect();
    this.#cards = cards.filter((card) => card.layer.form !== "none");
    this.#seen.clear();
    this.#wanted.clear();
    for (const { element } of this.#cards) this.#observer.observe(element);
  }

  /** A layer whether it is seen or not. @param {string} name */
  want(name) {
    this.#wanted.add(name);
    void this.#pump();
  }

  /** Another picture. */
  restart() {
    this.stop();
    this.#flight = new AbortController();
    this.#answered.clear();
    void this.#pump();
  }

  stop() {
    this.#flight.abort();
    this.#isRunning = false;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #onSeen(entries) {
    for (const { target, isIntersecting } of entries) {
      const name = /** @type {HTMLElement} */ (target).dataset.layer ?? "";
      if (isIntersecting) this.#seen.add(name);
      else this.#seen.delete(name);
    }
    void this.#pump();
  }

  async #pump() {
    if (this.#isRunning || this.#flight.signal.aborted) return;
    const { signal } = this.#flight;
    this.#isRunning = true;
    for (;;) {
      const isDue = (/** @type {string} */ name) => (this.#seen.has(name) || this.#wanted.has(name)) && !this.#answered.has(name);
      const card = this.#cards.find(({ layer }) => isDue(layer.name));
      if (!card) break;
      const goesOn = await this.#ask(card, signal);
      if (signal.aborted) return; // another round runs
      if (!goesOn) break;
      this.#answered.add(card.layer.name);
    }
    this.#isRunning = false;
  }
}

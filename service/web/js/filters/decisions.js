// All that the person has decided, and how one decision changes it.
//
//   address, preset, kernel, sequence -> State

import { fromParams, recognised } from "./address.js";
import { isSample } from "./picture.js";
import { moved } from "./pixel.js";
import { convolve, mainOf, toldSize, usualScale } from "./plan.js";

/** @typedef {import("./types.js").Convolve} Convolve */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Step} Step */

const FIRST_FILTER = "sobel_x";

export class Decisions {
  /** @type {Filter[]} that the service has a name for */
  filters = [];
  /** @type {State | null} another object after each change */
  state = null;
  /** The step that the Steps card has open. */
  chosen = 0;

  /** Takes what an address says. @param {URLSearchParams} params @returns {string[]} its parts that say nothing */
  read(params) {
    const first = this.filters.find(({ name }) => name === FIRST_FILTER) ?? this.filters[0];
    /** @type {State} */
    const usual = { steps: [convolve(first)], main: 0, scale: "centre", color: "grey", told: null, at: null };
    const { state, broken } = fromParams(params, this.filters, usual);
    this.state = state;
    this.chosen = state.main;
    const sample = params.get("sample");
    return sample === null || isSample(sample) ? broken : [...broken, `sample=${sample.slice(0, 40)}`];
  }

  /**
   * @param {Partial<State>} part
   * @param {Pair | null} size of the picture; the chosen pixel stays where it is in it
   */
  change(part, size) {
    if (!this.state) return;
    const old = this.state;
    this.state = { ...old, ...part };
    if (part.steps && old.at && size) this.state.at = moved(old.at, toldSize(old, size), toldSize(this.state, size));
  }

  /** A named or learned kernel in the place of the one that is edited. @param {Filter} filter @returns {Partial<State>} */
  preset(filter) {
    const { kernel, divisor, name } = filter;
    const step = { .../** @type {Convolve} */ (this.#main), rows: kernel, divisor, filter: name || null };
    return { ...this.kernel(step), scale: usualScale(name ? filter : undefined) };
  }

  /** @param {Convolve} step in the place of the one that is edited @returns {Partial<State>} */
  kernel(step) {
    const { steps, main } = /** @type {State} */ (this.state);
    return { steps: steps.with(main, recognised(step, this.filters)) };
  }

  /** Other steps, and which of them is open: if it is a convolution, it is the one that is edited.
   * @param {Step[]} steps @param {number} chosen @returns {Partial<State>} */
  sequence(steps, chosen) {
    this.chosen = chosen;
    const open = this.#main;
    const kept = open ? steps.indexOf(open) : -1;
    const first = steps.findIndex(({ op }) => op === "convolve");
    return { steps, main: steps[chosen].op === "convolve" ? chosen : kept >= 0 ? kept : first, told: steps.length > 1 ? chosen : null };
  }

  get #main() {
    return this.state && mainOf(this.state);
  }
}

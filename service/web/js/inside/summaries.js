// The layers of each model, asked for once; and with them, which models read a picture row by row.

import { request } from "../api.js";
import { isReady, ordered } from "../models.js";
import { pathOf } from "./ask.js";
import { isRecurrent, layersOf } from "./layers.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./types.js").Layer} Layer */

export class Summaries {
  /** @type {Map<string, {layers: Layer[], input: number[]}>} by model */
  #known = new Map();

  /** @param {string} model @param {AbortSignal} signal @param {boolean} [quiet] */
  async of(model, signal, quiet) {
    const known = this.#known.get(model);
    if (known) return known;
    const summary = await request(pathOf(model, "summary"), { signal, quiet });
    const found = { layers: layersOf(summary), input: summary.input_shape };
    this.#known.set(model, found);
    return found;
  }

  /** The recurrent models for the pictures that `card` reads. @param {Card[]} cards @param {Card} card @param {AbortSignal} signal */
  async readers(cards, card, signal) {
    const peers = ordered(cards).filter((each) => isReady(each) && each.dataset === card.dataset && each.group === card.group);
    const kinds = await Promise.all(
      peers.map(async ({ name }) => {
        try {
          return isRecurrent((await this.of(name, signal, true)).layers);
        } catch (error) {
          if (signal.aborted) throw error;
          return false; // it does not show its layers
        }
      }),
    );
    return peers.filter((_, index) => kinds[index]);
  }
}

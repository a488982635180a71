// Which models read a picture row by row, and what one of them makes of it.

import { request } from "../api.js";
import { isReady, ordered } from "../models.js";
import { look, pathOf } from "./ask.js";
import { isRecurrent, layersOf } from "./layers.js";
import { fieldOf } from "./paint.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./types.js").Source} Source */

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

/** What the model saw, and what it made of it row by row. @param {string} model @param {Source} source @param {AbortSignal} signal */
export async function read(model, source, signal) {
  const answer = await look(model, source, { layer: "input" }, signal);
  return { answer, rows: answer.rows, field: await fieldOf(answer.layers[0].maps[0]) };
}

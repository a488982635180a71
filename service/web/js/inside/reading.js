// Belief by row beside the layers: of the model itself where it is recurrent, else of a recurrent one that may be chosen.

import { noteElement } from "../note.js";
import { Belief } from "./belief.js";
import { look } from "./ask.js";
import { fieldOf } from "./paint.js";
import { insideNote } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Shared} Shared */
/** @typedef {import("./summaries.js").Summaries} Summaries */
/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./types.js").Source} Source */

/** What a model saw, and what it made of it. @param {string} model @param {Source} source @param {AbortSignal} signal */
export async function read(model, source, signal) {
  const { prediction, rows, layers } = await look(model, source, { layer: "input" }, signal);
  return { prediction, rows, field: await fieldOf(layers[0].maps[0]) };
}

export class Reading {
  #shared;
  #summaries;
  #belief;
  /** The recurrent model that was chosen last. */
  #reader = "";
  /** @type {{source: Source, truth: string, row: number | null, signal: AbortSignal} | null} */
  #last = null;

  /** @param {Shared} shared @param {Summaries} summaries @param {(row: number) => void} onRow */
  constructor(shared, summaries, onRow) {
    this.#shared = shared;
    this.#summaries = summaries;
    this.#belief = new Belief({ onRow: (row) => this.#onRow(row, onRow), onModel: (model) => this.#choose(model) });
    this.element.hidden = true;
  }

  get element() {
    return this.#belief.element;
  }

  /** Keeps the room of what comes, where it is known to come. @param {Card} card @param {boolean} isRecurrent */
  reserve({ name, labels }, isRecurrent) {
    this.element.hidden = !isRecurrent;
    this.#belief.choose([name], name);
    this.#belief.reserve(labels ?? []);
  }

  stop() {
    this.#belief.stop();
  }

  paint() {
    this.#belief.paint();
  }

  /**
   * @param {Card} card
   * @param {{rows: number[][] | null, field: Field}} saw by that model
   * @param {{source: Source, truth: string, row: number | null, signal: AbortSignal}} of `truth` "" where unknown
   */
  async show(card, { rows, field }, of) {
    this.#last = of;
    if (rows) {
      this.#reader = card.name;
      this.#belief.choose([card.name], card.name);
      this.#belief.show({ rows, labels: card.labels ?? [], field, truth: of.truth }, of.row);
      this.element.hidden = false;
      return;
    }
    const readers = (await this.#summaries.readers(this.#shared.cards, card, of.signal)).map(({ name }) => name);
    if (of.signal.aborted) return;
    this.element.hidden = readers.length === 0;
    if (!readers.length) return;
    if (!readers.includes(this.#reader)) this.#reader = readers[0];
    this.#belief.choose(readers, this.#reader);
    await this.#read();
  }

  /** @param {string} model */
  #choose(model) {
    this.#reader = model;
    void this.#read();
  }

  /** @param {number} row @param {(row: number) => void} onRow */
  #onRow(row, onRow) {
    if (this.#last) this.#last.row = row;
    onRow(row);
  }

  async #read() {
    if (!this.#last) return;
    const { source, truth, signal } = this.#last;
    const reader = this.#reader;
    try {
      const { rows, field } = await read(reader, source, signal);
      if (signal.aborted || reader !== this.#reader || !rows) return;
      const labels = this.#shared.cards.find(({ name }) => name === reader)?.labels ?? [];
      this.#belief.show({ rows, labels, field, truth }, this.#last.row);
    } catch (error) {
      if (!signal.aborted) this.#belief.fail(noteElement(insideNote(error, reader, source.name)));
    }
  }
}

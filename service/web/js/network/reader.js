// Reads a drawing in the page: prepared once, then each network, the leading one first.
//
//   drawing -> prepare -> leading network, at once where it is small -> the others, in a worker, one after the other
//                                                                   -> all of them once more, as they come
//
// A network takes a millisecond for each million of its multiply-adds, or longer on a phone: what is LARGE would hold
// up the frame in which the stroke appears.

import { request } from "../api.js";
import { afterFrame } from "../dom.js";
import { isPreparable, prepare, toTensor } from "../preparation/prepare.js";
import { asPrediction } from "./answer.js";
import { Network } from "./network.js";

/** @typedef {import("../preparation/prepare.js").Prepared} Prepared */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {{lead: Prediction | null, all: Map<string, Prediction>, milliseconds: number}} Reading */

const LARGE = 8e6; // multiply-adds
const REST_MS = 150; // a large one waits for the pen to rest: else it takes the processor from the service and the ink

/** Whether a model can be computed here. @param {Card} card */
export function isComputable({ preprocessing, output, sha256, labels }) {
  return isPreparable(preprocessing) && !output?.activation && Boolean(sha256) && Boolean(labels);
}

export class Reader {
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  /** Small networks, for a leading one that answers within the frame. @type {Map<string, Network>} */
  #small = new Map();
  /** In the order in which they are asked: the large ones last. @type {{card: Card, work: number}[]} */
  #loaded = [];
  #turn = 0;
  /** What the worker has to do yet for this turn, and from when on. @type {{card: Card, from: number}[]} */
  #left = [];
  #isBusy = false;
  #tensor = new Float32Array();
  /** @type {(name: string, row: Float32Array) => void} */
  #onRow = () => {};

  constructor() {
    this.#worker.addEventListener("message", ({ data }) => {
      this.#isBusy = false;
      if (data.turn === this.#turn && data.row) this.#onRow(data.name, data.row);
      this.#next();
    });
  }

  /** Fetches networks, one after the other. @param {Card[]} cards */
  async load(cards) {
    for (const card of cards) {
      if (!isComputable(card) || this.#loaded.some((known) => known.card.sha256 === card.sha256)) continue;
      const path = `api/v1/models/${encodeURIComponent(card.name)}/model.onnx?sha256=${card.sha256}`;
      /** @type {ArrayBuffer} */
      const bytes = await request(path, { accept: "application/octet-stream", quiet: true });
      const network = new Network(new Uint8Array(bytes));
      if (network.work < LARGE) this.#small.set(card.name, network);
      this.#worker.postMessage({ name: card.name, bytes });
      this.#loaded = this.#loaded.filter((known) => known.card.name !== card.name);
      this.#loaded.push({ card, work: network.work });
      this.#loaded.sort((a, b) => a.work - b.work);
    }
  }

  /** What is in flight is of no use any more. */
  forget() {
    this.#turn += 1;
    this.#left = [];
  }

  /**
   * @param {ImageData} drawing black on white
   * @param {Card} lead
   * @param {boolean} isAlone nobody else will read it: also what may be read in several ways
   * @param {(reading: Reading) => void} onReading at once where the leading network is small, and as others come
   * @returns {boolean} whether it is read here
   */
  read(drawing, lead, isAlone, onReading) {
    this.forget();
    const begun = performance.now();
    const known = this.#loaded.map(({ card }) => card);
    const own = known.find(({ name }) => name === lead.name);
    if (!own?.preprocessing) return false;
    const alike = known.filter(({ preprocessing }) => JSON.stringify(preprocessing) === JSON.stringify(own.preprocessing));
    const prepared = prepare(greyOf(drawing), own.preprocessing);
    if (!prepared || (!prepared.isOneWay && !isAlone)) return false;
    const reason = prepared.reason ?? (prepared.isPerhapsSeveral ? "perhaps_multiple" : null); // nobody else would tell
    /** @type {Map<string, Prediction>} */
    const all = new Map();
    let milliseconds = 0;
    this.#onRow = (name, row) => {
      const card = known.find((each) => each.name === name);
      if (!card) return;
      all.set(name, asPrediction(row, card, { ...prepared, reason }));
      if (name === lead.name) milliseconds = performance.now() - begun;
      const isWhole = all.size === alike.length;
      if (name === lead.name || isWhole) onReading({ lead: all.get(lead.name) ?? null, all, milliseconds });
    };
    this.#tensor = toTensor(prepared.pixels, own.preprocessing);
    const small = this.#small.get(lead.name);
    const rested = begun + (isAlone ? 0 : REST_MS);
    this.#left = [own, ...alike.filter((card) => card !== own)]
      .slice(small ? 1 : 0)
      .map((card) => ({ card, from: card === own || this.#small.has(card.name) ? begun : rested }));
    if (small) this.#onRow(lead.name, small.run(this.#tensor));
    const turn = this.#turn;
    void afterFrame().then(() => turn === this.#turn && this.#next()); // the worker would take the processor from the painting
    return true;
  }

  #next() {
    const next = this.#isBusy ? undefined : this.#left[0];
    if (!next) return;
    const wait = next.from - performance.now();
    if (wait > 0) {
      const turn = this.#turn;
      setTimeout(() => turn === this.#turn && this.#next(), wait);
      return;
    }
    this.#left.shift();
    this.#isBusy = true;
    this.#worker.postMessage({ turn: this.#turn, name: next.card.name, tensor: this.#tensor });
  }
}

/** @param {ImageData} drawing whose channels are all the same */
function greyOf({ data, width, height }) {
  const values = new Uint8Array(width * height);
  for (let i = 0; i < values.length; i += 1) values[i] = data[4 * i];
  return { values, width, height };
}

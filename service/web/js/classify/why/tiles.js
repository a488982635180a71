// The networks beside each other: of each its answer, and over the picture why.
//
//   cards -> POST models/<name>/explain-prediction, two at a time -> tiles; the way that is shown is chosen for all

import { Offline, upload } from "../../api.js";
import { make } from "../../dom.js";
import { percent } from "../../format.js";
import { listenToTheme } from "../../inside/paint.js";
import { announce } from "../../live.js";
import { readGrey } from "../../png.js";
import { patiently } from "../../retries.js";
import { segmented } from "../../segmented.js";
import { failureNote } from "../../words.js";
import { asQuery } from "../decisions.js";
import { changed, heatOf, paintOver, stretched } from "./paint.js";
import { HELP, told, WAYS } from "./words.js";

/** @typedef {import("../../types.js").Card} Card */
/** @typedef {import("../../types.js").Picture} Picture */
/** @typedef {import("../types.js").Decisions} Decisions */
/** @typedef {import("./types.js").Explained} Explained */
/** @typedef {import("./types.js").Way} Way */

const AT_A_TIME = 2; // calls: the service works on some at a time, and what waits there keeps others waiting

export class Tiles {
  #help = make("p", "caption", HELP.looked);
  #tiles;
  element;
  /** @type {Way} */
  #way = "looked";

  /** @param {Card[]} cards */
  constructor(cards) {
    this.#tiles = cards.map((card) => new Tile(card));
    const ways = segmented("What is shown", WAYS, this.#way, (way) => this.#show(/** @type {Way} */ (way)));
    const list = make("ul", "why-tiles", ...this.#tiles.map(({ element }) => element));
    this.element = make("div", "", make("div", "why-ways", ways, this.#help), list);
    listenToTheme(() => this.#show(this.#way));
  }

  /** @param {Picture} picture @param {Decisions} decisions @param {AbortSignal} signal */
  async ask(picture, decisions, signal) {
    const waiting = [...this.#tiles];
    const work = async () => {
      for (let tile = waiting.shift(); tile && !signal.aborted; tile = waiting.shift()) {
        await tile.ask(picture, decisions, signal, tile !== this.#tiles[0]);
        tile.show(this.#way);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    if (!signal.aborted) announce(this.#tiles.map((tile) => tile.words).join(" "));
  }

  /** @param {Way} way */
  #show(way) {
    this.#way = way;
    this.#help.textContent = HELP[way];
    for (const tile of this.#tiles) tile.show(way);
  }
}

class Tile {
  #canvas = make("canvas", "why-canvas");
  #says = make("p", "why-says", "…");
  #told = make("p", "caption why-told", "");
  element;
  #card;
  /** @type {Explained | null} */
  #explained = null;
  /** @type {import("./paint.js").Seen | null} */
  #seen = null;

  /** @param {Card} card */
  constructor(card) {
    this.#card = card;
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", `${card.name}: not asked yet`);
    this.element = make("li", "why-tile", this.#canvas, make("b", "", card.name), this.#says, this.#told);
    this.element.dataset.model = card.name;
    this.element.dataset.state = "waiting";
  }

  /** For those who listen. */
  get words() {
    return `${this.#card.name}: ${this.#says.textContent} ${this.#told.textContent}`;
  }

  /** @param {Picture} picture @param {Decisions} decisions @param {AbortSignal} signal @param {boolean} quiet */
  async ask(picture, decisions, signal, quiet) {
    const query = asQuery(decisions).replace("&", "?");
    const path = `api/v1/models/${encodeURIComponent(this.#card.name)}/explain-prediction${query}`;
    try {
      this.#explained = await patiently(
        () => upload(path, picture, { signal, quiet }),
        signal,
        (seconds) => (this.#told.textContent = `Busy, again in ${seconds} s`),
      );
      const seen = this.#explained?.prediction.input_png;
      if (seen) this.#seen = await readGrey(seen);
    } catch (error) {
      if (signal.aborted || error instanceof Offline) throw error;
      const { title, text } = failureNote(error, picture.name, this.#card.name);
      this.element.dataset.state = "failed";
      this.#says.textContent = title;
      this.#told.textContent = text ?? "";
    }
  }

  /** @param {Way} way */
  show(way) {
    const [explained, seen] = [this.#explained, this.#seen];
    if (!explained || !seen) return;
    const { prediction, occlusion, flip, class_activation } = explained;
    const none = new Float32Array(seen.width * seen.height);
    const activation = class_activation ? stretched(class_activation.map, seen) : none;
    paintOver(this.#canvas, seen, way === "looked" ? heatOf(occlusion, seen) : way === "pixels" ? changed(flip.pixels, seen) : activation);
    this.#says.textContent = `says ${prediction.label} · ${percent(prediction.confidence)}`;
    this.#told.textContent = told(explained, way);
    this.element.dataset.state = way === "activation" && !class_activation ? "none" : "told";
    this.#canvas.setAttribute("aria-label", `${this.#card.name} ${this.#says.textContent}. ${this.#told.textContent}`);
  }
}

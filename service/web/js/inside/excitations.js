// The test pictures that excite a filter most, with the patch of each that it saw. A press looks inside one.

import { Problem, request } from "../api.js";
import { make } from "../dom.js";
import { pathOf } from "./ask.js";
import { Guided, loadPairs } from "./guided.js";
import { decimal, NO_EXCITATIONS, ZEILER } from "./words.js";

/** @typedef {import("./types.js").Target} Target */
/** @typedef {{index: number, label: string, value: number, box: [number, number, number, number]}} Exciting */

const SIDE = 28; // pixels of a test picture

export class Excitations {
  #list = make("ul", "excitations");
  #help = make("p", "caption", NO_EXCITATIONS);
  #guided = new Guided();
  element = make(
    "div",
    "excite-section",
    make("h3", "", "The test pictures that excite it most"),
    make("p", "caption", ZEILER),
    this.#help,
    this.#list,
    this.#guided.element,
  );
  #addressOf;
  /** @type {Map<string, {dataset: string, pictures: Exciting[], pairs: import("./guided.js").Pair[] | null}>} by model, layer and map */
  #known = new Map();
  /** Layers, by model, that bring none. @type {Set<string>} */
  #without = new Set();

  /** @param {(sample: string) => string} addressOf this view with another picture */
  constructor(addressOf) {
    this.#addressOf = addressOf;
    this.element.hidden = true;
  }

  hide() {
    this.element.hidden = true;
  }

  paint() {
    this.#guided.paint();
  }

  /** What is known already; else a word on how to see it. @param {string} model @param {Target} target */
  showKnown(model, target) {
    this.element.hidden = target.layer.kind !== "Conv2D" || this.#without.has(layerOf(model, target));
    const known = this.#known.get(keyOf(model, target));
    this.#help.textContent = known ? "Framed: what it saw of each." : NO_EXCITATIONS;
    this.#list.replaceChildren(...(known ? known.pictures.map((picture) => this.#entry(known.dataset, picture)) : []));
    this.#guided.show(known?.pairs ?? null);
  }

  /** So that it is known. @param {string} model @param {Target} target @param {AbortSignal} signal */
  async load(model, target, signal) {
    if (target.layer.kind !== "Conv2D" || this.#without.has(layerOf(model, target)) || this.#known.has(keyOf(model, target))) return;
    try {
      const query = new URLSearchParams({ layer: target.layer.name, map: String(target.index) });
      const answer = await request(pathOf(model, `excitations?${query}`), { signal });
      const { pictures } = answer.maps[0];
      const pairs = answer.guided ? await loadPairs(model, query, answer.sheet, pictures.length, signal) : null;
      this.#known.set(keyOf(model, target), { dataset: answer.dataset, pictures, pairs });
    } catch (error) {
      if (!(error instanceof Problem) || ![404, 422].includes(error.status)) throw error;
      this.#without.add(layerOf(model, target));
    }
  }

  /** @param {string} dataset @param {Exciting} picture */
  #entry(dataset, { index, label, value, box: [x, y, width, height] }) {
    const image = make("img", "");
    Object.assign(image, { alt: "", width: SIDE, height: SIDE, loading: "lazy" });
    image.src = `api/v1/datasets/${dataset}/test/${index}.png`;
    const patch = make("span", "patch");
    const part = (/** @type {number} */ pixels) => `${(100 * pixels) / SIDE}%`;
    Object.assign(patch.style, { left: part(x), top: part(y), width: part(width), height: part(height) });
    const link = make("a", "excite", image, patch);
    link.href = this.#addressOf(`${dataset}/${index}`);
    link.setAttribute("aria-label", `Test picture ${index}, ${label}: ${decimal(value)}`);
    link.title = `${label}: ${decimal(value)}`;
    return make("li", "", link);
  }
}

/** @param {string} model @param {Target} target */
function layerOf(model, { layer }) {
  return `${model}/${layer.name}`;
}

/** @param {string} model @param {Target} target */
function keyOf(model, target) {
  return `${layerOf(model, target)}/${target.index}`;
}

// Kernels with a name: the service's filters, and those that its networks learned for their first layer.

import { Problem, request } from "../api.js";
import { make } from "../dom.js";
import { isReady, ordered } from "../models.js";
import { selectOf } from "../select.js";
import { learnedWords, OWN_KERNEL } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./types.js").Convolve} Convolve */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Learned} Learned */

const OWN = "";

export class Presets {
  #control = selectOf("Preset", (value) => this.#chosen(value));
  element = this.#control.element;
  /** @type {Filter[]} */
  #filters = [];
  /** @type {Learned[]} */
  #learned = [];

  #onChoose;

  /** @param {(filter: Filter) => void} onChoose a learned kernel comes as a filter without a name */
  constructor(onChoose) {
    this.#onChoose = onChoose;
  }

  /** @param {string} value */
  #chosen(value) {
    const filter = this.#filters.find(({ name }) => name === value);
    const learned = this.#learned.find((each) => nameOf(each) === value);
    const unnamed = { name: "", title: "", divisor: 1, description: "", signed: true };
    if (filter) this.#onChoose(filter);
    else if (learned) this.#onChoose({ ...unnamed, kernel: learned.kernel });
  }

  /** @param {Filter[]} filters */
  setFilters(filters) {
    this.#filters = filters;
    this.#list();
  }

  /** @param {Learned[]} learned */
  setLearned(learned) {
    this.#learned = learned;
    this.#list();
  }

  #list() {
    const { select } = this.#control;
    const { value } = select;
    const own = new Option("own kernel", OWN);
    own.hidden = true; // it is one's own by typing
    const named = make("optgroup", "", ...this.#filters.map(({ name }) => new Option(name, name)));
    named.label = "Filters";
    const models = [...new Set(this.#learned.map(({ model }) => model))].map((model) => {
      const kernels = this.#learned.filter((each) => each.model === model);
      const group = make("optgroup", "", ...kernels.map((each) => new Option(nameOf(each), nameOf(each))));
      group.label = `Learned by ${model}`;
      return group;
    });
    select.replaceChildren(own, named, ...models);
    select.value = value;
  }

  /** Chooses what the step is, and gives a sentence on it. @param {Convolve} step */
  show(step) {
    const filter = this.#filters.find(({ name }) => name === step.filter);
    const text = JSON.stringify(step.rows);
    const learned = filter ? undefined : this.#learned.find(({ kernel }) => JSON.stringify(kernel) === text);
    this.#control.select.value = filter?.name ?? (learned ? nameOf(learned) : OWN);
    if (filter) return filter.description;
    return learned ? learnedWords(learned.model, learned.index, learned.of) : OWN_KERNEL;
  }
}

/** @param {Learned} learned */
function nameOf({ model, index }) {
  return `${model}, kernel ${index}`;
}

/**
 * The kernels of every ready model whose first layer slides small ones over the picture.
 * @param {Card[]} cards
 * @returns {Promise<Learned[]>} raises Offline
 */
export async function learnedKernels(cards) {
  /** @type {Learned[]} */
  const all = [];
  // A package without test scores was made elsewhere, and brings no summary of its layers either.
  for (const { name } of ordered(cards).filter((card) => isReady(card) && card.metrics)) {
    try {
      all.push(...(await kernelsOf(name)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // this one has nothing to show
    }
  }
  return all;
}

/** @param {string} model @returns {Promise<Learned[]>} */
async function kernelsOf(model) {
  const path = `api/v1/models/${encodeURIComponent(model)}`;
  const { layers } = await request(`${path}/summary`, { quiet: true });
  if (layers[0]?.kind !== "Conv2D") return [];
  const { values } = await request(`${path}/kernels`, { quiet: true });
  const kernels = /** @type {number[][][][]} */ (values ?? []).filter((channels) => channels.length === 1);
  return kernels.map(([kernel], index) => ({ model, index, of: kernels.length, kernel }));
}

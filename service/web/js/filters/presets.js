// Kernels with a name: the service's filters, and those that its networks learned for their first layer.

import { request } from "../api.js";
import { icon, make } from "../dom.js";
import { isReady, ordered } from "../models.js";
import { learnedWords, OWN_KERNEL } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./types.js").Convolve} Convolve */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Learned} Learned */

const OWN = "";

export class Presets {
  select = make("select", "");
  element = make("span", "select", this.select, icon("chevron"));
  /** @type {Filter[]} */
  #filters = [];
  /** @type {Learned[]} */
  #learned = [];

  /** @param {(filter: Filter) => void} onChoose a learned kernel comes as a filter without a name */
  constructor(onChoose) {
    this.select.setAttribute("aria-label", "Preset");
    this.select.addEventListener("change", () => {
      const { value } = this.select;
      const filter = this.#filters.find(({ name }) => name === value);
      const learned = this.#learned.find((each) => nameOf(each) === value);
      if (filter) onChoose(filter);
      else if (learned) onChoose({ name: "", title: "", kernel: learned.kernel, divisor: 1, description: "", signed: true });
    });
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
    const { value } = this.select;
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
    this.select.replaceChildren(own, named, ...models);
    this.select.value = value;
  }

  /** Chooses what the step is, and gives a sentence on it. @param {Convolve} step */
  show(step) {
    const filter = this.#filters.find(({ name }) => name === step.filter);
    const text = JSON.stringify(step.rows);
    const learned = filter ? undefined : this.#learned.find(({ kernel }) => JSON.stringify(kernel) === text);
    this.select.value = filter?.name ?? (learned ? nameOf(learned) : OWN);
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
 * @returns {Promise<Learned[]>} raises Problem, Offline
 */
export async function learnedKernels(cards) {
  /** @type {Learned[]} */
  const all = [];
  for (const { name } of ordered(cards).filter(isReady)) {
    const path = `api/v1/models/${encodeURIComponent(name)}`;
    const { layers } = await request(`${path}/summary`, { quiet: true });
    if (layers[0]?.kind !== "Conv2D") continue;
    const { values } = await request(`${path}/kernels`, { quiet: true });
    const kernels = /** @type {number[][][][]} */ (values ?? []).filter((channels) => channels.length === 1);
    kernels.forEach(([kernel], index) => all.push({ model: name, index, of: kernels.length, kernel }));
  }
  return all;
}

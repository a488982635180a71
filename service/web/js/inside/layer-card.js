// A card of one layer: its name, its facts, and its numbers in the form that fits them.

import { make } from "../dom.js";
import { MapGrid } from "./map-grid.js";
import { StepMap } from "./step-map.js";
import { OutputBars, UnitGrid } from "./unit-grid.js";
import { inSentence, layerFacts, silentText } from "./words.js";

/** @typedef {import("./types.js").Events} Events */
/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./types.js").Look} Look */
/** @typedef {import("./types.js").Target} Target */

export class LayerCard {
  layer;
  element;
  /** Whether the numbers of the last look stand. */
  isFilled = false;
  /** @type {MapGrid | UnitGrid | StepMap | OutputBars | null} null: the layer shows no numbers */
  #body;

  /** @param {Layer} layer @param {Events} events @param {string[]} labels of the classes */
  constructor(layer, events, labels) {
    this.layer = layer;
    this.#body = bodyOf(layer, events, labels);
    const title = make("h2", "", layer.title);
    title.id = `layer-${layer.name}`;
    title.tabIndex = -1;
    const facts = make("p", "caption number-facts", layerFacts(layer));
    const body = this.#body?.element ?? make("p", "layer-silent", silentText(layer));
    this.element = make("section", "card layer", make("div", "layer-head", title, facts), body);
    this.element.setAttribute("aria-labelledby", title.id);
    this.element.dataset.form = layer.form;
    this.element.dataset.layer = layer.name;
  }

  /** What to ask for: of what is no map, all numbers. */
  get query() {
    return { layer: this.layer.name, ...(this.layer.form === "maps" ? {} : { map: 0 }) };
  }

  /** @param {Look} answer */
  async show({ layers: [{ maps }], probabilities }) {
    const body = this.#body;
    if (body instanceof MapGrid) await body.show(maps);
    else if (body instanceof OutputBars) body.show(probabilities);
    else if (body) body.show(maps[0].values);
    this.isFilled = true;
  }

  /** @param {number} index @returns {Target | null} null until it was looked at */
  target(index) {
    return this.#body?.target(index) ?? null;
  }

  /** @param {number | null} index the pinned one; null where it is another layer's */
  mark(index) {
    this.#body?.mark(index);
  }

  /** The theme, or the width of the screen, is another. */
  paint() {
    this.#body?.paint();
  }
}

/**
 * What is known of the layers while a number is told.
 * @param {() => LayerCard[]} cards @param {() => import("./types.js").Field | null} saw what the model saw
 * @returns {import("./number/how.js").Layers}
 */
export function knownLayers(cards, saw) {
  const cardOf = (/** @type {string} */ name) => cards().find(({ layer }) => layer.name === name);
  return {
    titleOf: (name) => inSentence(cardOf(name)?.layer.title ?? name),
    fieldOf: (name, map) => (name === "input" ? saw() : (cardOf(name)?.target(map)?.field ?? null)),
    isSteps: (name) => cardOf(name)?.layer.form === "steps",
  };
}

/** @param {Layer} layer @param {Events} events @param {string[]} labels */
function bodyOf(layer, events, labels) {
  switch (layer.form) {
    case "maps":
      return new MapGrid(layer, events);
    case "units":
      return new UnitGrid(layer, events, labels);
    case "steps":
      return new StepMap(layer, events);
    case "output":
      return new OutputBars(layer, events, labels);
    default:
      return null;
  }
}

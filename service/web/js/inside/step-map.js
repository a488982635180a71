// A recurrent layer: what each of its units held after each row of the picture, a row of the picture a row here.

import { make } from "../dom.js";
import { fieldOfValues } from "./paint.js";
import { ValueMap } from "./value-map.js";
import { decimal } from "./words.js";

/** @typedef {import("./types.js").Events} Events */
/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./types.js").Target} Target */

export class StepMap {
  #map;
  element;
  /** @type {number[][]} */
  #values = [];
  #layer;

  /** @param {Layer} layer @param {Events} events */
  constructor(layer, events) {
    this.#layer = layer;
    const words = (/** @type {number} */ row, /** @type {number} */ unit, /** @type {number} */ value) =>
      `After row ${row + 1}, unit ${unit}: ${decimal(value)}`;
    this.#map = new ValueMap("ink", words, (_, unit) => {
      const target = this.target(unit);
      if (target) events.onPin(target);
    });
    this.element = make("div", "step-map", this.#map.element, make("p", "caption", "A line for each row of the picture, a column for each unit. Press a unit to see it alone."));
  }

  /** @param {number[][]} values */
  show(values) {
    this.#values = values;
    this.#map.show(fieldOfValues(values), values, `State of ${this.#layer.title} after each row`);
  }

  /** @param {number} index @returns {Target | null} */
  target(index) {
    if (!this.#values.length) return null;
    const held = this.#values.map((units) => units[index]);
    const [min, max] = [Math.min(...held), Math.max(...held)];
    return { layer: this.#layer, index, min, max, field: fieldOfValues([held]), values: [held] };
  }

  mark() {}

  paint() {
    this.#map.paint();
  }
}

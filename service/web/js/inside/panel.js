// The side panel: one map or unit, large, with its numbers, its kernel, and what excites it most.
//
//   hover or focus -> what is known already;  pin -> all its values, kernel, exciting pictures

import { make } from "../dom.js";
import { look } from "./ask.js";
import { Excitations } from "./excitations.js";
import { Kernel } from "./kernel.js";
import { How } from "./number/how.js";
import { ValueMap } from "./value-map.js";
import { decimal, placeText, rangeText, targetTitle } from "./words.js";

/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").Target} Target */

export class Panel {
  #title = make("h2", "", "\u00A0");
  #map = new ValueMap("ink", (row, column, value) => this.#place(row, column, value), (row, column) => this.#how.press(row, column));
  #value = make("p", "panel-value number", "");
  #facts = make("p", "caption", "");
  #kernel = new Kernel();
  #excitations;
  #how;
  element;
  /** @type {Target | null} */
  #target = null;

  /**
   * @param {(sample: string) => string} addressOf this view with another picture
   * @param {import("./number/how.js").Layers} layers
   * @param {(error: unknown) => void} onFail how a number came about could not be asked
   */
  constructor(addressOf, layers, onFail) {
    this.#excitations = new Excitations(addressOf);
    this.#how = new How(layers, (place) => this.#mark(place), onFail);
    this.element = make(
      "section",
      "card panel",
      this.#title,
      this.#map.element,
      this.#value,
      this.#facts,
      this.#how.element,
      this.#kernel.element,
      this.#excitations.element,
    );
    this.element.setAttribute("aria-label", "Chosen map");
    this.clear();
  }

  clear() {
    this.#target = null;
    this.element.dataset.state = "waiting";
    this.#title.textContent = "\u00A0";
    this.#map.element.hidden = false;
    this.#map.show({ width: 1, height: 1, shares: new Float32Array(1) }, null, "Nothing yet");
    this.#facts.textContent = this.#value.textContent = "";
    this.#how.hide();
    this.#kernel.hide();
    this.#excitations.hide();
  }

  paint() {
    this.#map.paint();
    this.#how.paint();
    this.#kernel.paint();
    this.#excitations.paint();
  }

  /** What is known without asking. @param {string} model @param {Target} target */
  preview(model, target) {
    this.#show(target);
    const isWhole = !target.layer.isFirst || this.#kernel.showKnown(model, target);
    if (!target.layer.isFirst) this.#kernel.hide();
    if (isWhole) this.#excitations.showKnown(model, target);
    else this.#excitations.hide(); // the kernel will stand above
  }

  /**
   * @param {string} model
   * @param {Source} source
   * @param {Target} target
   * @param {AbortSignal} signal
   */
  async pin(model, source, target, signal) {
    this.preview(model, target);
    this.#how.offer(model, source, target);
    await Promise.all([
      target.layer.form === "maps" && !target.values ? this.#loadValues(model, source, target, signal) : null,
      this.#loadWhy(model, target, signal),
    ]);
  }

  /** Its kernel, then what stands below. @param {string} model @param {Target} target @param {AbortSignal} signal */
  async #loadWhy(model, target, signal) {
    const again = () => this.#target && this.preview(model, this.#target); // which may be another by now
    if (target.layer.isFirst) {
      await this.#kernel.load(model, target, signal);
      again();
    }
    await this.#excitations.load(model, target, signal);
    again();
  }

  /** @param {string} model @param {Source} source @param {Target} target @param {AbortSignal} signal */
  async #loadValues(model, source, target, signal) {
    const answer = await look(model, source, { layer: target.layer.name, map: target.index }, signal);
    target.values = answer.layers[0].maps[0].values;
    if (this.#target === target) this.#show(target);
  }

  /** @param {Target} target */
  #show(target) {
    this.#target = target;
    this.element.dataset.state = "";
    const { layer, index, field, values, min, max } = target;
    const name = targetTitle(layer, index);
    this.#title.textContent = name;
    this.#map.element.hidden = field === null;
    if (field) this.#map.show(field, values, name);
    this.#value.textContent = field ? "" : decimal(max);
    const isTall = field !== null && field.height === 1;
    this.#facts.textContent = !field ? "" : isTall ? `From ${decimal(min)} to ${decimal(max)}: what it held after each row.` : rangeText(min, max);
  }

  /** The place whose number is told. @param {import("./number/types.js").Place | null} place */
  #mark(place) {
    const isSteps = this.#target?.layer.form === "steps";
    this.#map.pin(place && (isSteps ? [place.y, 0] : [place.x, place.y]));
  }

  /** @param {number} row @param {number} column @param {number} value */
  #place(row, column, value) {
    const isSteps = this.#target?.layer.form === "steps";
    return isSteps ? `After row ${column + 1}: ${decimal(value)}` : placeText(row, column, value);
  }
}

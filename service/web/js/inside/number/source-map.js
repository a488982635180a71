// The map that a window lies on, small, with the window framed: what slides while it plays.

import { make } from "../../dom.js";
import { paint } from "../paint.js";

/** @typedef {import("../types.js").Field} Field */
/** @typedef {import("./types.js").Patch} Patch */

export class SourceMap {
  #canvas = make("canvas", "how-source-canvas");
  #mark = make("span", "how-mark");
  element = make("div", "how-source", this.#canvas, this.#mark);
  /** @type {Field | null} */
  #field = null;

  constructor() {
    this.element.hidden = true;
    this.element.setAttribute("aria-hidden", "true");
  }

  /** @param {Field | null} field of the map, where it is known @param {Patch | undefined} patch */
  show(field, patch) {
    this.element.hidden = !field || !patch || field.height < 2;
    if (!field || !patch) return;
    if (field !== this.#field) {
      this.#field = field;
      this.paint();
    }
    const part = (/** @type {number} */ pixels, /** @type {number} */ side) => `${(100 * pixels) / side}%`;
    Object.assign(this.#mark.style, {
      left: part(patch.x, field.width),
      top: part(patch.y, field.height),
      width: part(patch.values[0].length, field.width),
      height: part(patch.values.length, field.height),
    });
  }

  paint() {
    if (this.#field) paint(this.#canvas, this.#field);
  }
}

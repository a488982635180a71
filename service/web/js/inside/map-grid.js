// The maps of a layer: one canvas of them all, and over each a button.
//
//   served maps -> fields -> canvas, 16 a row (7 on a phone, each as wide as a finger);  hover, focus -> preview;  press -> pin

import { make, pen2d } from "../dom.js";
import { listenToChoices, markPinned } from "./choosing.js";
import { fieldOf, ink, palette } from "./paint.js";
import { decimal, inSentence, targetName } from "./words.js";

/** @typedef {import("./types.js").Events} Events */
/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./types.js").ServedMap} ServedMap */
/** @typedef {import("./types.js").Target} Target */

const MOST = 64; // maps that are shown before "Show all"
const PADDING = 1 / 13; // of a map's side, around it
export const narrow = matchMedia("(max-width: 720px)");

export class MapGrid {
  #canvas = make("canvas", "maps-canvas");
  #grid = make("div", "maps", this.#canvas);
  #more = make("p", "caption maps-more");
  element = make("div", "", this.#grid, this.#more);
  /** @type {HTMLButtonElement[]} */
  #buttons = [];
  /** @type {Target[]} */
  #targets = [];
  #layer;
  #shown;

  /** @param {Layer} layer @param {Events} events */
  constructor(layer, events) {
    this.#layer = layer;
    this.#shown = Math.min(layer.shape[0], MOST);
    this.#grid.setAttribute("role", "group");
    this.#grid.setAttribute("aria-label", `Maps of ${inSentence(layer.title)}`);
    this.#canvas.setAttribute("aria-hidden", "true");
    this.#offerMore();
    this.#reserve();
    listenToChoices(this.#grid, () => this.#buttons, (index) => this.target(index), columns, events);
  }

  /** @param {ServedMap[]} maps */
  async show(maps) {
    const fields = await Promise.all(maps.map(fieldOf));
    this.#targets = maps.map(({ index, min, max }, each) => ({
      layer: this.#layer,
      index,
      min,
      max,
      field: fields[each],
      values: null,
    }));
    this.#place();
    this.paint();
  }

  /** @param {number} index @returns {Target | null} */
  target(index) {
    return this.#targets[index] ?? null;
  }

  /** @param {number | null} index the pinned one; null where it is another layer's */
  mark(index) {
    if (index !== null && index >= this.#shown) this.#showAll();
    markPinned(this.#buttons, index);
  }

  /** The buttons, with the strongest value of each map as a part of its name. */
  #place() {
    while (this.#buttons.length < this.#shown) {
      const button = make("button", "");
      button.type = "button";
      button.tabIndex = this.#buttons.length ? -1 : 0;
      this.#buttons.push(button);
      this.#grid.append(button);
    }
    this.#buttons.forEach((button, index) => {
      button.setAttribute("aria-label", `${targetName(this.#layer, index)}, strongest ${decimal(this.#targets[index].max)}`);
    });
  }

  /** Also where the theme or the width of the screen is another. */
  paint() {
    this.#reserve();
    const first = this.#targets[0]?.field;
    if (!first) return;
    const pad = Math.max(1, Math.round(first.width * PADDING));
    const side = first.width + 2 * pad;
    const tall = first.height + 2 * pad;
    const rows = Math.ceil(this.#shown / columns());
    const pixels = new ImageData(columns() * side, rows * tall);
    const colours = palette("ink");
    this.#targets.slice(0, this.#shown).forEach(({ field }, index) => {
      const left = (index % columns()) * side + pad;
      const top = Math.floor(index / columns()) * tall + pad;
      if (field) ink(pixels, field, left, top, colours);
    });
    this.#canvas.width = pixels.width;
    this.#canvas.height = pixels.height;
    pen2d(this.#canvas).putImageData(pixels, 0, 0);
    this.#grid.style.setProperty("--pad", `${(100 * pad) / side}%`);
  }

  /** The room of the maps is kept before they come. */
  #reserve() {
    this.#grid.style.aspectRatio = `${columns()} / ${Math.ceil(this.#shown / columns())}`;
    this.#grid.style.setProperty("--columns", String(columns()));
  }

  #offerMore() {
    const count = this.#layer.shape[0];
    if (count <= this.#shown) return;
    const all = make("button", "text-button", `Show all ${count}`);
    all.type = "button";
    all.addEventListener("click", () => {
      const next = this.#shown;
      this.#showAll();
      this.#buttons[next]?.focus({ preventScroll: true });
    });
    this.#more.replaceChildren(`The first ${this.#shown} are shown. `, all);
  }

  #showAll() {
    this.#shown = this.#layer.shape[0];
    this.#more.replaceChildren();
    if (this.#targets.length) this.#place();
    this.paint();
  }
}

function columns() {
  return narrow.matches ? 7 : 16;
}

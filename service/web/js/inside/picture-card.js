// The left card: the picture that the model saw, where it comes from, and the layers in order.

import { make } from "../dom.js";
import { grouped } from "../format.js";
import { IS_STATIC, samplesHere } from "../static.js";
import { paint } from "./paint.js";
import { SAMPLE } from "./state.js";
import { shapeText } from "./words.js";

/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./types.js").Layer} Layer */

const LAST = 9999; // of a test set

export class PictureCard {
  #canvas = make("canvas", "inside-input");
  #caption = make("p", "caption inside-caption", "\u00A0");
  #from = make("button", "button", "From Classify");
  #index = make("input", "field number");
  #here = make("p", "caption", "");
  #list = make("ol", "layer-list");
  #diagram = make("a", "", "Diagram with parameters (SVG)");
  /** @type {Field | null} */
  #field = null;
  element;

  /** @param {{onIndex: (index: number) => void, onCurrent: () => void, onLayer: (name: string) => void}} events */
  constructor({ onIndex, onCurrent, onLayer }) {
    Object.assign(this.#index, { type: "number", min: "0", max: String(LAST), step: "1", required: true });
    this.#index.id = "inside-index";
    const label = make("label", "caption", "Test picture");
    label.htmlFor = this.#index.id;
    const show = make("button", "button", "Show");
    show.type = "submit";
    const form = make("form", "inside-sample", label, this.#index, show);
    const choose = () => this.#index.reportValidity() && onIndex(this.#index.valueAsNumber);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      choose();
    });
    this.#index.addEventListener("change", choose);
    this.#from.type = "button";
    this.#from.addEventListener("click", onCurrent);
    this.#list.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      if (button) onLayer(button.value);
    });
    this.#canvas.setAttribute("role", "img");
    const picture = make("div", "inside-picture", make("h2", "", "Input"), make("div", "inside-frame", this.#canvas), this.#caption);
    const sources = make("div", "inside-sources", this.#from, form, this.#here);
    this.#here.hidden = true;
    this.element = make("section", "card inside-left", picture, sources, make("h2", "layers-title", "Layers"), this.#list, make("p", "caption layers-diagram", this.#diagram));
    this.element.setAttribute("aria-label", "Input and layers");
  }

  /** @param {Field} field what the model saw @param {string} words */
  show(field, words) {
    this.#field = field;
    this.#caption.textContent = words;
    this.#canvas.setAttribute("aria-label", `What the model saw. ${words}`);
    this.paint();
  }

  /** What the model saw, once it stands. */
  get field() {
    return this.#field;
  }

  paint() {
    if (this.#field) paint(this.#canvas, this.#field);
  }

  /**
   * @param {import("../types.js").Card} card of the model
   * @param {number | null} index of the test picture; null where it is none
   * @param {boolean} hasOther a picture of Classify that is not shown
   */
  choose({ name, metrics }, index, hasOther) {
    if (IS_STATIC) void this.#offer(name);
    this.#diagram.href = `api/v1/models/${encodeURIComponent(name)}/diagram.svg`;
    this.#diagram.hidden = !metrics; // a package that nobody tested brings no evidence
    if (index !== null) this.#index.value = String(index);
    else this.#index.value ||= String(SAMPLE);
    this.#from.hidden = !hasOther;
  }

  /** Without a service only some of the test pictures are at hand: which. @param {string} model */
  async #offer(model) {
    const indices = await samplesHere(model);
    this.#here.hidden = false;
    this.#here.textContent = `In this folder: ${indices.join(", ")}. Others need the service.`;
  }

  /** @param {Layer[]} layers @param {number[]} input its shape */
  list(layers, input) {
    const entry = (/** @type {string} */ name, /** @type {string} */ title, /** @type {string} */ shape) => {
      const button = make("button", "layer-link", make("span", "", title), make("span", "caption number", shape));
      button.type = "button";
      button.value = name;
      return make("li", "", button);
    };
    const shown = layers.map(({ name, title, shape }) => entry(name, title, shape.length === 1 ? grouped(shape[0]) : shapeText(shape)));
    const first = make("li", "", make("span", "layer-link", make("span", "", "Input"), make("span", "caption number", shapeText(input.slice(-2)))));
    this.#list.replaceChildren(first, ...shown);
  }

  /** @param {string} layer that of the pinned map */
  mark(layer) {
    for (const button of this.#list.querySelectorAll("button")) {
      if (button.value === layer) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}

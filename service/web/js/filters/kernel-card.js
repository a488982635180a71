// The Kernel card: preset, cells, and how the kernel is slid over the picture.
//
//   step -> controls; a control -> another step -> onChange(step, what may be wrong, whether the person went on)

import { make } from "../dom.js";
import { choose, segmented } from "../segmented.js";
import { fill, selectOf } from "../select.js";
import { KernelGrid } from "./kernel-grid.js";
import { exact, parseNumber } from "./numbers.js";
import { BORDERS, paddingOf, PADDINGS, resized, STRIDES, sumOf } from "./plan.js";
import { Presets } from "./presets.js";
import { formula, SCALE_WORDS, SCALES } from "./words.js";

/** @typedef {import("./types.js").Convolve} Convolve */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Geometry} Geometry */
/** @typedef {import("./types.js").Scale} Scale */

const MOST = 31;

/**
 * @typedef {object} KernelEvents
 * @property {(step: Convolve, isDone: boolean) => void} onChange
 * @property {(filter: Filter) => void} onPreset
 * @property {(scale: Scale) => void} onScale
 */

export class KernelCard {
  #events;
  /** @type {Convolve | null} */
  #step = null;
  presets;
  #grid = new KernelGrid((rows, isDone) => this.#change({ rows }, isDone));
  #about = make("p", "caption about-kernel", "");
  note = make("div", "note-slot");
  #width = this.#sizeSelect("Columns");
  #height = this.#sizeSelect("Rows");
  #divisor = make("input", "field lab-field");
  #sum = make("button", "button", "Sum");
  #stride = segmented("Stride", Object.fromEntries(STRIDES.map((each) => [each, each])), "1", (value) =>
    this.#change({ stride: Number(value) }),
  );
  #padding = segmented("Padding", PADDINGS, "same", (value) =>
    this.#change({ padding: /** @type {Convolve["padding"]} */ (value) }),
  );
  #total = make("input", "field lab-field lab-total");
  #channels = segmented("Channels", { each: "each", sum: "summed" }, "each", (value) =>
    this.#change({ channels: /** @type {Convolve["channels"]} */ (value) }),
  );
  #border = selectOf("Border", (border) => this.#change({ border: /** @type {Convolve["border"]} */ (border) }));
  #scale = segmented("Negatives", SCALES, "centre", (value) => this.#events.onScale(/** @type {Scale} */ (value)));
  #scaleWords = make("p", "caption scale-words", "");
  #formula = make("p", "formula number", "", make("br", ""), "");
  #title = make("h2", "", "Kernel");
  element = make("section", "card lab-kernel");

  /** @param {KernelEvents} events */
  constructor(events) {
    this.#events = events;
    this.presets = new Presets(events.onPreset);
    fill(this.#border.select, Object.entries(BORDERS), "zeros");
    this.#setUpDivisor();
    this.#setUpTotal();
    const sizes = make("span", "sizes", this.#width.element, "×", this.#height.element);
    const divide = make("span", "divide", this.#divisor, this.#sum);
    this.element.setAttribute("aria-label", "Kernel");
    this.element.append(
      make("div", "lab-head", this.#title, this.presets.element),
      make("div", "lab-kernel-side", this.#grid.element, this.#about, this.note),
      make(
        "div",
        "lab-settings",
        setting("Size", sizes),
        setting("Divide by", divide),
        setting("Stride", this.#stride),
        setting("Padding", make("span", "lab-padding", this.#padding, make("span", "lab-p", make("span", "caption", "P"), this.#total))),
        setting("Border", this.#border.element),
        setting("Colours", this.#channels),
        setting("Negatives", this.#scale),
        this.#scaleWords,
        this.#formula,
      ),
    );
  }

  /** @param {Convolve} step @param {Scale} scale @param {string} which "" or which step it is */
  show(step, scale, which) {
    this.#step = step;
    this.#title.textContent = which ? `Kernel, step ${which}` : "Kernel";
    this.#about.textContent = this.presets.show(step);
    this.#grid.show(step.rows);
    this.#width.select.value = String(step.rows[0].length);
    this.#height.select.value = String(step.rows.length);
    if (document.activeElement !== this.#divisor || parseNumber(this.#divisor.value) !== step.divisor) {
      this.#divisor.value = exact(step.divisor);
    }
    this.#divisor.ariaInvalid = String(typeof step.divisor !== "number");
    const sum = sumOf(step.rows);
    this.#sum.disabled = !Number.isFinite(sum) || sum === 0 || sum === step.divisor;
    this.#sum.title = Number.isFinite(sum) ? `The kernel's numbers add up to ${exact(sum)}` : "";
    choose(this.#stride, String(step.stride));
    choose(this.#padding, String(step.padding));
    choose(this.#channels, step.channels);
    if (typeof step.padding === "number" && document.activeElement !== this.#total) this.#total.value = String(step.padding);
    this.#border.select.value = step.border;
    this.#border.select.disabled = step.padding === "valid" || step.padding === 0; // the window never leaves the picture
    choose(this.#scale, scale);
    this.#scaleWords.textContent = SCALE_WORDS[scale];
  }

  /** @param {Geometry} geometry */
  showFormula(geometry) {
    this.#total.defaultValue = String(geometry.padding[0]);
    if (document.activeElement !== this.#total) this.#total.value = this.#total.defaultValue;
    this.#formula.firstChild?.replaceWith(formula("width", geometry));
    this.#formula.lastChild?.replaceWith(formula("height", geometry));
  }

  /** @param {Partial<Convolve>} part @param {boolean} [isDone] */
  #change(part, isDone = true) {
    if (this.#step) this.#events.onChange({ ...this.#step, ...part }, isDone);
  }

  #setUpDivisor() {
    const input = this.#divisor;
    Object.assign(input, { type: "text", inputMode: "decimal", autocomplete: "off" });
    input.setAttribute("aria-label", "Divide by");
    const typed = (/** @type {boolean} */ isDone) => {
      const divisor = parseNumber(input.value) ?? input.value;
      if (typeof divisor === "number" && divisor === this.#step?.divisor) return;
      this.#change({ divisor }, isDone);
    };
    input.addEventListener("focus", () => input.select());
    input.addEventListener("input", () => typed(false));
    input.addEventListener("change", () => typed(true));
    this.#sum.type = "button";
    this.#sum.setAttribute("aria-label", "Divide by the sum of the kernel");
    this.#sum.addEventListener("click", () => this.#step && this.#change({ divisor: sumOf(this.#step.rows) }));
  }

  /** The lecture's P, of both sides together: shown as it is, and taken as it is typed. */
  #setUpTotal() {
    const input = this.#total;
    Object.assign(input, { type: "number", min: "0", max: "64", step: "1", required: true });
    input.setAttribute("aria-label", "P, the padding of both sides together");
    input.addEventListener("blur", () => (input.value = input.defaultValue)); // what holds, whatever was left in it
    input.addEventListener("input", () => {
      const padding = paddingOf(input.value);
      if (padding !== null) input.defaultValue = input.value;
      if (padding !== null && padding !== this.#step?.padding) this.#change({ padding });
    });
  }

  /** @param {string} name */
  #sizeSelect(name) {
    const control = selectOf(name, () => {
      const [width, height] = [Number(this.#width.select.value), Number(this.#height.select.value)];
      if (this.#step) this.#change({ rows: resized(this.#step.rows, width, height) });
    });
    const numbers = Array.from({ length: MOST }, (_, i) => String(i + 1));
    fill(control.select, numbers.map((number) => [number, number]), "3");
    return control;
  }
}

/** @param {string} words @param {HTMLElement} control which has its own name */
function setting(words, control) {
  const label = make("span", "lab-setting-name", words);
  label.setAttribute("aria-hidden", "true");
  return make("div", "lab-setting", label, control);
}

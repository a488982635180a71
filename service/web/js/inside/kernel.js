// The learned numbers behind a map or unit of the first layer: a table where they are few, else a field of them.
//
//   /kernels (of convolutions and recurrent layers once a model; of dense units each alone) -> Kernel

import { request } from "../api.js";
import { make } from "../dom.js";
import { href } from "../router.js";
import { pathOf } from "./ask.js";
import { fieldOfValues } from "./paint.js";
import { ValueMap } from "./value-map.js";
import { decimal, KERNEL_HELP } from "./words.js";

/** @typedef {import("./types.js").Target} Target */
/** @typedef {{layer: string, gates: string[] | null, bias: number[] | null, values: number[][][][]}} Kernels */

const MOST_CELLS = 7; // a side; beyond, numbers are no longer readable in cells
const MOST_MIX = 50;

export class Kernel {
  #table = make("table", "kernel");
  /** @type {string[]} */
  #gates = [];
  #map = new ValueMap("accent", (row, column, value) => {
    const place = this.#gates.length ? `Gate ${this.#gates[row]}, pixel ${column + 1}` : `Row ${row + 1}, column ${column + 1}`;
    return `${place}: ${decimal(value)}`;
  });
  #title = make("h3", "", "Its kernel");
  #facts = make("p", "caption", "");
  #try = make("a", "button", "Try in Filters");
  #words = make("div", "kernel-words", this.#title, this.#facts, this.#try);
  element = make("div", "kernel-section", make("div", "kernel-row", this.#table, this.#words), this.#map.element);
  /** @type {Map<string, Kernels>} by model, and by unit of a dense layer */
  #known = new Map();

  constructor() {
    this.element.hidden = true;
  }

  hide() {
    this.element.hidden = true;
  }

  paint() {
    this.#map.paint();
  }

  /**
   * Shows what is known already, and says whether that was enough.
   * @param {string} model @param {Target} target
   */
  showKnown(model, target) {
    const kernels = this.#known.get(keyOf(model, target));
    if (kernels) this.#show(kernels, target);
    else this.element.hidden = true;
    return kernels !== undefined;
  }

  /** So that it is known. @param {string} model @param {Target} target @param {AbortSignal} signal */
  async load(model, target, signal) {
    if (this.#known.has(keyOf(model, target))) return;
    const one = target.layer.form === "units" ? `?map=${target.index}` : "";
    this.#known.set(keyOf(model, target), await request(pathOf(model, `kernels${one}`), { signal }));
  }

  /** @param {Kernels} kernels @param {Target} target */
  #show({ values, gates, bias }, { layer, index }) {
    const isUnit = layer.form === "units";
    const matrix = gates ? values.map(([units]) => units[index]) : values[isUnit ? 0 : index][0];
    const [height, width] = [matrix.length, matrix[0].length];
    const isTable = !gates && Math.max(height, width) <= MOST_CELLS;
    this.#gates = gates ?? [];
    this.#table.hidden = !isTable;
    this.#map.element.hidden = isTable;
    this.#try.hidden = layer.form !== "maps";
    this.#title.textContent = layer.form === "maps" ? "Its kernel" : "Its weights";
    const size = gates ? `What its ${gates.length} gates take from a row: ${gates.join(", ")}.` : `Learned, ${height} × ${width}.`;
    const added = bias ? ` Bias ${decimal(bias[isUnit ? 0 : index])}.` : "";
    this.#facts.textContent = `${gates?.length === 1 ? "What it takes from each pixel of a row." : size} ${KERNEL_HELP}${added}`;
    if (isTable) this.#fill(matrix);
    else this.#map.show(fieldOfValues(matrix), matrix, this.#title.textContent);
    const text = matrix.map((row) => row.join(",")).join(";");
    this.#try.href = href("filters", { kernel: text, scale: "centre" });
    this.element.hidden = false;
  }

  /** @param {number[][]} matrix */
  #fill(matrix) {
    const most = Math.max(...matrix.flat().map(Math.abs)) || 1;
    const rows = matrix.map((row) =>
      make(
        "tr",
        "",
        ...row.map((value) => {
          const cell = make("td", "number", decimal(value));
          cell.dataset.sign = value < 0 ? "minus" : "plus";
          cell.style.setProperty("--mix", `${(MOST_MIX * Math.abs(value)) / most}%`);
          return cell;
        }),
      ),
    );
    this.#table.replaceChildren(make("caption", "visually-hidden", "Its kernel"), make("tbody", "", ...rows));
  }
}

/** @param {string} model @param {Target} target */
function keyOf(model, { layer, index }) {
  return layer.form === "units" ? `${model}/${index}` : model;
}

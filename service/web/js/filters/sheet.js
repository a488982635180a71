// Six filters on the picture: sheets of the service, cut into tiles that choose their filter.
//
//   picture, small -> filters=a,b,c (a sheet for each way of showing negatives) -> tiles

import { make, pen2d } from "../dom.js";
import { appliedPicture } from "./apply.js";
import { smaller } from "./picture.js";
import { usualScale } from "./plan.js";

/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Held} Held */

const NAMES = ["identity", "box_blur", "edge_detection", "sharpen", "sobel_x", "emboss"];
const SIDE = 384; // pixels: a tile on a fine screen
const MARGIN = 8; // of the service's sheets
const COLUMNS = 3;
const EXACT = 64; // pixels: smaller pictures lose too much as JPEG

export class Sheet {
  #tiles = make("div", "lab-tiles");
  note = make("div", "note-slot");
  element = make("section", "card lab-sheet", make("h2", "", "Six filters on this picture"), this.#tiles, this.note);
  /** @type {Map<string, {button: HTMLButtonElement, canvas: HTMLCanvasElement}>} */
  #known = new Map();
  /** @type {Filter[]} */
  #filters = [];
  /** @type {Held | null} */
  #held = null;
  /** @type {import("./types.js").State["color"]} */
  #color = "grey";
  #isNear = false;
  #onChoose;
  #onFail;
  #abort = new AbortController();

  /** @param {(filter: Filter) => void} onChoose @param {(error: unknown, name: string) => void} onFail */
  constructor(onChoose, onFail) {
    this.#onChoose = onChoose;
    this.#onFail = onFail;
    this.element.setAttribute("aria-label", "Six filters on this picture");
    new IntersectionObserver(
      ([entry]) => {
        this.#isNear = entry.isIntersecting;
        if (this.#isNear) void this.#load();
      },
      { rootMargin: "200px" },
    ).observe(this.#tiles);
  }

  /** @param {Filter[]} filters */
  setFilters(filters) {
    const found = NAMES.flatMap((name) => filters.find((filter) => filter.name === name) ?? []);
    this.#filters = found.length ? found : filters.slice(0, 6);
    this.#known.clear();
    for (const filter of this.#filters) {
      const canvas = make("canvas", "");
      const box = make("span", "lab-tile-picture", canvas);
      const button = make("button", "lab-tile", box, make("span", "", filter.name));
      button.type = "button";
      button.title = filter.description;
      button.addEventListener("click", () => this.#onChoose(filter));
      this.#known.set(filter.name, { button, canvas });
    }
    this.#tiles.replaceChildren(...[...this.#known.values()].map(({ button }) => button));
  }

  /** @param {string | null} name the filter that the Kernel card holds */
  mark(name) {
    for (const [each, { button }] of this.#known) button.setAttribute("aria-pressed", String(each === name));
  }

  /** In colour or grey as In is: side by side they would be two pictures. @param {Held} held @param {import("./types.js").State["color"]} color */
  show(held, color) {
    if (held === this.#held && color === this.#color) return;
    this.#held = held;
    this.#color = color;
    this.element.dataset.ink = String(held.isInk);
    this.#abort.abort();
    this.#wanted = held;
    if (this.#isNear) void this.#load();
  }

  /** @type {Held | null} what is not drawn yet */
  #wanted = null;

  /** Asks again for what did not come. */
  retry() {
    this.#wanted = this.#held;
    if (this.#isNear) void this.#load();
  }

  async #load() {
    const held = this.#wanted;
    if (!held?.canvas || !this.#filters.length) return;
    this.#wanted = null;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    try {
      const { blob, size } = await smaller(held, SIDE);
      const accept = Math.max(...size) <= EXACT ? "image/png" : "image/jpeg";
      for (const scale of new Set(this.#filters.map(usualScale))) {
        const filters = this.#filters.filter((filter) => usualScale(filter) === scale);
        if (signal.aborted) return;
        /** @type {[string, string][]} */
        const fields = [
          ["filters", filters.map(({ name }) => name).join(",")],
          ["scale", scale],
          ["color", this.#color],
        ];
        const sheet = await appliedPicture(blob, held.name, fields, { accept, signal, quiet: true });
        const bitmap = await createImageBitmap(sheet);
        if (!signal.aborted) this.#cut(bitmap, filters, size);
        bitmap.close();
      }
      this.note.replaceChildren();
    } catch (error) {
      if (!signal.aborted) this.#onFail(error, held.name);
    }
  }

  /** Each tile's picture stands at the foot of its place, under its title. @param {ImageBitmap} bitmap @param {Filter[]} filters @param {readonly number[]} size */
  #cut(bitmap, filters, [width, height]) {
    const rows = Math.ceil(filters.length / COLUMNS);
    const step = (bitmap.height - MARGIN) / rows;
    filters.forEach(({ name }, index) => {
      const canvas = this.#known.get(name)?.canvas;
      if (!canvas) return;
      const x = MARGIN + (index % COLUMNS) * (width + MARGIN);
      const y = MARGIN + Math.floor(index / COLUMNS) * step + (step - MARGIN - height);
      canvas.width = width;
      canvas.height = height;
      canvas.dataset.fit = width * 3 >= height * 4 ? "wide" : "tall";
      canvas.dataset.size = Math.max(width, height) <= EXACT ? "small" : "large";
      pen2d(canvas).drawImage(bitmap, x, y, width, height, 0, 0, width, height);
    });
  }
}

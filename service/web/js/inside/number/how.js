// "How did this number come about?": a place of a layer is pressed, and the numbers behind it stand in the panel.
//
//   place -> POST trace -> tables, the line that adds up;  Play -> the next place, and the next

import { make } from "../../dom.js";
import { announceSettled } from "../../live.js";
import { decimal } from "../words.js";
import { trace } from "./ask.js";
import { SourceMap } from "./source-map.js";
import { tablesOf } from "./tables.js";
import { HOW_HINT, HOW_TITLE, placeWords, resultWords } from "./words.js";

/** @typedef {import("../types.js").Field} Field */
/** @typedef {import("../types.js").Source} Source */
/** @typedef {import("../types.js").Target} Target */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./types.js").Told} Told */

const BEAT_MS = 450; // a window rests so long while it plays

/**
 * What the view knows of the layers: their titles in a sentence, the map that stands, and which are read step by step.
 * @typedef {object} Layers
 * @property {(layer: string) => string} titleOf
 * @property {(layer: string, map: number) => Field | null} fieldOf
 * @property {(layer: string) => boolean} isSteps
 */

export class How {
  #play = make("button", "button", "Play");
  #hint = make("p", "caption", HOW_HINT);
  #line = make("p", "how-line", "");
  #source = new SourceMap();
  #tables = make("div", "how-tables");
  element = make(
    "div",
    "how-section",
    make("div", "how-head", make("h3", "", HOW_TITLE), this.#play),
    this.#hint,
    this.#source.element,
    this.#tables,
    this.#line,
  );
  #flight = new AbortController();
  #isPlaying = false;
  /** @type {{model: string, source: Source, target: Target, width: number, height: number} | null} what can be traced */
  #about = null;
  /** @type {Place | null} */
  #at = null;
  #layers;
  #onPlace;
  #onFail;

  /** @param {Layers} layers @param {(place: Place | null) => void} onPlace what is told now @param {(error: unknown) => void} onFail */
  constructor(layers, onPlace, onFail) {
    this.#layers = layers;
    this.#onPlace = onPlace;
    this.#onFail = onFail;
    this.#play.type = "button";
    this.#play.addEventListener("click", () => (this.#isPlaying ? this.#stop() : void this.#run()));
    this.hide();
  }

  hide() {
    this.#stop();
    this.#about = this.#at = null;
    this.element.hidden = true;
  }

  paint() {
    this.#source.paint();
  }

  /** A map or unit was pinned: a unit is a number already, of a map one is to be pressed.
   * @param {string} model @param {Source} source @param {Target} target */
  offer(model, source, target) {
    const old = this.#about?.target.layer === target.layer ? this.#at : null; // the same place of another map
    this.hide();
    const { field, layer } = target;
    const [width, height] = field ? [field.width, field.height] : [layer.shape.at(-1) ?? 1, 1];
    this.#about = { model, source, target, width, height };
    this.element.hidden = false;
    this.#hint.hidden = false;
    this.#play.hidden = true;
    this.#source.show(null, undefined);
    this.#tables.replaceChildren();
    this.#line.textContent = "";
    this.#onPlace(null);
    if (!field) void this.#tell({ map: null, x: target.index, y: 0 });
    else if (old) void this.#tell(layer.form === "steps" ? { ...old, x: target.index } : { ...old, map: target.index });
  }

  /** A place of the pinned map was pressed. @param {number} row @param {number} column */
  press(row, column) {
    if (!this.#about) return;
    this.#stop();
    const { target } = this.#about;
    const isSteps = target.layer.form === "steps"; // its map is one unit, a column a step
    void this.#tell(isSteps ? { map: null, x: target.index, y: column } : { map: target.index, x: column, y: row });
  }

  /** @param {Place} place @returns {Promise<boolean>} whether it stands */
  async #tell(place) {
    const about = this.#about;
    if (!about) return false;
    this.#flight.abort();
    this.#flight = new AbortController();
    const { signal } = this.#flight;
    try {
      const told = await trace(about.model, about.source, about.target.layer.name, place, signal);
      if (signal.aborted || about !== this.#about) return false;
      this.#show(told);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#onFail(error);
      return false;
    }
  }

  /** @param {Told} told */
  #show(told) {
    const { titleOf, fieldOf, isSteps } = this.#layers;
    this.#at = told.place;
    this.#onPlace(told.place);
    this.#hint.hidden = true;
    this.#play.hidden = false;
    const largest = told.patches.reduce((best, patch) => (Math.abs(patch.total ?? 0) > Math.abs(best?.total ?? 0) ? patch : best), told.patches[0]);
    const isWindow = told.operation !== "average";
    this.#source.show(largest && isWindow ? fieldOf(largest.layer, largest.map) : null, largest);
    this.#tables.replaceChildren(...tablesOf(told, titleOf, isSteps));
    const where = placeWords(told.place, isSteps(told.layer));
    const line = resultWords(told, titleOf);
    this.#line.replaceChildren(make("b", "", `${where.charAt(0).toUpperCase()}${where.slice(1)}: ${decimal(told.value)}`), make("br", ""), line);
    if (!this.#isPlaying) announceSettled(`${where}: ${line}`);
  }

  #stop() {
    this.#isPlaying = false;
    this.#name("Play");
  }

  /** @param {"Play" | "Pause"} words */
  #name(words) {
    this.#play.textContent = words;
    this.#play.setAttribute("aria-label", `${words} the window`); // what the belief plays is something else
  }

  async #run() {
    this.#isPlaying = true;
    this.#name("Pause");
    while (this.#isPlaying) {
      const next = this.#next();
      const begun = performance.now();
      if (!next || !(await this.#tell(next))) break;
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS - (performance.now() - begun)));
    }
    this.#stop();
  }

  /** The place after the one that is told, row by row; null after the last. @returns {Place | null} */
  #next() {
    const [at, about] = [this.#at, this.#about];
    if (!at || !about) return null;
    const { width, height, target } = about;
    if (target.layer.form === "steps") return at.y + 1 < width ? { ...at, y: at.y + 1 } : null;
    if (at.x + 1 < width) return { ...at, x: at.x + 1 };
    return at.y + 1 < height ? { ...at, x: 0, y: at.y + 1 } : null;
  }
}

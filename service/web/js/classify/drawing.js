// The pad's side of the view: tools, the first visit's sample, and what is remembered of a drawing.
//
//   Pad -> onDrawing(strokes, live)

import { byId } from "../dom.js";
import { recall, remember } from "../store.js";
import { Pad } from "./pad.js";
import { beginning, sample } from "./samples.js";
import { asStrokes } from "./strokes.js";
import { HINT_EMPTY, HINT_SAMPLE } from "./words.js";

/** @typedef {import("../types.js").Stroke} Stroke */

const FIRST_SAMPLE = 4;
const WRITING_MS = 1200;
const TELLING_MS = 200; // of a sample that writes itself: every frame's answers would be half of a first visit's bytes

export class DrawingSide {
  #hint = byId("hint", HTMLElement);
  #undo = byId("undo", HTMLButtonElement);
  #clear = byId("clear", HTMLButtonElement);
  #nextSample = FIRST_SAMPLE + 1;
  #onDrawing;
  /** Whether the sample's next frame is shown without telling of it; and when it was told of last. */
  #isHeldBack = false;
  #told = 0;

  /** @param {(strokes: readonly Stroke[], live: boolean) => void} onDrawing `live`: the pen is down */
  constructor(onDrawing) {
    this.#onDrawing = onDrawing;
    this.pad = new Pad((live) => this.#changed(live));
    this.#undo.addEventListener("click", () => this.pad.undo());
    this.#clear.addEventListener("click", () => this.pad.clear());
    this.#listenToPen();
  }

  get strokes() {
    return this.pad.drawing.strokes;
  }

  /** The drawing of this session, or on the first visit a sample that writes itself. */
  start() {
    const kept = asStrokes(recall("drawing"));
    if (kept) this.pad.show(kept, false);
    else if (matchMedia("(prefers-reduced-motion: reduce)").matches)
      this.pad.show(sample(FIRST_SAMPLE), true);
    else this.#write(sample(FIRST_SAMPLE));
  }

  /** The ten digits, one after the other. */
  showSample() {
    this.pad.show(sample(this.#nextSample), true);
    this.#nextSample = (this.#nextSample + 1) % 10;
  }

  /** @param {readonly Stroke[]} whole */
  #write(whole) {
    const begun = performance.now();
    let shown = /** @type {readonly Stroke[]} */ ([]);
    const step = () => {
      const now = performance.now();
      const share = Math.min(1, (now - begun) / WRITING_MS);
      if (this.strokes !== shown) return; // somebody draws
      this.#isHeldBack = share < 1 && now - this.#told < TELLING_MS;
      if (!this.#isHeldBack) this.#told = now;
      shown = share === 1 ? whole : beginning(whole, share);
      this.pad.show(shown, true);
      if (share < 1) requestAnimationFrame(step);
    };
    this.pad.show(shown, true);
    requestAnimationFrame(step);
  }

  /** @param {boolean} live */
  #changed(live) {
    const { pad } = this;
    this.#hint.textContent = pad.isSample ? HINT_SAMPLE : pad.drawing.isEmpty ? HINT_EMPTY : "";
    this.#undo.disabled = !pad.drawing.canUndo;
    this.#clear.disabled = pad.drawing.isEmpty;
    if (!live && !pad.isSample) remember("drawing", this.strokes);
    if (!(this.#isHeldBack && pad.isSample)) this.#onDrawing(this.strokes, live);
  }

  #listenToPen() {
    const slider = byId("pen", HTMLInputElement);
    slider.addEventListener("input", () => {
      this.pad.width = slider.valueAsNumber;
      byId("pen-width", HTMLOutputElement).value = `${slider.value}\u00A0px`;
      this.pad.redraw();
    });
  }
}

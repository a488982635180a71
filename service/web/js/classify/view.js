// The Classify view: a drawing or files on one side, the answer and what the network saw on the other.
//
//   DrawingSide --latest--> ask --+
//                                 +--> Outcome --> Answer, Seen
//   FilesSide ------------> ask --+

import { DRAWING_NAME, Offline } from "../api.js";
import { CallPanel } from "../call-panel.js";
import { ModelSelect } from "../models.js";
import { href, keep } from "../router.js";
import { Answer } from "./answer.js";
import { ask } from "../ask.js";
import { byId } from "../dom.js";
import { DrawingSide } from "./drawing.js";
import { FilesSide } from "./files.js";
import { latest } from "../latest.js";
import { Seen } from "./seen.js";
import { listenToSources } from "./sources.js";
import { renderPng } from "./strokes.js";
import { noModelNote, viewTitle } from "../words.js";

/** @typedef {import("../types.js").Call} Call */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Route} Route */
/** @typedef {import("../types.js").Shared} Shared */
/** @typedef {import("../types.js").Outcome} Outcome */
/** @typedef {import("../types.js").Stroke} Stroke */


export default class ClassifyView {
  #answer = new Answer();
  #seen = new Seen();
  /** @type {Card | null} */
  #card = null;
  /** @type {"draw" | "picture"} */
  #mode = "draw";
  /**
   * What was last sent of the pad, so that a lifted pen alone asks nothing.
   * @type {readonly Stroke[] | null}
   */
  #sent = null;
  #models = new ModelSelect((card) => {
    keep(href("classify", { model: card.name }));
    this.#setModel(card);
  });
  #panel = new CallPanel("classify");
  #isShown = false;
  #wanted = "";
  #shared;
  #live;
  #drawing;
  #files;

  /** @param {HTMLElement} root @param {Shared} shared */
  constructor(root, shared) {
    this.#shared = shared;
    this.#models.select.id = "model";
    byId("answer-head", HTMLElement).prepend(this.#models.element);
    byId("classify-tools", HTMLElement).append(this.#panel.button);
    root.append(this.#panel.element);
    this.#seen.empty();
    this.#live = latest((strokes, signal) => this.#readDrawing(strokes, signal));
    this.#drawing = new DrawingSide((strokes) => this.#drawingChanged(strokes));
    this.#files = new FilesSide(
      (outcome) => this.#show(outcome, false),
      () => this.#lost(),
    );
    listenToSources(
      () => this.#isShown,
      (files) => this.#open(files),
    );
    byId("draw-instead", HTMLButtonElement).addEventListener("click", () => this.#drawInstead());
    byId("sample", HTMLButtonElement).addEventListener("click", () => {
      this.#setMode("draw");
      this.#drawing.showSample();
    });
    this.#drawing.start();
  }

  get title() {
    return "Classify";
  }

  /** @param {Route} route */
  enter({ params }) {
    this.#isShown = true;
    this.#wanted = params.get("model") ?? this.#wanted;
    this.setCards(this.#shared.cards);
  }

  leave() {
    this.#isShown = false;
    this.#live.cancel();
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    if (!cards.length && !this.#card) return; // not known yet
    this.#models.show(cards, this.#wanted || this.#models.select.value);
    this.#setModel(this.#models.chosen);
  }

  /** @param {Call} call */
  noteCall(call) {
    this.#panel.show(call);
  }

  /** The model that is asked from now on; null where none is ready. @param {Card | null} card */
  #setModel(card) {
    if (card && card.name !== this.#card?.name) this.#answer.setModel(card);
    this.#card = card;
    this.#setMode(this.#mode);
    this.#read();
  }

  #read() {
    if (!this.#card) {
      this.#answer.fail(noModelNote());
    } else if (this.#mode === "picture") {
      this.#files.read(this.#card.name);
    } else {
      this.#sent = null;
      this.#drawingChanged(this.#drawing.strokes);
    }
  }

  /** @param {readonly Stroke[]} strokes */
  #drawingChanged(strokes) {
    if (!this.#card || this.#mode !== "draw" || strokes === this.#sent) return;
    this.#sent = strokes;
    if (strokes.length) {
      this.#answer.pending();
      this.#live.send(strokes);
    } else {
      this.#live.cancel();
      this.#answer.empty();
      this.#seen.empty();
    }
  }

  /** @param {readonly Stroke[]} strokes @param {AbortSignal} signal */
  async #readDrawing(strokes, signal) {
    const model = this.#card?.name;
    if (!model) return;
    const present = (/** @type {Outcome} */ outcome) => {
      const isWanted = !signal.aborted && this.#mode === "draw" && this.#card?.name === model;
      if (isWanted) this.#show(outcome, this.#drawing.pad.isDrawing);
    };
    try {
      const picture = { blob: await renderPng(strokes), name: DRAWING_NAME };
      const outcome = await ask(model, picture, signal, present);
      if (outcome) present(outcome);
    } catch (error) {
      if (!(error instanceof Offline)) throw error;
      this.#lost();
    }
  }

  /** @param {Outcome | null} outcome @param {boolean} isLive */
  #show(outcome, isLive) {
    const card = this.#card;
    if (!card) return;
    if (!outcome) {
      this.#answer.pending();
    } else if (outcome.kind === "answer") {
      this.#answer.show(outcome.prediction, outcome.milliseconds, card, isLive);
      void this.#seen.show(outcome.prediction);
    } else {
      const action = outcome.again ? { label: "Try now", run: () => this.#read() } : undefined;
      this.#answer.fail({ ...outcome.note, action });
    }
  }

  /** @param {File[]} files */
  #open(files) {
    this.#live.cancel();
    this.#setMode("picture");
    this.#files.open(files, this.#card?.name ?? "");
  }

  #drawInstead() {
    if (this.#mode === "picture") {
      this.#setMode("draw");
      this.#read();
    }
    this.#drawing.pad.canvas.focus();
  }

  #lost() {
    this.#answer.lost();
    this.#shared.lost();
  }

  /** @param {"draw" | "picture"} mode */
  #setMode(mode) {
    if (mode === "draw" && this.#mode === "picture") this.#files.close();
    this.#mode = mode;
    const isDraw = mode === "draw";
    byId("stage", HTMLElement).dataset.state = mode;
    byId("pad", HTMLElement).hidden = !isDraw;
    byId("hint", HTMLElement).hidden = !isDraw;
    byId("pad-help", HTMLElement).hidden = !isDraw;
    byId("draw-tools", HTMLElement).hidden = !isDraw;
    byId("file-tools", HTMLElement).hidden = isDraw;
    const [title, subtitle] = viewTitle(mode, this.#card);
    byId("title", HTMLElement).textContent = title;
    byId("subtitle", HTMLElement).textContent = subtitle;
  }
}

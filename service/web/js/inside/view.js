// The Look inside view: the numbers between a picture and the answer.
//
//   model -> summary -> LayerCards;  picture -> PictureCard, Looker (the layers in view, in order) -> LayerCards
//   map -> Panel;  recurrent models -> Reading

import { Offline } from "../api.js";
import { CallPanel } from "../call-panel.js";
import { parseSample } from "../current.js";
import { make } from "../dom.js";
import { lecturesOwn, ModelSelect } from "../models.js";
import { noteElement } from "../note.js";
import { keep } from "../router.js";
import { viewHead } from "../view-head.js";
import { ASKED_AGAIN, noModelNote, offlineNote, otherModelNote } from "../words.js";
import { look, truthOf } from "./ask.js";
import { knownLayers, LayerCard } from "./layer-card.js";
import { isRecurrent } from "./layers.js";
import { Looker } from "./looker.js";
import { narrow } from "./map-grid.js";
import { listenToTheme } from "./paint.js";
import { Panel } from "./panel.js";
import { PictureCard } from "./picture-card.js";
import { placePanel, wide } from "./placement.js";
import { read, Reading } from "./reading.js";
import { currentSource, fitting, isOther, isSame, sampleSource, sourceFor, testSource } from "./source.js";
import { addressOf, parseState } from "./state.js";
import { Summaries } from "./summaries.js";
import { insideNote, pictureText, SUBTITLE } from "./words.js";

/** @typedef {import("../types.js").Call} Call */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Route} Route */
/** @typedef {import("../types.js").Shared} Shared */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").Target} Target */

const FIRST = "mnist_cnn"; // the lecture's: few layers, and its maps are the first that one sees

export default class InsideView {
  #shared;
  #call = new CallPanel("inside");
  #models = new ModelSelect((card) => this.#chooseModel(card));
  #head = viewHead("Look inside", SUBTITLE, this.#models.element, this.#call.button);
  #note = make("div", "inside-note");
  #picture = new PictureCard({
    onIndex: (index) => this.#chooseSample(index),
    onCurrent: () => this.#chooseCurrent(),
    onLayer: (name) => this.#goToLayer(name),
  });
  #panel = new Panel(
    (sample) => addressOf({ ...this.#state, sample }),
    knownLayers(() => this.#cards, () => this.#picture.field),
    (error) => this.#fail(error, new AbortController().signal),
  );
  #column = make("div", "inside-layers");
  #columns = make("div", "inside", this.#picture.element, this.#column, this.#panel.element);
  #looker = new Looker((card, signal) => this.#ask(card, signal));
  #summaries = new Summaries();
  #reading;
  #state = parseState(new URLSearchParams(), "");
  #source = sampleSource("");
  /** @type {LayerCard[]} */
  #cards = [];
  /** Whose layers stand. */
  #standing = "";
  /** What was looked at; null where that must be asked again. @type {Source | null} */
  #looked = null;
  #isShown = false;
  #flight = new AbortController();
  #pinning = new AbortController();

  /** @param {HTMLElement} root @param {Shared} shared */
  constructor(root, shared) {
    this.#shared = shared;
    this.#reading = new Reading(shared, this.#summaries, (row) => this.#change({ row }));
    this.#columns.hidden = true; // until the model is known: it decides what stands above
    root.append(this.#head.element, this.#note, this.#columns, this.#reading.element, this.#call.element);
    listenToTheme(() => this.#paint());
    narrow.addEventListener("change", () => this.#paint());
    wide.addEventListener("change", () => this.#place());
  }

  get title() {
    return this.#state.model ? `Inside ${this.#state.model}` : "Look inside";
  }

  /** @param {Route} route */
  async enter({ params }) {
    this.#isShown = true;
    this.#state = parseState(params, this.#state.model);
    this.#source = sampleSource(this.#state.sample);
    if (!this.#state.sample) this.#takeCurrent();
    await this.#show();
  }

  leave() {
    this.#isShown = false;
    this.#flight.abort();
    this.#pinning.abort();
    this.#looker.stop();
    this.#reading.stop();
    this.#looked = null; // what was given up is asked again
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    if (cards.length && this.#isShown) void this.#show();
  }

  /** @param {Call} call */
  noteCall(call) {
    this.#call.show(call);
  }

  // What a person chooses

  /** @param {Card} card */
  #chooseModel(card) {
    this.#source = sourceFor(this.#source, card);
    this.#change({ model: card.name, layer: "", map: null });
    void this.#show();
  }

  /** @param {number} index */
  #chooseSample(index) {
    if (!this.#models.chosen) return;
    this.#source = testSource(this.#models.chosen, index);
    this.#change({});
    void this.#show();
  }

  #chooseCurrent() {
    this.#takeCurrent();
    this.#change({});
    void this.#show();
  }

  /** @param {string} name */
  #goToLayer(name) {
    const card = this.#cards.find(({ layer }) => layer.name === name);
    card?.element.scrollIntoView({ block: "start" });
    card?.element.querySelector("h2")?.focus({ preventScroll: true });
    const target = card?.isFilled ? card.target(0) : null;
    if (target) this.#pin(target);
    else if (card && !card.isFilled && card.layer.form !== "none") this.#change({ layer: name, map: 0 });
  }

  /** A control moved: the address follows. @param {Partial<import("./types.js").InsideState>} change */
  #change(change) {
    this.#state = { ...this.#state, ...change, sample: this.#source.sample };
    keep(addressOf(this.#state));
  }

  #takeCurrent() {
    const { picture } = this.#shared.current;
    if (picture) this.#source = currentSource(picture);
  }

  // From the state to the page

  async #show() {
    const { cards } = this.#shared;
    if (!cards.length) return; // not known yet
    this.#models.show(cards, this.#state.model || lecturesOwn(cards, FIRST));
    const card = this.#models.chosen;
    const other = card ? otherModelNote(this.#state.model, cards) : noModelNote();
    this.#note.replaceChildren(...(other ? [noteElement(other)] : []));
    if (!card) return;
    this.#source = fitting(this.#source, card);
    this.#state = { ...this.#state, model: card.name };
    this.#shared.retitle();
    const { picture } = this.#shared.current;
    const sample = parseSample(this.#source.sample);
    this.#picture.choose(card, sample?.index ?? null, isOther(picture, this.#source));
    if (card.name === this.#standing && this.#looked && isSame(this.#source, this.#looked)) {
      this.#pinWanted();
      return;
    }
    this.#flight.abort();
    this.#flight = new AbortController();
    await this.#load(card, this.#source, this.#flight.signal);
  }

  /** @param {Card} card @param {Source} source @param {AbortSignal} signal */
  async #load(card, source, signal) {
    try {
      if (card.name !== this.#standing) await this.#setModel(card, signal);
      const [saw, truth] = await Promise.all([read(card.name, source, signal), truthOf(source, card, signal)]);
      if (signal.aborted) return;
      this.#looked = source;
      this.#picture.show(saw.field, pictureText(source.title, truth, card.name, saw.prediction));
      for (const each of this.#cards) each.isFilled = false;
      this.#looker.restart();
      this.#pinWanted();
      await this.#reading.show(card, saw, { source, truth, row: this.#state.row, signal });
    } catch (error) {
      this.#fail(error, signal);
    }
  }

  /** @param {Card} card @param {AbortSignal} signal */
  async #setModel(card, signal) {
    this.#looker.stop(); // the last model's layers are wanted no more
    this.#column.replaceChildren();
    this.#cards = [];
    this.#panel.clear();
    this.#standing = "";
    this.#looked = null;
    const { layers, input } = await this.#summaries.of(card.name, signal);
    const events = {
      onPreview: (/** @type {Target | null} */ target) => this.#preview(target),
      onPin: (/** @type {Target} */ target) => this.#pin(target),
    };
    this.#cards = layers.map((layer) => new LayerCard(layer, events, card.labels ?? []));
    this.#column.replaceChildren(...this.#cards.map(({ element }) => element));
    this.#picture.list(layers, input);
    this.#looker.watch(this.#cards);
    this.#standing = card.name;
    this.#reading.reserve(card, isRecurrent(layers));
    if (isRecurrent(layers)) this.#columns.before(this.#reading.element);
    else this.#columns.after(this.#reading.element);
    this.#columns.hidden = false;
    this.#place();
  }

  /** A layer of the picture that stands. @param {LayerCard} card @param {AbortSignal} signal */
  async #ask(card, signal) {
    try {
      await card.show(await look(this.#standing, this.#source, card.query, signal));
      if (signal.aborted) return false;
      if (card.layer.name === this.#state.layer) this.#pinWanted();
      return true;
    } catch (error) {
      this.#fail(error, signal);
      return false;
    }
  }

  // The pinned map

  /** Pins what the address says, or the first map that there is. */
  #pinWanted() {
    const named = this.#cards.find(({ layer }) => layer.name === this.#state.layer && layer.form !== "none" && layer.form !== "output");
    const card = named ?? this.#cards.find(({ layer }) => layer.form === "maps" || layer.form === "steps" || layer.form === "units");
    if (!card) return;
    this.#state.layer = card.layer.name;
    this.#looker.want(card.layer.name);
    if (!card.isFilled) return; // its answer will pin it
    const target = card.target((named && this.#state.map) || 0) ?? card.target(0);
    if (target) this.#pin(target, false);
  }

  /** @param {Target} target @param {boolean} [isChosen] by the person */
  #pin(target, isChosen = true) {
    const { name } = target.layer;
    this.#state = { ...this.#state, layer: name, map: target.index };
    if (isChosen) this.#change({});
    for (const card of this.#cards) card.mark(card.layer.name === name ? target.index : null);
    this.#picture.mark(name);
    const { element } = this.#cards.find(({ layer }) => layer.name === name) ?? this.#panel;
    const before = element.getBoundingClientRect().top;
    this.#place();
    if (isChosen) scrollBy(0, element.getBoundingClientRect().top - before); // what was pressed stays where it was
    this.#pinning.abort();
    this.#pinning = new AbortController();
    const { signal } = this.#pinning;
    this.#panel.pin(this.#standing, this.#source, target, signal).catch((error) => this.#fail(error, signal));
  }

  /** Only at the side: under its layer, the panel would push away what one points at.
   * @param {Target | null} target null: back to the pinned one */
  #preview(target) {
    if (!wide.matches) return;
    const { layer, map } = this.#state;
    const shown = target ?? this.#cards.find((card) => card.layer.name === layer)?.target(map ?? 0);
    if (shown) this.#panel.preview(this.#standing, shown);
  }

  #place() {
    const card = this.#cards.find(({ layer }) => layer.name === this.#state.layer) ?? this.#cards[0];
    placePanel(this.#panel.element, this.#columns, card?.element);
  }

  #paint() {
    for (const card of this.#cards) card.paint();
    this.#picture.paint();
    this.#panel.paint();
    this.#reading.paint();
  }

  /** @param {unknown} error @param {AbortSignal} signal */
  #fail(error, signal) {
    if (signal.aborted) return;
    this.#looked = null;
    if (error instanceof Offline) this.#shared.lost();
    const note = error instanceof Offline ? offlineNote(ASKED_AGAIN) : insideNote(error, this.#state.model, this.#source.name);
    const action = note.kind === "info" ? undefined : { label: "Try again", run: () => void this.#show() };
    this.#note.replaceChildren(noteElement({ ...note, action }));
  }
}

// The Look inside view: the numbers between a picture and the answer.
//
//   model -> summary -> LayerCards;  picture -> PictureCard, Looker (the layers in view, in order) -> LayerCards
//   map -> Panel;  recurrent models -> Belief

import { Offline } from "../api.js";
import { CallPanel } from "../call-panel.js";
import { parseSample } from "../current.js";
import { make } from "../dom.js";
import { percent } from "../format.js";
import { ModelSelect } from "../models.js";
import { noteElement } from "../note.js";
import { keep } from "../router.js";
import { viewHead } from "../views.js";
import { noModelNote, offlineNote, otherModelNote } from "../words.js";
import { truthOf } from "./ask.js";
import { Belief } from "./belief.js";
import { LayerCard } from "./layer-card.js";
import { isRecurrent } from "./layers.js";
import { Looker } from "./looker.js";
import { narrow } from "./map-grid.js";
import { listenToTheme } from "./paint.js";
import { Panel } from "./panel.js";
import { PictureCard } from "./picture-card.js";
import { read, Summaries } from "./readers.js";
import { addressOf, parseState, SAMPLE } from "./state.js";
import { look } from "./ask.js";
import { insideNote, pictureText, sampleText, SUBTITLE } from "./words.js";

/** @typedef {import("../types.js").Call} Call */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Route} Route */
/** @typedef {import("../types.js").Shared} Shared */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").Target} Target */

const wide = matchMedia("(min-width: 1120px)");

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
  #panel = new Panel((sample) => addressOf({ ...this.#state, sample }));
  #belief = new Belief({ onRow: (row) => this.#change({ row }), onModel: (model) => this.#chooseReader(model) });
  #column = make("div", "inside-layers");
  #columns = make("div", "inside", this.#picture.element, this.#column, this.#panel.element);
  #looker = new Looker((card, signal) => this.#ask(card, signal));
  #summaries = new Summaries();
  #state = parseState(new URLSearchParams(), "");
  /** @type {Source} */
  #source = { sample: "", blob: null, name: "" };
  /** @type {LayerCard[]} */
  #cards = [];
  /** Whose layers stand, and what was looked at. */
  #standing = { model: "", picture: "" };
  #reader = "";
  #truth = "";
  #isShown = false;
  #flight = new AbortController();
  #pinning = new AbortController();

  /** @param {HTMLElement} root @param {Shared} shared */
  constructor(root, shared) {
    this.#shared = shared;
    root.append(this.#head.element, this.#note, this.#columns, this.#belief.element, this.#call.element);
    this.#belief.element.hidden = true;
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
    this.#source = { sample: this.#state.sample, blob: null, name: "" };
    if (!this.#state.sample) this.#takeCurrent();
    await this.#show();
  }

  leave() {
    this.#isShown = false;
    this.#flight.abort();
    this.#pinning.abort();
    this.#looker.stop();
    this.#belief.stop();
    this.#standing.picture = ""; // what was given up is asked again
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
    const sample = parseSample(this.#source.sample);
    if (sample && card.dataset) this.#source = { ...this.#source, sample: `${card.dataset}/${sample.index}` };
    this.#change({ model: card.name, layer: "", map: null });
    void this.#show();
  }

  /** @param {number} index */
  #chooseSample(index) {
    const dataset = this.#models.chosen?.dataset ?? "mnist";
    this.#source = { sample: `${dataset}/${index}`, blob: null, name: "" };
    this.#change({});
    void this.#show();
  }

  #chooseCurrent() {
    this.#takeCurrent();
    this.#change({});
    void this.#show();
  }

  /** @param {string} model */
  #chooseReader(model) {
    this.#reader = model;
    void this.#read(this.#flight.signal);
  }

  /** @param {string} name */
  #goToLayer(name) {
    const card = this.#cards.find(({ layer }) => layer.name === name);
    card?.element.scrollIntoView({ block: "start" });
    card?.element.querySelector("h2")?.focus({ preventScroll: true });
    const target = card?.target(0);
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
    if (picture?.sample && parseSample(picture.sample)) this.#source = { sample: picture.sample, blob: null, name: "" };
    else if (picture) this.#source = { sample: "", blob: picture.blob, name: picture.name };
  }

  // From the state to the page

  async #show() {
    const { cards } = this.#shared;
    if (!cards.length) return; // not known yet
    this.#models.show(cards, this.#state.model);
    const card = this.#models.chosen;
    const other = card ? otherModelNote(this.#state.model, cards) : noModelNote();
    this.#note.replaceChildren(...(other ? [noteElement(other)] : []));
    if (!card) return;
    if (!this.#source.sample && !this.#source.blob) this.#source = { sample: `${card.dataset}/${SAMPLE}`, blob: null, name: "" };
    this.#state = { ...this.#state, model: card.name };
    this.#shared.retitle();
    const { picture } = this.#shared.current;
    const sample = parseSample(this.#source.sample);
    this.#picture.choose(sample && sample.index, picture !== null && picture.blob !== this.#source.blob && picture.sample !== this.#source.sample);
    const key = `${card.name} ${this.#source.sample || pictureKey(this.#source.blob)}`;
    if (key === this.#standing.picture) {
      this.#pinWanted();
      return;
    }
    this.#flight.abort();
    this.#flight = new AbortController();
    await this.#load(card, key, this.#flight.signal);
  }

  /** @param {Card} card @param {string} key @param {AbortSignal} signal */
  async #load(card, key, signal) {
    try {
      if (card.name !== this.#standing.model) await this.#setModel(card, signal);
      const [{ answer, field, rows }, truth] = await Promise.all([read(card.name, this.#source, signal), this.#askTruth(card, signal)]);
      this.#standing.picture = key;
      this.#truth = truth;
      const name = this.#source.sample ? sampleText(this.#source.sample) : this.#source.name;
      const { label, confidence } = answer.prediction;
      this.#picture.show(field, `${pictureText(name, truth)} ${card.name} says ${label} (${percent(confidence)}).`);
      this.#looker.restart();
      this.#pinWanted();
      await this.#showBelief(card, rows, field, signal);
    } catch (error) {
      this.#fail(error, signal);
    }
  }

  /** @param {Card} card @param {AbortSignal} signal */
  async #setModel(card, signal) {
    this.#column.replaceChildren();
    this.#cards = [];
    this.#panel.clear();
    this.#standing = { model: "", picture: "" };
    const { layers, input } = await this.#summaries.of(card.name, signal);
    const events = {
      onPreview: (/** @type {Target | null} */ target) => this.#preview(target),
      onPin: (/** @type {Target} */ target) => this.#pin(target),
    };
    this.#cards = layers.map((layer) => new LayerCard(layer, events, card.labels ?? []));
    this.#column.replaceChildren(...this.#cards.map(({ element }) => element));
    this.#picture.list(layers, input);
    this.#looker.watch(this.#cards);
    this.#standing.model = card.name;
    this.#belief.element.hidden = true;
    if (isRecurrent(layers)) this.#columns.before(this.#belief.element);
    else this.#columns.after(this.#belief.element);
    this.#place();
  }

  /** A layer of the picture that stands. @param {LayerCard} card @param {AbortSignal} signal */
  async #ask(card, signal) {
    try {
      await card.show(await look(this.#standing.model, this.#source, card.query, signal));
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
    this.#place();
    this.#pinning.abort();
    this.#pinning = new AbortController();
    const { signal } = this.#pinning;
    this.#panel.pin(this.#standing.model, this.#source, target, signal).catch((error) => this.#fail(error, signal));
  }

  /** @param {Target | null} target null: back to the pinned one */
  #preview(target) {
    const { layer, map } = this.#state;
    const shown = target ?? this.#cards.find((card) => card.layer.name === layer)?.target(map ?? 0);
    if (shown) this.#panel.preview(this.#standing.model, shown);
  }

  /** The panel stands at the side where there is room, else under the layer of its map. */
  #place() {
    const { element } = this.#panel;
    const card = this.#cards.find(({ layer }) => layer.name === this.#state.layer) ?? this.#cards[0];
    if (wide.matches || !card) {
      if (element.parentElement !== this.#columns) this.#columns.append(element);
    } else if (card.element.nextElementSibling !== element) {
      card.element.after(element);
    }
  }

  #paint() {
    for (const card of this.#cards) card.paint();
    this.#picture.paint();
    this.#panel.paint();
    this.#belief.paint();
  }

  // Belief by row

  /** @param {Card} card @param {number[][] | null} rows @param {import("./types.js").Field} field @param {AbortSignal} signal */
  async #showBelief(card, rows, field, signal) {
    if (rows) {
      this.#reader = card.name;
      this.#belief.choose([card.name], card.name);
      this.#belief.show({ rows, labels: card.labels ?? [], field, truth: this.#truth }, this.#state.row);
      this.#belief.element.hidden = false;
      return;
    }
    const readers = await this.#summaries.readers(this.#shared.cards, card, signal);
    this.#belief.element.hidden = readers.length === 0;
    if (!readers.length) return;
    const names = readers.map(({ name }) => name);
    if (!names.includes(this.#reader)) this.#reader = names[0];
    this.#belief.choose(names, this.#reader);
    await this.#read(signal);
  }

  /** Another model's belief beside this one's layers. @param {AbortSignal} signal */
  async #read(signal) {
    const reader = this.#reader;
    try {
      const { rows, field } = await read(reader, this.#source, signal);
      if (signal.aborted || reader !== this.#reader || !rows) return;
      const labels = this.#shared.cards.find(({ name }) => name === reader)?.labels ?? [];
      this.#belief.show({ rows, labels, field, truth: this.#truth }, this.#state.row);
    } catch (error) {
      if (signal.aborted) return;
      this.#belief.fail(noteElement(insideNote(error, reader, this.#source.name)));
    }
  }

  /** The true label of a test sample of the model's own data set, in the model's own words; "" where unknown.
   * @param {Card} card @param {AbortSignal} signal */
  async #askTruth(card, signal) {
    const { sample } = this.#source;
    if (!sample) return "";
    const label = await truthOf(sample, signal);
    return card.labels?.includes(label) ? label : "";
  }

  /** @param {unknown} error @param {AbortSignal} signal */
  #fail(error, signal) {
    if (signal.aborted) return;
    this.#standing.picture = "";
    if (error instanceof Offline) this.#shared.lost();
    const note = error instanceof Offline ? { ...offlineNote(), text: "It is asked again as soon as it answers." } : insideNote(error, this.#state.model, this.#source.name);
    const action = note.kind === "info" ? undefined : { label: "Try again", run: () => void this.#show() };
    this.#note.replaceChildren(noteElement({ ...note, action }));
  }
}

let pictures = 0;
/** @type {WeakMap<Blob, number>} */
const numbers = new WeakMap();

/** A picture without a name of its own gets a number. @param {Blob | null} blob */
function pictureKey(blob) {
  if (!blob) return "";
  const number = numbers.get(blob) ?? (pictures += 1);
  numbers.set(blob, number);
  return `picture ${number}`;
}

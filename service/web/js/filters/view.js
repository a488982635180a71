// The Filters view: a picture, a kernel that slides over it, what comes out, and the sum behind every pixel.
//
//   address, controls -> Decisions -> Rounds -> Out, window, products, sizes
//   Holder -> the picture -> In, and six filters on it

import { CallPanel } from "../call-panel.js";
import { make } from "../dom.js";
import { announceSettled } from "../live.js";
import { noteElement } from "../note.js";
import { href, keep, parse } from "../router.js";
import { viewHead } from "../view-head.js";
import { busyNote } from "../words.js";
import { toParams } from "./address.js";
import { listFilters, saveApplied } from "./apply.js";
import { Decisions } from "./decisions.js";
import { Holder } from "./holder.js";
import { InCard } from "./in-card.js";
import { KernelCard } from "./kernel-card.js";
import { Notes } from "./notes.js";
import { OutCard } from "./out-card.js";
import { Pixel } from "./pixel.js";
import { fieldsOf, isComplete, mainOf, toldSize, toldStep } from "./plan.js";
import { learnedKernels } from "./presets.js";
import { Rounds } from "./rounds.js";
import { Sheet } from "./sheet.js";
import { StepsCard } from "./steps-card.js";
import { brokenAddressNote, pixelWords, resultWords, savedSmallerNote, stepWords, SUBTITLE, TITLE } from "./words.js";

/** @typedef {import("../types.js").Call} Call */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Route} Route */
/** @typedef {import("../types.js").Shared} Shared */
/** @typedef {import("./rounds.js").Round} Round */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./types.js").State} State */

const ADDRESS_MS = 250; // browsers take only so many changes of the address

export default class FiltersView {
  title = TITLE;
  #shared;
  #panel = new CallPanel("filters");
  #note = make("div", "note-slot view-note");
  #in = new InCard({
    isShown: () => this.#isShown,
    onFile: (file) => void this.#holder.open(file),
    onSample: (name) => void this.#holder.openSample(name),
    onColor: (color) => this.#change({ color }),
    onChannel: (channel) => {
      this.#channel = channel;
      this.#tell();
    },
    onPoint: (x, y) => this.#point(this.#pixel.underInput(x, y)),
    onMove: (x, y) => this.#goTo(this.#pixel.stepped(x, y), "keys"),
  });
  #kernel = new KernelCard({
    onChange: (step, isDone) => this.#change(this.#decisions.kernel(step), isDone),
    onPreset: (filter) => this.#change(this.#decisions.preset(filter)),
    onScale: (scale) => this.#change({ scale }),
  });
  #out = new OutCard({
    onSave: () => this.#save(),
    onPoint: (x, y) => this.#point(this.#pixel.underOutput(x, y)),
    onMove: (x, y) => this.#goTo(this.#pixel.stepped(x, y), "keys"),
  });
  #steps = new StepsCard((steps, chosen) => this.#change(this.#decisions.sequence(steps, chosen)));
  #sheet = new Sheet(
    (filter) => this.#change(this.#decisions.preset(filter)),
    (error, name) => this.#notes.fail(error, name, this.#sheet.note),
  );
  #notes = new Notes(
    { picture: this.#in.note, kernel: this.#kernel.note, steps: this.#steps.note, result: this.#out.note },
    () => {
      this.#isLost = true;
      this.#shared.lost();
    },
    () => this.#again(),
  );
  #rounds = new Rounds({
    isWanted: ({ held }) => this.#isShown && held === this.#holder.held,
    isNewest: ({ state }) => state === this.#state,
    onPicture: (blob, { held }) => this.#out.showPicture(blob, () => held === this.#holder.held),
    onAnswer: (answer, round) => this.#show(answer, round),
    onWait: (seconds) => this.#notes.say(busyNote(seconds)),
    onFail: (error, { held }) => this.#notes.fail(error, held.name),
  });
  #holder;
  #pixel = new Pixel();
  #decisions = new Decisions();
  /** @type {Answer | null} */
  #answer = null;
  #channel = 0;
  #isShown = false;
  #isLost = false;
  #hasLearned = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} root @param {Shared} shared */
  constructor(root, shared) {
    this.#shared = shared;
    this.#holder = new Holder(
      shared.current,
      (_, isOther) => {
        if (isOther) this.#decisions.change({ at: null }, null);
        this.#channel = 0;
        this.#refresh();
      },
      (error, name) => this.#notes.fail(error, name, this.#in.note),
    );
    const bench = make("div", "bench", this.#in.element, this.#kernel.element, this.#out.element);
    bench.append(this.#steps.element, this.#sheet.element);
    root.append(viewHead(TITLE, SUBTITLE, this.#panel.button).element, this.#note, bench, this.#panel.element);
  }

  /** @param {Pick<Route, "params">} route */
  async enter({ params }) {
    this.#isShown = true;
    if (!this.#decisions.filters.length && !(await this.#loadFilters())) return;
    this.#note.replaceChildren();
    if (!this.#state || [...params].length) {
      const broken = this.#decisions.read(params);
      if (broken.length) this.#note.replaceChildren(noteElement(brokenAddressNote(broken)));
    }
    if (!(await this.#holder.follow(params.get("sample")))) this.#refresh();
  }

  leave() {
    this.#isShown = false;
    this.#rounds.cancel();
    clearTimeout(this.#timer);
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    if (!cards.length || !this.#isShown) return;
    if (this.#isLost) {
      this.#isLost = false;
      this.#sheet.retry();
      this.#again();
    }
    void this.#learn();
  }

  #again() {
    if (this.#holder.held) this.#refresh();
    else void this.enter(parse(location.hash)); // the picture itself did not come
  }

  /** @param {Call} call */
  noteCall(call) {
    this.#panel.show(call);
  }

  async #loadFilters() {
    try {
      this.#decisions.filters = await listFilters();
    } catch (error) {
      this.#notes.fail(error, "", this.#note);
      return false;
    }
    const { filters } = this.#decisions;
    this.#kernel.presets.setFilters(filters);
    this.#sheet.setFilters(filters);
    this.#steps.filter = filters[0];
    return true;
  }

  // What is done to the picture

  /** @param {Partial<State>} part @param {boolean} [isDone] the person went on, so the service may say what is wrong */
  #change(part, isDone = true) {
    if (!this.#state) return;
    this.#decisions.change(part, this.#holder.size);
    if (part.color && this.#holder.held) this.#in.show(this.#holder.held, part.color);
    this.#render();
    if (isDone || isComplete(this.#state.steps)) this.#send("result");
  }

  get #state() {
    return this.#decisions.state;
  }

  #refresh() {
    if (!this.#isShown || !this.#holder.held || !this.#state) return;
    this.#in.show(this.#holder.held, this.#state.color);
    this.#render();
    this.#send("result");
  }

  /** What the controls show. */
  #render() {
    const state = this.#state;
    if (!state) return;
    const main = mainOf(state);
    this.#kernel.show(main, state.scale, state.steps.length > 1 ? String(state.main + 1) : "");
    this.#steps.show(state.steps, this.#decisions.chosen);
    this.#sheet.mark(main.filter);
    if (this.#holder.held) this.#sheet.show(this.#holder.held, state.color);
    this.#keepAddress();
  }

  #keepAddress() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#state || !isComplete(this.#state.steps)) return;
      keep(href("filters", toParams(this.#state, this.#holder.sample)));
    }, ADDRESS_MS);
  }

  /** @param {Pair | null} at */
  #point(at) {
    const old = this.#state?.at;
    if (at?.[0] !== old?.[0] || at?.[1] !== old?.[1]) this.#goTo(at, "pointer");
  }

  /** @param {Pair | null} at @param {"pointer" | "keys"} cause */
  #goTo(at, cause) {
    if (!this.#state || !at) return;
    this.#decisions.change({ at }, null);
    this.#pixel.at = at;
    this.#markPixel();
    this.#keepAddress();
    this.#send(cause);
  }

  #markPixel() {
    this.#in.frame.mark(this.#pixel.inputBox, this.#pixel.inputSize);
    this.#out.frame.mark(this.#pixel.outputBox, this.#pixel.toldSize);
  }

  // Asking and showing

  /** @param {Round["cause"]} cause */
  #send(cause) {
    const state = this.#state;
    const { held } = this.#holder;
    if (!held || !state) return;
    const size = this.#holder.size && toldSize(state, this.#holder.size);
    const at = size && this.#pixel.within(state.at, size, held.edge);
    this.#rounds.send({ held, state, at, cause });
  }

  /** @param {Answer} answer @param {Round} round */
  async #show(answer, { held, state, cause }) {
    await this.#out.show(answer, state.scale, held.isInk, () => held === this.#holder.held);
    if (held !== this.#holder.held) return;
    this.#answer = answer;
    this.#notes.clear();
    this.#kernel.showFormula(answer.geometry[state.main]);
    this.#steps.showSizes(answer.geometry);
    this.#pixel.learn(answer, toldStep(state));
    if (cause !== "result" && this.#state?.at) this.#pixel.at = this.#state.at; // it may have moved on meanwhile
    this.#markPixel();
    this.#tell();
    if (cause === "keys" && answer.at) announceSettled(pixelWords(answer.at, this.#channel));
    if (cause === "result") announceSettled(resultWords(answer));
    void this.#learn();
  }

  /** The numbers behind the pixel. */
  #tell() {
    const trace = this.#answer?.at;
    const state = this.#state;
    if (!trace || !state || !this.#holder.held) return;
    const channel = Math.min(this.#channel, trace.window.length - 1);
    const told = toldStep(state);
    this.#in.showChannels(trace.window.length, channel);
    this.#in.window.show(trace, channel, told > 0 ? ` In the result of step ${told}.` : "");
    const where = stepWords(state.steps, told);
    this.#out.products.show(trace, channel, state.scale, this.#holder.held.isInk, where);
  }

  /** Kernels that the models learned, once the page has shown what it was opened for. */
  async #learn() {
    const { cards } = this.#shared;
    if (this.#hasLearned || !cards.length || !this.#answer) return;
    this.#hasLearned = true;
    try {
      this.#kernel.presets.setLearned(await learnedKernels(cards));
      this.#render();
    } catch (error) {
      this.#hasLearned = false;
      this.#notes.fail(error, "", this.#kernel.note);
    }
  }

  async #save() {
    const { held } = this.#holder;
    const state = this.#state;
    if (!held || !state) return;
    try {
      const { isWhole } = await saveApplied(held, fieldsOf(state, null), mainOf(state).filter ?? "filtered");
      if (!isWhole) this.#notes.say(savedSmallerNote(held.name), this.#out.note);
    } catch (error) {
      this.#notes.fail(error, held.name, this.#out.note);
    }
  }
}

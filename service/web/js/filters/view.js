// The Filters view: a picture, a kernel that slides over it, what comes out, and the sum behind every pixel.
//
//   address, controls -> State -> latest -> filters/apply -> Out, window, products, sizes
//   the picture -> In, and six filters on it

import { Offline } from "../api.js";
import { CallPanel } from "../call-panel.js";
import { make } from "../dom.js";
import { latest } from "../latest.js";
import { announceSettled } from "../live.js";
import { noteElement } from "../note.js";
import { passesIn, patiently } from "../patience.js";
import { href, keep } from "../router.js";
import { viewHead } from "../views.js";
import { busyNote } from "../words.js";
import { fromParams, recognised, toParams } from "./address.js";
import { applied, appliedPicture, listFilters } from "./apply.js";
import { InCard } from "./in-card.js";
import { KernelCard } from "./kernel-card.js";
import { OutCard } from "./out-card.js";
import { hold, isSample, sampleOf, STILL_LIFE } from "./picture.js";
import { convolve, fieldsOf, isComplete, lastConvolve, mainOf, toldSize, usualScale } from "./plan.js";
import { Pixel } from "./pixel.js";
import { learnedKernels } from "./presets.js";
import { Sheet } from "./sheet.js";
import { StepsCard } from "./steps-card.js";
import { brokenAddressNote, filterNote, pixelWords, resultWords, SUBTITLE, TITLE } from "./words.js";

/** @typedef {import("../types.js").Call} Call */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").CurrentPicture} CurrentPicture */
/** @typedef {import("../types.js").Route} Route */
/** @typedef {import("../types.js").Shared} Shared */
/** @typedef {import("./types.js").Convolve} Convolve */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Filtered} Filtered */
/** @typedef {import("./types.js").Held} Held */
/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Step} Step */

/** What a round is about: the picture, what is done to it, and who wants to hear of it. */
/** @typedef {{held: Held, state: State, at: Pair | null, cause: "result" | "pointer" | "keys"}} Round */

const FIRST_FILTER = "sobel_x";
const JSON_VALUES = 400_000; // a larger picture comes by itself first, then once more with its numbers
const ADDRESS_MS = 250; // browsers take only so many changes of the address

export default class FiltersView {
  title = TITLE;
  #shared;
  #panel = new CallPanel("filters");
  #note = make("div", "note-slot view-note");
  #in;
  #kernel;
  #out;
  #steps = new StepsCard((steps, chosen) => this.#setSteps(steps, chosen));
  #sheet = new Sheet(
    (filter) => this.#choose(filter),
    (error) => this.#fail(error, this.#sheet.note),
  );
  #live = latest((/** @type {Round} */ round, signal) => this.#run(round, signal));
  #pixel = new Pixel();
  /** @type {Filter[]} */
  #filters = [];
  /** @type {State | null} */
  #state = null;
  /** @type {Held | null} */
  #held = null;
  /** @type {CurrentPicture | null} the one that was taken over last */
  #taken = null;
  /** @type {(Filtered & {milliseconds: number | null}) | null} */
  #answer = null;
  #chosen = 0;
  #channel = 0;
  #drawn = "";
  #isShown = false;
  #isLost = false;
  #hasLearned = false;
  #loading = 0;
  /** @type {HTMLElement | null} */
  #noted = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} root @param {Shared} shared */
  constructor(root, shared) {
    this.#shared = shared;
    this.#in = new InCard({
      isShown: () => this.#isShown,
      onFile: (file) => void this.#open(file),
      onSample: (name) => void this.#openSample(name, true),
      onColor: (color) => this.#change({ color }),
      onChannel: (channel) => {
        this.#channel = channel;
        this.#tell();
      },
      onPoint: (x, y) => this.#point(this.#pixel.underInput(x, y)),
      onMove: (x, y) => this.#move(x, y),
    });
    this.#kernel = new KernelCard({
      onChange: (step, isDone) => this.#setMain(step, isDone),
      onPreset: (filter) => this.#choose(filter),
      onScale: (scale) => this.#change({ scale }),
    });
    this.#out = new OutCard({
      onSave: () => this.#save(),
      onPoint: (x, y) => this.#point(this.#pixel.underOutput(x, y)),
      onMove: (x, y) => this.#move(x, y),
    });
    const bench = make("div", "bench", this.#in.element, this.#kernel.element, this.#out.element);
    const head = viewHead(TITLE, SUBTITLE, this.#panel.button);
    bench.append(this.#steps.element, this.#sheet.element);
    root.append(head.element, this.#note, bench, this.#panel.element);
  }

  /** @param {Route} route */
  async enter({ params }) {
    this.#isShown = true;
    if (!this.#filters.length && !(await this.#loadFilters())) return;
    const { current } = this.#shared;
    this.#note.replaceChildren();
    const wanted = params.get("sample");
    const sample = wanted && isSample(wanted) ? wanted : null;
    if (!this.#state || [...params].length) this.#read(params, wanted !== null && !sample);
    if (sample && sample !== this.#held?.sample) await this.#openSample(sample, false);
    else if (!sample && current.picture && current.picture !== this.#taken) await this.#take(current.picture);
    else if (!this.#held) await this.#openSample(STILL_LIFE, false);
    else this.#refresh();
  }

  leave() {
    this.#isShown = false;
    this.#live.cancel();
    clearTimeout(this.#timer);
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    if (!cards.length || !this.#isShown) return;
    if (this.#isLost) {
      this.#isLost = false;
      if (this.#held && this.#state) this.#refresh();
      else void this.enter({ view: "filters", part: "", params: new URLSearchParams(location.hash.split("?")[1] ?? "") });
      this.#sheet.retry();
    }
    void this.#learn();
  }

  /** @param {Call} call */
  noteCall(call) {
    this.#panel.show(call);
  }

  async #loadFilters() {
    try {
      this.#filters = await listFilters();
    } catch (error) {
      this.#fail(error, this.#note);
      return false;
    }
    this.#kernel.presets.setFilters(this.#filters);
    this.#sheet.setFilters(this.#filters);
    this.#steps.filter = this.#filters[0];
    return true;
  }

  /** @param {URLSearchParams} params @param {boolean} isSampleBroken */
  #read(params, isSampleBroken) {
    const first = this.#filters.find(({ name }) => name === FIRST_FILTER) ?? this.#filters[0];
    /** @type {State} */
    const usual = { steps: [convolve(first)], main: 0, scale: "centre", color: "grey", at: null };
    const { state, broken } = fromParams(params, this.#filters, usual);
    if (isSampleBroken) broken.push(`sample=${params.get("sample")?.slice(0, 40)}`);
    if (broken.length) this.#note.replaceChildren(noteElement(brokenAddressNote(broken)));
    this.#state = state;
    this.#chosen = state.main;
  }

  // The picture

  /** @param {File} file */
  async #open(file) {
    const picture = /** @type {CurrentPicture} */ ({ blob: file, name: file.name, from: "file" });
    this.#taken = picture;
    this.#shared.current.set(picture);
    await this.#hold(() => hold(file, file.name, null), file.name, true);
  }

  /** @param {CurrentPicture} picture of another view */
  async #take(picture) {
    this.#taken = picture;
    await this.#hold(() => hold(picture.blob, picture.name, picture.sample ?? null), picture.name, this.#held !== null);
  }

  /** @param {string} name @param {boolean} byPerson */
  async #openSample(name, byPerson) {
    await this.#hold(() => sampleOf(name), name, byPerson);
    if (!byPerson || name === STILL_LIFE || this.#held?.sample !== name) return;
    this.#taken = { blob: this.#held.full, name: this.#held.name, from: "sample", sample: name };
    this.#shared.current.set(this.#taken);
  }

  /** The newest picture wins. @param {() => Promise<Held>} load @param {string} name @param {boolean} forgetsPlace */
  async #hold(load, name, forgetsPlace) {
    const turn = (this.#loading += 1);
    try {
      const held = await load();
      if (turn !== this.#loading) return;
      this.#held = held;
    } catch (error) {
      if (turn === this.#loading) this.#fail(error, this.#in.note, name);
      return;
    }
    if (!this.#isShown || !this.#state) return;
    if (forgetsPlace) this.#state = { ...this.#state, at: null };
    this.#channel = 0;
    this.#sheet.show(this.#held);
    this.#refresh();
  }

  // What is done to it

  /** @param {Filter} filter */
  #choose(filter) {
    if (!this.#state) return;
    const { kernel, divisor, name } = filter;
    const step = { ...mainOf(this.#state), rows: kernel, divisor, filter: name || null };
    this.#change({ ...this.#withMain(step), scale: usualScale(name ? filter : undefined) });
  }

  /** @param {Convolve} step @param {boolean} isDone */
  #setMain(step, isDone) {
    if (this.#state) this.#change(this.#withMain(step), isDone);
  }

  /** @param {Convolve} step @returns {Partial<State>} */
  #withMain(step) {
    const { steps, main } = /** @type {State} */ (this.#state);
    return { steps: steps.with(main, recognised(step, this.#filters)) };
  }

  /** @param {Step[]} steps @param {number} chosen */
  #setSteps(steps, chosen) {
    if (!this.#state) return;
    const kept = steps.indexOf(mainOf(this.#state));
    const first = steps.findIndex(({ op }) => op === "convolve");
    this.#chosen = chosen;
    this.#change({ steps, main: steps[chosen].op === "convolve" ? chosen : kept >= 0 ? kept : first });
  }

  /** @param {Partial<State>} part @param {boolean} [isDone] the person went on, so the service may say what is wrong */
  #change(part, isDone = true) {
    if (!this.#state) return;
    const before = this.#state;
    this.#state = { ...before, ...part };
    if (part.steps && before.at && this.#size) {
      this.#state.at = this.#pixel.moved(before.at, toldSize(before.steps, this.#size), toldSize(part.steps, this.#size));
    }
    this.#render();
    if (isDone || isComplete(this.#state.steps)) this.#send("result");
  }

  /** @returns {Pair | null} of the picture that is sent */
  get #size() {
    const canvas = this.#held?.canvas;
    return canvas ? [canvas.width, canvas.height] : null;
  }

  #refresh() {
    if (this.#held && this.#state) this.#in.show(this.#held, this.#state.color);
    this.#render();
    this.#send("result");
  }

  /** What the controls show. */
  #render() {
    const state = this.#state;
    if (!state) return;
    const main = mainOf(state);
    this.#kernel.show(main, state.scale, state.steps.length > 1 ? String(state.main + 1) : "");
    this.#steps.show(state.steps, this.#chosen);
    this.#sheet.mark(main.filter);
    this.#keepAddress();
  }

  #keepAddress() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const sample = this.#held?.sample === STILL_LIFE ? null : (this.#held?.sample ?? null);
      if (this.#state && isComplete(this.#state.steps)) keep(href("filters", toParams(this.#state, sample)));
    }, ADDRESS_MS);
  }

  // The pixel

  /** @param {Pair | null} at */
  #point(at) {
    const old = this.#state?.at;
    if (at && (at[0] !== old?.[0] || at[1] !== old?.[1])) this.#goTo(at, "pointer");
  }

  /** @param {number} x @param {number} y */
  #move(x, y) {
    const at = this.#pixel.stepped(x, y);
    if (at) this.#goTo(at, "keys");
  }

  /** @param {Pair} at @param {"pointer" | "keys"} cause */
  #goTo(at, cause) {
    if (!this.#state) return;
    this.#state = { ...this.#state, at };
    this.#pixel.at = at;
    this.#markPixel();
    this.#keepAddress();
    this.#send(cause);
  }

  #markPixel() {
    this.#in.frame.mark(this.#pixel.inputBox, this.#pixel.inputSize);
    this.#out.frame.mark(this.#pixel.outputBox, this.#pixel.toldSize);
  }

  // Asking

  /** @param {Round["cause"]} cause */
  #send(cause) {
    const { steps = [], at = null } = this.#state ?? {};
    if (!this.#held || !this.#state || !this.#isShown) return;
    const told = this.#size && toldSize(steps, this.#size);
    const place = told && this.#pixel.within(at, told, this.#held.sample === STILL_LIFE);
    this.#live.send({ held: this.#held, state: this.#state, at: place, cause });
  }

  /** @param {Round} round @param {AbortSignal} signal */
  async #run(round, signal) {
    const { held, state, at, cause } = round;
    const isWanted = () => !signal.aborted && this.#isShown && this.#held === held;
    const onWait = (/** @type {number} */ seconds) => this.#say(busyNote(seconds), this.#out.note);
    const fields = fieldsOf(state, null);
    const key = JSON.stringify(fields);
    const values = (held.canvas?.width ?? 0) * (held.canvas?.height ?? 0) * (state.color === "grey" ? 1 : 3);
    try {
      if (values > JSON_VALUES && cause === "result") {
        const blob = await patiently(() => appliedPicture(held.preview, held.name, fields, { signal }), signal, onWait);
        if (!blob || !isWanted()) return;
        await this.#out.showPicture(blob, isWanted);
        this.#drawn = key;
        if (this.#state !== state) return; // newer numbers are asked for in a moment
      }
      const answer = await patiently(() => applied(held.preview, held.name, fieldsOf(state, at), signal), signal, onWait);
      if (!answer || !isWanted()) return;
      await this.#out.show(answer, state.scale, held.isInk, isWanted);
      if (isWanted()) this.#show(answer, round);
    } catch (error) {
      if (!signal.aborted) this.#fail(error, null, held.name);
    }
  }

  /** @param {Filtered & {milliseconds: number | null}} answer @param {Round} round */
  #show(answer, { state, cause }) {
    this.#answer = answer;
    this.#noted?.replaceChildren();
    this.#noted = null;
    this.#kernel.showFormula(answer.geometry[Math.min(state.main, answer.geometry.length - 1)]);
    this.#steps.showSizes(answer.geometry);
    this.#pixel.learn(answer, lastConvolve(state.steps));
    if (cause !== "result" && this.#state?.at) this.#pixel.at = this.#state.at; // it may have moved on meanwhile
    this.#markPixel();
    this.#tell();
    if (cause === "keys" && answer.at) announceSettled(pixelWords(answer.at, this.#channel));
    if (cause === "result") announceSettled(resultWords(answer));
    void this.#learn();
  }

  /** The numbers behind the pixel. */
  #tell() {
    const story = this.#answer?.at;
    const state = this.#state;
    if (!story || !state || !this.#held) return;
    const channel = Math.min(this.#channel, story.window.length - 1);
    const told = lastConvolve(state.steps);
    this.#in.showChannels(story.window.length, channel);
    this.#in.window.show(story, channel, told > 0 ? ` In the result of step ${told}.` : "");
    const which = state.steps.length > 1 ? ` In step ${told + 1}.` : "";
    this.#out.products.show(story, channel, state.scale, this.#held.isInk, which);
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
      this.#fail(error, this.#kernel.note);
    }
  }

  async #save() {
    const held = this.#held;
    const state = this.#state;
    if (!held || !state) return;
    try {
      const blob = await appliedPicture(held.full, held.name, fieldsOf(state, null));
      const url = URL.createObjectURL(blob);
      const link = make("a", "");
      link.href = url;
      link.download = `${held.name.replace(/\.\w+$/, "")}-${mainOf(state).filter ?? "filtered"}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch (error) {
      this.#fail(error, this.#out.note, held.name);
    }
  }

  /** Says a failure beside what caused it. @param {unknown} error @param {HTMLElement | null} slot null: by what it says @param {string} [name] of the picture */
  #fail(error, slot, name = "") {
    if (error instanceof Offline) {
      this.#isLost = true;
      this.#shared.lost();
      return;
    }
    const note = filterNote(error, name);
    const action = passesIn(error) === null ? undefined : { label: "Try now", run: () => this.#refresh() };
    this.#say({ ...note, action }, slot ?? this.#placeOf(note.title));
  }

  /** @param {string} title */
  #placeOf(title) {
    if (title.startsWith("This kernel")) return this.#kernel.note;
    if (title.startsWith("This step")) return this.#steps.note;
    return /large|read|damaged|opened|whole/.test(title) ? this.#in.note : this.#out.note;
  }

  /** @param {import("../types.js").Note} note @param {HTMLElement} slot */
  #say(note, slot) {
    if (this.#noted !== slot) this.#noted?.replaceChildren();
    this.#noted = slot;
    slot.replaceChildren(noteElement(note));
  }
}

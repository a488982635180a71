// The Failures view: which pictures a model reads wrong, of its test or of those that people reported.
//
//   address -> state -> confusion (of a test once a model) -> Matrix, sentence
//                    -> failures?source=&limit=&offset= -> Gallery
//                    -> feedback (of reports) -> ReportsCard
//   cell or link -> a new address; select or "Show 24 more" -> the address follows

import { Offline, request } from "../api.js";
import { CallPanel } from "../call-panel.js";
import { announce } from "../live.js";
import { ModelSelect } from "../models.js";
import { noteElement } from "../note.js";
import { go, keep } from "../router.js";
import { viewHead } from "../view-head.js";
import { ASKED_AGAIN, noModelNote, offlineNote, otherModelNote } from "../words.js";
import { make } from "../dom.js";
import { reportLimits } from "../reports/allowed.js";
import { forget, reportsOf } from "../reports/calls.js";
import { DELETED, undeletedNote } from "../reports/words.js";
import { choose, segmented } from "../segmented.js";
import { Gallery } from "./gallery.js";
import { Matrix } from "./matrix.js";
import { ReportsCard } from "./reports-card.js";
import { addressOf, NONE, PAGE, parseState } from "./state.js";
import { failuresNote, SOURCES, subtitle } from "./words.js";

/** @typedef {import("../types.js").Call} Call */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Route} Route */
/** @typedef {import("../types.js").Shared} Shared */
/** @typedef {import("./types.js").Confusion} Confusion */
/** @typedef {import("./types.js").Failure} Failure */
/** @typedef {import("./types.js").FailuresState} FailuresState */

export default class FailuresView {
  #shared;
  #panel = new CallPanel("failures");
  #models = new ModelSelect((card) => this.#change({ model: card.name, truth: null, said: null }));
  #source = segmented("Source", SOURCES, "test", (source) =>
    this.#change({ source: source === "reported" ? "reported" : "test", truth: null, said: null }),
  );
  #dat = make("a", "button", "Predictions (.dat)");
  #head = viewHead("Failures", "\u00A0", this.#source, this.#models.element, this.#dat, this.#panel.button);
  #note = make("div", "failures-note");
  #matrix = new Matrix(
    (truth, said) => go(addressOf({ ...this.#state, truth, said, shown: PAGE })),
    (truth, said) => addressOf({ ...this.#state, truth, said, shown: PAGE }),
  );
  #gallery = new Gallery(
    (change) => this.#change(change),
    () => void this.#showMore(),
    (report) => void this.#delete(report),
  );
  #reports = new ReportsCard();
  #state = parseState(new URLSearchParams(), "");
  /** @type {Map<string, Confusion>} by model; a test does not change while a version is served */
  #confusions = new Map();
  /** The model, and source, whose matrix stands. */
  #standing = "";
  #isShown = false;
  #flight = new AbortController();

  /** @param {HTMLElement} root @param {Shared} shared */
  constructor(root, shared) {
    this.#shared = shared;
    const left = make("div", "failures-left", this.#matrix.element, this.#matrix.worst, this.#reports.element);
    this.#source.hidden = true;
    const columns = make("div", "failures", left, this.#gallery.element);
    root.append(this.#head.element, this.#note, columns, this.#panel.element);
    this.#gallery.clear();
  }

  get title() {
    return this.#state.model ? `Failures of ${this.#state.model}` : "Failures";
  }

  /** @param {Route} route */
  async enter({ params }) {
    this.#isShown = true;
    this.#state = parseState(params, this.#state.model);
    void this.#offerSource();
    await this.#show();
  }

  leave() {
    this.#isShown = false;
    this.#flight.abort();
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    if (cards.length && this.#isShown) void this.#show();
  }

  /** @param {Call} call */
  noteCall(call) {
    this.#panel.show(call);
  }

  /** A control moved: the address follows. @param {Partial<FailuresState>} change */
  #change(change) {
    this.#state = { ...this.#state, shown: PAGE, ...change };
    keep(addressOf(this.#state));
    void this.#show();
  }

  /** A service that takes no reports has one source; an address that asks for the other is answered in words. */
  async #offerSource() {
    choose(this.#source, this.#state.source);
    this.#source.hidden = (await reportLimits()) === null && this.#state.source === "test";
  }

  /** Shows what the state says. */
  async #show() {
    const { cards } = this.#shared;
    if (!cards.length) return; // not known yet
    const wanted = this.#state.model;
    this.#models.show(cards, wanted);
    const card = this.#models.chosen;
    const other = card ? otherModelNote(wanted, cards) : noModelNote();
    this.#note.replaceChildren(...(other ? [noteElement(other)] : []));
    if (!card) return;
    const known = (/** @type {number | null} */ index) => (index !== null && index < (card.labels?.length ?? 0) ? index : null);
    const truth = this.#state.source === "test" && this.#state.truth === NONE ? null : known(this.#state.truth);
    this.#state = { ...this.#state, model: card.name, truth, said: known(this.#state.said) };
    this.#shared.retitle();
    this.#dat.href = `${path(card)}/predictions.dat`; // a row for each test picture, as the lecture's Pred_Obs.dat
    this.#dat.hidden = !card.metrics;
    this.#flight.abort();
    this.#flight = new AbortController();
    await this.#load(card, this.#flight.signal);
  }

  /** @param {Card} card @param {AbortSignal} signal */
  async #load(card, signal) {
    const { source } = this.#state;
    if (this.#nameOf(card) !== this.#standing) {
      this.#reports.hide();
      this.#matrix.clear();
      this.#matrix.toggle(true);
      this.#gallery.clear();
      this.#head.sentence.textContent = "\u00A0";
      this.#standing = "";
    }
    try {
      const known = source === "test" ? this.#confusions.get(this.#nameOf(card)) : undefined;
      const [counted, confusion, answer] = await Promise.all([
        source === "reported" ? request(reportsOf(card.name), { signal, quiet: true }) : null,
        known ?? request(`${path(card)}/confusion${source === "reported" ? "?source=reported" : ""}`, { signal }),
        request(this.#query(card, 0, this.#state.shown), { signal }),
      ]);
      if (source === "reported") this.#standing = ""; // others may have reported since
      this.#confusions.set(this.#nameOf(card), confusion);
      this.#stand(card, confusion);
      if (counted) this.#sum(card, counted, confusion);
      announce(this.#gallery.show(answer.failures, answer.total, this.#of(card, confusion, false)));
    } catch (error) {
      this.#fail(error, card, signal, () => void this.#show());
    }
  }

  /** The matrix and the sentence of a model. @param {Card} card @param {Confusion} confusion */
  #stand(card, confusion) {
    if (this.#standing !== this.#nameOf(card)) {
      this.#standing = this.#nameOf(card);
      this.#matrix.show(confusion);
      const total = confusion.matrix.flat().reduce((sum, count) => sum + count, 0);
      const right = confusion.matrix.reduce((sum, row, index) => sum + row[index], 0);
      this.#head.sentence.textContent = subtitle(card.name, "test", total - right, total);
    }
    this.#matrix.mark(this.#state.truth, this.#state.said);
    this.#gallery.choose(confusion.labels, this.#state);
  }

  /** What reports tell together. @param {Card} card @param {import("./types.js").Counted} counted @param {Confusion} confusion */
  #sum(card, counted, { labels }) {
    this.#head.sentence.textContent = subtitle(card.name, "reported", counted.wrong, counted.total);
    this.#reports.show(counted, labels);
  }

  /** @param {Failure} report */
  async #delete({ index }) {
    const card = this.#models.chosen;
    if (!card) return;
    try {
      await forget(card.name, index);
      await this.#show();
      announce(DELETED);
      this.#gallery.focus();
    } catch (error) {
      if (error instanceof Offline) this.#shared.lost();
      this.#gallery.fail(undeletedNote(error));
    }
  }

  /** @param {Card} card */
  #nameOf(card) {
    return `${card.name}/${this.#state.source}`;
  }

  async #showMore() {
    const card = this.#models.chosen;
    const confusion = this.#confusions.get(this.#standing);
    if (!card || !confusion) return;
    const offset = this.#state.shown;
    const { signal } = this.#flight;
    try {
      const answer = await request(this.#query(card, offset, PAGE), { signal });
      if (signal.aborted || offset !== this.#state.shown) return; // pressed twice
      this.#state.shown += PAGE;
      keep(addressOf(this.#state));
      announce(this.#gallery.show(answer.failures, answer.total, this.#of(card, confusion, true)));
    } catch (error) {
      this.#fail(error, card, signal, () => void this.#showMore());
    }
  }

  /** @param {Card} card @param {number} offset @param {number} limit */
  #query(card, offset, limit) {
    const { source, truth, said, order } = this.#state;
    const query = new URLSearchParams({ limit: String(limit), offset: String(offset), order });
    if (source === "reported") query.set("source", source);
    if (truth !== null) query.set("true_class", truth === NONE ? "none" : String(truth));
    if (said !== null) query.set("predicted_class", String(said));
    return `${path(card)}/failures?${query}`;
  }

  /** @param {Card} card @param {Confusion} confusion @param {boolean} isMore */
  #of(card, { labels }, isMore) {
    return { card, labels, state: this.#state, isMore };
  }

  /** @param {unknown} error @param {Card} card @param {AbortSignal} signal @param {() => void} again */
  #fail(error, card, signal, again) {
    if (signal.aborted) return;
    if (error instanceof Offline) this.#shared.lost();
    const note = error instanceof Offline ? offlineNote(ASKED_AGAIN) : failuresNote(error, card.name);
    const isFinal = note.kind === "info";
    this.#gallery.fail({ ...note, action: isFinal ? undefined : { label: "Try again", run: again } });
    if (!this.#standing) this.#matrix.toggle(false);
  }
}

/** @param {Card} card */
function path(card) {
  return `api/v1/models/${encodeURIComponent(card.name)}`;
}

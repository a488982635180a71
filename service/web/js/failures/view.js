// The Failures view: which test pictures a model reads wrong.
//
//   address -> state -> confusion (once a model) -> Matrix, sentence
//                    -> failures?limit=&offset= -> Gallery
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
import { Gallery } from "./gallery.js";
import { Matrix } from "./matrix.js";
import { addressOf, PAGE, parseState } from "./state.js";
import { failuresNote, subtitle } from "./words.js";

/** @typedef {import("../types.js").Call} Call */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Route} Route */
/** @typedef {import("../types.js").Shared} Shared */
/** @typedef {import("./types.js").Confusion} Confusion */
/** @typedef {import("./types.js").FailuresState} FailuresState */

export default class FailuresView {
  #shared;
  #panel = new CallPanel("failures");
  #models = new ModelSelect((card) => this.#change({ model: card.name, truth: null, said: null }));
  #head = viewHead("Failures", "\u00A0", this.#models.element, this.#panel.button);
  #note = make("div", "failures-note");
  #matrix = new Matrix(
    (truth, said) => go(addressOf({ ...this.#state, truth, said, shown: PAGE })),
    (truth, said) => addressOf({ ...this.#state, truth, said, shown: PAGE }),
  );
  #gallery = new Gallery((change) => this.#change(change), () => void this.#showMore());
  #state = parseState(new URLSearchParams(), "");
  /** @type {Map<string, Confusion>} by model; a test does not change while a version is served */
  #confusions = new Map();
  /** The model whose matrix stands. */
  #standing = "";
  #isShown = false;
  #flight = new AbortController();

  /** @param {HTMLElement} root @param {Shared} shared */
  constructor(root, shared) {
    this.#shared = shared;
    const left = make("div", "failures-left", this.#matrix.element, this.#matrix.worst);
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
    this.#state = { ...this.#state, model: card.name, truth: known(this.#state.truth), said: known(this.#state.said) };
    this.#shared.retitle();
    this.#flight.abort();
    this.#flight = new AbortController();
    await this.#load(card, this.#flight.signal);
  }

  /** @param {Card} card @param {AbortSignal} signal */
  async #load(card, signal) {
    if (card.name !== this.#standing) {
      this.#matrix.clear();
      this.#matrix.toggle(true);
      this.#gallery.clear();
      this.#head.sentence.textContent = "\u00A0";
      this.#standing = "";
    }
    try {
      const known = this.#confusions.get(card.name);
      const [confusion, answer] = await Promise.all([
        known ?? request(`${path(card)}/confusion`, { signal }),
        request(this.#query(card, 0, this.#state.shown), { signal }),
      ]);
      this.#confusions.set(card.name, confusion);
      this.#stand(card, confusion);
      announce(this.#gallery.show(answer.failures, answer.total, this.#of(card, confusion, false)));
    } catch (error) {
      this.#fail(error, card, signal, () => void this.#show());
    }
  }

  /** The matrix and the sentence of a model. @param {Card} card @param {Confusion} confusion */
  #stand(card, confusion) {
    if (this.#standing !== card.name) {
      this.#standing = card.name;
      this.#matrix.show(confusion);
      const total = confusion.matrix.flat().reduce((sum, count) => sum + count, 0);
      const right = confusion.matrix.reduce((sum, row, index) => sum + row[index], 0);
      this.#head.sentence.textContent = subtitle(card.name, total - right, total);
    }
    this.#matrix.mark(this.#state.truth, this.#state.said);
    this.#gallery.choose(confusion.labels, this.#state);
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
    const { truth, said, order } = this.#state;
    const query = new URLSearchParams({ limit: String(limit), offset: String(offset), order });
    if (truth !== null) query.set("true_class", String(truth));
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

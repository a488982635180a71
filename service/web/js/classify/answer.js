// The answer card: what the network says, how sure, the bars; or in its place a note.
//
//   empty -> (reading, after a while) -> answered | refused; a failure keeps the last answer, muted

import { Bars } from "./bars.js";
import { byId, make } from "../dom.js";
import { duration, grouped, percent, score } from "../format.js";
import { announceSettled } from "../live.js";
import { noteElement } from "../note.js";
import { KEPT, NOTHING_YET, refusalNote } from "../words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("../types.js").Prediction} Prediction */

/** Reasons for which a best guess would be a guess about nothing. */
const NOTHING_THERE = ["empty", "no_object"];
const QUIET_MS = 300; // a first answer that comes sooner needs no word of waiting

export class Answer {
  #bars = new Bars();
  #verdict = byId("verdict", HTMLElement);
  #timing = byId("timing", HTMLElement);
  #about = byId("about-model", HTMLElement);
  #view = byId("classify", HTMLElement);
  #hasAnswer = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quiet;

  /** @param {Card} card */
  setModel(card) {
    this.#bars.setLabels(card.labels ?? []);
    this.#about.textContent = about(card);
    this.#hasAnswer = false;
  }

  empty() {
    this.#settle(false);
    this.#hasAnswer = false;
    this.#bars.clear();
    this.#timing.textContent = "";
    this.#verdict.replaceChildren(make("p", "quiet", NOTHING_YET));
  }

  /** An answer is on its way. One that stands is left alone. */
  pending() {
    if (this.#hasAnswer || this.#quiet !== undefined) return;
    this.#quiet = setTimeout(() => {
      const dots = make("span", "dots", make("i", ""), make("i", ""), make("i", ""));
      this.#verdict.replaceChildren(make("p", "quiet", dots, "Reading"));
    }, QUIET_MS);
  }

  /**
   * @param {Prediction} prediction
   * @param {number} milliseconds the service's own time
   * @param {Card} card
   * @param {boolean} isLive
   */
  show(prediction, milliseconds, card, isLive) {
    this.#settle(false);
    this.#hasAnswer = !NOTHING_THERE.includes(prediction.reason ?? "");
    const isVerdict = prediction.accepted || prediction.reason === "low_confidence";
    if (this.#hasAnswer) this.#bars.show(prediction.top, isVerdict ? "verdict" : "none", isLive);
    else this.#bars.clear();
    this.#timing.textContent = `answered in ${duration(milliseconds)}`;
    if (prediction.accepted) {
      this.#verdict.replaceChildren(said(prediction));
      announceSettled(`${prediction.label}, ${percent(prediction.confidence)} sure.`);
    } else {
      const note = refusalNote(prediction, card);
      this.#verdict.replaceChildren(noteElement(note));
      announceSettled(`${note.title} ${note.text}`);
    }
  }

  /** @param {Note} note */
  fail(note) {
    this.#settle(this.#hasAnswer);
    this.#verdict.replaceChildren(noteElement(note));
    if (this.#hasAnswer) this.#verdict.append(make("p", "caption kept", KEPT));
  }

  /** Nobody answers; the page-wide bar says so. */
  lost() {
    this.#settle(this.#hasAnswer);
    if (!this.#hasAnswer) this.#verdict.replaceChildren();
    else if (this.#verdict.querySelector(".note")) this.#verdict.replaceChildren(make("p", "caption", KEPT));
  }

  /** @param {boolean} isStale whether what stands is not of the present picture */
  #settle(isStale) {
    clearTimeout(this.#quiet);
    this.#quiet = undefined;
    this.#view.classList.toggle("stale", isStale);
  }
}

/** @param {Prediction} prediction */
function said({ label, confidence }) {
  const what = make("strong", label.length > 2 ? "word" : "number", label);
  return make("p", "said", what, make("span", "sure number", percent(confidence), make("small", "", "sure")));
}

/** "mnist_cnn has 607,394 parameters and reads 98.45 % of its test pictures right." @param {Card} card */
function about({ name, parameters, metrics }) {
  const accuracy = metrics?.test_accuracy;
  const facts = [
    parameters && `has ${grouped(parameters)} parameters`,
    accuracy && `reads ${score(accuracy)} of its test pictures right`,
  ].filter(Boolean);
  return facts.length ? `${name} ${facts.join(" and ")}.` : "";
}

// The answer card: what the leading network says, how sure, the bars; or in its place a note.
//
//   empty -> (reading, after a while) -> answered | unsure | refused | several; a failure keeps the last answer, muted,
//   or the page's own of the same picture, as it is

import { byId, make } from "../dom.js";
import { duration, percent } from "../format.js";
import { noteElement } from "../note.js";
import { isUndecided, isVerdict } from "./agreement.js";
import { Bars } from "./bars.js";
import { Several } from "./several.js";
import { KEPT, NOTHING_YET, RECORDED, refusalNote, trust } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {import("./types.js").Answers} Answers */

/** Reasons for which a best guess would be a guess about nothing; or about one of several, where nobody parts them. */
const NOTHING_THERE = ["empty", "no_object", "multiple"];
const QUIET_MS = 300; // a first answer that comes sooner needs no word of waiting

export class Answer {
  #bars = new Bars();
  #verdict = byId("verdict", HTMLElement);
  #timing = byId("timing", HTMLElement);
  #about = byId("about-answer", HTMLElement);
  #view = byId("classify", HTMLElement);
  #several;
  #hasAnswer = false;
  /** What the service's last failure was, until it answers. */
  #failure = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quiet;

  /** @param {(digit: number) => void} onDigit @param {(canvas: HTMLCanvasElement, box: number[]) => void} paintCrop */
  constructor(onDigit, paintCrop) {
    this.#several = new Several(onDigit, paintCrop);
  }

  /** @param {Card} card */
  setModel(card) {
    this.#bars.setLabels(card.labels ?? []);
    this.#several.hide();
    this.#about.textContent = "";
    this.#hasAnswer = false;
    this.#failure = ""; // that no model was known yet
  }

  empty() {
    this.#settle(false);
    this.#hasAnswer = false;
    this.#failure = "";
    this.#bars.clear();
    this.#several.hide();
    this.#timing.textContent = "";
    this.#about.textContent = "";
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

  /** @param {Answers} answers @param {Card} card @param {number} digit the chosen of several @param {boolean} isLive */
  show({ shown, whole, milliseconds, isLocal, isRecorded }, card, digit, isLive) {
    this.#settle(false);
    const by = isLocal ? "read in the page" : "answered";
    this.#timing.textContent = isRecorded ? RECORDED : `${by} in ${duration(milliseconds)}`;
    this.#about.textContent = !whole && shown.accepted ? trust(shown, card) : "";
    if (!isLocal) this.#failure = "";
    this.#hasAnswer = whole !== null || !NOTHING_THERE.includes(shown.reason ?? "");
    if (whole) {
      this.#verdict.replaceChildren(noteElement(refusalNote(whole, card)));
      this.#sayFailure();
      this.#several.show(whole.regions ?? [], digit);
      return;
    }
    this.#several.hide();
    if (this.#hasAnswer) this.#bars.show(shown.top, isVerdict(shown) ? "verdict" : "none", isLive);
    else this.#bars.clear();
    this.#verdict.replaceChildren(shown.accepted ? said(shown, card) : noteElement(refusalNote(shown, card)));
    this.#sayFailure();
  }

  /** @param {Note} note @param {boolean} stands the page itself has read the present picture: that remains */
  fail(note, stands) {
    this.#failure = `${note.title} ${note.text}`;
    if (stands) {
      this.#sayFailure();
      return;
    }
    this.#settle(this.#hasAnswer);
    this.#verdict.replaceChildren(noteElement(note));
    if (this.#hasAnswer) this.#verdict.append(make("p", "caption kept", KEPT));
  }

  /** Beside the page's own answer: that the service has not read the picture. */
  #sayFailure() {
    this.#verdict.querySelector(".unread")?.remove();
    if (this.#failure) this.#verdict.append(make("p", "caption unread", this.#failure));
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

/** @param {Prediction} prediction @param {Card} card */
function said(prediction, card) {
  const isOpen = card.labels?.length === 2 && isUndecided(prediction);
  const label = isOpen ? "unsure" : prediction.label;
  const what = make("strong", label.length > 2 ? "word" : "number", label);
  const sure = isOpen ? prediction.label : "sure";
  return make("p", "said", what, make("span", "sure number", percent(prediction.confidence), make("small", "", sure)));
}

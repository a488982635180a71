// "Why?": a button beside the answers, until it is asked; then a card, each network beside the others.
//
//   offer(what stands) -> button -> (loaded now) Tiles -> POST explain-prediction of each network;  another picture -> gone

import { make } from "../dom.js";
import { noteElement } from "../note.js";
import { failureNote } from "../words.js";
import { onDigit } from "./decisions.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./types.js").Answers} Answers */
/** @typedef {import("./types.js").Subject} Subject */
/** @typedef {import("./why/tiles.js").Tiles} Tiles */

const WORDS = "Where each network looked, and how few pixels change its mind. Each is asked some thousand times.";
const MOST = 8; // networks beside each other

export class WhyCard {
  #ask = make("button", "button", "Ask again");
  #body = make("div", "why-body");
  element = make(
    "section",
    "card why",
    make("div", "card-head", make("h2", "", "Why?"), make("p", "caption", WORDS), this.#ask),
    this.#body,
  );
  #shortcut = make("button", "text-button why-shortcut", "Why?");
  #flight = new AbortController();
  /** @type {{subject: Subject, answers: Answers, cards: Card[]} | null} */
  #about = null;
  #size;

  /** @param {HTMLElement} view @param {HTMLElement} answers what the short way stands behind @param {() => Promise<number[] | null>} size of the turned picture */
  constructor(view, answers, size) {
    this.#size = size;
    this.element.id = "why-card";
    this.element.setAttribute("aria-label", "Why");
    this.element.hidden = this.#shortcut.hidden = true;
    this.#ask.type = this.#shortcut.type = "button";
    this.#ask.addEventListener("click", () => void this.#run());
    this.#shortcut.addEventListener("click", () => {
      this.element.hidden = false;
      this.element.scrollIntoView({ block: "nearest" });
      void this.#run();
    });
    answers.after(this.#shortcut);
    view.append(this.element);
  }

  /** What stands now, and may be asked why. @param {Subject} subject @param {Answers} answers @param {Card[]} cards those that answer */
  offer(subject, answers, cards) {
    const isKnown = this.#about?.subject === subject && namesOf(this.#about.cards) === namesOf(cards.slice(0, MOST));
    if (isKnown) return; // another network leads: what was told of each still stands
    this.clear();
    this.#about = { subject, answers, cards: cards.slice(0, MOST) };
    this.#shortcut.hidden = false;
  }

  /** Another picture, or none. */
  clear() {
    this.#flight.abort();
    this.#about = null;
    this.#body.replaceChildren();
    this.#ask.disabled = false;
    this.element.hidden = this.#shortcut.hidden = true;
  }

  async #run() {
    const about = this.#about;
    if (!about || this.#ask.disabled) return;
    this.#ask.disabled = true;
    this.#flight = new AbortController();
    const { signal } = this.#flight;
    const { subject, answers, cards } = about;
    try {
      const { Tiles } = await import("./why/tiles.js");
      const whole = answers.whole;
      const digit = Math.min(subject.digit, (whole?.regions?.length ?? 1) - 1);
      const decisions = whole ? onDigit(subject.decisions, whole, digit, await this.#size()) : subject.decisions;
      const picture = { blob: await subject.blob(), name: subject.name };
      if (signal.aborted) return;
      const tiles = new Tiles(cards);
      this.#body.replaceChildren(tiles.element);
      await tiles.ask(picture, decisions, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#body.replaceChildren(noteElement(failureNote(error, subject.name, "")));
    }
    if (!signal.aborted) this.#ask.disabled = false;
  }
}

/** @param {Card[]} cards */
function namesOf(cards) {
  return cards.map(({ name }) => name).join(" ");
}

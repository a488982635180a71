// "Wrong? Tell it what it is": two presses, the button and the right label.
//
//   closed -> open (labels, what is kept) -> sending -> told (delete it again, see it in Failures) -> closed

import { make } from "../dom.js";
import { announce } from "../live.js";
import { noteElement } from "../note.js";
import { roving } from "../roving.js";
import { href } from "../router.js";
import { fill, selectOf } from "../select.js";
import { forget, NONE, tell } from "./calls.js";
import { ANOTHER, consent, DELETED, NONE_OF_THESE, thanks, undeletedNote, untoldNote, WHAT, WRONG } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("../types.js").Picture} Picture */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {import("../types.js").Ranked} Ranked */

/**
 * An answer that may be wrong: the picture, how it was read, and what the model said of it.
 * @typedef {{card: Card, picture: () => Promise<Picture>, asked: string, said: Prediction}} Told
 */

const MOST_BUTTONS = 20; // classes; of more the likeliest have a button, and all are in a list

export class ReportPanel {
  element = make("div", "report");
  #button = make("button", "button", WRONG);
  #body = make("div", "report-body");
  #days;
  #lost;
  /** @type {Told | null} */
  #told = null;
  /** The newest offer: what comes of an older one is not shown. */
  #newest = 0;

  /** @param {number} days for which a report is kept @param {() => void} lost called when nobody answers */
  constructor(days, lost) {
    this.#days = days;
    this.#lost = lost;
    this.#button.type = "button";
    this.#button.setAttribute("aria-expanded", "false");
    this.#button.addEventListener("click", () => (this.#isOpen ? this.#close(true) : this.#open()));
    this.element.append(this.#button, this.#body);
    this.element.hidden = true;
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#isOpen) this.#close(true);
    });
  }

  get #isOpen() {
    return this.#button.getAttribute("aria-expanded") === "true";
  }

  /** The answer that stands now. @param {Told} told */
  offer(told) {
    this.#newest += 1;
    this.#told = told;
    this.element.hidden = false;
    this.#button.hidden = false;
    this.#close(false);
  }

  /** No answer stands. */
  clear() {
    this.#newest += 1;
    this.#told = null;
    this.element.hidden = true;
  }

  #open() {
    if (!this.#told) return;
    const group = this.#labels(this.#told);
    this.#button.setAttribute("aria-expanded", "true");
    this.#body.replaceChildren(group, make("p", "caption", consent(this.#days)));
    group.querySelector("button")?.focus();
  }

  /** @param {boolean} isByHand */
  #close(isByHand) {
    this.#button.setAttribute("aria-expanded", "false");
    this.#body.replaceChildren();
    if (isByHand) this.#button.focus();
  }

  /** @param {Told} told */
  #labels({ card, said }) {
    const labels = card.labels ?? [];
    const isMany = labels.length > MOST_BUTTONS;
    const offered = (isMany ? said.top.map(({ label }) => label) : labels).filter((label) => !(said.accepted && label === said.label));
    const buttons = [...offered.map((label) => this.#choice(label, label)), this.#choice(NONE_OF_THESE, NONE)];
    const row = make("div", "report-labels", ...buttons);
    row.dataset.labels = labels.some((label) => label.length > 2) ? "words" : "short";
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", WHAT);
    roving(row, () => buttons, { columns: () => columnsOf(row) });
    const group = make("div", "", make("p", "report-title", WHAT), row);
    if (isMany) group.append(this.#list(labels));
    return group;
  }

  /** @param {string} words @param {string} label */
  #choice(words, label) {
    const button = make("button", "button", words);
    button.type = "button";
    button.addEventListener("click", () => void this.#tell(label));
    return button;
  }

  /** @param {string[]} labels */
  #list(labels) {
    const { element, select } = selectOf("Another class", (label) => void this.#tell(label));
    fill(select, [["", ANOTHER], ...labels.map((label) => /** @type {[string, string]} */ ([label, label]))], "");
    return element;
  }

  /** @param {string} label */
  async #tell(label) {
    const told = this.#told;
    if (!told) return;
    const turn = this.#newest;
    for (const control of this.#body.querySelectorAll("button, select")) control.setAttribute("aria-disabled", "true");
    this.#told = null; // one press, one report
    try {
      const id = await tell(told.card.name, await told.picture(), label, told.asked);
      if (turn === this.#newest) this.#thank(told, label, id);
    } catch (error) {
      if (turn !== this.#newest) return;
      this.#told = told;
      this.#fail(untoldNote(error), error);
    }
  }

  /** @param {Told} told @param {string} label @param {number} id */
  #thank({ card, said }, label, id) {
    const words = thanks(label === NONE ? NONE_OF_THESE.toLowerCase() : label, said.label);
    const remove = make("button", "button", "Delete it again");
    remove.type = "button";
    remove.addEventListener("click", () => void this.#remove(card.name, id));
    const see = make("a", "", "See it in Failures");
    const truth = label === NONE ? NONE : (card.labels ?? []).indexOf(label);
    const isMistake = label === NONE ? said.accepted : label !== said.label;
    see.href = href("failures", { model: card.name, source: "reported", ...(isMistake ? { true: truth, said: said.index } : {}) });
    this.#button.hidden = true;
    this.#body.replaceChildren(make("p", "report-title", words), make("div", "row", remove, see));
    remove.focus();
    announce(words);
  }

  /** @param {string} model @param {number} id */
  async #remove(model, id) {
    const turn = this.#newest;
    try {
      await forget(model, id);
      if (turn !== this.#newest) return;
      const gone = make("p", "report-title", DELETED);
      gone.tabIndex = -1;
      this.#body.replaceChildren(gone);
      gone.focus();
      announce(DELETED);
    } catch (error) {
      if (turn === this.#newest) this.#fail(undeletedNote(error), error);
    }
  }

  /** What was asked for stays, and can be asked for again. @param {Note} note @param {unknown} error */
  #fail(note, error) {
    this.#body.querySelector(".note")?.remove();
    this.#body.append(noteElement(note));
    for (const control of this.#body.querySelectorAll("[aria-disabled]")) control.removeAttribute("aria-disabled");
    if (note.title.startsWith("No connection") && error) this.#lost();
  }
}

/** How many buttons stand beside each other. @param {HTMLElement} row */
function columnsOf(row) {
  return getComputedStyle(row).gridTemplateColumns.split(" ").length;
}

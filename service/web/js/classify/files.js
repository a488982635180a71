// The pictures' side of the view: a batch with its strip, of which one is chosen and read by everyone, the others one
// by one by the leading model.
//
//   open(subjects) -> strip; the chosen one -> onChoose(subject) -> (a round) -> note(); the rest -> askLead -> strip

import { Offline } from "../api.js";
import { byId } from "../dom.js";
import { ask } from "./ask.js";
import { askLead } from "./round.js";
import { Strip } from "./strip.js";
import { isSamePicture } from "./subject.js";
import { moreText, pictureName, shortReason } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {import("./types.js").Subject} Subject */
/** @typedef {{subject: Subject, isRead: boolean}} Entry */

const AT_A_TIME = 24;

export class FilesSide {
  #strip = new Strip((index) => this.#choose(index));
  #name = byId("file-name", HTMLElement);
  #more = byId("more", HTMLButtonElement);
  /** @type {Entry[]} */
  #entries = [];
  #shown = 0;
  #chosen = 0;
  /** @type {Card | null} */
  #lead = null;
  /** Of the present reading; aborted when its answers are no longer wanted. */
  #abort = new AbortController();
  #onChoose;
  #onLost;

  /** @param {(subject: Subject) => void} onChoose @param {() => void} onLost */
  constructor(onChoose, onLost) {
    this.#onChoose = onChoose;
    this.#onLost = onLost;
    this.#more.addEventListener("click", () => {
      this.#showMore();
      this.read(this.#lead);
    });
  }

  /** @param {Subject[]} subjects @param {Card | null} lead */
  open(subjects, lead) {
    this.#abort.abort();
    this.#strip.clear();
    this.#entries = subjects.map((subject) => ({ subject, isRead: false }));
    this.#shown = 0;
    this.#showMore();
    this.#strip.mark(0);
    this.#choose(0);
    this.read(lead);
  }

  close() {
    this.#abort.abort();
    this.#entries = [];
    this.#strip.clear();
    this.#more.hidden = true;
  }

  /** The person decided something about the chosen one. @param {Subject} subject */
  replace(subject) {
    const entry = this.#entries[this.#chosen];
    if (entry) entry.subject = subject;
  }

  /** What came of the chosen one. @param {Subject} subject @param {Prediction | null} prediction null: it was not read */
  note(subject, prediction) {
    const entry = this.#entries[this.#chosen];
    if (entry && isSamePicture(entry.subject, subject)) this.#say(this.#chosen, prediction);
  }

  /** Reads what this model has not read yet. @param {Card | null} lead */
  read(lead) {
    this.#abort.abort();
    this.#abort = new AbortController();
    if (lead?.name !== this.#lead?.name) this.#forget();
    this.#lead = lead;
    if (lead) void this.#readAll(lead.name, this.#abort.signal);
  }

  #forget() {
    this.#entries.slice(0, this.#shown).forEach((entry, index) => {
      entry.isRead = false;
      this.#strip.say(index, "…", "");
    });
  }

  /** @param {string} model @param {AbortSignal} signal */
  async #readAll(model, signal) {
    for (const [index, entry] of this.#entries.slice(0, this.#shown).entries()) {
      if (entry.isRead || index === this.#chosen) continue;
      const { name, decisions, blob } = entry.subject;
      const call = async () => askLead(model, { blob: await blob(), name }, decisions, signal);
      try {
        const outcome = await ask(call, { picture: name, model }, signal, () => {});
        if (!outcome) return;
        this.#say(index, outcome.kind === "answer" ? outcome.value : null);
        entry.isRead = outcome.kind === "answer" || !outcome.again;
      } catch (error) {
        if (!(error instanceof Offline)) throw error;
        this.#onLost(); // whoever brings the connection back calls read() again
        return;
      }
    }
  }

  /** What stands under a thumbnail. @param {number} index @param {Prediction | null} prediction */
  #say(index, prediction) {
    this.#entries[index].isRead = true;
    if (!prediction) this.#strip.say(index, "not read", "error");
    else if (prediction.accepted) this.#strip.say(index, prediction.label, "");
    else {
      const isRead = prediction.reason === "multiple" && prediction.regions?.length;
      this.#strip.say(index, shortReason(prediction, this.#lead?.group ?? null), isRead ? "" : "refusal");
    }
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = index;
    const { subject } = this.#entries[index];
    this.#name.textContent = pictureName(subject, index, this.#entries.length);
    this.#name.title = subject.name;
    this.#onChoose(subject);
  }

  #showMore() {
    const next = Math.min(this.#entries.length, this.#shown + AT_A_TIME);
    for (const { subject } of this.#entries.slice(this.#shown, next)) this.#strip.add(subject);
    this.#shown = next;
    const left = this.#entries.length - next;
    this.#more.hidden = left === 0;
    this.#more.textContent = moreText(left, "more picture");
  }
}

// The files' side of the view: a queue that is read one by one, a strip, and the chosen picture.
//
//   open(files) -> entries -> ask, in order -> outcome of each -> strip; the chosen one -> onOutcome

import { Offline } from "../api.js";
import { ask } from "../ask.js";
import { byId } from "../dom.js";
import { counted } from "../format.js";
import { Held } from "./held.js";
import { Strip } from "./strip.js";
import { shortReason } from "../words.js";

/** @typedef {import("../types.js").Outcome} Outcome */
/** @typedef {{file: File, outcome: Outcome | null}} Entry */

const AT_A_TIME = 24;

export class FilesSide {
  #held = new Held();
  #strip = new Strip((index) => this.#choose(index));
  #name = byId("file-name", HTMLElement);
  #more = byId("more", HTMLButtonElement);
  /** @type {Entry[]} */
  #entries = [];
  #shown = 0;
  #chosen = 0;
  #model = "";
  /** Of the present reading; aborted when its answers are no longer wanted. */
  #abort = new AbortController();
  #onOutcome;
  #onLost;

  /**
   * @param {(outcome: Outcome | null) => void} onOutcome of the chosen file; null: on its way
   * @param {() => void} onLost
   */
  constructor(onOutcome, onLost) {
    this.#onOutcome = onOutcome;
    this.#onLost = onLost;
    this.#more.addEventListener("click", () => {
      this.#showMore();
      this.read(this.#model);
    });
  }

  /** @param {File[]} files @param {string} model */
  open(files, model) {
    this.#abort.abort();
    this.#strip.clear();
    this.#entries = files.map((file) => ({ file, outcome: null }));
    this.#shown = 0;
    this.#showMore();
    this.#choose(0);
    this.#strip.mark(0);
    this.read(model);
  }

  close() {
    this.#abort.abort();
    this.#entries = [];
    this.#strip.clear();
    this.#more.hidden = true;
    this.#held.hide();
  }

  /** Reads what this model has not read yet. @param {string} model */
  read(model) {
    this.#abort.abort();
    this.#abort = new AbortController();
    if (model !== this.#model) this.#forget();
    this.#model = model;
    if (model) void this.#readAll(this.#abort.signal);
  }

  #forget() {
    for (const [index, entry] of this.#entries.slice(0, this.#shown).entries()) {
      entry.outcome = null;
      this.#strip.say(index, "…", "");
    }
  }

  /** @param {AbortSignal} signal */
  async #readAll(signal) {
    for (const [index, entry] of this.#entries.slice(0, this.#shown).entries()) {
      if (entry.outcome && !mayPass(entry.outcome)) continue;
      if (index === this.#chosen) this.#onOutcome(null);
      const picture = { blob: entry.file, name: entry.file.name };
      try {
        const outcome = await ask(this.#model, picture, signal, (wait) => {
          if (index === this.#chosen) this.#onOutcome(wait);
        });
        if (!outcome) return;
        entry.outcome = outcome;
      } catch (error) {
        if (!(error instanceof Offline)) throw error;
        this.#onLost(); // whoever brings the connection back calls read() again
        return;
      }
      this.#strip.say(index, ...inShort(entry.outcome));
      if (index === this.#chosen) this.#tell(entry);
    }
  }

  /** @param {number} index */
  #choose(index) {
    const { length } = this.#entries;
    const entry = this.#entries[index];
    this.#chosen = index;
    this.#name.textContent = length > 1 ? `${entry.file.name} · ${index + 1} of ${length}` : entry.file.name;
    this.#name.title = entry.file.name;
    this.#held.show(entry.file);
    this.#tell(entry);
  }

  /** @param {Entry} entry the chosen one */
  #tell({ outcome }) {
    this.#held.setBox(outcome?.kind === "answer" ? (outcome.prediction.preprocessing?.box ?? null) : null);
    this.#onOutcome(outcome);
  }

  #showMore() {
    const next = Math.min(this.#entries.length, this.#shown + AT_A_TIME);
    for (const { file } of this.#entries.slice(this.#shown, next)) this.#strip.add(file);
    this.#shown = next;
    const left = this.#entries.length - next;
    this.#more.hidden = left === 0;
    this.#more.textContent = `and ${counted(left, "more picture")}`;
  }
}

/** @param {Outcome} outcome */
function mayPass(outcome) {
  return outcome.kind === "failure" && outcome.again;
}

/** What stands under a thumbnail. @param {Outcome} outcome @returns {[string, "" | "refusal" | "error"]} */
function inShort(outcome) {
  if (outcome.kind === "failure") return ["not read", "error"];
  const { prediction } = outcome;
  return prediction.accepted ? [prediction.label, ""] : [shortReason(prediction), "refusal"];
}

// What went wrong in the Filters view, said beside what caused it. One such note stands at a time.
//
//   error -> sentence -> the slot of picture, kernel, steps or result; nobody answers -> onLost

import { Offline } from "../api.js";
import { noteElement } from "../note.js";
import { passesIn } from "../retries.js";
import { filterNote, isMissing, noSampleNote } from "./words.js";

/** @typedef {import("../types.js").Note} Note */

export class Notes {
  #slots;
  #onLost;
  #onAgain;
  /** @type {HTMLElement | null} */
  #taken = null;

  /**
   * @param {{picture: HTMLElement, kernel: HTMLElement, steps: HTMLElement, result: HTMLElement}} slots
   * @param {() => void} onLost nobody answers
   * @param {() => void} onAgain the person wants it tried again
   */
  constructor(slots, onLost, onAgain) {
    this.#slots = slots;
    this.#onLost = onLost;
    this.#onAgain = onAgain;
  }

  /** @param {Note} note @param {HTMLElement} [slot] */
  say(note, slot = this.#slots.result) {
    if (this.#taken !== slot) this.#taken?.replaceChildren();
    this.#taken = slot;
    slot.replaceChildren(noteElement(note));
  }

  clear() {
    this.#taken?.replaceChildren();
    this.#taken = null;
  }

  /**
   * @param {unknown} error
   * @param {string} [name] of the picture
   * @param {HTMLElement} [slot] for what is no fault of the picture
   */
  fail(error, name = "", slot) {
    if (error instanceof Offline) {
      this.#onLost();
      return;
    }
    if (isMissing(error) && slot === this.#slots.picture) {
      this.say(noSampleNote(name), slot);
      return;
    }
    const { note, concerns } = filterNote(error, name);
    const action = passesIn(error) === null ? undefined : { label: "Try now", run: this.#onAgain };
    const place = concerns === "picture" ? this.#slots.picture : (slot ?? this.#slots[concerns]);
    this.say({ ...note, action }, place);
  }
}

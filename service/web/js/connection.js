// Whether the service can be reached: the models at the start, a page-wide bar while nobody answers.
//
//   load -> models -> onModels(cards); lost -> bar; while lost, or models are loading: load every RETRY_MS

import { listModels, Offline, Problem } from "./api.js";
import { byId, make } from "./dom.js";
import { serviceState } from "./models.js";
import { noteElement } from "./note.js";
import { parse } from "./router.js";
import { IS_STATIC } from "./static.js";
import { failureNote, KEPT, offlineNote } from "./words.js";

/** @typedef {import("./types.js").Card} Card */
/** @typedef {import("./types.js").Note} Note */

const RETRY_MS = 2000;

export class Connection {
  #bar = byId("page-bar", HTMLElement);
  #status = byId("status", HTMLElement);
  #text = byId("status-text", HTMLElement);
  #onModels;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Whether the bar says that nobody answers, not that somebody answers wrongly. */
  #isOffline = false;

  /** @param {(cards: Card[]) => void} onModels at the start and whenever the connection came back */
  constructor(onModels) {
    this.#onModels = onModels;
    window.addEventListener("hashchange", () => {
      if (!this.#bar.hidden && this.#isOffline) this.#say(lostNote()); // what is kept is another thing in another view
    });
  }

  async load() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      const cards = await listModels();
      const [state, detail] = IS_STATIC ? ["Files", " · no service"] : serviceState(cards);
      this.#status.dataset.state = state === "Ready" ? "ready" : "waiting";
      this.#text.replaceChildren(state, make("span", "wide-only", detail));
      this.#bar.hidden = true;
      this.#onModels(cards);
      if (cards.some((card) => card.state === "LOADING")) this.#again();
    } catch (error) {
      if (!(error instanceof Offline || error instanceof Problem)) throw error;
      this.#isOffline = error instanceof Offline;
      this.#showLost(
        this.#isOffline ? lostNote() : failureNote(error, "", ""),
        this.#isOffline ? "No connection" : "Not answering",
      );
    }
  }

  /** Nobody answered a call. Said once, until somebody does. */
  lost() {
    if (this.#timer !== undefined) return;
    this.#isOffline = true;
    this.#showLost(lostNote(), "No connection");
  }

  /** @param {Note} note @param {string} status */
  #showLost(note, status) {
    this.#status.dataset.state = "lost";
    this.#text.textContent = status;
    if (this.#bar.hidden) {
      this.#say(note);
      this.#bar.hidden = false;
    }
    this.#again();
  }

  /** @param {Note} note */
  #say(note) {
    this.#bar.replaceChildren(noteElement({ ...note, action: { label: "Try now", run: () => void this.load() } }));
  }

  #again() {
    this.#timer = setTimeout(() => void this.load(), RETRY_MS);
  }
}

function lostNote() {
  return ["classify", ""].includes(parse(location.hash).view) ? offlineNote() : offlineNote(KEPT);
}

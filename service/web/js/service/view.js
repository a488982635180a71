// The Service view: what runs here and how fast it answers, from the service's own metrics.
//
//   every 5 s while it is looked at: /metrics -> History -> figures, table; /api/v1/models -> table

import { Offline, Problem, request } from "../api.js";
import { CallPanel } from "../call-panel.js";
import { make } from "../dom.js";
import { noteElement } from "../note.js";
import { viewHead } from "../view-head.js";
import { failureNote } from "../words.js";
import { Figures } from "./figures.js";
import { History } from "./history.js";
import { ModelTable } from "./table.js";
import { CAPTION, SUBTITLE } from "./words.js";

/** @typedef {import("../types.js").Call} Call */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Shared} Shared */

const EVERY_MS = 5000;

export default class ServiceView {
  title = "Service";
  #shared;
  #panel = new CallPanel("service");
  #note = make("div", "");
  #figures = new Figures();
  #table = new ModelTable();
  #history = new History();
  #isShown = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #abort = new AbortController();

  /** @param {HTMLElement} root @param {Shared} shared */
  constructor(root, shared) {
    this.#shared = shared;
    const links = [link("docs", "API docs"), link("openapi.json", "openapi.json"), link("metrics", "metrics")];
    const head = viewHead("Service", SUBTITLE, ...links, this.#panel.button);
    const caption = make("p", "caption", CAPTION);
    const card = make("section", "card", make("div", "card-head", make("h2", "", "Models"), caption), this.#table.element);
    this.#note.setAttribute("role", "status");
    root.append(head.element, this.#note, this.#figures.element, card, this.#panel.element);
    document.addEventListener("visibilitychange", () => {
      if (this.#isShown && !document.hidden) void this.#read();
    });
  }

  enter() {
    if (this.#isShown) return;
    this.#isShown = true;
    void this.#read();
  }

  leave() {
    this.#isShown = false;
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    this.#table.show(cards, this.#history);
    this.#figures.show(cards, this.#history);
  }

  /** @param {Call} call */
  noteCall(call) {
    this.#panel.show(call);
  }

  async #read() {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    try {
      const [{ models }, metrics] = await Promise.all([
        request("api/v1/models", { signal }),
        request("metrics", { signal, accept: "text/plain", quiet: true }),
      ]);
      this.#history.add(metrics);
      this.#note.replaceChildren();
      this.setCards(models);
    } catch (error) {
      if (signal.aborted) return;
      this.#fail(error);
    }
    if (this.#isShown && !document.hidden) this.#timer = setTimeout(() => void this.#read(), EVERY_MS);
  }

  /** @param {unknown} error */
  #fail(error) {
    if (error instanceof Offline) this.#shared.lost();
    else if (error instanceof Problem) this.#note.replaceChildren(noteElement(failureNote(error, "", "")));
    else throw error;
  }
}

/** @param {string} address @param {string} words */
function link(address, words) {
  const element = make("a", "tool-link", words);
  element.href = address;
  return element;
}

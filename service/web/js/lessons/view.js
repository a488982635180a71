// The Lessons view: five lessons with an address each, one shown at a time, each from the service's own numbers.
//
//   route -> lesson (loaded data kept in memory) -> text, charts, tables; JSON and PNG of the same numbers as links

import { Offline, request } from "../api.js";
import { CallPanel } from "../call-panel.js";
import { loadStyle, make } from "../dom.js";
import { noteElement } from "../note.js";
import { go, href } from "../router.js";
import { viewHead } from "../view-head.js";
import { CurvesLesson } from "./curves.js";
import { DepthLesson } from "./depth.js";
import { DropoutLesson } from "./dropout.js";
import { OptimizersLesson } from "./optimizers.js";
import { RecurrentLesson } from "./recurrent.js";
import { lessonNote, LESSONS, SUBTITLE, WAITING } from "./words.js";

/** @typedef {import("../types.js").Call} Call */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Route} Route */
/** @typedef {import("../types.js").Shared} Shared */
/** @typedef {import("./types.js").Lesson} Lesson */

const CHART_STYLE = "../vendor/uplot/uPlot.min"; // beside css/

export default class LessonsView {
  #shared;
  #panel = new CallPanel("lessons");
  #curves = new CurvesLesson(() => void this.#show(new URLSearchParams()));
  /** @type {Record<string, Lesson>} */
  #lessons = {
    curves: this.#curves,
    dropout: new DropoutLesson(),
    depth: new DepthLesson(),
    recurrent: new RecurrentLesson(),
    optimizers: new OptimizersLesson(),
  };
  #name = "curves";
  #note = make("div", "lesson-note");
  #stage = make("div", "lesson-stage");
  #tabs = make("nav", "lesson-tabs");
  #json = make("a", "button", "Numbers (JSON)");
  #png = make("button", "button", "Picture (PNG)");
  /** @type {Map<string, Call>} what was asked, by its path: the panel shows the lesson's own call */
  #calls = new Map();
  #turn = 0;
  /** The lessons that have been seen: before, their words are no longer than a line, and all below would move. @type {Set<string>} */
  #stood = new Set();
  /** What to show again once the service answers. @type {URLSearchParams | null} */
  #missed = null;

  /** @param {HTMLElement} root @param {Shared} shared */
  constructor(root, shared) {
    this.#shared = shared;
    const path = make("a", "button", "Guided path");
    path.href = href("path");
    const head = viewHead("Lessons", SUBTITLE, path, this.#json, this.#png, this.#panel.button);
    this.#tabs.setAttribute("aria-label", "Lessons");
    this.#tabs.append(...Object.entries(LESSONS).map(([name, words]) => tab(name, words)));
    this.#note.setAttribute("role", "status");
    this.#png.type = "button";
    this.#png.addEventListener("click", () => void this.#savePng());
    root.append(head.element, this.#tabs, this.#note, this.#stage, this.#panel.element);
  }

  get title() {
    return `${LESSONS[this.#name]} - Lessons`;
  }

  /** @param {Route} route */
  async enter({ part, params }) {
    if (part && !(part in LESSONS)) return go(href("lessons"));
    this.#lessons[this.#name].leave();
    this.#name = part || "curves";
    for (const link of this.#tabs.querySelectorAll("a")) {
      if (link.getAttribute("href") === href("lessons", {}, this.#name)) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.#stage.replaceChildren(this.#lessons[this.#name].element);
    await this.#show(params);
  }

  leave() {
    this.#lessons[this.#name].leave();
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    this.#curves.setCards(cards);
    const missed = this.#missed;
    if (missed && cards.length) void this.#show(missed);
  }

  /** @param {Call} call */
  noteCall(call) {
    this.#calls.set(new URL(call.url).pathname, call);
    this.#panel.show(call);
  }

  /** @param {URLSearchParams} params */
  async #show(params) {
    const turn = ++this.#turn;
    const name = this.#name;
    const lesson = this.#lessons[name];
    this.#missed = name === "curves" && !this.#shared.cards.length ? params : null; // the models come later
    this.#stage.dataset.state = this.#stood.has(name) ? "shown" : "waiting";
    try {
      await loadStyle(CHART_STYLE); // a chart measures itself as it is drawn
      if (turn !== this.#turn) return;
      await lesson.show(params);
      if (turn !== this.#turn) return;
      this.#note.replaceChildren();
      if (!this.#missed) this.#stood.add(name);
      if (!this.#missed) this.#stage.dataset.state = "shown";
      this.#stage.hidden = false;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#missed = params;
      this.#stage.hidden = true;
      const note = error instanceof Offline ? WAITING : lessonNote(error, LESSONS[name]);
      const action = error instanceof Offline ? undefined : { label: "Try again", run: () => void this.#show(params) };
      this.#note.replaceChildren(noteElement({ ...note, action }));
      if (error instanceof Offline) this.#shared.lost();
    }
    this.#json.href = lesson.source();
    const call = this.#calls.get(new URL(this.#json.href).pathname);
    if (call) this.#panel.show(call);
  }

  /** The service's own picture of these numbers; the call panel shows how it was asked for. */
  async #savePng() {
    const path = this.#lessons[this.#name].source();
    try {
      const picture = await request(path, { accept: "image/png" });
      const link = make("a", "");
      link.href = URL.createObjectURL(picture);
      link.download = `${path.split("/").slice(3).join("-")}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (error) {
      if (error instanceof Offline) this.#shared.lost();
      else this.#note.replaceChildren(noteElement(lessonNote(error, LESSONS[this.#name])));
    }
  }
}

/** @param {string} name @param {string} words */
function tab(name, words) {
  const link = make("a", "", words);
  link.href = href("lessons", {}, name);
  return link;
}

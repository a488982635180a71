// The views: loaded when first asked for, one shown at a time, each told of route, models and calls.
//
//   route -> load view (module and style sheets) -> leave the last, enter this one -> title, focus
//
// A view is a class: constructor(root, shared), enter(route), leave(), setCards(cards), noteCall(call), and `title`.

import { listenToCalls } from "./calls.js";
import { byId, loadStyle } from "./dom.js";
import { noteElement } from "./note.js";
import { href, keep } from "./router.js";
import { unknownViewNote, viewFailedNote } from "./words.js";

/** @typedef {import("./types.js").Card} Card */
/** @typedef {import("./types.js").Route} Route */
/** @typedef {import("./types.js").Shared} Shared */
/** @typedef {import("./types.js").View} View */

/**
 * A view's module, and its style sheets of css/ in the order of their rules.
 * @type {Record<string, {load: () => Promise<{default: new (root: HTMLElement, shared: Shared) => View}>, styles: string[]}>}
 */
const VIEWS = {
  classify: {
    load: () => import("./classify/view.js"),
    styles: ["classify/layout", "classify/picture", "classify/answer", "classify/models", "classify/steps", "classify/why"],
  },
  inside: {
    load: () => import("./inside/view.js"),
    styles: ["data-table", "inside/layout", "inside/picture", "inside/layers", "inside/panel", "inside/number", "inside/belief"],
  },
  filters: {
    load: () => import("./filters/view.js"),
    styles: ["data-table", "filters/layout", "filters/pictures", "filters/trace", "filters/kernel", "filters/steps", "filters/sheet"],
  },
  failures: { load: () => import("./failures/view.js"), styles: ["failures", "reports"] },
  lessons: {
    load: () => import("./lessons/view.js"),
    styles: ["data-table", "lessons/layout", "lessons/charts", "lessons/surface", "lessons/belief", "lessons/spirals", "lessons/memory", "lessons/first-picture"],
  },
  path: { load: () => import("./path/view.js"), styles: ["path"] },
  service: { load: () => import("./service/view.js"), styles: ["service"] },
};

export class Views {
  /** @type {Map<string, View>} */
  #views = new Map();
  #shown = "";
  #newest = 0;
  #shared;
  /** A view that did not come: asked for again once the service answers, or by its link. @type {Route | null} */
  #missed = null;

  /** @param {Shared} shared */
  constructor(shared) {
    this.#shared = shared;
    listenToCalls((call) => this.#view?.noteCall(call));
    document.addEventListener("click", ({ target }) => {
      const link = target instanceof Element && target.closest("a");
      if (link && link.getAttribute("href") === location.hash) this.#again(); // the address is there: no hashchange
    });
  }

  get #view() {
    return this.#views.get(this.#shown);
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    this.#shared.cards = cards;
    for (const view of this.#views.values()) view.setCards(cards);
    this.retitle();
    if (cards.length) this.#again();
  }

  #again() {
    if (this.#missed) void this.show(this.#missed, false);
  }

  /** @param {Route} route @param {boolean} isFirst the page was just opened: the focus stays where it is */
  async show(route, isFirst) {
    const turn = ++this.#newest;
    byId("main", HTMLElement).ariaBusy = "true"; // until the controls of the view do what they say
    const isUnknown = route.view === "";
    const name = route.view || "classify";
    if (isUnknown) keep(href("classify"));
    const view = await this.#load(name);
    if (turn !== this.#newest) return;
    this.#missed = view ? null : route;
    if (!view) {
      this.#tellMissing(name);
      byId("main", HTMLElement).ariaBusy = "false";
      return;
    }
    const isOther = name !== this.#shown;
    if (isOther) {
      this.#view?.leave();
      this.#shown = name;
      for (const section of document.querySelectorAll(".view")) {
        if (section instanceof HTMLElement) section.hidden = section.id !== `view-${name}`;
      }
    }
    markLink(name);
    await view.enter(route);
    byId("main", HTMLElement).ariaBusy = "false";
    this.retitle();
    byId("route-note", HTMLElement).replaceChildren(...(isUnknown ? [noteElement(unknownViewNote())] : []));
    if (isOther && !isFirst) section(name).querySelector("h1")?.focus({ preventScroll: true });
  }

  /** The view says what it shows now. */
  retitle() {
    if (this.#view && !this.#missed) document.title = `${this.#view.title} - Featuremap`;
  }

  /** The head and the title say what the address does; what stood last goes on standing. @param {string} name */
  #tellMissing(name) {
    byId("route-note", HTMLElement).replaceChildren(noteElement(viewFailedNote()));
    markLink(name);
    const link = document.querySelector(`.tabs a[href="#/${name}"]`);
    document.title = `${link?.textContent ?? name}, not loaded - Featuremap`;
    this.#shared.lost();
  }

  /** @param {string} name @returns {Promise<View | null>} null where it could not be loaded */
  async #load(name) {
    const known = this.#views.get(name);
    if (known) return known;
    try {
      const { load, styles } = VIEWS[name];
      const [module] = await Promise.all([load(), ...styles.map(loadStyle)]);
      const again = this.#views.get(name); // two visits may have waited for the same module
      if (again) return again;
      const view = new module.default(section(name), this.#shared);
      this.#views.set(name, view);
      view.setCards(this.#shared.cards);
      return view;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // what a browser raises where a module cannot be fetched
      return null;
    }
  }
}

/** @param {string} name */
function section(name) {
  return byId(`view-${name}`, HTMLElement);
}

/** @param {string} name */
function markLink(name) {
  const tab = name === "path" ? "lessons" : name; // the path is told from there
  for (const link of document.querySelectorAll(".tabs a")) {
    if (link.getAttribute("href") === `#/${tab}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const skip = byId("skip", HTMLAnchorElement);
  skip.textContent = name === "classify" ? "To the drawing pad" : "To the content";
}

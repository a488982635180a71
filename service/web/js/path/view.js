// The guided path: the lecture in short stops, one shown at a time, each with an address of its own.
//
//   #/path/pooling -> stop -> card; the links and the arrow keys lead on and back

import { make } from "../dom.js";
import { go, href } from "../router.js";
import { viewHead } from "../view-head.js";
import { FIRST_STOPS } from "./first-stops.js";
import { LATER_STOPS } from "./later-stops.js";
import { stopCard } from "./stop-card.js";

/** @typedef {import("../types.js").Route} Route */

const STOPS = [...FIRST_STOPS, ...LATER_STOPS];
const SUBTITLE = "The lecture in its order: a formula, something to move, and a question at each stop.";
const TAKES_ARROWS = "input, select, textarea, [role=application]"; // what the arrow keys move already

export default class PathView {
  #stage = make("div", "path-stage");
  #before = make("a", "button path-before", "Back");
  #next = make("a", "button path-next", "");
  #place = make("p", "caption number");
  #list = make("ol", "path-list");
  #isShown = false;
  #at = 0;
  #hasBegun = false;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#list.append(...STOPS.map(({ id, title }) => make("li", "", link(title, id))));
    const list = make("nav", "card path-stops", this.#list);
    list.setAttribute("aria-label", "Stops");
    const ways = make("nav", "path-ways", this.#before, this.#place, this.#next);
    ways.setAttribute("aria-label", "Along the path");
    root.append(viewHead("A path through the lecture", SUBTITLE).element, make("div", "path", list, make("div", "path-main", this.#stage, ways)));
    document.addEventListener("keydown", (event) => this.#keyed(event));
  }

  get title() {
    return `${STOPS[this.#at].title} - Path`;
  }

  /** @param {Route} route */
  enter({ part }) {
    const at = part ? STOPS.findIndex(({ id }) => id === part) : 0;
    if (at < 0) return go(href("path"));
    this.#isShown = true;
    this.#at = at;
    const { element, heading } = stopCard(STOPS[at]);
    this.#stage.replaceChildren(element);
    this.#place.textContent = `${at + 1} of ${STOPS.length}`;
    this.#lead(this.#before, at - 1, "Back");
    this.#lead(this.#next, at + 1, at + 1 < STOPS.length ? `Next: ${STOPS[at + 1].title}` : "");
    for (const [index, item] of [...this.#list.querySelectorAll("a")].entries()) {
      if (index === at) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
    if (this.#hasBegun) heading.focus({ preventScroll: true });
    this.#hasBegun = true;
  }

  leave() {
    this.#isShown = false;
    this.#hasBegun = false;
  }

  setCards() {}

  noteCall() {}

  /** @param {HTMLAnchorElement} element @param {number} to @param {string} words */
  #lead(element, to, words) {
    const stop = STOPS[to];
    element.hidden = !stop;
    if (!stop) return;
    element.href = href("path", {}, stop.id);
    element.textContent = words;
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    if (!this.#isShown || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target instanceof Element && event.target.matches(TAKES_ARROWS)) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    const stop = by ? STOPS[this.#at + by] : undefined;
    if (stop) go(href("path", {}, stop.id));
  }
}

/** @param {string} words @param {string} id */
function link(words, id) {
  const element = make("a", "", words);
  element.href = href("path", {}, id);
  return element;
}

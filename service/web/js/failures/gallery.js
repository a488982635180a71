// The gallery: what was said of each picture, what it is, how sure the model was. A tile opens Classify,
// or, where the picture is of no test set, the picture.

import { make } from "../dom.js";
import { counted, grouped, percent } from "../format.js";
import { noteElement } from "../note.js";
import { href } from "../router.js";
import { fill, selectOf } from "../select.js";
import { reportTile } from "./report-tile.js";
import { NONE, PAGE } from "./state.js";
import { galleryFoot, galleryTitle, NONE_LABEL, noneText, orders, tileName } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("./types.js").Failure} Failure */
/** @typedef {import("./types.js").FailuresState} FailuresState */

export class Gallery {
  #title = make("h2", "", "All mistakes");
  #count = make("span", "gallery-count", "");
  #note = make("div", "gallery-note");
  #tiles = make("ul", "gallery");
  #more = make("button", "button", "");
  #foot = make("p", "caption", galleryFoot("test"));
  #truth;
  #said;
  #order;
  #onDelete;
  element;

  /** @param {(change: Partial<FailuresState>) => void} onChange of the selects @param {() => void} onMore
   * @param {(failure: Failure) => void} onDelete of a report */
  constructor(onChange, onMore, onDelete) {
    this.#onDelete = onDelete;
    this.#truth = selectOf("True class", (value) => onChange({ truth: value === "" ? null : Number(value) }));
    this.#said = selectOf("Said class", (value) => onChange({ said: value === "" ? null : Number(value) }));
    this.#order = selectOf("Order", (order) => onChange({ order }));
    const selects = make("div", "gallery-selects", this.#truth.element, this.#said.element, this.#order.element);
    const heading = make("div", "gallery-title", this.#title, this.#count);
    this.#more.type = "button";
    this.#more.addEventListener("click", onMore);
    this.element = make(
      "section",
      "card gallery-card",
      make("div", "gallery-head", heading, selects),
      this.#note,
      this.#tiles,
      make("div", "gallery-foot", this.#foot, this.#more),
    );
    this.element.setAttribute("aria-label", "Pictures");
    this.#list([], "test");
  }

  /** Keeps the room of what comes. */
  clear() {
    this.element.dataset.state = "waiting";
    this.#tiles.replaceChildren();
    this.#count.textContent = "";
    this.#more.hidden = true;
    this.#note.replaceChildren();
  }

  /** The selects and the title say what is chosen. @param {string[]} labels @param {FailuresState} state */
  choose(labels, state) {
    this.#list(labels, state.source);
    this.#truth.select.value = String(state.truth ?? "");
    this.#said.select.value = String(state.said ?? "");
    this.#order.select.value = state.order;
    this.#title.textContent = galleryTitle(labels, state);
  }

  /** @param {string[]} labels @param {FailuresState["source"]} source */
  #list(labels, source) {
    const options = (/** @type {string} */ word) =>
      /** @type {[string, string][]} */ ([["", `${word}: any`], ...labels.map((label, index) => [String(index), `${word}: ${label}`])]);
    /** @type {[string, string][]} */
    const none = source === "reported" ? [[String(NONE), `True: ${NONE_LABEL}`]] : [];
    fill(this.#truth.select, [...options("True"), ...none], "");
    fill(this.#said.select, options("Said"), "");
    fill(this.#order.select, Object.entries(orders(source)), "confidence");
  }

  /**
   * @param {Failure[]} failures
   * @param {number} total of this choice
   * @param {{card: Card, labels: string[], state: FailuresState, isMore: boolean}} of `isMore`: they follow those that stand
   */
  show(failures, total, { card, labels, state, isMore }) {
    this.element.dataset.state = "";
    const isReported = state.source === "reported";
    this.#foot.textContent = galleryFoot(state.source);
    const tiles = failures.map((failure) => (isReported ? reportTile(card, failure, this.#onDelete) : tile(card, failure)));
    if (isMore) this.#tiles.append(...tiles);
    else this.#tiles.replaceChildren(...tiles);
    this.#tiles.dataset.labels = labels.some((label) => label.length > 1) ? "words" : "short";
    const left = total - this.#tiles.childElementCount;
    this.#count.textContent = ` · ${grouped(total)} ${total === 1 ? "picture" : "pictures"}`;
    this.#more.hidden = left <= 0;
    this.#more.textContent = `Show ${Math.min(PAGE, left)} more`;
    this.#foot.hidden = total === 0;
    this.#note.replaceChildren(...(total === 0 ? [make("p", "gallery-none", noneText(card.name, labels, state))] : []));
    if (isMore) tiles[0]?.querySelector("a")?.focus({ preventScroll: true });
    return isMore ? `${this.#tiles.childElementCount} of ${counted(total, "picture")} shown` : `${this.#title.textContent}, ${counted(total, "picture")}`;
  }

  /** The heading, for who was at a tile that is gone. */
  focus() {
    this.#title.tabIndex = -1;
    this.#title.focus({ preventScroll: true });
  }

  /** What went wrong; the pictures that stand stay. @param {Note} note */
  fail(note) {
    this.element.dataset.state = "";
    this.#note.replaceChildren(noteElement(note));
    this.#foot.hidden = this.#tiles.childElementCount === 0;
  }
}

/** @param {Card} card @param {Failure} failure */
function tile(card, failure) {
  const picture = make("img", "");
  Object.assign(picture, { alt: "", loading: "lazy", ...(failure.file === undefined ? { width: 28, height: 28 } : {}) });
  picture.src = `api/v1/models/${encodeURIComponent(card.name)}/failures/${failure.index}.png`;
  const said = make("span", "said-true", make("b", "", failure.predicted_label), ` (${failure.true_label})`);
  const link = make("a", "tile", make("span", "tile-picture", picture), said, make("span", "tile-sure number", percent(failure.confidence)));
  // A picture of one's own is no sample of a test set: all that there is of it is shown.
  if (failure.file === undefined) link.href = href("classify", { model: card.name, sample: `${card.dataset}/${failure.index}` });
  else Object.assign(link, { href: picture.src, title: failure.file });
  link.setAttribute("aria-label", tileName(failure));
  return make("li", "", link);
}

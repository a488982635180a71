// The batch strip: a thumbnail and an answer for each file; one is chosen. A listbox with one tab stop.

import { byId, drawWhole, make } from "../dom.js";

/** @typedef {import("./types.js").Subject} Subject */
/** @typedef {"" | "refusal" | "error"} Tone */

const THUMB = { width: 140, height: 96 };

export class Strip {
  #list = byId("strip", HTMLUListElement);
  #onChoose;

  /** @param {(index: number) => void} onChoose */
  constructor(onChoose) {
    this.#onChoose = onChoose;
    this.#list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("li") : null;
      if (option) this.#choose(this.#options.indexOf(option));
    });
    this.#list.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get #options() {
    return /** @type {HTMLLIElement[]} */ ([...this.#list.children]);
  }

  get length() {
    return this.#options.length;
  }

  clear() {
    this.#list.replaceChildren();
    this.#list.hidden = true;
  }

  /** @param {Subject} subject */
  add(subject) {
    const thumb = make("canvas", "");
    Object.assign(thumb, THUMB);
    thumb.setAttribute("aria-hidden", "true");
    const option = make("li", "", thumb, make("span", "", "…"));
    option.setAttribute("role", "option");
    option.title = subject.name;
    this.#list.append(option);
    this.#list.hidden = this.length < 2;
    void paint(thumb, subject);
    this.say(this.length - 1, "…", "");
  }

  /** @param {number} index @param {string} text @param {Tone} tone */
  say(index, text, tone) {
    const option = this.#options[index];
    option.dataset.tone = tone;
    option.setAttribute("aria-label", `${option.title}: ${text === "…" ? "not read yet" : text}`);
    const line = option.querySelector("span");
    if (line) line.textContent = text;
  }

  /** @param {number} index */
  mark(index) {
    this.#options.forEach((option, each) => {
      option.setAttribute("aria-selected", String(each === index));
      option.tabIndex = each === index ? 0 : -1;
    });
  }

  /** @param {number} index */
  #choose(index) {
    const last = this.length - 1;
    const next = Math.min(last, Math.max(0, index));
    this.mark(next);
    this.#options[next].focus();
    this.#onChoose(next);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const now = this.#options.findIndex((option) => option.tabIndex === 0);
    /** @type {Record<string, number>} */
    const targets = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      ArrowUp: now - 4,
      ArrowDown: now + 4,
      Home: 0,
      End: this.length - 1,
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    this.#choose(targets[event.key]);
  }
}

/** @param {HTMLCanvasElement} canvas @param {Subject} subject */
async function paint(canvas, { blob }) {
  const bitmap = await createImageBitmap(await blob()).catch(() => null);
  if (bitmap) drawWhole(canvas, bitmap);
  bitmap?.close();
}

// The words of a lesson: its title, what the lecture claims, what was measured here.

import { make } from "../dom.js";

export class LessonText {
  element = make("section", "lesson-text");
  #title = make("h2", "lesson-title");
  #sentences = make("div", "sentences");

  /** @param {string} title @param {...Node} controls below the sentences */
  constructor(title, ...controls) {
    this.#title.textContent = title;
    this.element.append(this.#title, this.#sentences, ...controls);
  }

  /** @param {string[]} sentences */
  say(sentences) {
    this.#sentences.replaceChildren(...sentences.map((sentence) => make("p", "", sentence)));
  }

  /** @param {string} title */
  call(title) {
    this.#title.textContent = title;
  }
}

/**
 * A card with a title, a few words beside it, and what it holds.
 * @param {string} title
 * @param {string} caption
 * @param {...Node} children
 */
export function card(title, caption, ...children) {
  const head = make("div", "card-head", make("h2", "", title), make("p", "caption", caption));
  return make("section", "card", head, ...children);
}

/**
 * A plain table of a few numbers: not behind a chart, so it is always there.
 * @param {string} caption
 * @param {string[]} heads
 * @param {string[][]} rows the first cell names the row
 * @param {number} [spare] the column that a narrow screen goes without
 */
export function numbers(caption, heads, rows, spare) {
  const headCells = heads.map((text, index) => scoped("col", text, index ? "number" : ""));
  const body = rows.map(([first, ...rest]) =>
    make("tr", "", scoped("row", first, ""), ...rest.map((text) => make("td", "number", text))),
  );
  const table = make("table", "numbers", make("caption", "visually-hidden", caption));
  table.append(make("thead", "", make("tr", "", ...headCells)), make("tbody", "", ...body));
  if (spare !== undefined) for (const { cells } of table.rows) cells[spare].classList.add("spare");
  return table;
}

/** @param {"col" | "row"} scope @param {string} text @param {string} className */
function scoped(scope, text, className) {
  const cell = make("th", className, text);
  cell.scope = scope;
  return cell;
}

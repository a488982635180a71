// The numbers behind one output pixel: the window beside the products, so that the row reads In, Kernel, Out.
//
//   trace of the service -> table of the window | table of the products, the sum, the five largest

import { make } from "../dom.js";
import { brief, exact, figure } from "./numbers.js";
import { POINT, sumWords, toneWords, windowWords } from "./words.js";

/** @typedef {import("./types.js").Scale} Scale */
/** @typedef {import("./types.js").PixelTrace} PixelTrace */

export const IN_CELLS = 7; // a larger kernel is told by its sum and what counts most
const LARGEST = 5;
const DARK = 118; // of a pixel: below, white on it has a contrast of 4.5, and from there on black has

/** @param {readonly (readonly number[])[]} kernel */
const fits = (kernel) => kernel.length <= IN_CELLS && kernel[0].length <= IN_CELLS;

/** Under In. */
export class WindowPart {
  #table = make("table", "cells");
  #words = make("p", "caption", POINT);
  element = make("div", "trace", this.#table, make("div", "trace-words", make("h3", "", "The window"), this.#words));

  /** @param {PixelTrace} trace @param {number} channel @param {string} where which picture the window lies on, if not In */
  show(trace, channel, where) {
    const { window, origin, kernel } = trace;
    this.#table.hidden = !fits(kernel);
    this.element.dataset.columns = String(kernel[0].length);
    this.#words.textContent = `${windowWords(trace)}${where} ${POINT}`;
    if (this.#table.hidden) return;
    const rows = window[channel].map((row) => row.map(pixelCell));
    fill(this.#table, `Window from column ${exact(origin[0])}, row ${exact(origin[1])}`, rows);
  }
}

/** Under Out. */
export class ProductsPart {
  #title = make("h3", "", "");
  #table = make("table", "cells");
  #sum = make("p", "sum number", "\u2013");
  #words = make("p", "caption", "");
  #largest = make("ol", "largest number");
  element = make(
    "div",
    "trace",
    this.#table,
    make("div", "trace-words", this.#title, this.#sum, this.#words),
    this.#largest,
  );

  /** @param {PixelTrace} trace @param {number} channel @param {Scale} scale @param {boolean} isInk @param {string} where of which step, if there are several */
  show(trace, channel, scale, isInk, where) {
    const { products, kernel, value } = trace;
    const numbers = products[channel];
    const shown = value[Math.min(channel, value.length - 1)]; // one, where the channels are added up
    this.#title.textContent = trace.op === "max_pool" ? "The largest" : trace.op ? "The mean" : "Products, summed";
    const isSmall = fits(kernel);
    this.#table.hidden = !isSmall;
    this.element.dataset.columns = String(kernel[0].length);
    this.#sum.textContent = figure(shown);
    this.#sum.dataset.sign = signOf(shown);
    this.#words.textContent = `${sumWords(trace, channel)}${where} ${toneWords(shown, scale, isInk)}`;
    if (isSmall) {
      const most = Math.max(...numbers.flat().map(Math.abs)) || 1;
      const rows = numbers.map((row) => row.map((number) => productCell(number, most)));
      if (trace.op === "max_pool") frameLargest(rows.flat(), trace, channel);
      fill(this.#table, trace.op ? "Numbers of the window" : "Products", rows);
    }
    this.#largest.dataset.only = String(!isSmall);
    this.#largest.replaceChildren(...(trace.op ? [] : largest(trace, channel)));
  }
}

/** The first that is the largest gets a frame; what lies in the padding is none of them.
 * @param {HTMLElement[]} cells @param {PixelTrace} trace @param {number} channel */
function frameLargest(cells, { window, kernel, value }, channel) {
  const isInside = kernel.flat();
  const at = window[channel].flat().findIndex((number, index) => isInside[index] && number === value[channel]);
  if (cells[at]) cells[at].dataset.largest = "";
}

/** @param {HTMLTableElement} table @param {string} name @param {HTMLElement[][]} rows */
function fill(table, name, rows) {
  table.replaceChildren(
    make("caption", "visually-hidden", name),
    make("tbody", "", ...rows.map((cells) => make("tr", "", ...cells))),
  );
}

/** @param {number} value */
function pixelCell(value) {
  const cell = make("td", "number", brief(value));
  const tone = Math.round(Math.min(Math.max(value, 0), 255));
  cell.className = "number pixel";
  cell.style.setProperty("--tone", String(tone));
  cell.dataset.dark = String(tone < DARK);
  cell.dataset.bright = String(255 - tone < DARK); // dark where ink is dark
  return cell;
}

/** @param {number} value @param {number} most */
function productCell(value, most) {
  const cell = make("td", "number", brief(value));
  tint(cell, value, most);
  return cell;
}

/** Colours a cell by sign and size. @param {HTMLElement} cell @param {number} value @param {number} most the largest size */
export function tint(cell, value, most) {
  cell.dataset.sign = signOf(value);
  cell.style.setProperty("--share", String(Math.abs(value) / most || 0));
}

/** @param {number} value */
function signOf(value) {
  return value > 0 ? "plus" : value < 0 ? "minus" : "zero";
}

/** What counts most: kernel times pixel. @param {PixelTrace} trace @param {number} channel */
function largest({ products, window, kernel }, channel) {
  const all = products[channel].flatMap((row, y) => row.map((product, x) => ({ product, x, y })));
  const chosen = all.sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, LARGEST);
  return chosen.map(({ product, x, y }) =>
    make("li", "", `${brief(kernel[y][x])} × ${brief(window[channel][y][x])} = `, make("b", "", brief(product))),
  );
}

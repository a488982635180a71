// How the belief of each recurrent network about one digit forms, row by row: heat maps side by side, one player.

import { dataTable } from "../data-table.js";
import { make, pen2d } from "../dom.js";
import { percent } from "../format.js";
import { href, keep } from "../router.js";
import { Player } from "./player.js";
import { onTheme, token } from "./series.js";
import { card } from "./text.js";
import { listed } from "./words.js";

/** @typedef {import("./types.js").Study} Study */

const CELL = 16; // canvas pixels; CSS gives the size on screen

export class Belief {
  #picture = make("img", "forming-picture");
  #cover = make("div", "forming-cover");
  #maps = make("div", "forming-maps");
  #sentence = make("p", "forming-words");
  #table = make("div", "");
  #player = new Player("Row", (row) => this.#move(row));
  #card = card("How the belief forms", "", make("div", "forming-body", this.#seen(), this.#maps), this.#player.element, this.#sentence, this.#table);
  element = this.#card;
  /** @type {{name: string, rows: number[][], canvas: HTMLCanvasElement}[]} */
  #beliefs = [];

  constructor() {
    onTheme(() => this.#draw());
    this.#picture.addEventListener("error", () => (this.#picture.parentElement ?? this.#picture).remove());
  }

  stop() {
    this.#player.stop();
  }

  /** @param {Study} study @param {string[]} names @param {number} row from the address; not a number: all rows */
  show({ models, sample }, names, row) {
    this.#player.stop();
    this.#beliefs = models.flatMap(({ rows }, index) => (rows ? [{ name: names[index], rows, canvas: make("canvas", "forming") }] : []));
    const last = this.#beliefs[0]?.rows.length ?? 0;
    if (sample) {
      this.#picture.src = `api/v1/datasets/${sample.dataset}/test/${sample.index}.png`;
      this.#picture.alt = `Test picture ${sample.index}, a ${sample.label}`;
      const caption = `Test picture ${sample.index}, truly ${sample.label}. The stronger a cell, the surer the network.`;
      this.#card.querySelector(".caption")?.replaceChildren(caption);
    }
    this.#maps.replaceChildren(
      ...this.#beliefs.map(({ name, canvas, rows }) => {
        canvas.width = CELL * rows.length;
        canvas.height = CELL * rows[0].length;
        canvas.setAttribute("role", "img");
        const labels = make("ol", "forming-labels", ...rows[0].map((_, digit) => make("li", "", String(digit))));
        labels.setAttribute("aria-hidden", "true");
        return make("figure", "", make("figcaption", "", name), make("div", "forming-map", labels, canvas));
      }),
    );
    this.#player.set(Number.isInteger(row) ? Math.max(0, Math.min(last, row)) : last, last);
    const heads = ["Row", ...this.#beliefs.map(({ name }) => name)];
    const rows = Array.from({ length: last }, (_, index) => [
      index + 1,
      ...this.#beliefs.map(({ rows }) => best(rows[index])).map(({ digit, sure }) => `${digit} (${percent(sure)})`),
    ]);
    this.#table.replaceChildren(dataTable("The most likely digit after each row", heads, rows));
    this.#draw();
  }

  #seen() {
    return make("div", "forming-box", this.#picture, this.#cover);
  }

  /** @param {number} row */
  #move(row) {
    keep(href("lessons", { row }, "recurrent"));
    this.#draw();
  }

  #draw() {
    const row = this.#player.step;
    const ink = token("--ink");
    this.#cover.style.height = `${100 - (100 * row) / (this.#player.last || 1)}%`;
    for (const { name, rows, canvas } of this.#beliefs) {
      const pen = pen2d(canvas);
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = ink;
      for (const [column, classes] of rows.slice(0, row).entries()) {
        for (const [digit, probability] of classes.entries()) {
          pen.globalAlpha = probability;
          pen.fillRect(CELL * column, CELL * digit, CELL, CELL);
        }
      }
      pen.globalAlpha = 1;
      canvas.setAttribute("aria-label", `${name}: ${row ? said(rows[row - 1]) : "nothing read yet"}`);
    }
    const all = this.#beliefs.map(({ name, rows }) => `${name} ${said(rows[row - 1])}`);
    this.#sentence.textContent = row ? `After ${row} of ${this.#player.last} rows ${listed(all)}.` : "No row is read yet.";
  }
}

/** @param {number[]} classes */
function best(classes) {
  const sure = Math.max(...classes);
  return { digit: classes.indexOf(sure), sure };
}

/** @param {number[]} classes */
function said(classes) {
  const { digit, sure } = best(classes ?? [0]);
  return `says ${digit} (${percent(sure)})`;
}

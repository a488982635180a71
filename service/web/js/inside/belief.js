// How a recurrent network makes up its mind: the probabilities after each row of the picture, to play and to step.
//
//   rows of the service's answer -> BeliefChart, a sentence, a table;  play, step, slider, a press -> row

import { dataTable } from "../data-table.js";
import { icon, make } from "../dom.js";
import { percent } from "../format.js";
import { announceSettled } from "../live.js";
import { fill, selectOf } from "../select.js";
import { BeliefChart } from "./belief-chart.js";
import { BELIEF_HELP, BELIEF_TITLE, beliefText } from "./words.js";

/** @typedef {import("./types.js").Field} Field */

const STEP_MS = 180;
const CALM_STEP_MS = 500; // for who wants less motion
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Belief {
  #select;
  #play = make("button", "button icon-button", icon("play"));
  #step = make("button", "button icon-button", icon("step"));
  #slider = make("input", "range");
  #row = make("output", "belief-row", "\u00A0");
  #chart = new BeliefChart((row) => this.#go(row));
  #sentence = make("p", "belief-text", "\u00A0");
  #table = make("div", "belief-table");
  #note = make("div", "");
  element;
  /** @type {number[][]} */
  #rows = [];
  /** @type {string[]} */
  #labels = [];
  #truth = "";
  #at = 0;
  #onRow;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {{onRow: (row: number) => void, onModel: (model: string) => void}} events */
  constructor({ onRow, onModel }) {
    this.#onRow = onRow;
    this.#select = selectOf("Recurrent model", onModel);
    Object.assign(this.#slider, { type: "range", min: "1", step: "1" });
    this.#slider.setAttribute("aria-label", "Rows read");
    this.#slider.addEventListener("input", () => this.#go(this.#slider.valueAsNumber));
    this.#play.type = this.#step.type = "button";
    this.#step.setAttribute("aria-label", "Next row");
    this.#step.title = "Next row";
    this.#play.addEventListener("click", () => (this.#timer === undefined ? this.#start() : this.stop()));
    this.#step.addEventListener("click", () => this.#go(this.#at < this.#rows.length ? this.#at + 1 : 1));
    const words = make("div", "belief-words", make("h2", "", BELIEF_TITLE), this.#select.element, make("p", "caption", BELIEF_HELP));
    const tools = make("div", "belief-tools", this.#play, this.#step, this.#slider, this.#row);
    this.element = make("section", "card belief", make("div", "belief-head", words, tools), this.#note, this.#chart.element, this.#sentence, this.#table);
    this.element.setAttribute("aria-label", BELIEF_TITLE);
    this.#sayPlay();
  }

  /** @param {string[]} models that may be chosen @param {string} chosen */
  choose(models, chosen) {
    fill(this.#select.select, models.map((name) => [name, name]), chosen);
    this.#select.element.hidden = models.length < 2;
  }

  /**
   * @param {{rows: number[][], labels: string[], field: Field, truth: string}} answer `truth` "" where unknown
   * @param {number | null} row that is read; null: all
   */
  show({ rows, labels, field, truth }, row) {
    this.#rows = rows;
    this.#labels = labels;
    this.#truth = truth;
    this.#note.replaceChildren();
    this.#slider.max = String(rows.length);
    this.#chart.show(rows, labels, field);
    const wasOpen = this.#table.querySelector("details")?.open ?? false;
    const cells = rows.map((shares, index) => [index + 1, ...shares.map(percent)]);
    const table = dataTable("Probability of each class after each row", ["Row", ...labels], cells);
    this.#table.replaceChildren(table);
    table.open = wasOpen;
    this.#mark(Math.min(rows.length, Math.max(1, row ?? rows.length)));
  }

  /** @param {string[]} labels of the classes whose lines will come */
  reserve(labels) {
    this.#chart.name(labels);
  }

  /** @param {Node} note what went wrong; what stands stays */
  fail(note) {
    this.#note.replaceChildren(note);
  }

  /** What moves stops. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#sayPlay();
  }

  paint() {
    this.#chart.paint();
  }

  #start() {
    if (!this.#rows.length) return;
    if (this.#at >= this.#rows.length) this.#go(1);
    this.#timer = setInterval(() => {
      if (this.#at < this.#rows.length) this.#mark(this.#at + 1);
      if (this.#at < this.#rows.length) return;
      this.stop();
      this.#onRow(this.#at);
    }, calm.matches ? CALM_STEP_MS : STEP_MS);
    this.#sayPlay();
  }

  #sayPlay() {
    const isPlaying = this.#timer !== undefined;
    this.#play.replaceChildren(icon(isPlaying ? "pause" : "play"));
    this.#play.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    this.#play.title = isPlaying ? "Pause" : "Play";
  }

  /** The person chose a row. @param {number} row */
  #go(row) {
    if (!this.#rows.length) return;
    this.#mark(row);
    this.#onRow(row);
    announceSettled(this.#sentence.textContent ?? "");
  }

  /** @param {number} row */
  #mark(row) {
    this.#at = row;
    const count = this.#rows.length;
    this.#slider.value = String(row);
    this.#row.textContent = `Row ${row} of ${count}`;
    this.#chart.mark(row);
    const best = (/** @type {number[]} */ shares) => {
      const index = shares.indexOf(Math.max(...shares));
      return { label: this.#labels[index], share: shares[index] };
    };
    const parts = beliefText(row, count, best(this.#rows[row - 1]), best(this.#rows[count - 1]), this.#truth);
    this.#sentence.replaceChildren(...parts.map((part, index) => (index % 2 ? make("b", "", part) : part)));
  }
}

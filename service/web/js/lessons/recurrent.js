// The recurrent lesson: three cells by epoch and by row, how their belief about one digit forms, what memory is for.

import { make } from "../dom.js";
import { grouped } from "../format.js";
import { Belief } from "./belief.js";
import { CurveChart } from "./chart.js";
import { axisShare } from "./curves.js";
import { study, studyPath } from "./data.js";
import { Memory } from "./memory.js";
import { share } from "./numbers.js";
import { byEpoch } from "./study-chart.js";
import { card, LessonText, numbers } from "./text.js";
import { recurrentName, recurrentSentences } from "./words.js";

/** @typedef {import("./types.js").Study} Study */

const WHOLE = [0, 0.25, 0.5, 0.75, 1];
const ROW_TICKS = [1, 7, 14, 21, 28];

export class RecurrentLesson {
  #text = new LessonText("Reading a digit row by row");
  #belief = new Belief();
  #epochs = new CurveChart();
  #rows = new CurveChart();
  #numbers = make("div", "");
  #memory = new Memory();
  element;

  constructor() {
    const charts = make(
      "div",
      "pair",
      card("By epoch", "Test accuracy; bands of one standard deviation.", this.#epochs.element),
      card("By row", "Test digits read right when only the rows so far are known.", this.#rows.element),
    );
    this.element = make("div", "lesson", this.#text.element, this.#belief.element, charts, this.#numbers, this.#memory.element);
  }

  source() {
    return studyPath("recurrent");
  }

  leave() {
    this.#belief.stop();
    this.#memory.leave();
  }

  /** @param {URLSearchParams} params */
  async show(params) {
    const known = await study("recurrent");
    const names = known.table.map(recurrentName);
    this.#text.call(known.title);
    this.#text.say(recurrentSentences(known));
    this.#belief.show(known, names, Number(params.get("row") ?? NaN));
    const read = (/** @type {number} */ value) => share(value, 2);
    const curves = known.models.map(({ curves }, style) => ({ name: names[style], style, curve: curves.val_accuracy }));
    this.#epochs.show(byEpoch("Test accuracy by epoch", curves, { format: axisShare, read }));
    this.#rows.show(byRow(known, names));
    const rows = known.table.map((row, index) => [
      names[index],
      grouped(row.parameters),
      share(row.accuracy, 2),
      `${share(row.test_accuracy, 2)} ±\u00A0${(100 * row.test_accuracy_sd).toFixed(2)}`,
    ]);
    const caption = `Mean of ${known.table[0].seeds} seeds.`;
    const table = numbers("Recurrent networks", ["Cell", "Parameters", "Training", "Test"], rows, 2);
    this.#numbers.replaceChildren(card("The numbers", caption, table));
  }
}

/** @param {Study} study @param {string[]} names @returns {import("./chart.js").ChartData} */
function byRow({ models }, names) {
  const lines = models.map(({ accuracy_after_row }, style) => ({ name: names[style], style, values: accuracy_after_row ?? [] }));
  const count = Math.max(...lines.map(({ values }) => values.length));
  return {
    label: "Test digits read right after each row",
    x: { name: "Row", values: Array.from({ length: count }, (_, index) => index + 1), ticks: ROW_TICKS, format: String },
    y: { ticks: WHOLE, format: (value) => share(value, 0), read: (value) => share(value) },
    lines,
  };
}

// The depth lesson: a neuron, a shallow and a deep net; their parameters against their accuracy.

import { make } from "../dom.js";
import { grouped } from "../format.js";
import { CurveChart } from "./chart.js";
import { axisShare } from "./curves.js";
import { study, studyPath } from "./data.js";
import { share, ticksOver } from "./numbers.js";
import { Spirals } from "./spirals.js";
import { byEpoch } from "./study-chart.js";
import { card, LessonText, numbers } from "./text.js";
import { depthSentences, wrong } from "./words.js";

/** @typedef {import("./types.js").Study} Study */

const NAMES = ["neuron", "shallow", "deep"];

export class DepthLesson {
  #text = new LessonText("Why more layers");
  #parameters = new CurveChart();
  #epochs = new CurveChart();
  #numbers = make("div", "");
  #spirals = new Spirals();
  element;

  constructor() {
    const charts = make(
      "div",
      "pair",
      card("Parameters and accuracy", "Test accuracy; whiskers of one standard deviation.", this.#parameters.element),
      card("By epoch", "Test accuracy after each epoch.", this.#epochs.element),
    );
    this.element = make("div", "lesson", this.#text.element, charts, this.#numbers, this.#spirals.element);
  }

  source() {
    return studyPath("depth");
  }

  leave() {
    this.#spirals.leave();
  }

  async show() {
    const known = await study("depth");
    const read = (/** @type {number} */ value) => share(value, 2);
    this.#text.call(known.title);
    this.#text.say(depthSentences(known));
    this.#parameters.show(againstParameters(known, read));
    const curves = known.models.map(({ curves }, style) => ({ name: NAMES[style], style, curve: curves.val_accuracy }));
    this.#epochs.show(byEpoch("Test accuracy by epoch", curves, { format: axisShare, read }));
    const rows = known.table.map((row) => [
      row.title,
      grouped(row.parameters),
      share(row.accuracy, 2),
      `${share(row.test_accuracy, 2)} ±\u00A0${(100 * row.test_accuracy_sd).toFixed(2)}`,
      grouped(wrong(row)),
    ]);
    const heads = ["Network", "Parameters", "Training", "Test", `Wrong of ${grouped(known.table[0].n)}`];
    const caption = `Mean of ${known.table[0].seeds} seeds.`;
    this.#numbers.replaceChildren(card("The numbers", caption, numbers("Depth: parameters and accuracy", heads, rows, 2)));
  }
}

/** @param {Study} study @param {(value: number) => string} read @returns {import("./chart.js").ChartData} */
function againstParameters({ table }, read) {
  const xs = [...new Set(table.map(({ parameters }) => parameters))].sort((a, b) => a - b);
  const only = (/** @type {number} */ parameters, /** @type {number} */ value) => xs.map((x) => (x === parameters ? value : null));
  const lines = table.map((row, style) => ({
    name: NAMES[style] ?? row.model,
    style,
    hasPoints: true,
    values: only(row.parameters, row.test_accuracy),
    low: only(row.parameters, row.test_accuracy - row.test_accuracy_sd),
    high: only(row.parameters, row.test_accuracy + row.test_accuracy_sd),
  }));
  const ticks = ticksOver(
    Math.min(...table.map((row) => row.test_accuracy - row.test_accuracy_sd)),
    Math.max(...table.map((row) => row.test_accuracy + row.test_accuracy_sd)),
  );
  /** @type {[number, number]} */
  const range = [xs[0] / 2, 2 * xs[xs.length - 1]];
  const powers = [100, 1000, 10_000, 100_000, 1_000_000].filter((power) => power >= range[0] && power <= range[1]);
  return {
    label: "Test accuracy by number of parameters",
    x: { name: "Parameters", values: xs, ticks: powers, format: grouped, isLog: true, range },
    y: { ticks, format: axisShare(ticks), read },
    lines,
    hasWhiskers: true,
  };
}

// The curves lesson: accuracy and loss of any model, epoch by epoch.

import { make } from "../dom.js";
import { lecturesOwn, ModelSelect } from "../models.js";
import { noteElement } from "../note.js";
import { href, keep } from "../router.js";
import { noModelNote, otherModelNote } from "../words.js";
import { CurveChart } from "./chart.js";
import { history, historyPath } from "./data.js";
import { FirstPicture } from "./first-picture.js";
import { epochTicks, figure, share, ticksOver } from "./numbers.js";
import { card, LessonText } from "./text.js";
import { curveSentences } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./types.js").Epoch} Epoch */
/** @typedef {import("./types.js").History} History */

const FIRST = "fashion_cnn"; // whose curves the lecture draws: it learns its pictures by heart
const MOST_DECIMALS = 3;

export class CurvesLesson {
  #models;
  #accuracy = new CurveChart();
  #loss = new CurveChart();
  #first = new FirstPicture();
  #text;
  #captions = make("p", "caption");
  #note = make("div", "lesson-note");
  element;
  #wanted = "";
  /** @type {Card[]} */
  #cards = [];

  /** @param {() => void} again shows the lesson anew, once another model is chosen */
  constructor(again) {
    this.#models = new ModelSelect((chosen) => {
      this.#wanted = chosen.name;
      keep(href("lessons", { model: chosen.name }, "curves"));
      again();
    });
    this.#text = new LessonText("Learning, epoch by epoch", make("div", "control-row", this.#models.element, this.#captions));
    this.#note.setAttribute("role", "status");
    const charts = make("div", "pair", card("Accuracy", "", this.#accuracy.element), card("Loss", "", this.#loss.element));
    this.element = make("div", "lesson", this.#note, this.#text.element, charts, this.#first.element);
  }

  /** What to say where the model that was asked for is not the one shown. @param {Card | null} model */
  #missing(model) {
    if (!this.#cards.length) return []; // not known yet
    const other = model ? otherModelNote(this.#wanted, this.#cards) : noModelNote();
    return other ? [noteElement(other)] : [];
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    this.#cards = cards;
    this.#models.show(cards, this.#wanted || this.#models.select.value || lecturesOwn(cards, FIRST));
  }

  source() {
    return historyPath(this.#models.select.value);
  }

  leave() {}

  /** @param {URLSearchParams} params */
  async show(params) {
    this.#wanted = params.get("model") ?? this.#wanted;
    this.setCards(this.#cards);
    const model = this.#models.chosen;
    this.#note.replaceChildren(...this.#missing(model));
    if (!model) return;
    const known = await history(model.name);
    if (this.#models.chosen?.name !== model.name) return; // another was chosen meanwhile
    this.#text.say(curveSentences(model.name, known));
    const seeds = known.seeds?.map(({ seed }) => seed) ?? [];
    this.#captions.textContent = seeds.length > 1 ? `Lines: the published network. Bands: ${seeds.length} seeds.` : "";
    this.#first.show(model, known.validation);
    this.#accuracy.show(chartOf(`Accuracy of ${model.name} by epoch`, known, "accuracy", (value) => share(value, 2)));
    this.#loss.show(chartOf(`Loss of ${model.name} by epoch`, known, "loss", figure));
  }
}

/**
 * @param {string} label
 * @param {History} history
 * @param {"accuracy" | "loss"} kind
 * @param {(value: number) => string} read
 * @returns {import("./chart.js").ChartData}
 */
function chartOf(label, { epochs, seeds }, kind, read) {
  const all = seeds && seeds.length > 1 ? seeds.map((seed) => seed.epochs) : [];
  const line = (/** @type {string} */ name, /** @type {number} */ style, /** @type {"accuracy" | "loss" | "val_accuracy" | "val_loss"} */ key) => ({
    name,
    style,
    hasPoints: style === 1,
    values: epochs.map((epoch) => epoch[key]),
    ...(all.length
      ? {
          low: epochs.map((_, index) => Math.min(...all.map((each) => each[index][key]))),
          high: epochs.map((_, index) => Math.max(...all.map((each) => each[index][key]))),
        }
      : {}),
  });
  const lines = [line("training", 0, kind), line("validation", 1, `val_${kind}`)];
  const values = lines.flatMap(({ values, low, high }) => [...values, ...(low ?? []), ...(high ?? [])]);
  const isShare = kind === "accuracy";
  const ticks = ticksOver(isShare ? Math.min(...values) : 0, Math.max(...values));
  return {
    label,
    x: { name: "Epoch", values: epochs.map(({ epoch }) => epoch), ticks: epochTicks(epochs.length), format: String },
    y: { ticks, format: isShare ? axisShare(ticks) : (value) => String(value), read },
    lines,
  };
}

/** Percent with as many decimals as the ticks need, so that no two read alike. @param {number[]} ticks */
export function axisShare(ticks) {
  const step = 100 * (ticks[1] - ticks[0]);
  const isEnough = (/** @type {number} */ decimals) => Math.abs(step - Number(step.toFixed(decimals))) < 1e-9;
  let decimals = 0;
  while (decimals < MOST_DECIMALS && !isEnough(decimals)) decimals += 1;
  return (/** @type {number} */ value) => share(value, decimals);
}

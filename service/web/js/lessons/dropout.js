// The dropout lesson: the same network without and with dropout, side by side, and the gap between its curves.

import { make } from "../dom.js";
import { CurveChart } from "./chart.js";
import { axisShare } from "./curves.js";
import { study, studyPath } from "./data.js";
import { figure, points, share, signed } from "./numbers.js";
import { byEpoch, ticksOf } from "./study-chart.js";
import { card, LessonText, numbers } from "./text.js";
import { dropoutSentences, HELD_OUT } from "./words.js";

/** @typedef {import("./types.js").Study} Study */

const NAMES = ["Without dropout", "With dropout"];

export class DropoutLesson {
  #text = new LessonText("Overcoming overfitting with dropout");
  #charts = NAMES.map(() => new CurveChart());
  #chips = NAMES.map(() => make("span", "chip number"));
  #gap = new CurveChart();
  #loss = new CurveChart();
  #numbers = make("div", "");
  element;

  constructor() {
    const cards = NAMES.map((name, index) => {
      const element = card(name, "", this.#charts[index].element);
      element.querySelector(".card-head")?.append(this.#chips[index]);
      return element;
    });
    const gap = card("The gap", "Training accuracy less validation accuracy, in points; bands of one standard deviation.", this.#gap.element);
    const loss = card("Validation loss", "It rises where a network learns by heart; bands of one standard deviation.", this.#loss.element);
    this.element = make("div", "lesson", this.#text.element, make("div", "pair", ...cards), make("div", "pair", gap, loss), this.#numbers);
  }

  source() {
    return studyPath("dropout");
  }

  leave() {}

  async show() {
    const known = await study("dropout");
    this.#text.call(known.title);
    this.#text.say(dropoutSentences(known));
    const models = known.models.slice(0, 2);
    const ticks = ticksOf(models.flatMap(({ curves }) => [curves.accuracy, curves.val_accuracy])); // one axis for both
    const gapTicks = ticksOf(models.map(({ curves }) => curves.gap));
    models.forEach(({ curves }, index) => {
      const lines = [
        { name: "training", style: 0, curve: curves.accuracy },
        { name: "validation", style: 1, curve: curves.val_accuracy },
      ];
      const read = (/** @type {number} */ value) => share(value);
      this.#charts[index].show(byEpoch(`${NAMES[index]}: accuracy by epoch`, lines, { format: axisShare, read, ticks }));
      this.#chips[index].textContent = `gap ${points(known.table[index].gap)}`;
      this.#chips[index].dataset.tone = known.table[index].gap > 0.01 ? "warn" : "";
    });
    const names = models.map((_, index) => ({ name: index ? "with" : "without", style: 2 + index }));
    const gaps = names.map((name, index) => ({ ...name, curve: models[index].curves.gap }));
    this.#gap.show(byEpoch("Gap between training and validation by epoch", gaps, { format: gapAxis, read: points, ticks: gapTicks }));
    const losses = names.map((name, index) => ({ ...name, curve: models[index].curves.val_loss }));
    this.#loss.show(byEpoch("Validation loss by epoch", losses, { format: () => String, read: figure }));
    this.#showNumbers(known);
  }

  /** @param {Study} study */
  #showNumbers({ table, validation }) {
    const rows = table.map((row, index) => [
      index ? "with" : "without",
      share(row.accuracy),
      share(row.val_accuracy),
      share(row.test_accuracy, 2),
      figure(row.test_loss),
    ]);
    const heads = ["Dropout", "Training", "Validation", "Test", "Test loss"];
    const caption = `Mean of ${table[0].seeds} seeds. Validation: ${HELD_OUT[validation] ?? validation}.`;
    this.#numbers.replaceChildren(card("The numbers", caption, numbers("Dropout: accuracy and loss", heads, rows, 4)));
  }
}

const gapAxis = () => (/** @type {number} */ value) => signed((100 * value).toFixed(0));

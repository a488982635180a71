// How training ends by learning rate: a network's loss for each method, and where it diverges.

import { make } from "../dom.js";
import { counted, grouped } from "../format.js";
import { fill, selectOf } from "../select.js";
import { CurveChart } from "./chart.js";
import { figure, rate, ticksOver } from "./numbers.js";
import { lineSample } from "./series.js";
import { card } from "./text.js";
import { trainingSentence } from "./words.js";

/** @typedef {import("./types.js").OptimizerStudy} OptimizerStudy */
/** @typedef {import("./types.js").Training} Training */
/** @typedef {import("./types.js").Run} Run */

const HEADROOM = 1.6; // of the loss before training: what lies above has lost more than it learnt

export class TrainingCard {
  #chart = new CurveChart();
  #select;
  #boxes = make("fieldset", "methods", make("legend", "visually-hidden", "Methods"));
  #sentence = make("p", "");
  element = card("Loss by learning rate", "", this.#sentence, this.#boxes, this.#chart.element);
  /** @type {OptimizerStudy | null} */
  #study = null;
  /** @type {string[]} */
  #styles = [];
  /** @type {(method: string) => string} */
  #nameOf = (method) => method;
  /** @type {Set<string>} */
  #chosen = new Set();
  #drawn = "";
  #onChoose;

  /** @param {(methods: Set<string>) => void} onChoose @param {() => void} onNet */
  constructor(onChoose, onNet) {
    this.#onChoose = onChoose;
    const { element, select } = selectOf("Network", onNet);
    this.#select = select;
    this.element.querySelector(".card-head")?.append(element);
  }

  /** The network, as the address names it; "" for the first. */
  get net() {
    return this.#select.selectedIndex > 0 ? this.#select.value : "";
  }

  /** @param {OptimizerStudy} study @param {string[]} styles @param {(method: string) => string} nameOf */
  start(study, styles, nameOf) {
    this.#study = study;
    this.#styles = styles;
    this.#nameOf = nameOf;
    fill(this.#select, study.training.map(({ title, network }) => [network, title]), study.training[0].network);
    for (const { name } of study.methods) {
      const box = make("input", "");
      Object.assign(box, { type: "checkbox", value: name });
      this.#boxes.append(make("label", "method", box, lineSample(styles.indexOf(name)), make("span", "", nameOf(name))));
    }
    this.#boxes.addEventListener("change", () => {
      const boxes = [...this.#boxes.querySelectorAll("input")].filter((box) => box.checked);
      this.#onChoose(new Set(boxes.map((box) => box.value)));
    });
  }

  /** @param {string | null} net */
  choose(net) {
    if (this.#study?.training.some(({ network }) => network === net)) this.#select.value = net ?? "";
  }

  /** @param {Set<string>} methods */
  show(methods) {
    const training = this.#study?.training[Math.max(0, this.#select.selectedIndex)];
    const wanted = `${training?.network} ${[...methods].join()}`;
    if (!training || wanted === this.#drawn) return; // the step alone changes nothing here
    this.#drawn = wanted;
    this.#chosen = methods;
    for (const box of this.#boxes.querySelectorAll("input")) box.checked = methods.has(box.value);
    const caption = `${training.loss_title}, ${grouped(training.samples)} pictures, ${counted(training.epochs, "epoch")}, ${counted(this.#study?.provenance.settings.seeds.length ?? 1, "seed")}.`;
    this.element.querySelector(".caption")?.replaceChildren(
      `Is the digit odd? Training loss at the end: ${caption} ▲ above the frame, × diverged.`,
    );
    this.#sentence.textContent = trainingSentence(training, this.#nameOf);
    this.#chart.show(this.#chartOf(training));
  }

  /** @param {Training} training @returns {import("./chart.js").ChartData} */
  #chartOf(training) {
    const starts = training.methods.flatMap(({ runs }) => runs.map((run) => run.loss_by_epoch.mean[0] ?? 0));
    const ticks = ticksOver(0, HEADROOM * Math.max(...starts));
    const top = ticks[ticks.length - 1];
    const shown = training.methods.filter(({ method }) => this.#chosen.has(method));
    const lines = shown.map(({ method, runs }) => ({
      name: this.#nameOf(method),
      style: this.#styles.indexOf(method),
      hasPoints: true,
      values: runs.map((run) => Math.min(top, run.loss?.mean ?? top)),
      marks: runs.map((run) => markOf(run, top)),
      texts: runs.map((run) => textOf(run)),
    }));
    const rates = training.learning_rates;
    const decades = rates.filter((value) => Number.isInteger(Math.round(1e6 * Math.log10(value)) / 1e6));
    return {
      label: `${training.title}: loss by learning rate`,
      x: { name: "Learning rate", values: rates, ticks: decades, format: rate, isLog: true },
      y: { ticks, format: (value) => String(value) },
      lines,
    };
  }
}

/** @param {Run} run @param {number} top @returns {"over" | "diverged" | null} */
function markOf(run, top) {
  if (run.diverged) return "diverged";
  return (run.loss?.mean ?? Infinity) > top ? "over" : null;
}

/** @param {Run} run */
function textOf(run) {
  const loss = run.loss?.mean;
  const number = typeof loss === "number" ? figure(loss) : "no finite loss";
  return run.diverged ? `${number} (diverged)` : number;
}

// The optimisers lesson: their paths on a surface, played, and how a network's training ends by learning rate.
//
//   address <-> {surface, rate, step, methods, net} -> surface picture, table, chart

import { make } from "../dom.js";
import { href, keep } from "../router.js";
import { choose, segmented } from "../segmented.js";
import { optimizerStudy, studyPath } from "./data.js";
import { rate, signed } from "./numbers.js";
import { calmRate } from "./paths.js";
import { PathTable } from "./path-table.js";
import { Player } from "./player.js";
import { SurfaceCanvas } from "./surface-canvas.js";
import { card, LessonText } from "./text.js";
import { TrainingCard } from "./training-card.js";
import { methodName, RATE_HINT, surfaceSentences } from "./words.js";

/** @typedef {import("./types.js").OptimizerStudy} OptimizerStudy */
/** @typedef {import("./types.js").Surface} Surface */

const FIRST_STEP = 18;
const FIRST_METHODS = ["batch", "momentum", "adagrad", "adam", "implicit"];
/** Method -> its colour and dash, everywhere. */
const STYLES = ["implicit", "batch", "momentum", "adagrad", "adam", "rmsprop", "stochastic", "minibatch"];

export class OptimizersLesson {
  #canvas = new SurfaceCanvas();
  #player = new Player("Step", () => this.#changed());
  #rate = make("input", "range");
  #rateWords = make("output", "");
  #surfaces = make("div", "");
  #paths = card("Paths", "", this.#canvas.element, this.#player.element);
  #text = new LessonText("Same start, different ways down");
  #table = new PathTable((methods) => this.#chosen(methods));
  #training = new TrainingCard((methods) => this.#chosen(methods), () => this.#changed());
  #rules = make("details", "data-table", make("summary", "", "The rules"));
  #claims = make("details", "data-table", make("summary", "", "All that was measured, in words"));
  element;
  /** @type {OptimizerStudy | null} */
  #study = null;
  /** @type {Surface | null} */
  #surface = null;
  /** @type {Set<string>} */
  #methods = new Set([...FIRST_METHODS, "minibatch"]);

  constructor() {
    this.#rate.type = "range";
    this.#rate.min = "0";
    this.#rate.id = "learning-rate";
    this.#rateWords.htmlFor.add(this.#rate.id);
    this.#rate.addEventListener("input", () => this.#changed());
    const label = make("label", "", "Learning rate");
    label.htmlFor = this.#rate.id;
    this.#paths.classList.add("paths");
    this.#paths.querySelector(".card-head")?.append(this.#surfaces);
    const hint = make("p", "caption rate-hint", RATE_HINT);
    this.#table.element.prepend(make("div", "control-row", label, this.#rate, this.#rateWords), hint);
    const beside = make("div", "beside", this.#paths, this.#table.element);
    this.element = make("div", "lesson", this.#text.element, beside, this.#training.element, this.#rules, this.#claims);
  }

  source() {
    return studyPath("optimizers");
  }

  leave() {
    this.#player.stop();
  }

  /** @param {URLSearchParams} params */
  async show(params) {
    const study = await optimizerStudy();
    if (!this.#study) this.#start(study);
    this.#player.stop();
    const names = params.get("methods")?.split(",").filter((name) => STYLES.includes(name));
    if (names) this.#methods = new Set(names);
    this.#training.choose(params.get("net"));
    const surface = study.surfaces.find(({ name }) => name === params.get("surface")) ?? this.#surface ?? study.surfaces[0];
    const step = params.get("step");
    this.#setSurface(surface, params.get("lr"), step === null ? null : Number(step));
  }

  /** Once: what does not change with the surface. @param {OptimizerStudy} study */
  #start(study) {
    this.#study = study;
    const options = Object.fromEntries(study.surfaces.map(({ name, title }) => [name, title]));
    const control = segmented("Surface", options, study.surfaces[0].name, (name) => {
      this.#player.stop();
      this.#setSurface(study.surfaces.find((each) => each.name === name) ?? study.surfaces[0], null, null);
      this.#changed();
    });
    this.#surfaces.replaceChildren(control);
    this.#training.start(study, STYLES, this.#nameOf);
    const rules = study.methods.map(({ title, formula }) => make("li", "", make("strong", "", title), ` ${formula}`));
    this.#rules.append(make("ul", "claims", ...rules));
    this.#claims.append(make("ul", "claims", ...study.claims.map((claim) => make("li", "", claim))));
  }

  /** @param {Surface} surface @param {string | null} wanted learning rate @param {number | null} step null: kept */
  #setSurface(surface, wanted, step) {
    const isOther = surface !== this.#surface;
    const rates = surface.learning_rates;
    if (isOther || wanted !== null) {
      this.#rate.max = String(rates.length - 1);
      this.#rate.value = String(nearest(rates, Number(wanted) > 0 ? Number(wanted) : calmRate(surface)));
    }
    const now = step !== null && Number.isFinite(step) ? step : this.#surface ? this.#player.step : FIRST_STEP;
    this.#player.set(Math.max(0, Math.min(surface.steps, Math.round(now))), surface.steps);
    this.#surface = surface;
    choose(this.#surfaces, surface.name);
    this.#text.say(surfaceSentences(surface, this.#nameOf));
    this.#draw();
  }

  /** @param {Set<string>} methods */
  #chosen(methods) {
    this.#methods = methods;
    this.#changed();
  }

  /** Somebody moved a control. */
  #changed() {
    const net = this.#training.net;
    const first = [...FIRST_METHODS, "minibatch"];
    const isFirst = this.#methods.size === first.length && first.every((name) => this.#methods.has(name));
    const address = {
      surface: this.#surface?.name,
      lr: this.#learningRate,
      step: this.#player.step,
      methods: isFirst ? "" : [...this.#methods].join(",") || "none",
      net,
    };
    keep(href("lessons", address, "optimizers"));
    this.#draw();
  }

  get #learningRate() {
    return this.#surface?.learning_rates[Number(this.#rate.value)] ?? 0;
  }

  #draw() {
    const surface = this.#surface;
    if (!surface) return;
    const { step } = this.#player;
    const learningRate = this.#learningRate;
    this.#rateWords.value = rate(learningRate);
    this.#rate.setAttribute("aria-valuetext", rate(learningRate));
    this.#paths.querySelector("h2")?.replaceChildren(`Paths on ${/^(ravine|saddle)$/.test(surface.name) ? `a ${surface.name}` : surface.title}`);
    this.#paths.querySelector(".caption")?.replaceChildren(surface.formula);
    const paths = surface.paths
      .filter((path) => path.learning_rate === learningRate)
      .map((path) => ({ path, style: STYLES.indexOf(path.method), name: this.#nameOf(path.method) }));
    const shown = paths.filter(({ path }) => this.#methods.has(path.method));
    const [x, y] = [surface.frame.x, surface.frame.y].map((ends) => ends.map((end) => signed(String(end))).join(" to "));
    const label = `Contour lines of ${surface.formula}, x from ${x}, y from ${y}, with the paths of ${shown.map(({ name }) => name).join(", ") || "no method"}. The table has their places.`;
    this.#canvas.show(surface, shown, step, label);
    this.#table.show(surface, paths, step, this.#methods);
    this.#training.show(this.#methods);
  }

  #nameOf = (/** @type {string} */ method) => {
    const known = this.#study?.methods.find(({ name }) => name === method);
    return known ? methodName(known) : method;
  };
}

/** @param {number[]} rates @param {number} wanted */
function nearest(rates, wanted) {
  const far = (/** @type {number} */ rate) => Math.abs(Math.log(rate / wanted));
  return rates.reduce((best, rate, index) => (far(rate) < far(rates[best]) ? index : best), 0);
}

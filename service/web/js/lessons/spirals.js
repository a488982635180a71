// The lesson where depth wins: two spirals, networks of as many weights and one to six hidden layers, trained here.
//
//   layers, start -> SmallNet -> some steps a frame -> decision surface, loss, accuracy of new points -> a row of the table

import { make } from "../dom.js";
import { grouped } from "../format.js";
import { announce } from "../live.js";
import { choose, segmented } from "../segmented.js";
import { share } from "./numbers.js";
import { SmallNet } from "./small-net.js";
import { SpiralCanvas } from "./spiral-canvas.js";
import { TASK, UNITS } from "./spiral-points.js";
import { card } from "./text.js";

const FRAME_MS = 12; // of work in a frame: the page stays free
const DEPTHS = Object.keys(UNITS).map(Number);
const WORDS =
  "Two spirals lie in one another; the network gets a point's two numbers and says which spiral it is of. The six networks have nearly as many weights, in one to six hidden layers of tanh.";
const FOUND =
  "Over five starts each, three layers of 6 units were right on about 97\u00A0% of new points, one layer of 25 on about 80\u00A0%: what a layer has bent, the next can bend again. Six layers of 4 fell behind the three: deeper is harder to train, and a narrow layer lets little through.";

export class Spirals {
  #canvas = new SpiralCanvas();
  #words = make("p", "spiral-words");
  #run = make("button", "button", "Train");
  #all = make("button", "button", "Train all six");
  #again = make("button", "button", "Another start");
  #rows = new Map(DEPTHS.map((depth) => [depth, row(depth)]));
  #layers;
  #depth = 1;
  #seed = 10;
  #steps = 0;
  #net = new SmallNet(1, UNITS[1], this.#seed);
  /** @type {number | undefined} */
  #frame;
  /** The depths that follow. @type {number[]} */
  #queue = [];
  element;

  constructor() {
    this.#layers = segmented("Hidden layers", Object.fromEntries(DEPTHS.map((n) => [n, String(n)])), "1", (value) => this.#begin(Number(value)));
    for (const button of [this.#run, this.#all, this.#again]) button.type = "button";
    this.#run.addEventListener("click", () => (this.#frame === undefined ? this.#go() : this.#halt()));
    this.#all.addEventListener("click", () => this.#trainAll());
    this.#again.addEventListener("click", () => this.#restart());
    const chosen = make("div", "spiral-layers", make("span", "caption", "Hidden layers"), this.#layers);
    const controls = make("div", "spiral-controls", chosen, this.#run, this.#all, this.#again);
    const table = make("table", "numbers", make("caption", "visually-hidden", "Two spirals: layers and accuracy"));
    const heads = ["Hidden layers", "Weights", "New points right"].map((text, at) => heading(text, at ? "number" : ""));
    table.append(make("thead", "", make("tr", "", ...heads)), make("tbody", "", ...[...this.#rows.values()].map(({ element }) => element)));
    const side = make("div", "spiral-side", controls, this.#words, table, make("p", "caption spiral-found", FOUND));
    const body = make("div", "spiral-body", this.#canvas.element, side);
    this.element = card("Where depth wins", "Trained in the page, as you watch.", make("p", "", WORDS), body);
    this.#show();
  }

  leave() {
    this.#halt();
  }

  /** @param {number} depth */
  #begin(depth) {
    this.#queue = [];
    this.#prepare(depth);
    this.#halt();
  }

  /** @param {number} depth */
  #prepare(depth) {
    this.#depth = depth;
    this.#steps = 0;
    this.#net = new SmallNet(depth, UNITS[depth], this.#seed);
    choose(this.#layers, String(depth));
    this.#show();
  }

  #trainAll() {
    const [first, ...rest] = DEPTHS;
    this.#begin(first);
    this.#queue = rest;
    this.#go();
  }

  #restart() {
    this.#seed++;
    for (const { accuracy } of this.#rows.values()) accuracy.textContent = "";
    this.#begin(this.#depth);
  }

  #go() {
    if (this.#steps >= TASK.steps) this.#prepare(this.#depth);
    this.#frame = requestAnimationFrame(() => this.#tick());
    this.#run.textContent = "Pause";
  }

  #halt() {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#run.textContent = this.#steps && this.#steps < TASK.steps ? "Go on" : "Train";
  }

  #tick() {
    const until = performance.now() + FRAME_MS;
    while (this.#steps < TASK.steps && performance.now() < until) {
      this.#net.learn(TASK.learned, TASK.rate);
      this.#steps++;
    }
    this.#show();
    if (this.#steps < TASK.steps) {
      this.#frame = requestAnimationFrame(() => this.#tick());
      return;
    }
    const next = this.#queue.shift();
    if (next === undefined) {
      this.#halt();
      announce(this.#words.textContent ?? "");
      return;
    }
    this.#prepare(next);
    this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #show() {
    const right = this.#net.accuracy(TASK.asked);
    const units = `${this.#depth} hidden ${this.#depth > 1 ? "layers" : "layer"} of ${UNITS[this.#depth]} units`;
    const words = `${units}: step ${grouped(this.#steps)} of ${grouped(TASK.steps)}, ${share(right)} of new points right`;
    this.#words.textContent = words;
    const known = this.#rows.get(this.#depth);
    if (known && this.#steps) known.accuracy.textContent = share(right);
    this.#canvas.show(this.#net, TASK.learned, `Which side of the spirals is which, as ${words}`);
  }
}

/** @param {number} depth */
function row(depth) {
  const accuracy = make("td", "number", "");
  const name = make("th", "", `${depth} of ${UNITS[depth]}`);
  name.scope = "row";
  const weights = make("td", "number", grouped(new SmallNet(depth, UNITS[depth], 0).parameters));
  return { element: make("tr", "", name, weights, accuracy), accuracy };
}

/** @param {string} text @param {string} className */
function heading(text, className) {
  const cell = make("th", className, text);
  cell.scope = "col";
  return cell;
}

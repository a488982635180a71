// The card "What the network saw": its 28 x 28 input, and what was decided on the way there.

import { byId, make, pen2d } from "../dom.js";
import { drawPng } from "../png.js";

/** @typedef {import("../types.js").Prediction} Prediction */

/** @type {Record<string, string>} */
const POLARITY = { dark_on_light: "Dark on light", light_on_dark: "Light on dark" };

export class Seen {
  #canvas = byId("seen", HTMLCanvasElement);
  #facts = byId("seen-facts", HTMLElement);
  /** The newest picture asked for: an older one that is still being decoded is dropped. */
  #newest = 0;

  empty() {
    this.#newest += 1;
    pen2d(this.#canvas).clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#canvas.setAttribute("aria-label", "Nothing yet");
    this.#facts.replaceChildren(...rows([["Input", "28 × 28 numbers from 0 to 1, ink is 1"]]));
  }

  /** @param {Prediction} prediction */
  async show(prediction) {
    const turn = (this.#newest += 1);
    const spare = document.createElement("canvas");
    if (!prediction.input_png) return;
    await drawPng(spare, prediction.input_png);
    if (turn !== this.#newest) return;
    this.#canvas.width = spare.width;
    this.#canvas.height = spare.height;
    pen2d(this.#canvas).drawImage(spare, 0, 0);
    const size = `${spare.width} × ${spare.height}`;
    this.#canvas.setAttribute("aria-label", `The picture as the network saw it, ${size} pixels`);
    this.#facts.replaceChildren(...rows(facts(prediction, size)));
  }
}

/** @param {Prediction} prediction @param {string} size @returns {string[][]} */
function facts({ preprocessing, reason }, size) {
  const found = [["Input", `${size} numbers from 0 to 1, ink is 1`]];
  const polarity = POLARITY[preprocessing?.polarity ?? ""];
  if (polarity && reason !== "empty") found.push(["Ink", polarity]);
  const box = preprocessing?.box;
  if (box) found.push(["Cut to", `${box[2]} × ${box[3]} pixels at ${box[0]}, ${box[1]}`]);
  return found;
}

/** @param {string[][]} pairs */
function rows(pairs) {
  return pairs.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]);
}

// A recurrent network of a few units that learns in the page: one number a step in, at each step one logit out.
//
//   h_t = tanh(W x_t + U h_{t-1} + b),  p_t = σ(v h_t + c);  without memory U stays 0
//
// Trained by back-propagation through time (Werbos, 1990) and Adam, all series at each step.

import { adam, random } from "./small-net.js";

/** `x` and `label` of each step of each series, one series after the other. @typedef {{length: number, x: Float64Array, label: Uint8Array}} Series */

const START = 0.5; // of the weights, at most

export class MemoryNet {
  #units;
  #hasMemory;
  #steps = 0;
  /** W, b and v of each unit, c, then U in rows. @type {import("./small-net.js").Learned} */
  #all;

  /** @param {number} units @param {boolean} hasMemory @param {number} seed */
  constructor(units, hasMemory, seed) {
    this.#units = units;
    this.#hasMemory = hasMemory;
    const size = 3 * units + 1 + (hasMemory ? units * units : 0);
    const chance = random(seed);
    const array = () => new Float64Array(size);
    this.#all = { weights: array().map(() => START * (2 * chance() - 1)), gradient: array(), mean: array(), square: array() };
  }

  get parameters() {
    return this.#all.weights.length;
  }

  /** One step over all series; gives the mean loss before it. @param {Series} series @param {number} rate */
  learn(series, rate) {
    const { gradient } = this.#all;
    gradient.fill(0);
    let loss = 0;
    for (let first = 0; first < series.x.length; first += series.length) loss += this.#through(series, first);
    for (let i = 0; i < gradient.length; i++) gradient[i] /= series.x.length;
    this.#steps++;
    adam(this.#all, rate, this.#steps);
    return loss / series.x.length;
  }

  /** The probability of class 1 at each step. @param {Series} series */
  probabilities(series) {
    const found = new Float64Array(series.x.length);
    for (let first = 0; first < found.length; first += series.length) {
      const { logits } = this.#forward(series, first);
      for (let t = 0; t < series.length; t++) found[first + t] = 1 / (1 + Math.exp(-logits[t]));
    }
    return found;
  }

  /** @param {Series} series @param {number} first */
  #forward({ length, x }, first) {
    const { weights } = this.#all;
    const n = this.#units;
    const states = new Float64Array((length + 1) * n); // the first is 0: nothing was seen
    const logits = new Float64Array(length);
    for (let t = 0; t < length; t++) {
      logits[t] = weights[3 * n];
      for (let i = 0; i < n; i++) {
        let sum = weights[i] * x[first + t] + weights[n + i];
        if (this.#hasMemory) for (let j = 0; j < n; j++) sum += weights[3 * n + 1 + i * n + j] * states[t * n + j];
        const state = Math.tanh(sum);
        states[(t + 1) * n + i] = state;
        logits[t] += weights[2 * n + i] * state;
      }
    }
    return { states, logits };
  }

  /** Adds to the gradient; gives the loss of one series. @param {Series} series @param {number} first */
  #through(series, first) {
    const { weights, gradient } = this.#all;
    const n = this.#units;
    const { states, logits } = this.#forward(series, first);
    let loss = 0;
    let later = new Float64Array(n); // the loss of later steps by this step's states
    for (let t = series.length - 1; t >= 0; t--) {
      const label = series.label[first + t];
      loss += Math.log1p(Math.exp(-Math.abs(logits[t]))) + Math.max(logits[t], 0) - logits[t] * label;
      const error = 1 / (1 + Math.exp(-logits[t])) - label;
      gradient[3 * n] += error;
      const before = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        const state = states[(t + 1) * n + i];
        gradient[2 * n + i] += error * state;
        const own = (error * weights[2 * n + i] + later[i]) * (1 - state * state);
        gradient[i] += own * series.x[first + t];
        gradient[n + i] += own;
        if (!this.#hasMemory) continue;
        for (let j = 0; j < n; j++) {
          gradient[3 * n + 1 + i * n + j] += own * states[t * n + j];
          before[j] += own * weights[3 * n + 1 + i * n + j];
        }
      }
      later = before;
    }
    return loss;
  }
}

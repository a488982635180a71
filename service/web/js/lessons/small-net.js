// A network of a few hundred weights that learns in the page: two numbers in, dense layers of tanh, one logit out.
//
//   points -> forward -> cross-entropy -> back-propagation -> Adam, all points at each step
//
// Adam: Kingma and Ba (2015). Initial weights: Glorot and Bengio (2010).

/** @typedef {{x: Float64Array, y: Float64Array, label: Uint8Array}} Points x and y of each, and its class 0 or 1 */

const BETA1 = 0.9;
const BETA2 = 0.999;
const TINY = 1e-8;

/** Numbers 0..1 that follow from the seed (mulberry32). @param {number} seed @returns {() => number} */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One dense layer: weights [outputs, inputs] in rows, then the biases; with what Adam remembers of each. */
class Layer {
  /** @param {number} inputs @param {number} outputs @param {() => number} chance */
  constructor(inputs, outputs, chance) {
    this.inputs = inputs;
    this.outputs = outputs;
    const size = outputs * (inputs + 1);
    this.weights = new Float64Array(size);
    this.gradient = new Float64Array(size);
    this.mean = new Float64Array(size);
    this.square = new Float64Array(size);
    const limit = Math.sqrt(6 / (inputs + outputs));
    for (let i = 0; i < outputs * inputs; i++) this.weights[i] = limit * (2 * chance() - 1);
  }
}

export class SmallNet {
  #steps = 0;
  /** @type {Layer[]} */
  #layers = [];
  /** What each layer got, and at last the logit. @type {Float64Array[]} */
  #values = [];

  /** @param {number} depth hidden layers @param {number} width units of each @param {number} seed */
  constructor(depth, width, seed) {
    const chance = random(seed);
    const sizes = [2, ...Array.from({ length: depth }, () => width), 1];
    for (let i = 0; i + 1 < sizes.length; i++) this.#layers.push(new Layer(sizes[i], sizes[i + 1], chance));
    this.#values = sizes.map((size) => new Float64Array(size));
  }

  get parameters() {
    return this.#layers.reduce((sum, { weights }) => sum + weights.length, 0);
  }

  /** The probability of class 1. @param {number} x @param {number} y */
  probability(x, y) {
    return 1 / (1 + Math.exp(-this.#forward(x, y)));
  }

  /** One step over all points; gives the mean loss before it. @param {Points} points @param {number} rate */
  learn({ x, y, label }, rate) {
    for (const { gradient } of this.#layers) gradient.fill(0);
    let loss = 0;
    for (let i = 0; i < label.length; i++) {
      const logit = this.#forward(x[i], y[i]);
      loss += Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(logit, 0) - logit * label[i];
      this.#back((1 / (1 + Math.exp(-logit)) - label[i]) / label.length);
    }
    this.#steps++;
    for (const layer of this.#layers) adam(layer, rate, this.#steps);
    return loss / label.length;
  }

  /** The share of points on the right side. @param {Points} points */
  accuracy({ x, y, label }) {
    let right = 0;
    for (let i = 0; i < label.length; i++) right += Number(this.#forward(x[i], y[i]) > 0 === (label[i] === 1));
    return right / label.length;
  }

  /** @param {number} x @param {number} y */
  #forward(x, y) {
    const values = this.#values;
    values[0][0] = x;
    values[0][1] = y;
    this.#layers.forEach(({ weights, inputs, outputs }, at) => {
      const from = values[at];
      const to = values[at + 1];
      const isLast = at + 1 === this.#layers.length;
      for (let j = 0; j < outputs; j++) {
        let sum = weights[outputs * inputs + j];
        for (let i = 0; i < inputs; i++) sum += weights[j * inputs + i] * from[i];
        to[j] = isLast ? sum : Math.tanh(sum);
      }
    });
    return values[this.#layers.length][0];
  }

  /** Adds to the gradients. @param {number} error the loss by the logit */
  #back(error) {
    let errors = Float64Array.of(error);
    for (let at = this.#layers.length - 1; at >= 0; at--) {
      const { weights, gradient, inputs, outputs } = this.#layers[at];
      const from = this.#values[at];
      const before = new Float64Array(inputs);
      for (let j = 0; j < outputs; j++) {
        gradient[outputs * inputs + j] += errors[j];
        for (let i = 0; i < inputs; i++) {
          gradient[j * inputs + i] += errors[j] * from[i];
          before[i] += errors[j] * weights[j * inputs + i];
        }
      }
      if (at > 0) for (let i = 0; i < inputs; i++) before[i] *= 1 - from[i] * from[i];
      errors = before;
    }
  }
}

/** @typedef {{weights: Float64Array, gradient: Float64Array, mean: Float64Array, square: Float64Array}} Learned */

/** One step of Adam. @param {Learned} layer @param {number} rate @param {number} step from 1 */
export function adam({ weights, gradient, mean, square }, rate, step) {
  const size = (rate * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
  for (let i = 0; i < weights.length; i++) {
    mean[i] += (1 - BETA1) * (gradient[i] - mean[i]);
    square[i] += (1 - BETA2) * (gradient[i] ** 2 - square[i]);
    weights[i] -= (size * mean[i]) / (Math.sqrt(square[i]) + TINY);
  }
}

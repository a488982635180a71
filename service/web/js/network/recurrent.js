// Layers that read a sequence: RNN, GRU, LSTM. One direction, one sequence [steps, 1, inputs], from a state of zeros.
//
//   each step: W x + R h + b -> gates -> h
//
// Gates stand in ONNX's order: z, r, h of a GRU; i, o, f, c of an LSTM.
// https://onnx.ai/onnx/operators/onnx__GRU.html, https://onnx.ai/onnx/operators/onnx__LSTM.html

import { product } from "./dense.js";
import { logistic } from "./elementwise.js";
import { empty, input, insist, knows, weights } from "./shapes.js";

/** @typedef {import("./types.js").Operator} Operator */
/** @typedef {import("./types.js").Site} Site */
/**
 * Writes the state [hidden] after a step over the one before it; `x` is W x and `h` is R h, with their biases,
 * [gates * hidden]; `isFirst`: of a sequence.
 * @typedef {(state: Float32Array, x: Float32Array, h: Float32Array, isFirst: boolean) => void} Cell
 */

/** @type {Operator} */
export function rnn(site) {
  return sequence(site, 1, () => (state, x, h) => {
    for (let i = 0; i < state.length; i += 1) state[i] = Math.tanh(x[i] + h[i]);
  });
}

/** The reset gate works on R h, after the product (linear_before_reset), as in PyTorch. @type {Operator} */
export function gru(site) {
  if (site.node.attributes.get("linear_before_reset") !== 1) {
    throw new RangeError("GRU without linear_before_reset is not computed in the page.");
  }
  return sequence(site, 3, (hidden) => (state, x, h) => {
    for (let i = 0; i < hidden; i += 1) {
      const update = logistic(x[i] + h[i]);
      const reset = logistic(x[hidden + i] + h[hidden + i]);
      const candidate = Math.tanh(x[2 * hidden + i] + reset * h[2 * hidden + i]);
      state[i] = (1 - update) * candidate + update * state[i];
    }
  });
}

/** @type {Operator} */
export function lstm(site) {
  return sequence(site, 4, (hidden) => {
    const memory = new Float32Array(hidden);
    return (state, x, h, isFirst) => {
      if (isFirst) memory.fill(0);
      for (let i = 0; i < hidden; i += 1) {
        const entering = logistic(x[i] + h[i]);
        const leaving = logistic(x[hidden + i] + h[hidden + i]);
        const keeping = logistic(x[2 * hidden + i] + h[2 * hidden + i]);
        const candidate = Math.tanh(x[3 * hidden + i] + h[3 * hidden + i]);
        memory[i] = keeping * memory[i] + entering * candidate;
        state[i] = leaving * Math.tanh(memory[i]);
      }
    };
  });
}

/**
 * @param {Site} site
 * @param {number} gates
 * @param {(hidden: number) => Cell} cell
 * @returns {import("./types.js").Step} all states [steps, 1, 1, hidden], and the last [1, 1, hidden]
 */
function sequence(site, gates, cell) {
  knows(site.node, "hidden_size", "linear_before_reset", "direction", "layout");
  insist(site.node, { layout: 0 });
  const x = input(site, 0);
  const [kernel, recurrent, bias] = [1, 2, 3].map((place) => weights(site, place).values);
  const [directions, , hidden] = weights(site, 2).shape;
  const [steps, batch, inputs] = x.shape;
  if (directions !== 1 || batch !== 1 || site.inputs.slice(4).some(Boolean)) {
    throw new RangeError(`${site.node.type} is computed in the page for one direction and one sequence alone.`);
  }
  const wide = gates * hidden;
  const [ofInput, ofState] = [bias.subarray(0, wide), bias.subarray(wide)];
  const [fromInput, fromState] = [new Float32Array(wide), new Float32Array(wide)];
  const [states, last] = [empty([steps, 1, 1, hidden]), empty([1, 1, hidden])];
  const next = cell(hidden);
  const run = () => {
    const state = last.values.fill(0);
    for (let step = 0; step < steps; step += 1) {
      product(kernel, x.values.subarray(step * inputs, (step + 1) * inputs), ofInput, fromInput);
      product(recurrent, state, ofState, fromState);
      next(state, fromInput, fromState, step === 0);
      states.values.set(state, step * hidden);
    }
  };
  return { outputs: [states, last], run, work: steps * wide * (inputs + hidden) };
}

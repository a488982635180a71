// A graph made ready for one picture at a time: every tensor has its place in memory before the first is read.
//
//   graph -> operators in their places -> run(picture) -> probabilities; any tensor of it by name
//
// A normalisation right behind a convolution whose output nobody else reads is folded into the filters.

import { conv, maxPool, reduceMean } from "./convolution.js";
import { gemm, matMul } from "./dense.js";
import { add, batchNormalization, concat, mean, normalization, relu, sigmoid, softmax, sub } from "./elementwise.js";
import { readOnnx } from "./onnx.js";
import { gru, lstm, rnn } from "./recurrent.js";
import { flatten, squeeze, transpose } from "./reshaping.js";
import { empty } from "./shapes.js";

/** @typedef {import("./types.js").Graph} Graph */
/** @typedef {import("./types.js").Node} Node */
/** @typedef {import("./types.js").Operator} Operator */
/** @typedef {import("./types.js").Tensor} Tensor */

/** Exactly what the networks of digits are made of. @type {Record<string, Operator>} */
export const OPERATORS = {
  Add: add,
  BatchNormalization: batchNormalization,
  Concat: concat,
  Conv: conv,
  Flatten: flatten,
  GRU: gru,
  Gemm: gemm,
  LSTM: lstm,
  MatMul: matMul,
  MaxPool: maxPool,
  Mean: mean,
  RNN: rnn,
  ReduceMean: reduceMean,
  Relu: relu,
  Sigmoid: sigmoid,
  Softmax: softmax,
  Squeeze: squeeze,
  Sub: sub,
  Transpose: transpose,
};

export class Network {
  /** @type {Map<string, Tensor>} */
  #tensors = new Map();
  /** @type {(() => void)[]} */
  #steps = [];
  #input;
  #output;
  /** Multiply-adds of a picture. */
  work = 0;

  /** @param {Uint8Array} bytes of an ONNX file. Raises RangeError that says what of it cannot be computed here. */
  constructor(bytes) {
    const graph = readOnnx(bytes);
    if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
      throw new RangeError("A network in the page has one input and one output.");
    }
    const [{ name, shape }] = graph.inputs;
    this.#input = empty(shape);
    this.#tensors.set(name, this.#input);
    fold(graph);
    for (const node of graph.nodes) this.#place(node, graph.weights);
    const output = this.#tensors.get(graph.outputs[0]);
    if (!output) throw new RangeError("No node makes the network's output.");
    this.#output = output;
  }

  /**
   * @param {ArrayLike<number>} picture as many numbers as the input has
   * @returns {Float32Array} a copy of the output
   */
  run(picture) {
    this.#input.values.set(picture);
    for (const step of this.#steps) step();
    return this.#output.values.slice();
  }

  /** @param {Node} node @param {Map<string, Tensor>} weights */
  #place(node, weights) {
    const operator = node.domain === "" ? OPERATORS[node.type] : undefined;
    if (!operator) throw new RangeError(`The operator ${node.type} is not computed in the page.`);
    const inputs = node.inputs.map((name) => {
      if (!name) return null;
      const found = weights.get(name) ?? this.#tensors.get(name);
      if (!found) throw new RangeError(`${node.type} reads ${name}, which nobody has made.`);
      return found;
    });
    const step = operator({ node, inputs, fixed: node.inputs.map((name) => weights.has(name)) });
    node.outputs.forEach((name, place) => {
      this.#tensors.set(name, step.outputs[place]);
    });
    if (step.run) this.#steps.push(step.run);
    this.work += step.work ?? 0;
  }
}

/** Folds normalisations into the convolutions before them, in place. @param {Graph} graph */
function fold(graph) {
  const read = graph.nodes.flatMap((node) => node.inputs);
  const isReadOnce = (/** @type {string} */ name) => read.indexOf(name) === read.lastIndexOf(name);
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  graph.nodes = graph.nodes.filter((node) => {
    const [source] = node.inputs;
    const before = makers.get(source);
    if (node.type !== "BatchNormalization" || before?.type !== "Conv" || !isReadOnce(source)) return true;
    const inputs = node.inputs.map((name) => graph.weights.get(name) ?? null);
    const { factor, offset } = normalization({ node, inputs, fixed: inputs.map(Boolean) });
    const [kernel, bias] = before.inputs.slice(1).map((name) => graph.weights.get(name));
    if (!kernel) return true;
    const long = kernel.values.length / factor.length;
    const values = kernel.values.map((value, i) => value * factor[Math.floor(i / long)]);
    const plus = (/** @type {number} */ filter) => (bias ? bias.values[filter] * factor[filter] : 0);
    const shifted = Float32Array.from(offset, (value, filter) => value + plus(filter));
    graph.weights.set(`${before.inputs[1]} folded`, { shape: kernel.shape, values });
    graph.weights.set(`${before.inputs[1]} offset`, { shape: [factor.length], values: shifted });
    before.inputs = [before.inputs[0], `${before.inputs[1]} folded`, `${before.inputs[1]} offset`];
    before.outputs = node.outputs;
    return false;
  });
}

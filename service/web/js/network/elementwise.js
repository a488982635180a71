// What is computed number by number, or channel by channel, or of one row: activations, sums, normalisation.

import { empty, input, insist, knows, number, size, weights } from "./shapes.js";

/** @typedef {import("./types.js").Operator} Operator */
/** @typedef {import("./types.js").Tensor} Tensor */

/** @param {(x: number) => number} of @returns {Operator} */
function each(of) {
  return (site) => {
    knows(site.node);
    const x = input(site, 0);
    const y = empty(x.shape);
    const run = () => {
      for (let i = 0; i < y.values.length; i += 1) y.values[i] = of(x.values[i]);
    };
    return { outputs: [y], run };
  };
}

/**
 * Of two tensors with the same shape; or one of them a single number.
 * @param {(a: number, b: number) => number} of
 * @returns {Operator}
 */
function both(of) {
  return (site) => {
    knows(site.node);
    const [a, b] = [input(site, 0), input(site, 1)];
    const [one, other] = [a.values.length === 1 ? 0 : 1, b.values.length === 1 ? 0 : 1];
    const y = empty(one ? a.shape : b.shape);
    if ([one && a, other && b].some((each) => each && String(each.shape) !== String(y.shape))) {
      throw new RangeError(`${site.node.type} of ${a.shape} and ${b.shape} is not computed in the page.`);
    }
    const run = () => {
      for (let i = 0; i < y.values.length; i += 1) y.values[i] = of(a.values[i * one], b.values[i * other]);
    };
    return { outputs: [y], run };
  };
}

/** @param {number} x */
export function logistic(x) {
  return 1 / (1 + Math.exp(-x));
}

export const relu = each((x) => Math.max(x, 0));
export const sigmoid = each(logistic);
export const add = both((a, b) => a + b);
export const sub = both((a, b) => a - b);

/** Of tensors with the same shape. @type {Operator} */
export function mean(site) {
  knows(site.node);
  const parts = site.inputs.map((_, place) => input(site, place));
  const y = empty(parts[0].shape);
  if (parts.some(({ shape }) => String(shape) !== String(y.shape))) {
    throw new RangeError("Mean is computed in the page of tensors with the same shape alone.");
  }
  const run = () => {
    for (let i = 0; i < y.values.length; i += 1) {
      y.values[i] = parts.reduce((sum, { values }) => sum + values[i], 0) / parts.length;
    }
  };
  return { outputs: [y], run };
}

/** scale * (x - mean) / sqrt(variance + epsilon) + bias, each channel with its own four numbers. @type {Operator} */
export function batchNormalization(site) {
  knows(site.node, "epsilon", "momentum", "training_mode");
  insist(site.node, { training_mode: 0 });
  const x = input(site, 0);
  const { factor, offset } = normalization(site);
  const y = empty(x.shape);
  const plane = size(x.shape.slice(2));
  const run = () => {
    for (let channel = 0; channel < factor.length; channel += 1) {
      const [times, plus] = [factor[channel], offset[channel]];
      const end = (channel + 1) * plane;
      for (let i = channel * plane; i < end; i += 1) y.values[i] = x.values[i] * times + plus;
    }
  };
  return { outputs: [y], run };
}

/**
 * A normalisation as one product and one sum a channel.
 * @param {import("./types.js").Site} site
 */
export function normalization(site) {
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((place) => weights(site, place).values);
  const epsilon = number(site.node, "epsilon", 1e-5);
  const factor = Float64Array.from(scale, (value, channel) => value / Math.sqrt(variance[channel] + epsilon));
  const offset = Float64Array.from(bias, (value, channel) => value - mean[channel] * factor[channel]);
  return { factor, offset };
}

/** Of all numbers of one row. @type {Operator} */
export function softmax(site) {
  knows(site.node, "axis");
  const x = input(site, 0);
  const axis = number(site.node, "axis", -1);
  if (x.values.length !== x.shape.at(axis)) throw new RangeError("Softmax is computed in the page of one row alone.");
  const y = empty(x.shape);
  const run = () => {
    const most = x.values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = Array.from(x.values, (value) => Math.exp(value - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, i) => {
      y.values[i] = power / sum;
    });
  };
  return { outputs: [y], run };
}

/** Rows of a single picture beside each other. @type {Operator} */
export function concat(site) {
  knows(site.node, "axis");
  const parts = site.inputs.map((_, place) => input(site, place));
  const axis = number(site.node, "axis", 1);
  if (parts.some(({ shape }) => size(shape.slice(0, axis)) !== 1)) {
    throw new RangeError("Concat is computed in the page of single rows alone.");
  }
  const shape = [...parts[0].shape];
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis], 0);
  const y = empty(shape);
  const run = () => {
    let at = 0;
    for (const { values } of parts) {
      y.values.set(values, at);
      at += values.length;
    }
  };
  return { outputs: [y], run };
}

// Layers in which every input meets every output: Gemm. And products of a picture and a matrix: MatMul.

import { empty, input, insist, knows, size, weights } from "./shapes.js";

/** @typedef {import("./types.js").Operator} Operator */
/** @typedef {import("./types.js").Site} Site */

/**
 * Gemm of one row with weights [outputs, inputs] (transB): y = W x + b. Four rows at a time, so that each number of x
 * is fetched once for four products.
 * @type {Operator}
 */
export function gemm(site) {
  knows(site.node, "transB", "alpha", "beta", "transA");
  insist(site.node, { alpha: 1, beta: 1, transA: 0 });
  const x = input(site, 0);
  const matrix = weights(site, 1);
  const bias = site.inputs[2] ? weights(site, 2).values : null;
  const [outputs, inputs] = matrix.shape;
  if (site.node.attributes.get("transB") !== 1 || x.shape.at(-1) !== inputs || x.shape[0] !== 1) {
    throw new RangeError("Gemm is computed in the page with one row and weights [outputs, inputs] alone.");
  }
  const y = empty([1, outputs]);
  const run = () => product(matrix.values, x.values, bias, y.values);
  return { outputs: [y], run, work: outputs * inputs };
}

/** Of two matrices, one of them a picture [1, 1, height, width] perhaps. @type {Operator} */
export function matMul(site) {
  knows(site.node);
  const [a, b] = [input(site, 0), input(site, 1)];
  const [rows, long] = a.shape.slice(-2);
  const columns = b.shape.at(-1) ?? 0;
  const most = a.shape.length > b.shape.length ? a.shape : b.shape;
  if (b.shape.at(-2) !== long || [a, b].some(({ shape }) => size(shape.slice(0, -2)) !== 1)) {
    throw new RangeError("MatMul is computed in the page of two matrices that fit alone.");
  }
  const y = empty([...most.slice(0, -2), rows, columns]);
  const run = () => {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        let sum = 0;
        for (let i = 0; i < long; i += 1) sum += a.values[row * long + i] * b.values[i * columns + column];
        y.values[row * columns + column] = sum;
      }
    }
  };
  return { outputs: [y], run, work: rows * long * columns };
}

/**
 * y = W x + b, summed in double precision.
 * @param {Float32Array} matrix [outputs, inputs]
 * @param {Float32Array} x [inputs]
 * @param {Float32Array | null} bias [outputs]
 * @param {Float32Array} y [outputs], written
 */
export function product(matrix, x, bias, y) {
  const inputs = x.length;
  const outputs = y.length;
  let row = 0;
  for (; row + 3 < outputs; row += 4) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let at = row * inputs;
    const second = inputs;
    const third = 2 * inputs;
    const fourth = 3 * inputs;
    for (let i = 0; i < inputs; i += 1, at += 1) {
      const value = x[i];
      a += matrix[at] * value;
      b += matrix[at + second] * value;
      c += matrix[at + third] * value;
      d += matrix[at + fourth] * value;
    }
    y[row] = a + (bias ? bias[row] : 0);
    y[row + 1] = b + (bias ? bias[row + 1] : 0);
    y[row + 2] = c + (bias ? bias[row + 2] : 0);
    y[row + 3] = d + (bias ? bias[row + 3] : 0);
  }
  for (; row < outputs; row += 1) {
    let sum = bias ? bias[row] : 0;
    for (let i = 0, at = row * inputs; i < inputs; i += 1, at += 1) sum += matrix[at] * x[i];
    y[row] = sum;
  }
}

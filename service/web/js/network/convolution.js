// Layers of the plane: Conv, MaxPool, ReduceMean. [1, channels, height, width] each.
//
//   picture -> windows side by side, as the columns of a matrix (im2col) -> one product with the filters

import { empty, input, insist, knows, number, numbers, weights } from "./shapes.js";

/** @typedef {import("./types.js").Operator} Operator */
/** @typedef {import("./types.js").Site} Site */

/**
 * Convolution, kernel not flipped, each filter over all channels. The windows lie in double precision, which the
 * machine multiplies in, so that each number is converted once; four filters and two windows are summed at a time.
 * @type {Operator}
 */
export function conv(site) {
  knows(site.node, "pads", "strides", "kernel_shape", "dilations", "group");
  insist(site.node, { group: 1, dilations: [1, 1] });
  const x = input(site, 0);
  const kernel = weights(site, 1);
  const bias = site.inputs[2] ? weights(site, 2).values : new Float32Array(kernel.shape[0]);
  const [filters, channels, ...window] = kernel.shape;
  if (x.shape[1] !== channels) throw new RangeError("The filters of Conv have other channels than its picture.");
  const { columns, height, width } = windows(x, channels, window, numbers(site.node, "strides", [1, 1]), pads(site));
  const y = empty([1, filters, height, width]);
  const long = channels * window[0] * window[1];
  const matrix = Float64Array.from(kernel.values);
  const cells = height * width;
  const run = () => {
    columns.fill();
    multiply(matrix, columns.values, bias, y.values, filters, long, cells);
  };
  return { outputs: [y], run, work: filters * long * cells };
}

/**
 * The matrix of windows, float64 [cells, channels * rows * columns], and how it is filled from the picture.
 * @param {import("./types.js").Tensor} x
 * @param {number} channels
 * @param {number[]} window
 * @param {number[]} strides
 * @param {number[]} pad top, left, bottom, right
 */
function windows(x, channels, [rows, across], [down, right], pad) {
  const [, , high, wide] = x.shape;
  const height = Math.floor((high + pad[0] + pad[2] - rows) / down) + 1;
  const width = Math.floor((wide + pad[1] + pad[3] - across) / right) + 1;
  const long = channels * rows * across;
  const values = new Float64Array(height * width * long);
  // Where each number of the matrix comes from, or -1 where it lies beside the picture: computed once.
  const source = new Int32Array(values.length);
  let at = 0;
  for (let top = -pad[0]; top < -pad[0] + height * down; top += down) {
    for (let left = -pad[1]; left < -pad[1] + width * right; left += right) {
      for (let channel = 0; channel < channels; channel += 1) {
        for (let i = top; i < top + rows; i += 1) {
          for (let j = left; j < left + across; j += 1, at += 1) {
            source[at] = i >= 0 && i < high && j >= 0 && j < wide ? (channel * high + i) * wide + j : -1;
          }
        }
      }
    }
  }
  const fill = () => {
    const from = x.values;
    for (let i = 0; i < source.length; i += 1) values[i] = source[i] < 0 ? 0 : from[source[i]];
  };
  return { columns: { values, fill }, height, width };
}

/**
 * y[filter, cell] = sum over k of matrix[filter, k] * columns[cell, k] + bias[filter].
 * @param {Float64Array} matrix
 * @param {Float64Array} columns
 * @param {Float32Array} bias
 * @param {Float32Array} y
 * @param {number} filters
 * @param {number} long
 * @param {number} cells
 */
function multiply(matrix, columns, bias, y, filters, long, cells) {
  const paired = cells - (cells % 2);
  const grouped = filters - (filters % 4);
  for (let cell = 0; cell < paired; cell += 2) {
    for (let filter = 0; filter < grouped; filter += 4) {
      // Each a variable of its own: what a list of them would cost is four times the work.
      let a0 = 0;
      let a1 = 0;
      let b0 = 0;
      let b1 = 0;
      let c0 = 0;
      let c1 = 0;
      let d0 = 0;
      let d1 = 0;
      let m = filter * long;
      let p = cell * long;
      const end = p + long;
      for (; p < end; p += 1, m += 1) {
        const u = columns[p];
        const v = columns[p + long];
        const a = matrix[m];
        const b = matrix[m + long];
        const c = matrix[m + 2 * long];
        const d = matrix[m + 3 * long];
        a0 += a * u;
        a1 += a * v;
        b0 += b * u;
        b1 += b * v;
        c0 += c * u;
        c1 += c * v;
        d0 += d * u;
        d1 += d * v;
      }
      const out = filter * cells + cell;
      y[out] = a0 + bias[filter];
      y[out + 1] = a1 + bias[filter];
      y[out + cells] = b0 + bias[filter + 1];
      y[out + cells + 1] = b1 + bias[filter + 1];
      y[out + 2 * cells] = c0 + bias[filter + 2];
      y[out + 2 * cells + 1] = c1 + bias[filter + 2];
      y[out + 3 * cells] = d0 + bias[filter + 3];
      y[out + 3 * cells + 1] = d1 + bias[filter + 3];
    }
  }
  for (let filter = 0; filter < filters; filter += 1) {
    for (let cell = filter < grouped ? paired : 0; cell < cells; cell += 1) {
      let sum = bias[filter];
      for (let k = 0; k < long; k += 1) sum += matrix[filter * long + k] * columns[cell * long + k];
      y[filter * cells + cell] = sum;
    }
  }
}

/** The greatest number of each window; beside the picture nothing is. @type {Operator} */
export function maxPool(site) {
  knows(site.node, "kernel_shape", "strides", "pads", "ceil_mode", "dilations", "storage_order");
  insist(site.node, { ceil_mode: 0, storage_order: 0, dilations: [1, 1], pads: [0, 0, 0, 0] });
  const x = input(site, 0);
  const [, channels, high, wide] = x.shape;
  const [rows, across] = numbers(site.node, "kernel_shape", [1, 1]);
  const [down, right] = numbers(site.node, "strides", [1, 1]);
  const [height, width] = [Math.floor((high - rows) / down) + 1, Math.floor((wide - across) / right) + 1];
  const y = empty([1, channels, height, width]);
  const run = () => {
    let at = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      for (let i = 0; i < height; i += 1) {
        for (let j = 0; j < width; j += 1, at += 1) {
          const corner = (channel * high + i * down) * wide + j * right;
          let most = Number.NEGATIVE_INFINITY;
          for (let a = 0; a < rows; a += 1) {
            for (let b = 0; b < across; b += 1) most = Math.max(most, x.values[corner + a * wide + b]);
          }
          y.values[at] = most;
        }
      }
    }
  };
  return { outputs: [y], run };
}

/** The mean over the plane. @type {Operator} */
export function reduceMean(site) {
  knows(site.node, "axes", "keepdims");
  insist(site.node, { axes: [2, 3] });
  const x = input(site, 0);
  const channels = x.shape[1];
  const y = empty(number(site.node, "keepdims", 1) ? [1, channels, 1, 1] : [1, channels]);
  const plane = x.values.length / channels;
  const run = () => {
    for (let channel = 0; channel < channels; channel += 1) {
      let sum = 0;
      for (let at = channel * plane; at < (channel + 1) * plane; at += 1) sum += x.values[at];
      y.values[channel] = sum / plane;
    }
  };
  return { outputs: [y], run };
}

/** Top, left, bottom, right. @param {Site} site */
function pads({ node }) {
  return numbers(node, "pads", [0, 0, 0, 0]);
}

// Convolution, pooling and ReLU on a picture, as service/imaging/convolution has them; the kernel is not flipped.
//
//   out[y, x] = sum_ij K[i, j] I[y * S_y + i, x * S_x + j]      steps -> numbers, geometry, one number told

import { planAxis, sources, Unfit } from "./geometry.js";

/** @typedef {import("../filters/types.js").Pair} Pair */
/** @typedef {import("../filters/types.js").PixelTrace} PixelTrace */
/** @typedef {import("./geometry.js").Axis} Axis */

/** Numbers row by row, the channels of a pixel beside each other. @typedef {{width: number, height: number, channels: number, data: Float32Array}} Plane */
/**
 * @typedef {{op: "convolve", kernel: number[][], divisor: number, stride: number, padding: import("../filters/types.js").Padding,
 *   border: import("../filters/types.js").Border, isSummed: boolean}} Convolution
 */
/** @typedef {Convolution | import("../filters/types.js").Pool | {op: "relu"}} Layer */
/** @typedef {{layer: Layer, x: Axis, y: Axis}} Done */

const MOST_WORK = 1e9; // multiply-adds: two seconds, in which the page does nothing else

/**
 * @param {Plane} given
 * @param {readonly Layer[]} layers
 * @param {Pair | null} at in the output of the layer `told`
 * @param {number | null} told null: the last convolution
 * @returns {{values: Plane, done: Done[], trace: PixelTrace | null}} raises Unfit
 */
export function runLayers(given, layers, at, told) {
  const done = planned(given, layers);
  const traced = told ?? layers.map(({ op }) => op).lastIndexOf("convolve");
  /** @type {PixelTrace | null} */
  let trace = null;
  let values = given;
  done.forEach((each, index) => {
    if (at && index === traced && each.layer.op !== "relu") trace = traceOf(values, each, at);
    values = run(values, each);
  });
  return { values, done, trace };
}

/** @param {Plane} given @param {readonly Layer[]} layers @returns {Done[]} */
function planned({ width, height, channels }, layers) {
  let work = 0;
  return layers.map((layer, index) => {
    const [w, h] = windowOf(layer);
    const { stride, padding } = layer.op === "relu" ? { stride: 1, padding: /** @type {const} */ ("valid") } : layer;
    try {
      const x = planAxis("width", width, w, stride, padding);
      const y = planAxis("height", height, h, stride, padding);
      if (layer.op === "max_pool" || layer.op === "avg_pool") for (const axis of [x, y]) checkPool(axis);
      [width, height] = [x.output, y.output];
      work += width * height * channels * (layer.op === "convolve" ? layer.kernel.flat().filter(Boolean).length : w * h);
      if (work > MOST_WORK) throw new Unfit("This is too much for the page alone. Take a smaller kernel or a smaller picture.");
      return { layer, x, y };
    } catch (error) {
      if (error instanceof Unfit && layers.length > 1) throw new Unfit(`Step ${index + 1}: ${error.message}`);
      throw error;
    }
  });
}

/** @param {Layer} layer @returns {Pair} */
function windowOf(layer) {
  if (layer.op === "relu") return [1, 1];
  return layer.op === "convolve" ? [layer.kernel[0].length, layer.kernel.length] : [layer.size, layer.size];
}

/** A window in the padding alone has no largest and no mean. @param {Axis} axis */
function checkPool({ window, before, after }) {
  const most = 2 * (window - 1);
  if (before + after > most) {
    throw new Unfit(`Pooling with a window of ${window} takes a padding of at most ${most} in all; ${before + after} were given.`);
  }
}

/** @param {Plane} given @param {Done} done @returns {Plane} */
function run(given, { layer, x, y }) {
  if (layer.op === "relu") return { ...given, data: given.data.map((value) => Math.max(value, 0)) };
  if (layer.op !== "convolve") return pooled(given, layer.op === "max_pool", x, y);
  const maps = convolved(given, layer, x, y);
  return layer.isSummed ? summed(maps) : maps;
}

/** @param {Plane} given @param {Convolution} layer @param {Axis} x @param {Axis} y @returns {Plane} */
function convolved({ width, channels, data }, { kernel, divisor, border }, x, y) {
  const result = new Float32Array(x.output * y.output * channels);
  const columns = Array.from({ length: x.output }, (_, at) => sources(x, at, border));
  const cells = kernel.flatMap((row, i) => row.map((number, j) => ({ i, j, number: Math.fround(number) }))).filter(({ number }) => number);
  const sums = new Float64Array(channels);
  let place = 0;
  for (let row = 0; row < y.output; row += 1) {
    const rows = sources(y, row, border);
    for (let column = 0; column < x.output; column += 1) {
      sums.fill(0);
      for (const { i, j, number } of cells) {
        const [from, beside] = [rows[i], columns[column][j]];
        if (from < 0 || beside < 0) continue;
        const first = (from * width + beside) * channels;
        for (let channel = 0; channel < channels; channel += 1) sums[channel] += number * data[first + channel];
      }
      for (let channel = 0; channel < channels; channel += 1, place += 1) result[place] = sums[channel] / divisor;
    }
  }
  return { width: x.output, height: y.output, channels, data: result };
}

/** Padding is no pixel: it is never the largest, and does not thin a mean. @param {Plane} given @param {boolean} isMax @param {Axis} x @param {Axis} y @returns {Plane} */
function pooled({ width, channels, data }, isMax, x, y) {
  const result = new Float32Array(x.output * y.output * channels);
  const columns = Array.from({ length: x.output }, (_, at) => sources(x, at, "zeros").filter((place) => place >= 0));
  let place = 0;
  for (let row = 0; row < y.output; row += 1) {
    const rows = sources(y, row, "zeros").filter((from) => from >= 0);
    for (const seen of columns) {
      for (let channel = 0; channel < channels; channel += 1, place += 1) {
        let [largest, sum] = [Number.NEGATIVE_INFINITY, 0];
        for (const from of rows) {
          for (const beside of seen) {
            const value = data[(from * width + beside) * channels + channel];
            largest = Math.max(largest, value);
            sum += value;
          }
        }
        result[place] = isMax ? largest : sum / (rows.length * seen.length);
      }
    }
  }
  return { width: x.output, height: y.output, channels, data: result };
}

/** The channels added up to one map. @param {Plane} maps @returns {Plane} */
function summed({ width, height, channels, data }) {
  const total = new Float32Array(width * height);
  for (let index = 0; index < data.length; index += 1) total[Math.floor(index / channels)] += data[index];
  return { width, height, channels: 1, data: total };
}

/** @param {Plane} given @param {Done} done @param {Pair} at @returns {PixelTrace} */
function traceOf({ width, channels, data }, { layer, x, y }, at) {
  if (!(at[0] >= 0 && at[1] >= 0 && at[0] < x.output && at[1] < y.output)) {
    throw new Unfit(`at lies outside the output: x must be 0 to ${x.output - 1}, y 0 to ${y.output - 1}.`);
  }
  const border = layer.op === "convolve" ? layer.border : "zeros";
  const [rows, columns] = [[...sources(y, at[1], border)], [...sources(x, at[0], border)]];
  const isMax = layer.op === "max_pool";
  const kernel =
    layer.op === "convolve" ? layer.kernel : rows.map((from) => columns.map((beside) => Number(from >= 0 && beside >= 0)));
  const window = Array.from({ length: channels }, (_, channel) =>
    rows.map((from) => columns.map((beside) => (from < 0 || beside < 0 ? 0 : data[(from * width + beside) * channels + channel]))),
  );
  const products = window.map((seen) => seen.map((row, i) => row.map((value, j) => value * Math.fround(kernel[i][j]))));
  const sums = products.map((each) => each.flat().reduce((total, value) => total + value, 0));
  const divisor = layer.op === "convolve" ? layer.divisor : isMax ? 1 : kernel.flat().filter(Boolean).length;
  const largest = () => window.map((seen) => Math.max(...seen.flat().filter((_, index) => kernel.flat()[index])));
  const added = layer.op === "convolve" && layer.isSummed ? [sums.reduce((total, value) => total + value, 0)] : sums;
  return {
    x: at[0],
    y: at[1],
    origin: [at[0] * x.stride - x.before, at[1] * y.stride - y.before],
    kernel: kernel.map((row) => row.map(plain)),
    window: window.map((seen) => seen.map((row) => row.map(plain))),
    products: products.map((each) => each.map((row) => row.map(plain))),
    sum: sums.map(plain),
    divisor,
    value: isMax ? largest().map(plain) : added.map((value) => plain(value / divisor)),
    ...(layer.op === "max_pool" || layer.op === "avg_pool" ? { op: layer.op } : {}),
  };
}

/** The shortest decimal that is this number in 32 bits: 0.1, not 0.10000000149. @param {number} value */
export function plain(value) {
  const single = Math.fround(value);
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short + 0; // no -0
  }
  return Number(single.toPrecision(9)) + 0;
}

// The pixel whose sum is told: where it lies in the output of the step that is told, and which window made it.
//
//   fractions of In or Out, arrow keys -> place -> box on In, box on Out

/** @typedef {import("./types.js").Filtered} Filtered */
/** @typedef {import("./types.js").Geometry} Geometry */
/** @typedef {import("./types.js").Pair} Pair */

export class Pixel {
  /** @type {Pair | null} */
  at = null;
  /** @type {Geometry | null} of the step that is told */
  #geometry = null;
  /** @type {Pair} the padding before the picture */
  #before = [0, 0];

  /** @param {Filtered} answer @param {number} told the index of the step that is told */
  learn({ geometry, at: trace }, told) {
    this.#geometry = geometry[told] ?? null;
    if (!trace || !this.#geometry) {
      this.at = null;
      return;
    }
    const { stride } = this.#geometry;
    this.at = [trace.x, trace.y];
    this.#before = [trace.x * stride[0] - trace.origin[0], trace.y * stride[1] - trace.origin[1]];
  }

  get inputSize() {
    return this.#geometry?.input ?? [1, 1];
  }

  get toldSize() {
    return this.#geometry?.output ?? [1, 1];
  }

  /** x, y, width, height of the window in the input of that step. */
  get inputBox() {
    const { at } = this;
    const geometry = this.#geometry;
    if (!at || !geometry) return null;
    const [x, y] = [0, 1].map((axis) => at[axis] * geometry.stride[axis] - this.#before[axis]);
    return [x, y, ...geometry.kernel];
  }

  get outputBox() {
    return this.at && [...this.at, 1, 1];
  }

  /** The output pixel whose window lies around a place of the input. @param {number} x @param {number} y @returns {Pair | null} */
  underInput(x, y) {
    const geometry = this.#geometry;
    if (!geometry) return null;
    const place = [x, y].map((fraction, axis) => {
      const pixel = Math.floor(fraction * geometry.input[axis]);
      const middle = Math.floor((geometry.kernel[axis] - 1) / 2);
      return Math.round((pixel - middle + this.#before[axis]) / geometry.stride[axis]);
    });
    return clamped(place, geometry.output);
  }

  /** @param {number} x @param {number} y @returns {Pair | null} */
  underOutput(x, y) {
    const geometry = this.#geometry;
    return geometry && clamped([x * geometry.output[0], y * geometry.output[1]].map(Math.floor), geometry.output);
  }

  /** @param {number} x @param {number} y pixels from here @returns {Pair | null} */
  stepped(x, y) {
    return this.at && this.#geometry && clamped([this.at[0] + x, this.at[1] + y], this.#geometry.output);
  }

  /** A place that the output has: the wanted one, or a usual one; null where there is no output.
   * @param {Pair | null} at @param {Pair} size @param {Pair} usual fractions (0..1) of width and height @returns {Pair | null} */
  within(at, size, usual) {
    if (!size || Math.min(...size) < 1) return null;
    return clamped(at ?? size.map((side, axis) => Math.floor(side * usual[axis])), size);
  }
}

/** The same place of the picture once the output has another size. @param {Pair} at @param {Pair} from @param {Pair} to */
export function moved(at, from, to) {
  const isSame = from[0] === to[0] && from[1] === to[1];
  if (isSame || Math.min(...from, ...to) < 1) return at;
  const scaled = at.map((place, axis) => Math.floor(((place + 0.5) * to[axis]) / from[axis]));
  return clamped(scaled, to);
}

/** @param {number[]} place @param {readonly number[]} size @returns {Pair} */
function clamped(place, size) {
  const [x, y] = place.map((value, axis) => Math.min(Math.max(value, 0), size[axis] - 1));
  return [x, y];
}

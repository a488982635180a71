// Small operations on planes of numbers, as numpy and Pillow do them: rounding, quantiles, running maxima, the rim.
//
// What the service prepares in Python is prepared here to the same bit (service/imaging/pixels.py).

/**
 * Numbers in rows, C-ordered.
 * @template {Uint8Array | Float32Array} T
 * @typedef {{values: T, width: number, height: number}} Plane
 */

/** @typedef {Plane<Uint8Array>} Grey */
/** Left, top, right, bottom in whole pixels, the right and the bottom not included. @typedef {number[]} Box */

/** To the nearest whole number, halves to the even one, as Python and IEEE 754 round. @param {number} x */
export function even(x) {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The value that `share` of the numbers stay below. @param {Uint8Array | Float32Array} values @param {number} share */
export function quantile(values, share) {
  return values.slice().sort()[Math.floor(share * (values.length - 1))];
}

/** @param {number} width @param {number} height @param {number} side the size whose longest side is `side` */
export function fit(width, height, side) {
  const longest = Math.max(width, height);
  return [Math.max(1, even((width * side) / longest)), Math.max(1, even((height * side) / longest))];
}

/**
 * The outermost numbers.
 * @template {Uint8Array | Float32Array} T
 * @param {Plane<T>} plane
 * @returns {T}
 */
export function rim({ values, width, height }) {
  const sides = [];
  for (let x = 0; x < width; x += 1) sides.push(values[x], values[(height - 1) * width + x]);
  for (let y = 1; y < height - 1; y += 1) sides.push(values[y * width], values[(y + 1) * width - 1]);
  const kind = /** @type {new (numbers: number[]) => T} */ (values.constructor);
  return new kind(sides);
}

/**
 * The part in a box.
 * @template {Uint8Array | Float32Array} T
 * @param {Plane<T>} plane @param {Box} box
 * @returns {Plane<T>}
 */
export function cut(plane, [left, top, right, bottom]) {
  const [width, height] = [right - left, bottom - top];
  const values = /** @type {T} */ (plane.values.slice(0, width * height));
  for (let y = 0; y < height; y += 1) {
    const from = (top + y) * plane.width + left;
    values.set(plane.values.subarray(from, from + width), y * width);
  }
  return { values, width, height };
}

/** The greatest value in a square of `window` (odd) around each pixel. @param {Grey} plane @param {number} window */
export function highest(plane, window) {
  return running(plane, window, Math.max, 0);
}

/** The least value in a square of `window` (odd) around each pixel. @param {Grey} plane @param {number} window */
export function lowest(plane, window) {
  return running(plane, window, Math.min, 255);
}

/**
 * Along both axes: each round takes in as much again.
 * @param {Grey} plane @param {number} window
 * @param {(a: number, b: number) => number} combine @param {number} outside
 * @returns {Grey}
 */
function running({ values, width, height }, window, combine, outside) {
  const half = Math.floor(window / 2);
  const result = new Uint8Array(values);
  /** @param {number} count of lines @param {number} length @param {number} next line @param {number} step in a line */
  const along = (count, length, next, step) => {
    const line = new Uint8Array(length + 2 * half);
    for (let k = 0; k < count; k += 1) {
      line.fill(outside);
      for (let i = 0; i < length; i += 1) line[half + i] = result[k * next + i * step];
      let left = line.length;
      for (let size = 1; size < window; ) {
        const more = Math.min(size, window - size);
        left -= more;
        for (let i = 0; i < left; i += 1) line[i] = combine(line[i], line[i + more]);
        size += more;
      }
      for (let i = 0; i < length; i += 1) result[k * next + i * step] = line[i];
    }
  };
  along(width, height, 1, width);
  along(height, width, width, 1);
  return { values: result, width, height };
}

/** The box around what is set, or null. @param {Grey} mask @returns {Box | null} */
export function tight({ values, width, height }) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!values[y * width + x]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  }
  return right ? [left, top, right, bottom] : null;
}

/**
 * A mask of the numbers for which something holds.
 * @param {Plane<Uint8Array | Float32Array>} plane @param {(value: number) => boolean} holds @returns {Grey}
 */
export function where({ values, width, height }, holds) {
  return { values: Uint8Array.from(values, (value) => (holds(value) ? 1 : 0)), width, height };
}

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

const LEVELS = 256; // of a grey pixel

/** To the nearest whole number, halves to the even one, as Python and IEEE 754 round. @param {number} x */
export function even(x) {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The values that the `shares` of the numbers stay below. @param {Float32Array} values @param {number[]} shares */
export function quantiles(values, shares) {
  const sorted = values.slice().sort();
  return shares.map((share) => sorted[Math.floor(share * (values.length - 1))]);
}

/** The value that `share` of the numbers stay below. @param {Uint8Array | Float32Array} values @param {number} share */
export function quantile(values, share) {
  if (values instanceof Float32Array) return quantiles(values, [share])[0];
  const place = Math.floor(share * (values.length - 1));
  const counts = new Uint32Array(LEVELS); // of many bytes the levels are counted: no sorting
  for (let i = 0; i < values.length; i += 1) counts[values[i]] += 1;
  let level = 0;
  for (let below = counts[0]; below <= place; below += counts[level]) level += 1;
  return level;
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
  return running(plane, window, true);
}

/** The least value in a square of `window` (odd) around each pixel. @param {Grey} plane @param {number} window */
export function lowest(plane, window) {
  return running(plane, window, false);
}

/**
 * Along both axes: each round takes in as much again. Around the plane lies a margin that decides nothing.
 * @param {Grey} plane @param {number} window @param {boolean} isHighest
 * @returns {Grey}
 */
function running({ values, width, height }, window, isHighest) {
  const half = Math.floor(window / 2);
  const wide = width + 2 * half;
  const high = height + 2 * half;
  const found = new Uint8Array(wide * high).fill(isHighest ? 0 : 255);
  for (let y = 0; y < height; y += 1) {
    found.set(values.subarray(y * width, (y + 1) * width), (half + y) * wide + half);
  }
  for (const step of [1, wide]) {
    for (let size = 1; size < window; ) {
      const more = Math.min(size, window - size);
      // What a row takes from the next one lands right of all that is read again.
      (isHighest ? keepGreater : keepLess)(found, more * step);
      size += more;
    }
  }
  const result = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) result.set(found.subarray(y * wide, y * wide + width), y * width);
  return { values: result, width, height };
}

/** Two loops, not one that is told how to combine: a call for each pixel takes five times as long.
 * @param {Uint8Array} values @param {number} step to the pixel that each is compared with */
function keepGreater(values, step) {
  const end = values.length - step;
  for (let i = 0; i < end; i += 1) {
    const other = values[i + step];
    if (other > values[i]) values[i] = other;
  }
}

/** @param {Uint8Array} values @param {number} step */
function keepLess(values, step) {
  const end = values.length - step;
  for (let i = 0; i < end; i += 1) {
    const other = values[i + step];
    if (other < values[i]) values[i] = other;
  }
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
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < mask.length; i += 1) if (holds(values[i])) mask[i] = 1;
  return { values: mask, width, height };
}

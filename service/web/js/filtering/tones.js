// A picture as numbers, and numbers of any sign and size as tones, as service/imaging/drawing/scaling.py has it, where
// white is 255.

/** @typedef {import("../filters/types.js").Scale} Scale */
/** @typedef {import("./steps.js").Plane} Plane */

/** The luminance of a colour, to the bit as Pillow has it. @param {number} r @param {number} g @param {number} b */
export function greyTone(r, g, b) {
  return (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
}

/** @param {Float32Array} values @returns {[number, number]} */
export function rangeOf(values) {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [least, greatest];
}

/**
 * `clip`: zero is black, 255 white. `abs`: the same of the magnitudes. `centre`: zero is middle grey, the greatest
 * magnitude black or white. Rounded, a half to the even number.
 * @param {Float32Array} values
 * @param {Scale} scale
 */
export function toTones(values, scale) {
  const [least, greatest] = rangeOf(values);
  const most = Math.max(-least, greatest);
  if (scale === "centre" && most === 0) return new Uint8ClampedArray(values.length).fill(128);
  const level = (/** @type {number} */ value) =>
    scale === "centre" ? ((value + most) * 255) / (2 * most) : scale === "abs" ? Math.abs(value) : value;
  return Uint8ClampedArray.from(values, level); // which rounds so, and ends at 0 and 255
}

/** @param {Uint8ClampedArray} data r, g, b, a of each pixel @param {number} width @param {number} height @param {boolean} isGrey @returns {Plane} */
export function planeOf(data, width, height, isGrey) {
  const count = width * height;
  let hasColour = false;
  for (let i = 0; i < data.length && !hasColour; i += 4) hasColour = data[i] !== data[i + 1] || data[i] !== data[i + 2];
  const channels = hasColour && !isGrey ? 3 : 1;
  const values = new Float32Array(count * channels);
  for (let i = 0; i < count; i += 1) {
    const [r, g, b] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]];
    if (channels === 3) values.set([r, g, b], 3 * i);
    else values[i] = hasColour ? greyTone(r, g, b) : r;
  }
  return { width, height, channels, data: values };
}

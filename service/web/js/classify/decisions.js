// What the person decides about how a picture is read, and how boxes turn with it.

/** @typedef {import("./types.js").Decisions} Decisions */
/** @typedef {import("../types.js").Prediction} Prediction */

/** @type {Decisions} */
export const NONE = Object.freeze({ rotate: 0, polarity: null, box: null });

/** The decisions as the query's own parameters. @param {Decisions} decisions */
export function asQuery({ rotate, polarity, box }) {
  const pairs = [rotate && `rotate=${rotate}`, polarity && `polarity=${polarity}`, box && `box=${box.join(",")}`];
  return pairs
    .filter(Boolean)
    .map((pair) => `&${pair}`)
    .join("");
}

const MARGIN = 0.2; // of a box's longer side

/**
 * A box with some ground around it, as far as the picture and the neighbours leave room: where ink fills its box, no
 * ground is left to tell the ink by.
 * @param {number[]} box x, y, w, h
 * @param {number[]} size of the picture, width and height
 * @param {number[][]} others boxes that it may not reach
 */
export function roomy([x, y, w, h], [width, height], others = []) {
  const margin = Math.round(MARGIN * Math.max(w, h));
  let [left, top] = [Math.max(0, x - margin), Math.max(0, y - margin)];
  let [right, bottom] = [Math.min(width, x + w + margin), Math.min(height, y + h + margin)];
  for (const [ox, oy, ow, oh] of others) {
    const isApart = ox >= right || ox + ow <= left || oy >= bottom || oy + oh <= top;
    if (isApart) continue;
    if (ox + ow <= x) left = Math.max(left, ox + ow);
    else if (ox >= x + w) right = Math.min(right, ox);
    else if (oy + oh <= y) top = Math.max(top, oy + oh);
    else if (oy >= y + h) bottom = Math.min(bottom, oy);
  }
  return [left, top, right - left, bottom - top];
}

/**
 * One digit of several: its box with room, in the polarity of the whole.
 * @param {Decisions} decisions
 * @param {Prediction} whole
 * @param {number} digit
 * @param {number[] | null} size of the turned picture; null where the browser does not know it
 * @returns {Decisions}
 */
export function onDigit(decisions, whole, digit, size) {
  const boxes = (whole.regions ?? []).map((region) => region.box);
  const box = boxes[digit];
  if (!box) return decisions;
  const polarity = /** @type {Decisions["polarity"]} */ (whole.preprocessing?.polarity ?? null);
  const others = boxes.filter((_, index) => index !== digit);
  return { ...decisions, polarity: decisions.polarity ?? polarity, box: size ? roomy(box, size, others) : box };
}

/** A quarter further. A box of before the turn means another place now. @param {Decisions} decisions @returns {Decisions} */
export function turnedOn(decisions) {
  return { ...decisions, rotate: (decisions.rotate + 90) % 360, box: null };
}

/** @param {Decisions} decisions @param {string | null | undefined} polarity as it was read @returns {Decisions} */
export function inverted(decisions, polarity) {
  return { ...decisions, polarity: polarity === "light_on_dark" ? "dark_on_light" : "light_on_dark" };
}

/**
 * A box of the turned picture where it lies in the picture before the turn.
 * @param {number[]} box x, y, w, h
 * @param {number} rotate degrees clockwise
 * @param {number} width of the turned picture
 * @param {number} height
 */
export function unturned([x, y, w, h], rotate, width, height) {
  if (rotate === 90) return [y, width - x - w, h, w];
  if (rotate === 180) return [width - x - w, height - y - h, w, h];
  if (rotate === 270) return [height - y - h, x, h, w];
  return [x, y, w, h];
}

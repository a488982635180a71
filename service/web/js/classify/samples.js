// Ten digits as strokes: control points in the pad's 280 x 280 space, a doubled point is a corner.

/** @typedef {import("../types.js").Stroke} Stroke */
/** @typedef {import("../types.js").Point} Point */

const WIDTH = 20;
const STEP = 5; // distance of the points that a stroke is made of

/** @type {number[][][]} digit -> strokes -> x, y, x, y, ... */
const DIGITS = [
  [[140, 46, 92, 50, 74, 100, 78, 160, 92, 226, 142, 240, 190, 214, 204, 150, 196, 84, 172, 46, 140, 46]],
  [[118, 92, 118, 92, 148, 52, 148, 52, 140, 228]],
  [[84, 98, 88, 58, 138, 44, 184, 60, 188, 108, 140, 164, 82, 226, 82, 226, 120, 218, 200, 226]],
  [[88, 66, 140, 42, 188, 60, 184, 112, 124, 132, 124, 132, 186, 140, 204, 190, 160, 234, 112, 232, 78, 208]],
  [
    // The first that one sees: a recurrent network takes it for a 9.
    [124, 62, 124, 62, 69, 177, 69, 177, 216, 121],
    [163, 53, 163, 53, 137, 225],
  ],
  [
    [104, 54, 104, 54, 92, 130, 92, 130, 150, 112, 204, 146, 190, 214, 132, 240, 78, 216],
    [104, 54, 104, 54, 192, 48],
  ],
  [[172, 44, 120, 84, 84, 160, 92, 226, 148, 240, 194, 210, 184, 158, 132, 152, 92, 190]],
  [[80, 62, 80, 62, 198, 56, 198, 56, 160, 130, 128, 232]],
  [
    [
      184, 92, 182, 63, 152, 40, 120, 43, 95, 71, 94, 101, 126, 130, 154, 148, 193, 166, 195, 209, 165, 241,
      115, 241, 85, 209, 87, 166, 126, 148, 154, 130, 180, 110, 184, 92,
    ],
  ],
  [[186, 92, 150, 48, 94, 70, 92, 120, 138, 140, 184, 110, 188, 84, 188, 84, 182, 150, 170, 236]],
];

/** A digit's strokes. @param {number} digit 0..9 @returns {Stroke[]} */
export function sample(digit) {
  return DIGITS[digit].map((numbers) => ({ width: WIDTH, points: trace(pairs(numbers)) }));
}

/**
 * The first part of the strokes, `share` (0..1) of all points.
 * @param {readonly Stroke[]} strokes
 * @param {number} share
 */
export function beginning(strokes, share) {
  const total = strokes.reduce((sum, stroke) => sum + stroke.points.length, 0);
  let left = Math.ceil(total * share);
  /** @type {Stroke[]} */
  const part = [];
  for (const stroke of strokes) {
    if (left <= 0) break;
    part.push({ ...stroke, points: stroke.points.slice(0, left) });
    left -= stroke.points.length;
  }
  return part;
}

/** @param {number[]} numbers @returns {number[][]} */
function pairs(numbers) {
  return Array.from({ length: numbers.length / 2 }, (_, index) => numbers.slice(2 * index, 2 * index + 2));
}

/**
 * Points at even steps on the curve that the control points span: quadratic pieces between midpoints.
 * @param {number[][]} controls
 * @returns {Point[]}
 */
function trace(controls) {
  const first = controls[0];
  /** @type {Point[]} */
  const points = [{ x: first[0], y: first[1], press: 1 }];
  controls.forEach((control, index) => {
    const from = halfway(controls[index - 1] ?? control, control);
    const to = halfway(control, controls[index + 1] ?? control);
    const length =
      Math.hypot(control[0] - from[0], control[1] - from[1]) +
      Math.hypot(to[0] - control[0], to[1] - control[1]);
    const count = Math.ceil(length / STEP);
    for (let step = 1; step <= count; step += 1) points.push(onCurve(from, control, to, step / count));
  });
  return points;
}

/** @param {number[]} a @param {number[]} b */
function halfway(a, b) {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

/** @param {number[]} a @param {number[]} control @param {number[]} b @param {number} t @returns {Point} */
function onCurve(a, control, b, t) {
  const at = (/** @type {number} */ axis) =>
    (1 - t) ** 2 * a[axis] + 2 * t * (1 - t) * control[axis] + t ** 2 * b[axis];
  return { x: at(0), y: at(1), press: 1 };
}

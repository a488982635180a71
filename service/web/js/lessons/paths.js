// What one sees of a method's path after some steps: where it is, how high, how far off, and whether it left.

/** @typedef {import("./types.js").Path} Path */
/** @typedef {import("./types.js").Surface} Surface */

/**
 * @typedef {object} Standing
 * @property {number} at the step whose point is the last that there is
 * @property {[number, number]} point
 * @property {number} height
 * @property {number} distance from the nearest lowest point
 * @property {number | null} leftAt the step at which it left the picture and has not come back
 * @property {boolean} hasDiverged
 */

/** @param {Surface} surface @param {Path} path @param {number} step @returns {Standing} */
export function standing(surface, path, step) {
  const at = Math.min(step, path.points.length - 1);
  const point = path.points[at];
  return {
    at,
    point,
    height: path.heights[at],
    distance: Math.min(...surface.minima.map(([x, y]) => Math.hypot(point[0] - x, point[1] - y))),
    leftAt: leftAt(surface, path, at),
    hasDiverged: path.diverged_at !== null && step >= path.diverged_at,
  };
}

/** @param {Surface} surface @param {Path} path @param {number} at a step */
function leftAt(surface, path, at) {
  if (isInside(surface, path.points[at])) return null;
  let step = at;
  while (step > 0 && !isInside(surface, path.points[step - 1])) step -= 1;
  return step;
}

/** @param {Surface} surface @param {[number, number]} point */
export function isInside({ frame }, [x, y]) {
  return x >= frame.x[0] && x <= frame.x[1] && y >= frame.y[0] && y <= frame.y[1];
}

/** Whether a path is ever out of the picture. @param {Surface} surface @param {Path} path */
export function everLeaves(surface, path) {
  return path.points.some((point) => !isInside(surface, point));
}

/**
 * Where the way from a point inside to one outside crosses the frame.
 * @param {Surface} surface @param {[number, number]} from @param {[number, number]} to
 * @returns {[number, number]}
 */
export function exit({ frame }, from, to) {
  const parts = [0, 1].map((axis) => {
    const [low, high] = axis ? frame.y : frame.x;
    const bound = to[axis] > high ? high : to[axis] < low ? low : null;
    return bound === null ? 1 : (bound - from[axis]) / (to[axis] - from[axis]);
  });
  const part = Math.min(...parts);
  return [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
}

/** The learning rates at which each method's path diverged: method -> rates. @param {Surface} surface */
export function divergences(surface) {
  /** @type {Map<string, number[]>} */
  const rates = new Map();
  for (const { method, learning_rate, diverged_at } of surface.paths) {
    const known = rates.get(method) ?? [];
    rates.set(method, diverged_at === null ? known : [...known, learning_rate]);
  }
  return rates;
}

/** The greatest served rate at which no path leaves the picture; the smallest, where there is none. @param {Surface} surface */
export function calmRate(surface) {
  const wild = new Set(surface.paths.filter((path) => everLeaves(surface, path)).map((path) => path.learning_rate));
  return surface.learning_rates.findLast((rate) => !wild.has(rate)) ?? surface.learning_rates[0];
}

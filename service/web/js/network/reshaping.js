// What changes the shape alone: the numbers stay where they are.

import { input, knows, number, numbers, size, weights } from "./shapes.js";

/** @typedef {import("./types.js").Operator} Operator */

/** @type {Operator} */
export function flatten(site) {
  knows(site.node, "axis");
  const { shape, values } = input(site, 0);
  const axis = number(site.node, "axis", 1);
  return { outputs: [{ shape: [size(shape.slice(0, axis)), size(shape.slice(axis))], values }], run: null };
}

/** @type {Operator} */
export function squeeze(site) {
  knows(site.node);
  const { shape, values } = input(site, 0);
  const axes = [...weights(site, 1).values].map((axis) => (axis < 0 ? axis + shape.length : axis));
  if (axes.some((axis) => shape[axis] !== 1)) throw new RangeError("Squeeze takes away a side that is not 1.");
  return { outputs: [{ shape: shape.filter((_, axis) => !axes.includes(axis)), values }], run: null };
}

/** @type {Operator} */
export function transpose(site) {
  knows(site.node, "perm");
  const { shape, values } = input(site, 0);
  const order = numbers(site.node, "perm", [...shape.keys()].reverse());
  // The sides that are longer than 1 stay in their order: the numbers stay where they are.
  const moved = order.filter((axis) => shape[axis] > 1);
  if (moved.some((axis, place) => place > 0 && axis < moved[place - 1])) {
    throw new RangeError("Transpose that moves numbers is not computed in the page.");
  }
  return { outputs: [{ shape: order.map((axis) => shape[axis]), values }], run: null };
}

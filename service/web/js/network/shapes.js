// Attributes and shapes, as the operators ask for them.

/** @typedef {import("./types.js").Node} Node */
/** @typedef {import("./types.js").Site} Site */
/** @typedef {import("./types.js").Tensor} Tensor */

/** An empty tensor of a shape. @param {number[]} shape @returns {Tensor} */
export function empty(shape) {
  return { shape, values: new Float32Array(size(shape)) };
}

/** How many numbers a shape holds. @param {number[]} shape */
export function size(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

/** An input that must be there. @param {Site} site @param {number} place @returns {Tensor} */
export function input({ node, inputs }, place) {
  const found = inputs[place];
  if (!found) throw new RangeError(`${node.type} lacks its input ${place}.`);
  return found;
}

/** An input that the file holds, known before a picture is. @param {Site} site @param {number} place @returns {Tensor} */
export function weights(site, place) {
  const found = input(site, place);
  if (!site.fixed[place]) throw new RangeError(`Input ${place} of ${site.node.type} is no weight.`);
  return found;
}

/** @param {Node} node @param {string} name @param {number} otherwise @returns {number} */
export function number(node, name, otherwise) {
  const value = node.attributes.get(name);
  return typeof value === "number" ? value : otherwise;
}

/** @param {Node} node @param {string} name @param {number[]} otherwise @returns {number[]} */
export function numbers(node, name, otherwise) {
  const value = node.attributes.get(name);
  return Array.isArray(value) ? value : otherwise;
}

/**
 * Raises RangeError where an attribute asks for what is not computed here.
 * @param {Node} node
 * @param {Record<string, number | number[]>} only what an attribute may say, where it is there
 */
export function insist(node, only) {
  for (const [name, wanted] of Object.entries(only)) {
    const value = node.attributes.get(name);
    if (value !== undefined && String(value) !== String(wanted)) {
      throw new RangeError(`${node.type} with ${name} ${String(value)} is not computed in the page.`);
    }
  }
}

/** Raises RangeError where a node has an attribute besides these. @param {Node} node @param {...string} known */
export function knows(node, ...known) {
  for (const name of node.attributes.keys()) {
    if (!known.includes(name)) throw new RangeError(`${node.type} with ${name} is not computed in the page.`);
  }
}

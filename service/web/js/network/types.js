// What the modules of the networks in the page hand to each other, as types. Holds no code.

/**
 * An attribute's value: a number, a list of them, or the bytes of a string.
 * @typedef {number | number[] | Uint8Array} Attribute
 */

/**
 * A node of a graph: what it computes of which tensors, by name. A left-out input is "".
 * @typedef {object} Node
 * @property {string} type
 * @property {string} domain "" of ONNX itself
 * @property {string[]} inputs
 * @property {string[]} outputs
 * @property {Map<string, Attribute>} attributes
 */

/**
 * Numbers and the shape in which they stand, C-ordered.
 * @typedef {{shape: number[], values: Float32Array}} Tensor
 */

/**
 * A network as its file has it. A side of `inputs` that the file leaves open (the batch) is 1.
 * @typedef {object} Graph
 * @property {Node[]} nodes in an order in which each finds its inputs computed
 * @property {Map<string, Tensor>} weights int64 ones (axes) as numbers too
 * @property {{name: string, shape: number[]}[]} inputs
 * @property {string[]} outputs
 */

/**
 * What an operator is built from. `inputs` are tensors whose values are there once the steps before have run; a
 * left-out one is null. `fixed` says which of them are weights, whose values are there at once.
 * @typedef {object} Site
 * @property {Node} node
 * @property {(Tensor | null)[]} inputs
 * @property {boolean[]} fixed
 */

/**
 * An operator in its place: the tensors that it makes, and the work that makes them; null where the input's numbers are
 * the output's. `work` counts multiply-adds.
 * @typedef {{outputs: Tensor[], run: (() => void) | null, work?: number}} Step
 */

/** @typedef {(site: Site) => Step} Operator */

export {};

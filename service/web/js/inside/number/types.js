// How one number of a layer came about, as the service tells it. Holds no code.

/** @typedef {{map: number | null, x: number, y: number}} Place */

/**
 * A window of a map; null where it lies beyond the border. `weights` and `total` are those of a convolution.
 * @typedef {object} Patch
 * @property {string} layer
 * @property {number} map
 * @property {number} x
 * @property {number} y
 * @property {(number | null)[][]} values
 * @property {number[][] | null} weights
 * @property {number | null} total
 */

/** @typedef {{layer: string, place: Place, value: number, weight: number, product: number}} Term */
/** @typedef {{name: string, from_input: number, from_state: number, bias: number, total: number, function: string, value: number}} Gate */

/**
 * @typedef {object} Told
 * @property {string} layer
 * @property {Place} place
 * @property {string} operation
 * @property {number} value
 * @property {Patch[]} patches
 * @property {Term[]} terms
 * @property {{count: number, total: number} | null} others
 * @property {number | null} bias
 * @property {number | null} total
 * @property {Gate[]} gates
 * @property {Record<string, number>} parts
 * @property {{layer: string, value: number} | null} after
 */

export {};

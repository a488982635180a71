// What the stops of the path are written with: MathML, sliders, and numbers as one reads them.

/** @typedef {{name: string, words: string, min: number, max: number, step: number, value: number}} Input */
/** @typedef {Record<string, number>} Values */
/**
 * A stop. `formula` is MathML; `inputs` are sliders, and `compute` says what comes of them; `view` is where it runs, in
 * words and as an address.
 * @typedef {object} Stop
 * @property {string} id in the address
 * @property {string} title
 * @property {string} slide of the lecture
 * @property {string[]} words
 * @property {string} formula
 * @property {[string, string][]} letters
 * @property {Input[]} inputs
 * @property {(values: Values) => string} compute
 * @property {[string, string]} view
 * @property {[string, string]} question and its answer
 */

export const sigmoid = (/** @type {number} */ z) => 1 / (1 + Math.exp(-z));
export const number = (/** @type {number} */ value, digits = 3) => value.toFixed(digits).replace("-", "\u2212");
export const share = (/** @type {number} */ value) => `${(100 * value).toFixed(1)}\u00A0%`;
/** @param {string} name @param {string} words @param {number} min @param {number} max @param {number} step @param {number} value @returns {Input} */
export const input = (name, words, min, max, step, value) => ({ name, words, min, max, step, value });

export const i = (/** @type {string} */ text) => `<mi>${text}</mi>`;
export const o = (/** @type {string} */ text) => `<mo stretchy="false">${text}</mo>`;
export const n = (/** @type {string | number} */ text) => `<mn>${text}</mn>`;
export const row = (/** @type {string[]} */ ...parts) => `<mrow>${parts.join("")}</mrow>`;
export const sub = (/** @type {string} */ base, /** @type {string} */ below) => `<msub>${base}${below}</msub>`;
/** One line under the other, for what a phone has no width for. */
export const lines = (/** @type {string[]} */ ...parts) => `<mtable>${parts.map((part) => `<mtr><mtd>${part}</mtd></mtr>`).join("")}</mtable>`;
export const over = (/** @type {string} */ above, /** @type {string} */ below) => `<mfrac>${above}${below}</mfrac>`;

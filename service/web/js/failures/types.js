// What the Failures view passes about. Holds no code.

/**
 * A test picture that a model reads wrong, as the service lists it.
 * @typedef {object} Failure
 * @property {number} index
 * @property {number} true_class
 * @property {string} true_label
 * @property {number} predicted_class
 * @property {string} predicted_label
 * @property {number} confidence
 * @property {string} [file] its name, where the model was judged on pictures of one's own
 */

/** @typedef {{labels: string[], matrix: number[][]}} Confusion row: true class, column: said */

/**
 * What the address says: classes by index, null for any; `shown` is how many pictures of the gallery.
 * @typedef {{model: string, truth: number | null, said: number | null, order: string, shown: number}} FailuresState
 */

export {};

// What the Failures view passes about. Holds no code.

/**
 * A test picture that a model reads wrong, or one that somebody reported, as the service lists it.
 * @typedef {object} Failure
 * @property {number} index of a report its id
 * @property {number | null} true_class null: none of the classes
 * @property {string} true_label
 * @property {number} predicted_class
 * @property {string} predicted_label
 * @property {number} confidence
 * @property {string} [file] its name, where the model was judged on pictures of one's own
 * @property {string} [reported] when, of a report
 */

/** @typedef {{labels: string[], matrix: number[][], none?: number[]}} Confusion row: true class, column: said */

/**
 * What the address says: classes by index, null for any, NONE of `state.js` for none of them; `shown` is how many
 * pictures of the gallery.
 * @typedef {object} FailuresState
 * @property {string} model
 * @property {"test" | "reported"} source
 * @property {number | null} truth
 * @property {number | null} said
 * @property {string} order
 * @property {number} shown
 */

/**
 * The reports of a model, counted.
 * @typedef {object} Counted
 * @property {number} total
 * @property {number} wrong
 * @property {number} refused
 * @property {number} max_days
 * @property {{day: string, total: number, wrong: number, classes: Record<string, number>}[]} days
 * @property {Drift} drift
 */

/** @typedef {{reported: number[] | null, test: number[] | null, distance: number | null}} Shares */
/** @typedef {{reported: number | null, test: number | null}} Figure */
/** @typedef {{classes: Shares, said: Shares, confidence: Figure, brightness: Figure}} Drift */

export {};

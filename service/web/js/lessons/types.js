// What the studies hold, as types. Holds no code.

/** A mean over the seeds and its standard deviation, by epoch. @typedef {{mean: number[], sd: number[]}} Curve */

/**
 * @typedef {object} StudyRow
 * @property {string} model
 * @property {string} title
 * @property {number} parameters
 * @property {number} seeds
 * @property {number} test_accuracy
 * @property {number} test_accuracy_sd
 * @property {number} test_loss
 * @property {number} accuracy
 * @property {number} val_accuracy
 * @property {number} gap training accuracy less validation accuracy
 * @property {number} n test pictures
 */

/**
 * @typedef {object} StudyModel
 * @property {string} model
 * @property {{loss: Curve, accuracy: Curve, val_loss: Curve, val_accuracy: Curve, gap: Curve}} curves
 * @property {number[][]} [rows] recurrent: probabilities of the sample's classes after each row
 * @property {number[]} [accuracy_after_row] recurrent: over the test set
 */

/**
 * A study of trained networks: dropout, depth, recurrent.
 * @typedef {object} Study
 * @property {string} title
 * @property {string} validation what the validation curves were measured on
 * @property {StudyRow[]} table
 * @property {StudyModel[]} models
 * @property {string[]} claims
 * @property {{dataset: string, index: number, label: string}} [sample]
 */

/** @typedef {{epoch: number, loss: number, accuracy: number, val_loss: number, val_accuracy: number}} Epoch */
/** @typedef {{validation: string, epochs: Epoch[], seeds?: {seed: number, epochs: Epoch[]}[]}} History */

/**
 * A method's way down a surface; `points` end where it diverged.
 * @typedef {object} Path
 * @property {string} method
 * @property {number} learning_rate
 * @property {number | null} diverged_at step
 * @property {[number, number][]} points
 * @property {number[]} heights
 */

/**
 * @typedef {object} Surface
 * @property {string} name
 * @property {string} title
 * @property {string} formula
 * @property {{x: [number, number], y: [number, number]}} frame
 * @property {[number, number]} start
 * @property {[number, number][]} minima
 * @property {{x: number[], y: number[], heights: number[][], levels: number[]}} grid a row of heights for each y
 * @property {number} steps
 * @property {number[]} learning_rates
 * @property {Path[]} paths
 */

/**
 * How a training ended at one learning rate; `loss` is null where it is no finite number.
 * @typedef {object} Run
 * @property {number} learning_rate
 * @property {boolean} diverged
 * @property {number} seeds_diverged
 * @property {{mean: number | null, sd: number | null} | null} loss
 * @property {{mean: number | null, sd: number | null} | null} accuracy
 * @property {{mean: (number | null)[]}} loss_by_epoch
 */

/**
 * @typedef {object} Training
 * @property {string} network
 * @property {string} title
 * @property {string} loss_title
 * @property {number} parameters
 * @property {number} samples
 * @property {number} epochs
 * @property {number[]} learning_rates
 * @property {{method: string, runs: Run[]}[]} methods
 */

/**
 * @typedef {object} OptimizerStudy
 * @property {string} title
 * @property {{name: string, title: string, formula: string}[]} methods
 * @property {Surface[]} surfaces
 * @property {Training[]} training
 * @property {string[]} claims
 * @property {{settings: {seeds: number[]}}} provenance
 */

/**
 * A lesson: shows itself from an address's parameters; raises what `request` raises.
 * @typedef {object} Lesson
 * @property {HTMLElement} element
 * @property {(params: URLSearchParams) => Promise<void>} show
 * @property {() => void} leave what moves stops
 * @property {() => string} source the address of the service that its numbers come from
 */

export {};

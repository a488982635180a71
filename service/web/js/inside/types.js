// What the Look inside view passes about. Holds no code.

/**
 * How a layer's numbers are shown: maps of pixels, units of a vector, units after each row, probabilities, or not.
 * @typedef {"maps" | "units" | "steps" | "output" | "none"} Form
 */

/**
 * A layer as the summary of the model lists it, with the words and the form of this page.
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} kind
 * @property {string} title
 * @property {number[]} shape without the batch
 * @property {number} parameters
 * @property {string} settings
 * @property {Form} form
 * @property {boolean} isFirst the first with weights, whose kernels the service gives
 */

/**
 * A map of a layer for one picture, as the service gives it; `values` where they were asked for.
 * @typedef {{index: number, min: number, max: number, black: number, white: number, image: string, values: any}} ServedMap
 */

/**
 * The service's answer on a picture: one layer of it.
 * @typedef {object} Look
 * @property {import("../types.js").Prediction} prediction
 * @property {number[]} probabilities
 * @property {number[][] | null} rows recurrent models: probabilities after each row
 * @property {{name: string, shape: number[], maps: ServedMap[]}[]} layers
 */

/**
 * A grid of numbers for the eye: `shares` are values divided by the largest magnitude, -1..1, row by row.
 * @typedef {{width: number, height: number, shares: Float32Array}} Field
 */

/**
 * One map, or one unit, of a layer: what the panel shows. `values` are exact, once asked for.
 * @typedef {object} Target
 * @property {Layer} layer
 * @property {number} index
 * @property {number} min
 * @property {number} max
 * @property {Field | null} field
 * @property {number[][] | null} values
 */

/** @typedef {{onPreview: (target: Target | null) => void, onPin: (target: Target) => void}} Events */

/**
 * The picture that is looked at: a test sample ("mnist/4444"), or bytes; `title` is what the page calls it, `decided`
 * how Classify was told to read it, as parameters of a query.
 * @typedef {{sample: string, blob: Blob | null, name: string, title: string, decided: string}} Source
 */

/**
 * What the address says; null and "" where it says nothing.
 * @typedef {{model: string, layer: string, map: number | null, sample: string, row: number | null}} InsideState
 */

export {};

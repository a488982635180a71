// What the service tells of a network's answer. Holds no code.

/** @typedef {{index: number, label: string, probability: number, patch: number, stride: number, cover: number, map: number[][]}} Occlusion */
/** @typedef {{x: number, y: number, from: number, to: number}} ChangedPixel */
/** @typedef {{index: number, label: string, probability: number}} Share */
/** @typedef {{found: boolean, pixels: ChangedPixel[], before: Share, after: Share, tried: number, ended: string}} Flip */
/** @typedef {{layer: string, label: string, map: number[][], bias: number, logit: number}} Activation */

/**
 * @typedef {object} Explained
 * @property {import("../../types.js").Prediction} prediction
 * @property {Occlusion} occlusion
 * @property {Flip} flip
 * @property {Activation | null} class_activation
 */

/** @typedef {"looked" | "pixels" | "activation"} Way how an answer is explained */

export {};

// The layers of a model in order: what the service's summary says, in the words and forms of this page.

import { layerTitles } from "./words.js";

/** @typedef {import("./types.js").Form} Form */
/** @typedef {import("./types.js").Layer} Layer */

/** Kinds whose output is their state after each row of the picture. */
const RECURRENT = ["SimpleRNN", "LSTM", "GRU"];
/** Kinds that move or pass numbers: the service gives none of them. */
const SILENT = ["Flatten", "Dropout"];

/**
 * @param {{layers: {name: string, kind: string, output_shape: number[], parameters: number, settings: string}[]}} summary
 * @returns {Layer[]}
 */
export function layersOf({ layers }) {
  const titles = layerTitles(layers);
  const first = layers.findIndex((layer) => layer.parameters > 0);
  return layers.map(({ name, kind, output_shape, parameters, settings }, index) => ({
    name,
    kind,
    title: titles[index],
    shape: output_shape,
    parameters,
    settings,
    form: formOf(kind, output_shape, index === layers.length - 1),
    isFirst: index === first,
  }));
}

/** @param {Layer[]} layers */
export function isRecurrent(layers) {
  return layers.some((layer) => layer.form === "steps");
}

/** @param {string} kind @param {number[]} shape @param {boolean} isLast @returns {Form} */
function formOf(kind, shape, isLast) {
  if (isLast) return "output";
  if (SILENT.includes(kind)) return "none";
  if (RECURRENT.includes(kind)) return "steps";
  return shape.length === 3 ? "maps" : "units";
}

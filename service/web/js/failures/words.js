// What the Failures view says.

import { Problem } from "../api.js";
import { counted, grouped, percent, score } from "../format.js";
import { failureNote, note } from "../words.js";

/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("./types.js").Failure} Failure */
/** @typedef {import("./types.js").FailuresState} FailuresState */

export const ORDERS = { confidence: "Most sure first", index: "In test order" };
export const MATRIX_HELP = "Row: what it is. Column: what was said.";
export const MATRIX_FOOT = "Press a cell to see its pictures. Only the mistakes are coloured.";
export const GALLERY_FOOT = "Said (true), and how sure it was. Press one to open it in Classify.";

/** @param {string} model @param {number} wrong @param {number} total */
export function subtitle(model, wrong, total) {
  return `${model} reads ${grouped(wrong)} of ${grouped(total)} test pictures wrong (${score(wrong / total)}). Here they are.`;
}

/** "4 read as 9". @param {string} truth @param {string} said */
export function pairName(truth, said) {
  return `${truth} read as ${said}`;
}

/** @param {string} truth @param {string} said @param {number} count */
export function cellName(truth, said, count) {
  return `${pairName(truth, said)}: ${counted(count, "picture")}`;
}

/** What the gallery holds. @param {string[]} labels @param {FailuresState} state */
export function galleryTitle(labels, { truth, said }) {
  if (truth !== null && said !== null) return pairName(labels[truth], labels[said]);
  if (truth !== null) return `${labels[truth]} read as another`;
  return said === null ? "All mistakes" : `Another read as ${labels[said]}`;
}

/** @param {Failure} failure */
export function tileName({ predicted_label, true_label, confidence }) {
  const sure = percent(confidence).replace("\u00A0%", " percent").replace(/^>\u00A0/, "more than ");
  return `Said ${predicted_label}, truly ${true_label}, ${sure} sure`;
}

/** A label where there is little room: "T-shirt/top" -> "Top", "Sandal" -> "Sand". @param {string} label */
export function shortLabel(label) {
  const last = label.split(/[ /]/).at(-1) || label;
  const word = last[0].toUpperCase() + last.slice(1);
  return word.length > 5 ? word.slice(0, 4) : word;
}

/** @param {string} model @param {string[]} labels @param {FailuresState} state */
export function noneText(model, labels, { truth, said }) {
  if (truth !== null && truth === said) return "That is no mistake. Choose two different classes.";
  if (truth !== null && said !== null) return `${model} never reads ${labels[truth]} as ${labels[said]} in its test.`;
  return `${model} makes no such mistake in its test.`;
}

/** Why there is nothing to show. @param {unknown} error @param {string} model @returns {Note} */
export function failuresNote(error, model) {
  if (error instanceof Problem && error.status === 404) {
    return note("info", `${model} does not say where it fails.`, error.detail);
  }
  return failureNote(error, "", model);
}

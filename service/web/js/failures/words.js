// What the Failures view says.

import { Problem } from "../api.js";
import { counted, grouped, percent, score } from "../format.js";
import { failureNote, note } from "../words.js";

/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("./types.js").Failure} Failure */
/** @typedef {import("./types.js").FailuresState} FailuresState */

export const SOURCES = { test: "Test set", reported: "Reported" };
export const NONE_LABEL = "none of them";
export const MATRIX_HELP = "Row: what it is. Column: what was said.";
export const MATRIX_FOOT = "Press a cell to see its pictures. Only the mistakes are coloured.";

/** @typedef {FailuresState["source"]} Source */

/** @param {Source} source @returns {Record<string, string>} */
export function orders(source) {
  return { confidence: "Most sure first", index: source === "test" ? "In test order" : "Oldest first" };
}

/** @param {Source} source */
export function galleryFoot(source) {
  const what = source === "test" ? "to open it in Classify" : "to see what was kept of it";
  return `Said (true), and how sure it was. Press one ${what}.`;
}

/** @param {string[]} labels @param {number} truth */
export function labelOf(labels, truth) {
  return labels[truth] ?? NONE_LABEL;
}

/** @param {string} model @param {Source} source @param {number} wrong @param {number} total */
export function subtitle(model, source, wrong, total) {
  if (source === "reported" && total === 0) return `Nobody has reported a picture of ${model} yet. Classify asks for it under each answer.`;
  if (source === "reported") return `${model} read ${grouped(wrong)} of ${counted(total, "reported picture")} wrong, as people have told it.`;
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
  if (truth !== null && said !== null) return pairName(labelOf(labels, truth), labels[said]);
  if (truth !== null) return `${labelOf(labels, truth)} read as ${truth < 0 ? "one" : "another"}`;
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
export function noneText(model, labels, { source, truth, said }) {
  if (source === "reported") return "Nobody has reported such a picture.";
  if (truth !== null && truth === said) return "That is no mistake. Choose two different classes.";
  if (truth !== null && said !== null) return `${model} never reads ${labels[truth]} as ${labels[said]} in its test.`;
  return `${model} makes no such mistake in its test.`;
}

/** Why there is nothing to show. @param {unknown} error @param {string} model @returns {Note} */
export function failuresNote(error, model) {
  if (error instanceof Problem && error.status === 403) return note("info", "There are no reports here.", error.detail);
  if (error instanceof Problem && error.status === 404) {
    return note("info", `${model} does not say where it fails.`, error.detail);
  }
  return failureNote(error, "", model);
}

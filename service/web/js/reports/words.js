// What is said of reports where they are made.

import { Offline, Problem } from "../api.js";
import { counted } from "../format.js";
import { note, offlineNote } from "../words.js";

/** @typedef {import("../types.js").Note} Note */

export const WRONG = "Wrong? Tell it what it is";
export const WHAT = "What is it?";
export const NONE_OF_THESE = "None of these";
export const ANOTHER = "Another…";
export const DELETED = "The report is deleted.";

/** What is kept, and who sees it, before anything is sent. @param {number} days */
export function consent(days) {
  return `Your press keeps the picture and your word on this service, for ${counted(days, "day")} at most. Who uses it can see them. Nothing else is kept, and you can delete them.`;
}

/** @param {string} label @param {string} said */
export function thanks(label, said) {
  return `Kept: ${label} read as ${said}.`;
}

/** @param {unknown} error @returns {Note} */
export function untoldNote(error) {
  if (error instanceof Offline) return offlineNote("The report was not kept.");
  return note("error", "The report was not kept.", error instanceof Problem ? error.detail : "The picture cannot be read.");
}

/** @param {unknown} error @returns {Note} */
export function undeletedNote(error) {
  if (error instanceof Offline) return offlineNote("The report was not deleted.");
  return note("error", "The report was not deleted.", error instanceof Problem ? error.detail : "");
}

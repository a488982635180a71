// What every view says: problems to plain sentences. What only one view says stands in its own words.js.

import { Offline, Problem, Unsent } from "./api.js";
import { counted } from "./format.js";
import { isReady, takesTensorsOnly } from "./models.js";
import { NEEDS_SERVICE } from "./static.js";

/** @typedef {import("./types.js").Card} Card */
/** @typedef {import("./types.js").Note} Note */

export const KEPT = "What stands is kept, and goes on as soon as the service answers.";
export const ASKED_AGAIN = "It is asked again as soon as it answers.";

/** @param {string} kind @param {string} title @param {string} text @returns {Note} */
export function note(kind, title, text) {
  return { kind: /** @type {Note["kind"]} */ (kind), title, text };
}

/**
 * A failed call as a sentence. `name` is the picture's, "" where none is concerned.
 * @param {unknown} error
 * @param {string} name
 * @param {string} model
 * @returns {Note}
 */
export function failureNote(error, name, model) {
  if (error instanceof Problem) return problemNote(error, name || "The picture", model);
  if (error instanceof Unsent && error.why === "unreadable") {
    return note("error", `${name} cannot be opened.`, "Choose it again.");
  }
  if (error instanceof Unsent) {
    return note(
      "error",
      `${name} did not arrive whole.`,
      "The service closed the connection while it was sent. It may be too large.",
    );
  }
  if (error instanceof Offline) return offlineNote();
  throw error;
}

/** @param {Problem} problem @param {string} name @param {string} model @returns {Note} */
function problemNote(problem, name, model) {
  const { status, detail } = problem;
  if (problem.kind === "needs-service") return needsServiceNote();
  if (status === 413) return note("error", `${name} is too large.`, inMegabytes(detail));
  if (status === 415) return note("error", `${name} was not read.`, `${detail}${heicHint(name)}`);
  if (status === 422 && problem.kind === "invalid-image") return note("error", `${name} is damaged.`, detail);
  if (status === 422 && isOfPicture(problem)) return note("error", `${name} was not read.`, detail);
  if (status === 404) return noSuchModelNote(model);
  if (status === 503 && problem.kind === "not-ready") return note("error", `${model} is not ready.`, detail);
  if (problem.retryAfter !== null)
    return note("info", "The service is busy.", "It did not get to this picture.");
  if (status === 504) return note("error", "That took too long.", "Try a smaller picture.");
  if (status >= 500) return note("error", "The service failed.", reportText(problem));
  return note("error", problem.title ? `${problem.title}.` : "The service refused this.", detail);
}

/** "15,537,228 bytes" as "15.5 MB". @param {string} text */
function inMegabytes(text) {
  return text.replace(/(\d[\d,]{6,}) bytes/g, (_, bytes) => `${(Number(bytes.replaceAll(",", "")) / 1e6).toFixed(1)}\u00A0MB`);
}

/** Whether a value was refused because of the file, not of what was asked about it. @param {Problem} problem */
export const isOfPicture = ({ detail }) => detail.startsWith("The picture ");

/** @param {Problem} problem */
function reportText(problem) {
  return problem.requestId ? `Please report this number: ${problem.requestId}` : "Try again in a moment.";
}

/** @param {string} name */
function heicHint(name) {
  return /\.hei[cf]$/i.test(name) ? ' A phone sends JPEG when set to "Most compatible".' : "";
}

/** @param {number} seconds @returns {Note} */
export function busyNote(seconds) {
  return note("info", "The service is busy.", `Trying again in ${counted(seconds, "second")}.`);
}

/** @param {string} [help] @returns {Note} */
export function offlineNote(help = "Your drawing is kept and is read as soon as the service answers.") {
  return note("error", "No connection to the service.", help);
}

/** @returns {Note} */
export function needsServiceNote() {
  return note("info", "This needs the service.", NEEDS_SERVICE);
}

/** @param {string} name @returns {Note} */
function noSuchModelNote(name) {
  return note("error", `There is no model "${name}" here.`, "Choose one that is.");
}

/** Why the model that an address names is not the one that is shown; null where it is. @param {string} name @param {Card[]} cards */
export function otherModelNote(name, cards) {
  const card = cards.find((each) => each.name === name);
  if (!name || (card && isReady(card))) return null;
  if (card && takesTensorsOnly(card)) return note("error", `${name} takes tensors only.`, "The page asks about pictures.");
  return card ? note("error", `${name} is not ready.`, card.reason ?? "") : noSuchModelNote(name);
}

/** @returns {Note} */
export function noModelNote() {
  return note("error", "No model is ready.", "The service runs, but has no model that could answer.");
}

/** @returns {Note} */
export function unknownViewNote() {
  return note("info", "There is no such page here.", "This is where one begins.");
}

/** @returns {Note} */
export function viewFailedNote() {
  return note("error", "This view could not be loaded.", "It is asked for again by itself as soon as the service answers.");
}

/** @param {"none" | "denied"} why @returns {Note} */
export function pasteNote(why) {
  return why === "none"
    ? note("refusal", "The clipboard holds no picture.", "Copy one, then paste again.")
    : note("refusal", "The browser keeps the clipboard to itself.", matchMedia("(pointer: coarse)").matches ? "Allow it when it asks, or choose the picture instead." : "Press Ctrl+V (Cmd+V) instead.");
}

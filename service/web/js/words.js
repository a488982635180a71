// What the page says. Reasons, problems and titles to plain sentences; no sentence stands elsewhere.

import { Offline, Problem, Unsent } from "./api.js";
import { counted, percent } from "./format.js";

/** @typedef {import("./types.js").Prediction} Prediction */
/** @typedef {import("./types.js").Note} Note */
/** @typedef {import("./types.js").Card} Card */

export const NOTHING_YET = "Nothing to read yet. Draw a digit, or choose a picture.";
export const HINT_EMPTY = "Draw here with mouse, pen or finger, or drop a picture.";
export const HINT_SAMPLE = "A sample. Draw, and it makes way.";
export const ASKED_AGAIN = "It is asked again as soon as it answers.";
export const KEPT = "Your last answer is kept below.";

/** @type {Record<string, [string, string]>} */
const TITLES = {
  draw: ["Draw a digit", "The network reads it while you draw."],
  picture: ["Read a picture", "The network sees it as 28 × 28 pixels."],
  clothes: ["Choose clothes", "The network names the garment."],
};

/** Title and subtitle of the view. @param {"draw" | "picture"} mode @param {Card | null} card */
export function viewTitle(mode, card) {
  return TITLES[mode === "picture" && card?.group === "clothes" ? "clothes" : mode];
}

/** What a refused picture is called in the strip. @type {Record<string, string>} */
const SHORT_REASON = {
  empty: "empty",
  no_object: "nothing found",
  multiple: "several",
  unlike_training: "no digit",
  low_confidence: "unsure",
};

/** @param {Prediction} prediction */
export function shortReason(prediction) {
  return SHORT_REASON[prediction.reason ?? ""] ?? "refused";
}

/** @param {string} kind @param {string} title @param {string} text @returns {Note} */
export function note(kind, title, text) {
  return { kind: /** @type {Note["kind"]} */ (kind), title, text };
}

/** "a 4", "an 8", "an ankle boot". @param {string} label */
function withArticle(label) {
  return `${/^(8|[aeiou])/i.test(label) ? "an" : "a"} ${label}`;
}

/**
 * Why an answer was not accepted. @param {Prediction} prediction @param {Card} card @returns {Note}
 */
export function refusalNote(prediction, card) {
  const thing =
    card.group === "digits" ? "digit" : card.group === "clothes" ? "garment" : "picture that it knows";
  const [first, second] = prediction.top.map((entry) => withArticle(entry.label));
  const guess = first ? ` Its best guess would be ${first}.` : "";
  switch (prediction.reason) {
    case "empty":
      return note("refusal", "The picture is empty.", "No ink was found.");
    case "no_object":
      return note(
        "refusal",
        "Nothing stands out in this picture.",
        `Choose one that shows a single ${thing}.`,
      );
    case "multiple":
      return severalNote(prediction.regions ?? []);
    case "low_confidence":
      return note("info", `Could be ${first}${second ? ` or ${second}` : ""}.`, doubt(card));
    default:
      return note(
        "refusal",
        `This does not look like a ${thing}.`,
        `It is unlike anything the network was trained on.${guess}`,
      );
  }
}

/** @param {NonNullable<Prediction["regions"]>} regions @returns {Note} */
function severalNote(regions) {
  if (!regions.length)
    return note("refusal", "Several digits in one picture.", "The network reads one at a time.");
  const read = regions.map(({ label, confidence }) => `${label} (${percent(confidence)})`).join(", ");
  return note("refusal", `${regions.length} digits in one picture.`, `Read one by one: ${read}.`);
}

/** @param {Card} card */
function doubt(card) {
  const least = card.rejection?.min_confidence;
  return least
    ? `The network is less than ${Math.round(100 * least)}\u00A0% sure.`
    : "The network is not sure.";
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
  if (status === 413) return note("error", `${name} is too large.`, detail);
  if (status === 415) return note("error", `${name} was not read.`, `${detail}${heicHint(name)}`);
  if (status === 422 && problem.kind === "invalid-image") return note("error", `${name} is damaged.`, detail);
  if (status === 404) return noSuchModelNote(model);
  if (status === 503 && problem.kind === "not-ready") return note("error", `${model} is not ready.`, detail);
  if (problem.retryAfter !== null)
    return note("info", "The service is busy.", "It did not get to this picture.");
  if (status === 504) return note("error", "That took too long.", "Try a smaller picture.");
  if (status >= 500) return note("error", "The service failed.", reportText(problem));
  return note("error", problem.title ? `${problem.title}.` : "The service refused this.", detail);
}

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

/** @param {string} name @returns {Note} */
function noSuchModelNote(name) {
  return note("error", `There is no model "${name}" here.`, "Choose one that is.");
}

/** Why the model that an address names is not the one that is shown; null where it is. @param {string} name @param {Card[]} cards */
export function otherModelNote(name, cards) {
  const card = cards.find((each) => each.name === name);
  if (!name || card?.state === "READY") return null;
  return card ? note("error", `${name} is not ready.`, card.reason ?? "") : noSuchModelNote(name);
}

/** @returns {Note} */
export function noModelNote() {
  return note("error", "No model is ready.", "The service runs, but has no model that could answer.");
}

/** @param {"none" | "denied"} why @returns {Note} */
export function pasteNote(why) {
  return why === "none"
    ? note("refusal", "The clipboard holds no picture.", "Copy one, then paste again.")
    : note("refusal", "The browser keeps the clipboard to itself.", "Press Ctrl+V (Cmd+V) instead.");
}

/** @returns {Note} */
export function unknownViewNote() {
  return note("info", "There is no such page here.", "This is where one begins.");
}

/** @returns {Note} */
export function viewFailedNote() {
  return note("error", "This view could not be loaded.", "The service did not send it. Reload the page to try again.");
}

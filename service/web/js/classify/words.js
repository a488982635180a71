// What the Classify view says: titles, reasons, steps. Codes and numbers to plain sentences.

import { counted, percent, spokenPercent } from "../format.js";
import { note } from "../words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {import("../types.js").Region} Region */
/** @typedef {import("./types.js").Subject} Subject */

export const NOTHING_YET = "Nothing to read yet. Draw a digit, or choose a picture.";
export const HINT_EMPTY = "Draw here with mouse, pen or finger, or drop a picture.";
export const HINT_SAMPLE = "A sample. Draw, and it makes way.";
export const RECORDED = "answered beforehand";
export const KEPT = "Your last answer is kept below.";
export const LAST_PICTURE = "All models on the last picture";
const WHITE_CLOTHES = "White clothes on white are hard: the training set has hardly any.";
export const IN_ADDRESS_BAR = "See the address bar";

const LYING = 1.15; // width by height of ink that may lie on its side

const NUMBERS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"];

/**
 * Title and subtitle of the view.
 * @param {Subject["from"]} from
 * @param {string} kind
 * @param {number} count of networks that read it
 */
export function viewTitle(from, kind, count) {
  const networks = `${NUMBERS[count] ?? count} network${count === 1 ? "" : "s"}`;
  const verb = (/** @type {string} */ word) => (count === 1 ? `${word}s` : word);
  if (kind === "clothes") return ["Choose clothes", `${networks} ${verb("name")} the garment.`];
  if (from === "drawing") return ["Draw a digit", `${networks} ${verb("read")} it while you draw.`];
  return ["Read a picture", "From photograph to 28 × 28: every decision is shown and can be changed."];
}

const ROOM = 11; // letters of a number read, in a row of the table

/** What a refused picture is called where there is little room. @type {Record<string, string>} */
const SHORT_REASON = {
  empty: "empty",
  no_object: "nothing found",
  multiple: "several",
  perhaps_multiple: "one or several",
  unlike_training: "no digit",
  low_confidence: "unsure",
};

/** @param {Prediction} prediction @param {string | null} group */
export function shortReason({ reason, regions }, group) {
  if (reason === "multiple" && regions?.length) return numberRead(regions, " ");
  if (reason === "unlike_training" && group === "clothes") return "no garment";
  return SHORT_REASON[reason ?? ""] ?? "refused";
}

/** The same in a row of the table, which holds no long number. @param {Prediction} prediction @param {string | null} group */
export function rowReason(prediction, group) {
  const reason = shortReason(prediction, group);
  const { regions } = prediction;
  if (prediction.reason !== "multiple" || !regions?.length) return reason;
  return reason.length <= ROOM ? `reads ${reason}` : counted(regions.length, "mark");
}

/** "a 4", "an 8", "an ankle boot", "a T-shirt/top". @param {string} label */
function withArticle(label) {
  if (/^[A-Z][a-z]/.test(label)) return withArticle(label.toLowerCase());
  return `${/^(8|[aeiou])/i.test(label) ? "an" : "a"} ${label}`;
}

/**
 * What several regions say together, in reading order; a region that is none of the classes is a question mark.
 * @param {Region[]} regions @param {string} between lines
 */
export function numberRead(regions, between) {
  const isShort = regions.every(({ label }) => label.length <= 2);
  const lines = [...new Set(regions.map(({ line }) => line))];
  const ofLine = (/** @type {number} */ wanted) => regions.filter(({ line }) => line === wanted).map(regionRead);
  return lines.map((line) => ofLine(line).join(isShort ? "" : " ")).join(between);
}

export const NO_DIGIT = "no digit";

/** @param {Region} region */
export function regionRead({ label, accepted }) {
  return accepted ? label : "?";
}

/** Why an answer was not accepted. @param {Prediction} prediction @param {Card} card @returns {Note} */
export function refusalNote(prediction, card) {
  const things = { digits: "digit", odd_or_even: "digit", clothes: "garment" };
  const thing = things[/** @type {keyof typeof things} */ (card.group)] ?? "picture that it knows";
  const [first, second] = prediction.top.map((entry) => withArticle(entry.label));
  const guess = first ? ` Its best guess would be ${first}.` : "";
  switch (prediction.reason) {
    case "empty":
      return note("refusal", "The picture is empty.", "No ink was found. If the ink is faint, try Invert below.");
    case "no_object":
      return note("refusal", `No ${thing} can be told from the rest of this picture.`, `Mark the ${thing} yourself with Change box.`);
    case "multiple":
      return severalNote(prediction.regions ?? []);
    case "perhaps_multiple": // of the page alone
      return note("info", `One digit or several? As one it would be ${first}.`, `This ink may be both. ${ONE_AT_A_TIME}`);
    case "low_confidence":
      return note("info", `Could be ${first}${second ? ` or ${second}` : ""}.`, doubt(card));
    default:
      return note(
        "refusal",
        `This does not look like a ${thing}.`,
        `It is unlike anything the network was trained on.${guess}${onItsSide(prediction, thing)}`,
      );
  }
}

/** Digits are higher than wide, all ten: ink that is not may lie on its side. @param {Prediction} prediction @param {string} thing */
function onItsSide({ preprocessing }, thing) {
  const [, , width, height] = preprocessing?.box ?? [0, 0, 0, 0];
  return thing === "digit" && width > LYING * height ? " It is wider than high: if it lies on its side, try Turn below." : "";
}

/** Whether most of what stands out was taken for a digit: else there is no number to read. @param {Region[]} regions */
export function isNumber(regions) {
  return 2 * regions.filter(({ accepted }) => accepted).length >= regions.length;
}

const ONE_AT_A_TIME = "The networks read one at a time: draw one alone. To part them needs the service.";

/** @param {Region[]} regions none where the page itself has found several: it does not part them @returns {Note} */
function severalNote(regions) {
  const read = regions.filter(({ accepted }) => accepted).length;
  const others = regions.length - read;
  const rest = others ? `, and ${counted(others, "mark")} that ${others === 1 ? "looks" : "look"} like none` : "";
  if (!regions.length) return note("info", "Several digits in one picture.", ONE_AT_A_TIME);
  const title = `${counted(read, "digit")} in one picture${rest}.`;
  return note("info", title, "The networks read one at a time, so each box is read on its own.");
}

/**
 * How far the percentages may be believed, by what the model's package has measured; where it was not calibrated, what
 * the answer would be at the temperature that its test asks for.
 * @param {Prediction} prediction @param {Card} card
 */
export function trust(prediction, { calibration, metrics, group }) {
  const white = group === "clothes" ? ` ${WHITE_CLOTHES}` : "";
  if (calibration) {
    const off = calibration.error === null ? "" : ` On its test pictures they are ${points(calibration.error)} off.`;
    return `Percentages are calibrated: of answers given at 90\u00A0%, about 9 in 10 are right.${off}${white}`;
  }
  const own = "Percentages are the network\u2019s own, not calibrated";
  const measured = metrics?.calibration;
  if (!measured?.temperature) return `${own}.${white}`;
  const { temperature, calibration_error_before: before, calibration_error_held_out: after } = measured;
  if (before - after < 0.001) return `${own}: on its test pictures they are ${points(before)} off.${white}`;
  const sure = temperature > 1 ? "too sure" : "not sure enough";
  const share = percent(tempered(prediction, temperature));
  const instead = `At temperature ${temperature.toFixed(2)}, with ${points(after)} left, this answer would be ${share}`;
  return `${own}: ${points(before)} ${sure} on its test pictures. ${instead}.${white}`;
}

/** @param {number} share */
function points(share) {
  return `${(100 * share).toFixed(1)}\u00A0points`;
}

/** The first class's probability with the logits divided by `temperature`. @param {Prediction} prediction @param {number} temperature */
function tempered({ top }, temperature) {
  const powers = top.map(({ probability }) => probability ** (1 / temperature));
  return powers[0] / powers.reduce((sum, power) => sum + power, 0);
}

/** @param {Card} card */
function doubt(card) {
  const least = card.rejection?.min_confidence;
  return least ? `The network is less than ${Math.round(100 * least)}\u00A0% sure.` : "The network is not sure.";
}

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];

/** The models' card. @param {number | null} digit which of several, null where there is one */
export function tableTitle(digit) {
  if (digit === null) return "All models on this picture";
  return `All models on ${ORDINALS[digit] ? `the ${ORDINALS[digit]} digit` : `digit ${digit + 1}`}`;
}

/** "4 of 5 agree". @param {{agree: number, count: number, refuse: number}} consensus */
export function agreementText({ agree, count, refuse }) {
  const refusing = refuse ? `${refuse} refuse${refuse === 1 ? "s" : ""}` : "";
  if (count + refuse < 2) return "";
  if (count < 2) return `${refuse} of ${count + refuse} refuse`;
  const said = agree > 1 ? `${agree} of ${count} agree` : "No two agree";
  return refusing ? `${said}, ${refusing}` : said;
}

/** What is spoken once an answer stands. @param {Prediction} prediction @param {string} agreement */
export function spoken({ label, confidence }, agreement) {
  return `${label}, ${spokenPercent(confidence)} sure.${agreement ? ` ${agreement}.` : ""}`;
}

/** @param {Subject} subject @param {number} place @param {number} count of the batch */
export function pictureName({ name, truth, sample, isReduced }, place, count) {
  if (sample) return `Test picture ${sample.replace("/", " ")}, truly ${withArticle(truth ?? "")}`;
  const told = isReduced ? `${name} · sent as a smaller copy` : name;
  return count > 1 ? `${told} · ${place + 1} of ${count}` : told;
}

/** @param {string} sample @param {string} detail of the service @returns {Note} */
export function noSampleNote(sample, detail) {
  return note("error", `There is no test picture ${sample} here.`, detail);
}

/** @returns {Note} */
export function brokenDrawingNote() {
  return note("error", "The drawing in this address is damaged.", "Its part after d= was cut off or changed on its way.");
}

/** A link that cannot hold the picture. @param {Subject} subject @returns {Note} */
export function notInLinkNote({ from, name }) {
  return from === "drawing"
    ? note("info", "This drawing is too long for an address.", "The link opens the page without it.")
    : note("info", `${name} cannot go into an address.`, "It stays with you: the link opens the page without it.");
}

/** @param {number} left @param {string} noun */
export function moreText(left, noun) {
  return `and ${counted(left, noun)}`;
}

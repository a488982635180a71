// One round of questions about one picture, one call after the other.
//
//   picture -> POST predict?models=...                all models, the leading one among them: bars and table
//           -> (several digits) the same with a box   the chosen digit
//           -> POST models/<lead>/predict?explain     the steps, once the pen rests
//
// A call of all models costs little more than one of a single model, since the picture is decoded and prepared once;
// the pictures of the steps cost more than the answer. So the bars never wait for the steps.

import { Problem, request, upload } from "../api.js";
import { ask } from "./ask.js";
import { asQuery, onDigit } from "./decisions.js";

/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("../types.js").Picture} Picture */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {import("./types.js").Answers} Answers */
/** @typedef {import("./types.js").Decisions} Decisions */
/** @typedef {import("./types.js").Question} Question */

/**
 * @typedef {object} Listener
 * @property {(question: Question, answers: Answers) => void} onAnswers
 * @property {(question: Question, prediction: Prediction) => void} onSteps `prediction.steps` is there
 * @property {(question: Question, note: Note, again: boolean) => void} onFailure
 * @property {() => Promise<number[] | null>} size of the turned picture
 * @property {(milliseconds: number) => Promise<boolean>} newer whether newer ink waits, or comes within that time
 */

const STILL_MS = 120; // a pen that rests this long gets its steps
const TOP = 10;

/** @param {Listener} listener */
export function rounds(listener) {
  /** @param {Question} question @param {AbortSignal} signal */
  return async (question, signal) => {
    const { subject, lead } = question;
    const picture = { blob: await subject.blob(), name: subject.name };
    const about = { picture: subject.name, model: lead.name };
    /** @template T @param {() => Promise<T>} call @returns {Promise<T | null>} null: failed and said, or aborted */
    const insist = async (call) => {
      const outcome = await ask(call, about, signal, (note) => listener.onFailure(question, note, false));
      if (signal.aborted || !outcome) return null;
      if (outcome.kind === "answer") return outcome.value;
      listener.onFailure(question, outcome.note, outcome.again);
      return null;
    };
    const whole = await insist(() => askAll(question, picture, subject.decisions, signal));
    if (!whole) return;
    let [answers, decisions] = [whole, subject.decisions];
    if (whole.shown.reason === "multiple" && whole.shown.regions?.length) {
      const digit = Math.min(subject.digit, whole.shown.regions.length - 1);
      decisions = onDigit(decisions, whole.shown, digit, await listener.size());
      const chosen = await insist(() => askAll(question, picture, decisions, signal));
      if (!chosen) return;
      answers = { ...chosen, whole: whole.shown };
    }
    listener.onAnswers(question, answers);
    if (subject.from === "drawing" && (await listener.newer(STILL_MS))) return;
    const explained = await insist(() => askSteps(question, picture, decisions, signal));
    if (explained) listener.onSteps(question, explained);
  };
}

/**
 * @param {Question} question
 * @param {Picture} picture
 * @param {Decisions} decisions
 * @param {AbortSignal} signal
 * @returns {Promise<Answers>} raises where the leading model has no answer
 */
async function askAll({ lead, models }, picture, decisions, signal) {
  const names = models.map(encodeURIComponent).join(",");
  const path = `api/v1/predict?models=${names}&top_k=${TOP}${asQuery(decisions)}`;
  const { results } = await upload(path, picture, { signal, quiet: true });
  return answersOf(results, lead, decisions);
}

/**
 * Without a service: what it said of a test picture when the folder of files was made.
 * @param {Question} question
 * @returns {Promise<Answers | null>} null where nothing is written down of it
 */
export async function askFile({ subject, lead }) {
  if (!subject.sample || asQuery(subject.decisions)) return null;
  try {
    const { results } = await request(`api/v1/predict?sample=${subject.sample}`, { quiet: true });
    return { ...answersOf(results, lead, subject.decisions), isRecorded: true };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return null;
  }
}

/** @param {any[]} results @param {Question["lead"]} lead @param {Decisions} decisions @returns {Answers} raises where the leading model has no answer */
function answersOf(results, lead, decisions) {
  /** @type {Answers["results"]} */
  const byName = new Map();
  let milliseconds = 0;
  for (const result of results) {
    const isAnswer = Array.isArray(result.predictions);
    byName.set(result.model, isAnswer ? result.predictions[0] : new Problem(result, Number(result.status)));
    if (isAnswer && result.model === lead.name) milliseconds = result.timing_ms.total;
  }
  const shown = byName.get(lead.name);
  if (!shown || shown instanceof Error) throw shown ?? new Problem({}, 404);
  return { results: byName, shown, whole: null, milliseconds, decisions };
}

/**
 * @param {Question} question
 * @param {Picture} picture
 * @param {Decisions} decisions
 * @param {AbortSignal} signal
 * @returns {Promise<Prediction>}
 */
async function askSteps({ lead }, picture, decisions, signal) {
  const path = `api/v1/models/${encodeURIComponent(lead.name)}/predict?top_k=${TOP}&explain=true${asQuery(decisions)}`;
  return (await upload(path, picture, { signal })).predictions[0];
}

/**
 * The leading model alone, for a picture that waits in the strip.
 * @param {string} model
 * @param {Picture} picture
 * @param {Decisions} decisions
 * @param {AbortSignal} signal
 * @returns {Promise<Prediction>}
 */
export async function askLead(model, picture, decisions, signal) {
  const path = `api/v1/models/${encodeURIComponent(model)}/predict?top_k=${TOP}${asQuery(decisions)}`;
  return (await upload(path, picture, { signal, quiet: true })).predictions[0];
}

// What the lessons say: what the lecture claims, and what was measured here. Every number comes from the service.

import { Problem } from "../api.js";
import { counted, grouped } from "../format.js";
import { passesIn } from "../retries.js";
import { failureNote, note, offlineNote } from "../words.js";
import { divergences } from "./paths.js";
import { figure, points, rate, share } from "./numbers.js";

/** @typedef {import("./types.js").Epoch} Epoch */
/** @typedef {import("./types.js").Study} Study */
/** @typedef {import("./types.js").StudyRow} StudyRow */
/** @typedef {import("./types.js").Surface} Surface */
/** @typedef {import("./types.js").Training} Training */

export const SUBTITLE = "What the lecture claims, run and measured here.";

/** A validation loss that rose by this factor has turned for good; below, it may be chance. */
const BY_HEART = 1.1;

const POINTS = "\u00A0points";
/** Of the MNIST test digits 49.6 % have all their ink in the rows up to this one, and 76 % up to the next: counted. */
const INK_ENDS = 24;
/** What a network's history calls the pictures that it was held against. @type {Record<string, string>} */
export const HELD_OUT = { "validation fifth": "a fifth of the training set, kept aside" };

/** The lessons in their order: address -> words. @type {Record<string, string>} */
export const LESSONS = {
  curves: "Curves",
  dropout: "Dropout",
  depth: "Depth",
  recurrent: "Recurrent",
  optimizers: "Optimisers",
};

/** Short names of the methods; one that is not here goes by its title. @type {Record<string, string>} */
const METHODS = {
  batch: "Gradient descent",
  minibatch: "Mini-batch",
  stochastic: "SGD",
  implicit: "Implicit SGD",
};

/** @param {{name: string, title: string}} method */
export const methodName = ({ name, title }) => METHODS[name] ?? title;

export const RATE_HINT = "Raise it until gradient descent leaves the picture.";
export const leftWords = (/** @type {number} */ step, isShort = false) => `left ${isShort ? "" : "the picture "}at step ${step}`;
export const divergedWords = (/** @type {number} */ step) => `diverged at step ${step}`;

/** "a", "a and b", "a, b and c". @param {string[]} parts */
export function listed(parts) {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** @param {StudyRow} row pictures read wrong, a mean over the seeds */
export const wrong = (row) => Math.round((1 - row.test_accuracy) * row.n);

/** @param {string} model @param {import("./types.js").History} history */
export function curveSentences(model, { validation, epochs }) {
  const last = epochs[epochs.length - 1];
  const best = epochs.reduce((least, epoch) => (epoch.val_loss < least.val_loss ? epoch : least));
  const end = `After ${counted(epochs.length, "epoch")} ${model} reads ${share(last.accuracy, 2)} of the training pictures right (counted while it trains, with dropout on where it has any), and ${share(last.val_accuracy, 2)} of those it does not learn from (${HELD_OUT[validation] ?? validation}).`;
  return [
    "The lecture draws accuracy and loss after each pass over the training pictures, an epoch. Where training goes on to improve and validation does not, a network overfits. Loss is the mean of \u2212log p, where p is the probability that the true class was given: 0 for who is sure and right.",
    end,
    `${turn(last, best)}${hindered(last)}`,
  ];
}

/** @param {Epoch} last @param {Epoch} best the one of the lowest validation loss */
function turn(last, best) {
  if (best === last) return `Its validation loss is lowest at the end: ${figure(last.val_loss)}.`;
  const ends = `Its validation loss is lowest after epoch ${best.epoch} (${figure(best.val_loss)}) and ends at ${figure(last.val_loss)}`;
  const isByHeart = last.val_loss > BY_HEART * best.val_loss && last.loss < last.val_loss;
  return isByHeart ? `${ends}, while the training loss goes on to ${figure(last.loss)}: it learns its pictures by heart.` : `${ends}.`;
}

/** @param {Epoch} last */
function hindered(last) {
  return last.accuracy < last.val_accuracy
    ? " Training looks worse than validation: it is measured while the weights still move, with all on that makes training harder."
    : "";
}

/** @param {Study} study */
export function dropoutSentences({ table: [without, with_] }) {
  const better = with_.test_accuracy - without.test_accuracy;
  const spread = without.test_accuracy_sd + with_.test_accuracy_sd;
  const doubt = Math.abs(better) < spread ? "less than the seeds differ among themselves" : "more than the seeds differ";
  return [
    "The lecture: a network that is too free learns its training pictures by heart. Dropout switches off random neurons at each step, so that it cannot.",
    `Without dropout training accuracy climbs to ${share(without.accuracy)} and validation stops at ${share(without.val_accuracy)}: a gap of ${points(without.gap)}. With dropout they end at ${share(with_.accuracy)} and ${share(with_.val_accuracy)}: ${points(with_.gap)}. Training is measured with dropout on, so it looks worse than it is.`,
    `On the test pictures dropout changes accuracy by ${points(better)}, ${doubt}; loss goes from ${figure(without.test_loss)} to ${figure(with_.test_loss)}: its mistakes are made with less confidence.`,
  ];
}

/** @param {Study} study */
export function depthSentences({ table: [neuron, shallow, deep] }) {
  const better = deep.test_accuracy - shallow.test_accuracy;
  const spread = deep.test_accuracy_sd + shallow.test_accuracy_sd;
  const verdict =
    Math.abs(better) < spread
      ? `The step from one layer to three, ${points(better)}, is smaller than what the seeds differ by (±\u00A0${points(spread)}): here it is the first hidden layer that counts.`
      : `The step from one layer to three, ${points(better)}, is larger than what the seeds differ by (±\u00A0${points(spread)}).`;
  return [
    "The lecture asks why a network should have more layers, when each brings many parameters. Is the digit odd? Three networks of growing depth answer.",
    `A single neuron with ${grouped(neuron.parameters)} parameters is wrong on ${grouped(wrong(neuron))} of ${grouped(neuron.n)} test pictures. One hidden layer (${grouped(shallow.parameters)}) leaves ${grouped(wrong(shallow))}, three hidden layers (${grouped(deep.parameters)}) leave ${grouped(wrong(deep))}.`,
    verdict,
  ];
}

/** "SimpleRNN" of "SimpleRNN reading rows". @param {StudyRow} row */
export const recurrentName = ({ title }) => title.split(" ")[0];

/** @param {Study} study */
export function recurrentSentences({ table, models }) {
  const best = table.reduce((most, row) => (row.test_accuracy > most.test_accuracy ? row : most));
  const least = table.reduce((fewest, row) => (row.parameters < fewest.parameters ? row : fewest));
  const half = models.flatMap(({ accuracy_after_row }, index) => {
    const row = accuracy_after_row?.findIndex((value) => value >= 0.5) ?? -1;
    return row < 0 ? [] : [`${recurrentName(table[index])} after ${row + 1}`];
  });
  return [
    "The lecture reads a digit as a sequence: each row of 28 pixels is a step, and the network carries a message from one row to the next. LSTM and GRU also learn what to keep and what to forget.",
    `${recurrentName(best)} is the most accurate: ${share(best.test_accuracy, 2)} of the test digits with ${grouped(best.parameters)} parameters. ${doubtful(table, best)}${recurrentName(least)} has the fewest, ${grouped(least.parameters)}, and reads ${share(least.test_accuracy, 2)}.`,
    `The belief forms late. Half of the test digits are read right by ${listed(half)} of 28 rows. Not for want of thought alone: half of them have all their ink only by row ${INK_ENDS}.`,
  ];
}

/** Where the second is nearer than the seeds lie apart. @param {StudyRow[]} table @param {StudyRow} best */
function doubtful(table, best) {
  const others = table.filter((row) => row !== best);
  const second = others.reduce((most, row) => (row.test_accuracy > most.test_accuracy ? row : most), others[0]);
  if (!second) return "";
  const ahead = best.test_accuracy - second.test_accuracy;
  const spread = best.test_accuracy_sd + second.test_accuracy_sd;
  return ahead < spread
    ? `It is ahead of ${recurrentName(second)} by ${(100 * ahead).toFixed(2)}${POINTS}, less than the seeds differ by (±${POINTS[0]}${(100 * spread).toFixed(2)}${POINTS}): no proof. `
    : "";
}

/** @param {Surface} surface @param {(method: string) => string} nameOf */
export function surfaceSentences(surface, nameOf) {
  const rates = surface.learning_rates;
  const all = [...divergences(surface)];
  const wild = all.filter(([, at]) => at.length).map(([method, at]) => `${nameOf(method)} from ${rate(at[0])} up`);
  const calm = all.filter(([, at]) => !at.length).map(([method]) => nameOf(method));
  return [
    "The lecture: gradient descent is sensitive to its learning rate and jumps from wall to wall. Momentum swings and then flies along the floor. Implicit SGD takes its gradient where it is going to land.",
    `Of ${rates.length} learning rates from ${rate(rates[0])} to ${rate(rates[rates.length - 1])}, paths on this surface diverge with ${listed(wild)}; ${listed(calm)} diverge at none.`,
  ];
}

/** @param {Training} training @param {(method: string) => string} nameOf */
export function trainingSentence(training, nameOf) {
  const rates = training.learning_rates.length;
  const wild = training.methods.map(({ method, runs }) => ({ method, count: runs.filter((run) => run.diverged).length }));
  const counts = wild.filter(({ count }) => count).map(({ method, count }, index) => `${nameOf(method)} ${index ? "" : "diverges "}at ${count} of them`);
  const calm = wild.filter(({ count }) => !count).map(({ method }) => nameOf(method));
  const ends = training.methods.flatMap(({ method, runs }) =>
    runs.map((run) => ({ method, run, loss: run.diverged ? Infinity : (run.loss?.mean ?? Infinity) })),
  );
  const best = ends.reduce((least, end) => (end.loss < least.loss ? end : least));
  const accuracy = best.run.accuracy?.mean;
  const diverging = counts.length
    ? `Of ${rates} learning rates, ${listed(counts)}${calm.length ? `, ${listed(calm)} at none` : ""}.`
    : `None diverges at any of ${rates} learning rates.`;
  return `${diverging} The lowest end is that of ${nameOf(best.method)} at ${rate(best.run.learning_rate)}: loss ${figure(best.loss)}${typeof accuracy === "number" ? `, test accuracy ${share(accuracy)}` : ""}.`;
}

/** @param {unknown} error @param {string} title of the lesson */
export function lessonNote(error, title) {
  if (error instanceof Problem && error.status === 404) return note("info", `${title} is not measured here.`, error.detail);
  if (passesIn(error) !== null) return note("info", "The service is busy.", "Try again in a moment.");
  return failureNote(error, title, "");
}

export const WAITING = offlineNote("The lesson appears as soon as it answers.");

// The view's address: what the person decided, in words that can be read, sent and typed.
//
//   #/filters?filter=sobel_x&scale=centre&at=96,80            a kernel that the service has a name for
//   #/filters?kernel=-1,0,1;-2,0,2;-1,0,1&div=4&steps=kernel/relu/max_pool:2:2
//
// In `steps` the word "kernel" stands for the step that the other parts describe. Whatever cannot be understood is
// named and left out; the rest holds.

import { BORDERS, convolve, mainOf, OPS, paddingOf, STRIDES, usualScale } from "./plan.js";
import { parseNumber } from "./numbers.js";

/** @typedef {import("./types.js").Convolve} Convolve */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Step} Step */

const SCALES = ["clip", "abs", "centre"];
const MOST = 31;

/** @param {State} state @param {string | null} sample @returns {Record<string, string>} */
export function toParams(state, sample) {
  const main = mainOf(state);
  return {
    ...(main.filter ? { filter: main.filter } : { kernel: kernelText(main.rows), div: String(main.divisor) }),
    ...(main.stride === 1 ? {} : { stride: String(main.stride) }),
    ...(main.padding === "same" ? {} : { padding: String(main.padding) }),
    ...(main.border === "zeros" ? {} : { pad_mode: main.border }),
    ...(main.channels === "each" ? {} : { channels: main.channels }),
    scale: state.scale,
    ...(state.color === "grey" ? {} : { color: state.color }),
    ...(state.told === null ? {} : { told: String(state.told + 1) }),
    ...(state.at ? { at: state.at.join(",") } : {}),
    ...(state.steps.length > 1 ? { steps: state.steps.map((step) => (step === main ? "kernel" : stepText(step))).join("/") } : {}),
    ...(sample ? { sample } : {}),
  };
}

/** @param {Convolve["rows"]} rows */
function kernelText(rows) {
  return rows.map((row) => row.join(",")).join(";");
}

/** @param {Step} step */
function stepText(step) {
  if (step.op === "relu") return step.op;
  if (step.op !== "convolve") return [step.op, step.size, step.stride, step.padding].join(":");
  return [step.op, step.filter ?? kernelText(step.rows), step.divisor, step.stride, step.padding, step.border, ...(step.channels === "each" ? [] : ["sum"])].join(":");
}

/**
 * What an address says. `broken` lists the parts that say nothing, as they stand in it.
 * @param {URLSearchParams} params
 * @param {Filter[]} filters
 * @param {State} usual what holds where it says nothing
 * @returns {{state: State, broken: string[]}}
 */
export function fromParams(params, filters, usual) {
  /** @type {string[]} */
  const broken = [];
  /** @template T @param {string} name @param {T} otherwise @param {(text: string) => T | null} read @returns {T} */
  const part = (name, otherwise, read) => {
    const text = params.get(name);
    if (text === null) return otherwise;
    const value = read(text);
    if (value === null) broken.push(`${name}=${text.length > 40 ? `${text.slice(0, 40)}…` : text}`);
    return value ?? otherwise;
  };
  const oneOf = (/** @type {string[]} */ known) => (/** @type {string} */ text) => (known.includes(text) ? text : null);
  const named = part("filter", null, (text) => filters.find(({ name }) => name === text) ?? null);
  const rows = part("kernel", null, kernelOf);
  let main = named ? convolve(named) : mainOf(usual);
  if (rows) main = { ...main, rows, divisor: 1, filter: null };
  main = {
    ...main,
    divisor: part("div", main.divisor, parseNumber),
    stride: Number(part("stride", "1", oneOf(STRIDES))),
    padding: /** @type {Convolve["padding"]} */ (part("padding", "same", paddingOf)),
    border: /** @type {Convolve["border"]} */ (part("pad_mode", "zeros", oneOf(Object.keys(BORDERS)))),
    channels: /** @type {Convolve["channels"]} */ (part("channels", "each", oneOf(["each", "sum"]))),
  };
  main = recognised(main, filters);
  const scale = part("scale", usualScale(filters.find(({ name }) => name === main.filter)), oneOf(SCALES));
  const { steps, place } = part("steps", { steps: [main], place: 0 }, (text) => stepsOf(text, main, filters));
  /** @type {State} */
  const state = {
    steps,
    main: place,
    scale: /** @type {State["scale"]} */ (scale),
    color: /** @type {State["color"]} */ (part("color", "grey", oneOf(["keep", "grey"]))),
    told: part("told", null, (text) => (Number(text) >= 1 && Number(text) <= steps.length ? Number(text) - 1 : null)),
    at: part("at", null, pairOf),
  };
  return { state, broken };
}

/** The step under the name that the service has for it; the name that it bears stays where it is right.
 * @param {Convolve} step @param {Filter[]} filters @returns {Convolve} */
export function recognised(step, filters) {
  const text = kernelText(step.rows);
  const same = filters.filter(({ kernel, divisor }) => divisor === step.divisor && kernelText(kernel) === text);
  const found = same.find(({ name }) => name === step.filter) ?? same[0];
  return { ...step, filter: found?.name ?? null };
}

/** @param {string} text @returns {number[][] | null} */
export function kernelOf(text) {
  const rows = text.split(";").map((row) => row.split(",").map(parseNumber));
  const isMatrix = rows.length <= MOST && rows[0].length <= MOST && rows.every((row) => row.length === rows[0].length);
  return isMatrix && !rows.flat().includes(null) ? /** @type {number[][]} */ (rows) : null;
}

/** @param {string} text @returns {Pair | null} */
function pairOf(text) {
  const match = /^(\d{1,5}),(\d{1,5})$/.exec(text);
  return match && [Number(match[1]), Number(match[2])];
}

/** @param {string} text @param {Convolve} main @param {Filter[]} filters @returns {{steps: Step[], place: number} | null} */
function stepsOf(text, main, filters) {
  const steps = text.split("/").map((word) => (word === "kernel" ? main : stepOf(word, filters)));
  if (steps.includes(null) || steps.filter((step) => step === main).length !== 1) return null;
  return { steps: /** @type {Step[]} */ (steps), place: steps.indexOf(main) };
}

/** @param {string} word @param {Filter[]} filters @returns {Step | null} */
function stepOf(word, filters) {
  const [op, first = "", ...rest] = word.split(":");
  if (!OPS.includes(op)) return null;
  if (op === "relu") return { op };
  if (op !== "convolve") {
    const [size, stride, padding] = [first || "2", rest[0] ?? (first || "2"), rest[1] ?? "valid"];
    if (![size, stride].every((number) => STRIDES.includes(number)) || paddingOf(padding) === null) return null;
    return /** @type {Step} */ ({ op, size: Number(size), stride: Number(stride), padding: paddingOf(padding) });
  }
  const known = filters.find(({ name }) => name === first);
  const rows = known?.kernel ?? kernelOf(first);
  const divisor = parseNumber(rest[0] ?? String(known?.divisor ?? 1));
  const [, stride = "1", words = "same", border = "zeros", channels = "each"] = rest;
  const padding = paddingOf(words);
  const isKnown = STRIDES.includes(stride) && border in BORDERS && ["each", "sum"].includes(channels);
  if (!rows || divisor === null || padding === null || !isKnown) return null;
  const step = { op, rows, divisor, stride: Number(stride), padding, border, channels, filter: known?.name ?? null };
  return recognised(/** @type {Convolve} */ (step), filters);
}

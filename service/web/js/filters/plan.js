// What the person decided to what is sent: steps, their sizes, the fields of the form.

/** @typedef {import("./types.js").Convolve} Convolve */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Pair} Pair */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Step} Step */

export const STRIDES = ["1", "2", "3", "4"];
const MOST_PADDING = 64;
/** @type {Record<string, string>} */
export const PADDINGS = { same: "same", valid: "valid" };
/** @type {Record<string, string>} */
export const BORDERS = { zeros: "zeros", edge: "edge", reflect: "reflect" };
export const OPS = ["convolve", "relu", "max_pool", "avg_pool"];

/** @param {Filter} filter @returns {Convolve} */
export function convolve(filter) {
  const { name, kernel, divisor } = filter;
  return { op: "convolve", rows: kernel, filter: name, divisor, stride: 1, padding: "same", border: "zeros", channels: "each" };
}

/**
 * How a filter's numbers are best seen: slopes have a direction, so both signs count; an edge that looks the same
 * from both sides counts by its size.
 * @param {Filter | undefined} filter none: a kernel without a name
 * @returns {State["scale"]}
 */
export function usualScale(filter) {
  if (!filter) return "centre";
  if (!filter.signed) return "clip";
  const cells = filter.kernel.flat();
  return JSON.stringify(cells) === JSON.stringify([...cells].reverse()) ? "abs" : "centre";
}

/** @param {string} op @param {Filter} filter for a convolution @returns {Step} */
export function newStep(op, filter) {
  if (op === "convolve") return convolve(filter);
  if (op === "max_pool" || op === "avg_pool") return { op, size: 2, stride: 2, padding: "valid" };
  return { op: "relu" };
}

/** The step that the Kernel card edits. @param {State} state @returns {Convolve} */
export function mainOf({ steps, main }) {
  return /** @type {Convolve} */ (steps[main]);
}

/** Whether each cell holds a number. @param {readonly Step[]} steps */
export function isComplete(steps) {
  return steps.every(
    (step) =>
      step.op !== "convolve" ||
      (typeof step.divisor === "number" && step.rows.every((row) => row.every((cell) => typeof cell === "number"))),
  );
}

/** A padding as an address or a field has it; null where it is none. @param {string} text @returns {import("./types.js").Padding | null} */
export function paddingOf(text) {
  if (text in PADDINGS) return /** @type {import("./types.js").Padding} */ (text);
  return /^\d{1,2}$/.test(text) && Number(text) <= MOST_PADDING ? Number(text) : null;
}

/** @param {number} size @param {number} window @param {number} stride @param {import("./types.js").Padding} padding */
export function outputSize(size, window, stride, padding) {
  if (padding === "same") return Math.ceil(size / stride);
  return Math.floor((size - window + (padding === "valid" ? 0 : padding)) / stride) + 1;
}

/** Width and height after each step; below 1 where nothing comes out. @param {readonly Step[]} steps @param {Pair} size */
export function sizesOf(steps, size) {
  let [width, height] = size;
  return steps.map((step) => {
    if (step.op !== "relu") {
      const [w, h] = step.op === "convolve" ? [step.rows[0].length, step.rows.length] : [step.size, step.size];
      width = outputSize(width, w, step.stride, step.padding);
      height = outputSize(height, h, step.stride, step.padding);
    }
    return /** @type {Pair} */ ([width, height]);
  });
}

/** Size of the output of the step whose numbers are told. @param {State} state @param {Pair} size */
export function toldSize(state, size) {
  return sizesOf(state.steps, size)[toldStep(state)];
}

/** The step whose numbers are told: the one that was opened, or the last before it that has a window; without one the
 * last of all, whose output is what Out shows. @param {State} state */
export function toldStep({ steps, told }) {
  const hasWindow = steps.map(({ op }) => op !== "relu");
  const found = hasWindow.lastIndexOf(true, told ?? steps.length - 1);
  return found < 0 ? hasWindow.indexOf(true) : found;
}

/** @param {readonly Step[]} steps */
function lastConvolve(steps) {
  return steps.map((step) => step.op).lastIndexOf("convolve");
}

/** The fields of the form beside the file. @param {State} state @param {Pair | null} at @returns {[string, string][]} */
export function fieldsOf(state, at) {
  const { steps, scale, color } = state;
  /** @type {[string, string][]} */
  const fields = [];
  const [first] = steps;
  if (steps.length === 1 && first.op === "convolve") {
    for (const [name, value] of Object.entries(described(first))) {
      if (name !== "op") fields.push([name, typeof value === "string" ? value : JSON.stringify(value)]);
    }
  } else {
    fields.push(["steps", JSON.stringify(steps.map(described))]);
  }
  fields.push(["scale", scale], ["color", color]);
  if (at) fields.push(["at", at.join(",")]);
  if (at && toldStep(state) !== lastConvolve(steps)) fields.push(["at_step", String(toldStep(state) + 1)]);
  return fields;
}

/** A step as the service takes it; what it takes for granted is left out. @param {Step} step @returns {Record<string, unknown>} */
function described(step) {
  if (step.op !== "convolve") return { ...step };
  const { op, rows, filter, divisor, stride, padding, border, channels } = step;
  return {
    op,
    ...(filter ? { filter } : { kernel: rows, ...(divisor === 1 ? {} : { divisor }) }),
    ...(stride === 1 ? {} : { stride }),
    ...(padding === "same" ? {} : { padding }),
    ...(border === "zeros" ? {} : { pad_mode: border }),
    ...(channels === "each" ? {} : { channels }),
  };
}

/** The kernel at another size: its middle stays, what is new is zero. @param {(number | string)[][]} rows @param {number} width @param {number} height */
export function resized(rows, width, height) {
  const top = Math.floor((rows.length - height) / 2);
  const left = Math.floor((rows[0].length - width) / 2);
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => rows[top + y]?.[left + x] ?? 0));
}

/** @param {(number | string)[][]} rows */
export function sumOf(rows) {
  const sum = rows.flat().reduce((/** @type {number} */ total, cell) => total + Number(cell), 0);
  return Number(sum.toFixed(6));
}

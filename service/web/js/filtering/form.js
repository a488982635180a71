// The fields of the form of filters/apply as layers; what is left out is what the service takes for granted.

import { Unfit } from "./geometry.js";

/** @typedef {import("../filters/types.js").Filter} Filter */
/** @typedef {import("./steps.js").Layer} Layer */

/**
 * What the form says: a sequence, or one convolution by its fields.
 * @param {Map<string, string>} form
 * @param {readonly Filter[]} all
 * @returns {Layer[]} raises Unfit
 */
export function layersOf(form, all) {
  const steps = form.get("steps");
  /** @type {any[]} */
  const described = steps
    ? JSON.parse(steps)
    : [Object.fromEntries([...form].map(([name, value]) => [name, fieldOf(name, value)]))];
  return described.map((step) => {
    const { op = "convolve", filter, kernel, divisor = 1, stride, padding, pad_mode = "zeros", channels, size } = step;
    if (op === "relu") return { op };
    if (op !== "convolve") return { op, size, stride: stride ?? size, padding: padding ?? "valid" };
    const named = filter ? all.find(({ name }) => name === filter) : { kernel, divisor };
    if (!named) throw new Unfit("There is no filter of this name.");
    if (!Number.isFinite(named.divisor) || named.divisor === 0 || !named.kernel.flat().every(Number.isFinite)) {
      throw new Unfit("A kernel takes numbers, and a divisor that is not 0.");
    }
    return {
      op,
      kernel: named.kernel,
      divisor: named.divisor,
      stride: stride ?? 1,
      padding: padding ?? "same",
      border: pad_mode,
      isSummed: channels === "sum",
    };
  });
}

/** @param {string} name @param {string} value */
function fieldOf(name, value) {
  const isWord = ["filter", "pad_mode", "channels", "scale", "color", "at"].includes(name) || /^(same|valid)$/.test(value);
  return isWord ? value : JSON.parse(value);
}

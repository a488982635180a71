// Asks the service to filter a picture.
//
//   picture + fields -> POST filters/apply -> numbers and picture (JSON), or the picture alone
//                       without a service: filtering/here.js

import { Problem, request, stageOf, Unsent } from "../api.js";
import { make } from "../dom.js";
import { LONGEST, smaller } from "../smaller.js";
import { IS_STATIC } from "../static.js";

/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Held} Held */

const PATH = "api/v1/filters/apply";
const SAVING_MS = 10_000; // after which the browser has surely begun to save

/** @returns {Promise<Filter[]>} */
export async function listFilters() {
  return (await request("api/v1/filters", { quiet: true })).filters;
}

/**
 * @param {Blob} blob
 * @param {string} name
 * @param {[string, string][]} fields
 */
function formOf(blob, name, fields) {
  const form = new FormData();
  form.append("file", blob, name);
  for (const [field, value] of fields) form.append(field, value);
  return form;
}

/**
 * Numbers and picture.
 * @param {Blob} blob
 * @param {string} name
 * @param {[string, string][]} fields
 * @param {AbortSignal} signal
 * @returns {Promise<import("./types.js").Answer>}
 */
export async function applied(blob, name, fields, signal) {
  if (IS_STATIC) return (await import("../filtering/here.js")).appliedHere(blob, fields);
  /** @type {number | null} */
  let milliseconds = null;
  const onHeaders = (/** @type {Headers} */ headers) => (milliseconds = stageOf(headers, "filter"));
  const answer = await request(PATH, { form: formOf(blob, name, fields), accept: "application/json", signal, onHeaders });
  return { ...answer, milliseconds };
}

/**
 * The picture alone.
 * @param {Blob} blob
 * @param {string} name
 * @param {[string, string][]} fields
 * @param {{accept?: string, signal?: AbortSignal, quiet?: boolean}} [options]
 * @returns {Promise<Blob>}
 */
export async function appliedPicture(blob, name, fields, { accept = "image/png", signal, quiet } = {}) {
  if (IS_STATIC) return (await import("../filtering/here.js")).pictureHere(blob, fields);
  return request(PATH, { form: formOf(blob, name, fields), accept, signal, quiet });
}

/**
 * The picture, filtered, as a file of the person: whole, or where the service takes no file as large a smaller copy.
 * @param {Held} held
 * @param {[string, string][]} fields
 * @param {string} suffix of its name
 * @returns {Promise<{isWhole: boolean}>} raises Problem, Offline, Unsent
 */
export async function saveApplied(held, fields, suffix) {
  const { blob, isWhole } = await wholeOrSmaller(held, fields);
  const url = URL.createObjectURL(blob);
  const link = make("a", "");
  link.href = url;
  link.download = `${held.name.replace(/\.\w+$/, "")}-${suffix}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), SAVING_MS);
  return { isWhole };
}

/** @param {Held} held @param {[string, string][]} fields */
async function wholeOrSmaller({ full, name, fullSize }, fields) {
  try {
    return { blob: await appliedPicture(full, name, fields), isWhole: true };
  } catch (error) {
    const isTooLarge = error instanceof Problem ? error.status === 413 : error instanceof Unsent && error.why === "cut";
    if (!isTooLarge || Math.max(...(fullSize ?? [0])) <= LONGEST) throw error;
    return { blob: await appliedPicture(await smaller(full), name, fields), isWhole: false };
  }
}

// Asks the service to filter a picture.
//
//   picture + fields -> POST filters/apply -> numbers and picture (JSON), or the picture alone

import { request, stageOf } from "../api.js";

/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Filtered} Filtered */

const PATH = "api/v1/filters/apply";

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
 * Numbers and picture. `milliseconds` is the time of the filter alone.
 * @param {Blob} blob
 * @param {string} name
 * @param {[string, string][]} fields
 * @param {AbortSignal} signal
 * @returns {Promise<Filtered & {milliseconds: number | null}>}
 */
export async function applied(blob, name, fields, signal) {
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
export function appliedPicture(blob, name, fields, { accept = "image/png", signal, quiet } = {}) {
  return request(PATH, { form: formOf(blob, name, fields), accept, signal, quiet });
}

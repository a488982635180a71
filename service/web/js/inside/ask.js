// What the view asks the service.

import { request } from "../api.js";

/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./types.js").Look} Look */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").ServedMap} ServedMap */

/** @param {string} model @param {string} part */
export function pathOf(model, part) {
  return `api/v1/models/${encodeURIComponent(model)}/${part}`;
}

/**
 * One layer of a model for a picture. With `map` that map alone, with all its numbers.
 * @param {string} model
 * @param {Source} source
 * @param {{layer: string, map?: number}} of
 * @param {AbortSignal} signal
 * @returns {Promise<Look>}
 */
export function look(model, { sample, blob, name, decided }, { layer, map }, signal) {
  const query = new URLSearchParams({ layer });
  if (map !== undefined) query.set("map", String(map));
  if (sample) query.set("sample", sample);
  const path = pathOf(model, `feature-maps?${String(query).replaceAll("%2F", "/")}${decided}`);
  if (sample || !blob) return request(path, { post: true, signal });
  const form = new FormData();
  form.append("file", blob, name);
  return request(path, { form, signal });
}

/**
 * The true label of a test sample; "" where it is unknown, or no class of the model (odd or even).
 * @param {Source} source
 * @param {import("../types.js").Card} card
 * @param {AbortSignal} signal
 */
export async function truthOf({ sample }, { labels }, signal) {
  if (!sample) return "";
  const [dataset, index] = sample.split("/");
  const { label } = await request(`api/v1/datasets/${dataset}/test/${index}`, { signal, quiet: true });
  return labels?.includes(label) ? label : "";
}

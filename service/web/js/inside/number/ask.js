// Asks the service how a number came about.

import { request } from "../../api.js";
import { pathOf } from "../ask.js";

/** @typedef {import("../types.js").Source} Source */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./types.js").Told} Told */

/**
 * @param {string} model
 * @param {Source} source
 * @param {string} layer
 * @param {Place} place
 * @param {AbortSignal} signal
 * @returns {Promise<Told>}
 */
export function trace(model, { sample, blob, name, decided }, layer, { map, x, y }, signal) {
  const query = new URLSearchParams({ layer });
  if (map !== null) query.set("map", String(map));
  query.set("at", `${x},${y}`);
  if (sample) query.set("sample", sample);
  const path = pathOf(model, `trace?${String(query).replaceAll("%2F", "/").replaceAll("%2C", ",")}${decided}`);
  if (sample || !blob) return request(path, { post: true, signal });
  const form = new FormData();
  form.append("file", blob, name);
  return request(path, { form, signal });
}

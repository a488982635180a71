// Reports over HTTP: told, deleted.

import { readable, request } from "../api.js";

/** @typedef {import("../types.js").Picture} Picture */

export const NONE = "none"; // what is said of a picture that is none of the classes

/**
 * @param {string} model
 * @param {Picture} picture
 * @param {string} label
 * @param {string} asked how the picture was read, as parameters of a query: "&rotate=90"
 * @returns {Promise<number>} the report's id; raises what request() raises
 */
export async function tell(model, picture, label, asked) {
  const form = new FormData();
  form.append("file", await readable(picture.blob), picture.name);
  form.append("label", label);
  const query = asked ? `?${asked.slice(1)}` : "";
  return (await request(`${reportsOf(model)}${query}`, { form })).id;
}

/** @param {string} model @param {number} id */
export async function forget(model, id) {
  await request(`${reportsOf(model)}/${id}`, { remove: true });
}

/** @param {string} model */
export function reportsOf(model) {
  return `api/v1/models/${encodeURIComponent(model)}/feedback`;
}

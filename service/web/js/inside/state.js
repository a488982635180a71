// The address of the Look inside view -> its state, and back.

import { parseSample } from "../current.js";
import { href } from "../router.js";

/** @typedef {import("./types.js").InsideState} InsideState */

/** The lecture's sample, of each test set. */
export const SAMPLE = 4444;

/** @param {URLSearchParams} params @param {string} model where the address names none @returns {InsideState} */
export function parseState(params, model) {
  const sample = params.get("sample") ?? "";
  return {
    model: params.get("model") ?? model,
    layer: params.get("layer") ?? "",
    map: whole(params.get("map")),
    sample: parseSample(sample) ? sample : "",
    row: whole(params.get("row")),
  };
}

/** @param {string | null} text */
function whole(text) {
  return /^\d{1,4}$/.test(text ?? "") ? Number(text) : null;
}

/** @param {InsideState} state */
export function addressOf(state) {
  return href("inside", state);
}

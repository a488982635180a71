// The address of the Failures view -> its state, and back.

import { href } from "../router.js";
import { orders } from "./words.js";

/** @typedef {import("./types.js").FailuresState} FailuresState */

/** A true class that is none of the model's. */
export const NONE = -1;
/** Pictures that one more press shows. */
export const PAGE = 24;
const MOST = 1000; // of one answer of the service

/** @param {URLSearchParams} params @param {string} model where the address names none @returns {FailuresState} */
export function parseState(params, model) {
  const order = params.get("order") ?? "";
  const shown = Number(params.get("n"));
  return {
    model: params.get("model") ?? model,
    source: params.get("source") === "reported" ? "reported" : "test",
    truth: params.get("true") === "none" ? NONE : classOf(params.get("true")),
    said: classOf(params.get("said")),
    order: order in orders("test") ? order : "confidence",
    shown: Number.isInteger(shown) && shown > PAGE ? Math.min(shown, MOST) : PAGE,
  };
}

/** @param {string | null} text */
function classOf(text) {
  return /^\d{1,3}$/.test(text ?? "") ? Number(text) : null;
}

/** What every visitor sees first is left out. @param {FailuresState} state */
export function addressOf({ model, source, truth, said, order, shown }) {
  return href("failures", {
    model,
    source: source === "test" ? "" : source,
    true: truth === NONE ? "none" : truth,
    said,
    order: order === "confidence" ? "" : order,
    n: shown === PAGE ? "" : shown,
  });
}

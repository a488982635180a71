// Whether this service takes reports: it says so among its limits. Asked once, and again after a failure.

import { request } from "../api.js";

/** @typedef {{bytes: number, days: number}} ReportLimits */

/** @type {Promise<ReportLimits | null> | null} */
let known = null;

/** What is kept of reports; null where they are switched off, or nobody answers. @returns {Promise<ReportLimits | null>} */
export function reportLimits() {
  known ??= ask().catch(() => {
    known = null;
    return null;
  });
  return known;
}

/** @returns {Promise<ReportLimits | null>} */
async function ask() {
  const { feedback_max_bytes: bytes, feedback_max_days: days } = await request("api/v1/limits", { quiet: true });
  return bytes === undefined ? null : { bytes, days };
}

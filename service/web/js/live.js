// What a screen reader says: at once, or only once it has stood for a while.

import { byId } from "./dom.js";

const SETTLE_MS = 700;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** What was about to be said is older than this, and is not said any more. @param {string} text */
export function announce(text) {
  clearTimeout(timer);
  byId("live", HTMLElement).textContent = text;
}

/** Live answers change with every stroke; only the one that stands is spoken. @param {string} text */
export function announceSettled(text) {
  clearTimeout(timer);
  timer = setTimeout(() => announce(text), SETTLE_MS);
}

// The view's address: kind, model, and where it can stand there the picture.

import { copyText } from "../clipboard.js";
import { byId } from "../dom.js";
import { href, keep } from "../router.js";
import { showSourceNote } from "./sources.js";
import { encodeStrokes } from "./stroke-link.js";
import { IN_ADDRESS_BAR, notInLinkNote } from "./words.js";

/** @typedef {import("./types.js").Subject} Subject */

/**
 * @param {string} kind "" for the first
 * @param {string} model "" where none was chosen
 * @param {Subject | null} subject
 */
export function addressOf(kind, model, subject) {
  const d = subject?.strokes ? encodeStrokes(subject.strokes) : null;
  return href("classify", { kind, model, sample: subject?.sample, d });
}

/**
 * The button "Copy link": copies, and says so where the picture cannot go with it.
 * @param {() => {address: string, subject: Subject | null}} here
 */
export function listenToCopyLink(here) {
  const button = byId("copy-link", HTMLButtonElement);
  button.addEventListener("click", () => {
    const { address, subject } = here();
    keep(address);
    const isLeftOut = subject && !/[?&](d|sample)=/.test(address) && subject.strokes?.length !== 0;
    if (isLeftOut) showSourceNote(notInLinkNote(subject));
    void copyText(button, new URL(address, location.href).href, () => IN_ADDRESS_BAR);
  });
}

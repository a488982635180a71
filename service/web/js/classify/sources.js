// Where pictures come from beside the pad: chosen, photographed, dropped, pasted.

import { byId } from "../dom.js";
import { takeChosen, takeDropped, takePasted } from "../incoming.js";
import { noteElement } from "../note.js";
import { pasteNote } from "../words.js";

/** @typedef {import("../types.js").Note} Note */

/**
 * @param {() => boolean} isShown whether the view takes what is dropped and pasted on the page
 * @param {(files: File[]) => void} onFiles never called with an empty list
 */
export function listenToSources(isShown, onFiles) {
  const take = (/** @type {File[]} */ files) => {
    showSourceNote(null);
    onFiles(files);
  };
  takeChosen(byId("choose", HTMLButtonElement), byId("files", HTMLInputElement), take);
  takeChosen(byId("camera", HTMLButtonElement), byId("photo", HTMLInputElement), take);
  takeDropped(byId("stage", HTMLElement), isShown, take);
  takePasted(byId("paste", HTMLButtonElement), isShown, take, (why) => showSourceNote(pasteNote(why)));
}

/** What went wrong beside the buttons that caused it; null takes it away. @param {Note | null} note */
export function showSourceNote(note) {
  const element = byId("source-note", HTMLElement);
  element.replaceChildren(...(note ? [noteElement(note)] : []));
  element.hidden = note === null;
}

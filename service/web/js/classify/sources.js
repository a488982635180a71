// Where pictures come from beside the pad: chosen, dropped, pasted.

import { byId } from "../dom.js";
import { takeChosen, takeDropped, takePasted } from "../incoming.js";
import { noteElement } from "../note.js";
import { pasteNote } from "../words.js";

/**
 * @param {() => boolean} isShown whether the view takes what is dropped and pasted on the page
 * @param {(files: File[]) => void} onFiles never called with an empty list
 */
export function listenToSources(isShown, onFiles) {
  const note = byId("source-note", HTMLElement);
  const take = (/** @type {File[]} */ files) => {
    note.hidden = true;
    onFiles(files);
  };
  takeChosen(byId("choose", HTMLButtonElement), byId("files", HTMLInputElement), take);
  takeDropped(byId("stage", HTMLElement), isShown, take);
  takePasted(byId("paste", HTMLButtonElement), isShown, take, (why) => {
    note.replaceChildren(noteElement(pasteNote(why)));
    note.hidden = false;
  });
}

// Where pictures come from beside the pad: chosen, photographed, dropped, pasted.

import { byId } from "../dom.js";
import { noteElement } from "../note.js";
import { pasteNote } from "./words.js";

/** @typedef {import("../types.js").Note} Note */

const TYPED_INTO = "input:not([type=range]), textarea"; // what takes a paste for itself

/**
 * @param {() => boolean} isShown whether the view takes what is dropped and pasted on the page
 * @param {(files: File[]) => void} onFiles never called with an empty list
 */
export function listenToSources(isShown, onFiles) {
  const take = (/** @type {File[]} */ files) => {
    showSourceNote(null);
    onFiles(files);
  };
  const refuse = (/** @type {"none" | "denied"} */ why) => showSourceNote(pasteNote(why));
  listenToChoose("choose", "files", take);
  listenToChoose("camera", "photo", take);
  listenToDrop(isShown, take);
  listenToPaste(isShown, take, refuse);
}

/** What went wrong beside the buttons that caused it; null takes it away. @param {Note | null} note */
export function showSourceNote(note) {
  const element = byId("source-note", HTMLElement);
  element.replaceChildren(...(note ? [noteElement(note)] : []));
  element.hidden = note === null;
}

/** @param {string} button @param {string} field @param {(files: File[]) => void} take */
function listenToChoose(button, field, take) {
  const input = byId(field, HTMLInputElement);
  byId(button, HTMLButtonElement).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = ""; // so that the same file can be chosen again
    if (files.length) take(files);
  });
}

/**
 * The whole page takes a drop; the pad shows that it does.
 * @param {() => boolean} isShown
 * @param {(files: File[]) => void} take
 */
function listenToDrop(isShown, take) {
  const stage = byId("stage", HTMLElement);
  const hasFiles = (/** @type {DragEvent} */ event) =>
    isShown() && (event.dataTransfer?.types.includes("Files") ?? false);
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    stage.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) stage.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    stage.classList.remove("dropping");
    if (!hasFiles(event)) return;
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length) take(files);
  });
}

/**
 * @param {() => boolean} isShown
 * @param {(files: File[]) => void} take
 * @param {(why: "none" | "denied") => void} refuse
 */
function listenToPaste(isShown, take, refuse) {
  document.addEventListener("paste", (event) => {
    if (!isShown()) return;
    if (event.target instanceof Element && event.target.matches(TYPED_INTO)) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) take(files);
    else refuse("none");
  });
  byId("paste", HTMLButtonElement).addEventListener("click", async () => {
    try {
      const files = await clipboardPictures();
      if (files.length) take(files);
      else refuse("none");
    } catch {
      refuse("denied"); // no permission, or a page without TLS
    }
  });
}

async function clipboardPictures() {
  const items = await navigator.clipboard.read();
  const files = [];
  for (const item of items) {
    const type = item.types.find((each) => each.startsWith("image/"));
    if (type) files.push(new File([await item.getType(type)], `pasted.${type.split("/")[1]}`, { type }));
  }
  return files;
}

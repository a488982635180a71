// A note: icon, bold sentence, a sentence of help, and where it helps a button.

import { icon, make } from "./dom.js";

/** @typedef {import("./types.js").Note} Note */

/** @param {Note} note */
export function noteElement(note) {
  const title = make("strong", "", note.title);
  const element = make("div", "note", make("p", "", title, note.text ? ` ${note.text}` : ""));
  element.dataset.kind = note.kind;
  element.prepend(icon(note.kind === "info" ? "info" : "warn"));
  if (note.kind === "error") element.setAttribute("role", "alert");
  if (note.action) {
    const button = make("button", "button", note.action.label);
    button.type = "button";
    button.addEventListener("click", note.action.run);
    element.append(button);
  }
  return element;
}

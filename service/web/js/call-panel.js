// "The call that was just made": as curl or Python, with its status and the service's own time.
//
//   button "Show the call" -> panel at the foot of the view, open for the session

import { asCurl, asPython } from "./calls.js";
import { copyText } from "./clipboard.js";
import { icon, make } from "./dom.js";
import { duration } from "./format.js";
import { segmented } from "./segmented.js";
import { recall, remember } from "./store.js";

/** @typedef {import("./types.js").Call} Call */

const LANGUAGES = { curl: "curl", python: "Python" };

export class CallPanel {
  /** For the head of the view. */
  button = make("button", "button call-button", icon("code"), "Show the call");
  /** For the foot of the view. */
  element = make("section", "card call");
  #code = make("code", "");
  #status = make("span", "chip number", "");
  #copy = make("button", "button", icon("copy"), "Copy");
  #save = make("a", "button", "");
  /** @type {Call | null} */
  #call = null;
  #language = recall("call-language") === "python" ? "python" : "curl";
  #savedUrl = "";

  /** @param {string} view its name, under which the panel is remembered */
  constructor(view) {
    const key = `call-${view}`;
    const choice = segmented("Language", LANGUAGES, this.#language, (language) => {
      this.#language = language;
      remember("call-language", language);
      this.#render();
    });
    const tools = make("div", "call-tools", this.#status, this.#save, this.#copy);
    const title = make("h2", "", "The call that was just made");
    const pre = make("pre", "code", this.#code);
    pre.tabIndex = 0; // a long line scrolls, so the keyboard must reach it
    pre.setAttribute("aria-label", "The call");
    pre.setAttribute("role", "region");
    this.element.append(make("div", "call-head", title, choice, tools), pre);
    this.element.setAttribute("aria-label", "The call that was just made");
    this.button.type = this.#copy.type = "button";
    this.button.addEventListener("click", () => {
      this.#open(Boolean(this.element.hidden));
      remember(key, !this.element.hidden);
    });
    this.#copy.addEventListener("click", () => {
      void copyText(this.#copy, this.#code.textContent ?? "", () => {
        getSelection()?.selectAllChildren(this.#code);
        return "Press Ctrl+C";
      });
    });
    this.#open(recall(key) === true);
    this.#render();
  }

  /** @param {Call} call the last one of this view */
  show(call) {
    this.#call = call;
    if (!this.element.hidden) this.#render();
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.element.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
    this.button.lastChild?.replaceWith(isOpen ? "Hide the call" : "Show the call");
    if (isOpen) this.#render();
  }

  #render() {
    const call = this.#call;
    this.#copy.disabled = !call;
    this.#save.hidden = !call?.drawing;
    this.#status.hidden = !call;
    if (!call) {
      this.#code.textContent = "Nothing was asked yet.";
      return;
    }
    this.#code.textContent = this.#language === "python" ? asPython(call) : asCurl(call);
    const time = call.milliseconds === null ? "" : ` · ${duration(call.milliseconds)}`;
    this.#status.textContent = `${call.status}${time}`;
    this.#status.dataset.tone = call.status < 400 ? "" : "error";
    this.#status.title = `Request ${call.requestId}`;
    if (call.drawing) this.#offer(call.drawing);
  }

  /** The bytes of a drawing are nowhere on disk yet. @param {File} drawing */
  #offer(drawing) {
    URL.revokeObjectURL(this.#savedUrl);
    this.#savedUrl = URL.createObjectURL(drawing);
    this.#save.href = this.#savedUrl;
    this.#save.download = drawing.name;
    this.#save.textContent = `Save ${drawing.name}`;
  }
}

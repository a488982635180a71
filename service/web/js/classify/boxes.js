// The box that was cut out, on the picture; of several digits each box is a button with its tag.

import { byId, make } from "../dom.js";
import { spokenPercent } from "../format.js";
import { regionRead } from "./words.js";

/** @typedef {import("../types.js").Region} Region */
/** @typedef {import("./types.js").Place} Place */

export class Boxes {
  #layer = byId("boxes", HTMLElement);
  #onDigit;

  /** @param {(digit: number) => void} onDigit */
  constructor(onDigit) {
    this.#onDigit = onDigit;
  }

  clear() {
    this.#layer.replaceChildren();
  }

  /** @param {Place} place @param {number[]} box in pixels of the picture as it is shown */
  showOne(place, box) {
    const isThere = this.#layer.children.length === 1 && this.#layer.firstElementChild?.matches("div");
    if (!isThere) this.#layer.replaceChildren(make("div", "box chosen"));
    put(/** @type {HTMLElement} */ (this.#layer.firstElementChild), place, box);
  }

  /** @param {Place} place @param {Region[]} regions in reading order @param {number} digit the chosen one */
  showSeveral(place, regions, digit) {
    for (const box of this.#layer.querySelectorAll("div.box")) box.remove();
    while (this.#layer.children.length > regions.length) this.#layer.lastChild?.remove();
    while (this.#layer.children.length < regions.length) this.#layer.append(this.#button(this.#layer.children.length));
    regions.forEach((region, index) => {
      const { box, label, confidence, accepted } = region;
      const button = /** @type {HTMLElement} */ (this.#layer.children[index]);
      button.classList.toggle("chosen", index === digit);
      button.setAttribute("aria-pressed", String(index === digit));
      button.setAttribute(
        "aria-label",
        `Digit ${index + 1} of ${regions.length} on the picture: ${accepted ? `${label}, ${spokenPercent(confidence)} sure` : "not accepted"}`,
      );
      const tag = button.querySelector(".tag");
      if (tag) tag.textContent = regionRead(region);
      put(button, place, box);
    });
  }

  /** @param {number} index */
  #button(index) {
    const button = make("button", "box", make("span", "tag"));
    button.type = "button";
    button.addEventListener("click", () => this.#onDigit(index));
    return button;
  }
}

/** Lays an element over a part of the picture. @param {HTMLElement} element @param {Place} place @param {number[]} box */
export function put(element, { scale, left, top }, [x, y, width, height]) {
  Object.assign(element.style, {
    left: `${left + x * scale}px`,
    top: `${top + y * scale}px`,
    width: `${width * scale}px`,
    height: `${height * scale}px`,
  });
}

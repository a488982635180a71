// Several digits in one picture: read from left to right as one large number, and a row for each.

import { byId, make } from "../dom.js";
import { percent, spokenPercent } from "../format.js";
import { isNumber, NO_DIGIT, numberRead, regionRead } from "./words.js";

/** @typedef {import("../types.js").Region} Region */

const THUMB = 56; // pixels, shown at half of it

export class Several {
  #element = byId("several", HTMLElement);
  #number = byId("several-number", HTMLElement);
  #list = byId("several-rows", HTMLOListElement);
  #onDigit;
  #paintCrop;

  /** @param {(digit: number) => void} onDigit @param {(canvas: HTMLCanvasElement, box: number[]) => void} paintCrop */
  constructor(onDigit, paintCrop) {
    this.#onDigit = onDigit;
    this.#paintCrop = paintCrop;
  }

  hide() {
    this.#toggle(false);
  }

  /** @param {Region[]} regions in reading order @param {number} digit the chosen one */
  show(regions, digit) {
    this.#toggle(true);
    const isShort = regions.every(({ label }) => label.length <= 2);
    this.#number.textContent = isNumber(regions) ? numberRead(regions, "\n") : "";
    this.#number.hidden = !isNumber(regions);
    this.#number.className = isShort ? "number" : "word";
    while (this.#list.children.length > regions.length) this.#list.lastChild?.remove();
    while (this.#list.children.length < regions.length) this.#list.append(this.#row(this.#list.children.length));
    for (const [index, region] of regions.entries()) this.#fill(index, region, index === digit, regions.length);
  }

  /** @param {boolean} isShown instead of the bars */
  #toggle(isShown) {
    this.#element.hidden = !isShown;
    byId("bars", HTMLElement).hidden = isShown;
    byId("podium", HTMLElement).hidden = isShown;
  }

  /** @param {number} index */
  #row(index) {
    const thumb = make("canvas", "");
    thumb.width = thumb.height = THUMB;
    thumb.setAttribute("aria-hidden", "true");
    const fill = make("span", "fill");
    const track = make("span", "track", fill);
    track.setAttribute("aria-hidden", "true");
    const button = make("button", "digit", thumb, make("strong", ""), track, make("span", "number"));
    button.type = "button";
    button.addEventListener("click", () => this.#onDigit(index));
    return make("li", "", button);
  }

  /** @param {number} index @param {Region} region @param {boolean} isChosen @param {number} count */
  #fill(index, region, isChosen, count) {
    const { box, label, confidence, accepted } = region;
    const button = this.#list.children[index].firstElementChild;
    if (!button) return;
    const [thumb, name, track, number] = /** @type {HTMLElement[]} */ ([...button.children]);
    const said = accepted ? `${label}, ${spokenPercent(confidence)} sure` : `not accepted, ${label} would be the best guess`;
    button.setAttribute("aria-pressed", String(isChosen));
    button.setAttribute("aria-label", `Digit ${index + 1} of ${count}: ${said}`);
    button.classList.toggle("refused", !accepted);
    name.textContent = regionRead(region);
    /** @type {HTMLElement} */ (track.firstElementChild).style.setProperty("--share", String(confidence));
    number.textContent = accepted ? percent(confidence) : NO_DIGIT;
    this.#paintCrop(/** @type {HTMLCanvasElement} */ (thumb), box);
  }
}

// Change box: a frame on the picture that is dragged, or moved by keys.
//
//   open(place, box) -> pointer: inside moves, a corner resizes; arrows move, Shift+arrows resize
//                    -> Enter or Apply: onApply(box); Esc or Leave: onLeave()

import { byId } from "../dom.js";
import { announce } from "../live.js";
import { put } from "./boxes.js";
import { boxText } from "./step-words.js";

/** @typedef {import("./types.js").Place} Place */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LEAST = 0.02; // of the picture's longer side: the frame's least side, so that it can be taken hold of
const STEP = 0.01;

export class BoxEditor {
  #frame = byId("box-editor", HTMLElement);
  #tools = byId("box-tools", HTMLElement);
  /** @type {Place} */
  #place = { scale: 1, left: 0, top: 0, width: 1, height: 1 };
  #box = [0, 0, 1, 1];
  #onApply;
  #onLeave;

  /** @param {(box: number[]) => void} onApply @param {() => void} onLeave */
  constructor(onApply, onLeave) {
    this.#onApply = onApply;
    this.#onLeave = onLeave;
    byId("box-apply", HTMLButtonElement).addEventListener("click", () => this.#apply());
    byId("box-leave", HTMLButtonElement).addEventListener("click", () => this.#leave());
    this.#frame.addEventListener("keydown", (event) => this.#onKey(event));
    this.#frame.addEventListener("pointerdown", (event) => this.#onPointer(event));
  }

  get isOpen() {
    return !this.#frame.hidden;
  }

  /** @param {Place} place @param {number[]} box in pixels of the picture as it is shown */
  open(place, box) {
    this.#frame.hidden = this.#tools.hidden = false;
    this.#box = [...box];
    this.moveTo(place);
    this.#frame.focus();
  }

  close() {
    this.#frame.hidden = this.#tools.hidden = true;
  }

  /** The picture lies elsewhere. @param {Place} place */
  moveTo(place) {
    this.#place = place;
    this.#set(this.#box);
  }

  #apply() {
    const box = this.#box.map(Math.round);
    this.close();
    this.#onApply(box);
  }

  #leave() {
    this.close();
    this.#onLeave();
  }

  /** @param {number[]} box kept within the picture */
  #set([x, y, w, h]) {
    const { width, height } = this.#place;
    const least = Math.min(Math.max(1, LEAST * Math.max(width, height)), width, height);
    const inside = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(Math.max(value, 0), most);
    const [wide, high] = [Math.min(Math.max(w, least), width), Math.min(Math.max(h, least), height)];
    this.#box = [inside(x, width - wide), inside(y, height - high), wide, high];
    put(this.#frame, this.#place, this.#box);
    this.#frame.setAttribute("aria-label", `Box, ${boxText(this.#box.map(Math.round))}`);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key === "Enter") this.#apply();
    else if (event.key === "Escape") this.#leave();
    else if (event.key in ARROWS) {
      const step = Math.max(1, STEP * Math.max(this.#place.width, this.#place.height));
      const [dx, dy] = ARROWS[event.key].map((direction) => direction * step);
      this.#set(dragged(this.#box, event.shiftKey ? "se" : "", dx, dy, this.#place));
      announce(boxText(this.#box.map(Math.round)));
    } else return;
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  #onPointer(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.#frame.focus();
    this.#frame.setPointerCapture(event.pointerId);
    const corner = event.target instanceof HTMLElement ? (event.target.dataset.corner ?? "") : "";
    const start = [...this.#box];
    const move = (/** @type {PointerEvent} */ { clientX, clientY }) => {
      const dx = (clientX - event.clientX) / this.#place.scale;
      const dy = (clientY - event.clientY) / this.#place.scale;
      this.#set(dragged(start, corner, dx, dy, this.#place));
    };
    const end = () => {
      this.#frame.removeEventListener("pointermove", move);
      announce(boxText(this.#box.map(Math.round)));
    };
    this.#frame.addEventListener("pointermove", move);
    this.#frame.addEventListener("lostpointercapture", end, { once: true });
  }
}

/**
 * A box whose corner ("nw", "ne", "sw", "se") was dragged while the opposite one stays, or which was moved ("").
 * @param {number[]} box
 * @param {string} corner
 * @param {number} dx in pixels of the picture
 * @param {number} dy
 * @param {Place} place
 */
function dragged([x, y, w, h], corner, dx, dy, { width, height }) {
  if (!corner) return [x + dx, y + dy, w, h];
  const between = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) =>
    Math.min(Math.max(value, low), high);
  const left = corner.includes("w") ? between(x + dx, 0, x + w - 1) : x;
  const right = corner.includes("e") ? between(x + w + dx, x + 1, width) : x + w;
  const top = corner.includes("n") ? between(y + dy, 0, y + h - 1) : y;
  const bottom = corner.includes("s") ? between(y + h + dy, y + 1, height) : y + h;
  return [left, top, right - left, bottom - top];
}

// A picture with a mark on it, and the ways to choose a pixel: pointer, tap, arrow keys.
//
//   pointer -> fraction of width and height -> onPoint; arrow keys -> steps -> onMove

import { make } from "../dom.js";

const SMALL = 200; // pixels: what is smaller is shown as squares
const FAR = 10; // pixels that an arrow goes with Shift

/** @typedef {(x: number, y: number) => void} Place */

export class Frame {
  canvas = make("canvas", "");
  #mark = make("span", "mark");
  #picture = make("div", "lab-picture", this.canvas, this.#mark);
  element = make("div", "lab-frame", this.#picture);

  /**
   * @param {string} label
   * @param {Place} onPoint fractions (0..1) of width and height
   * @param {Place} onMove pixels
   */
  constructor(label, onPoint, onMove) {
    const picture = this.#picture;
    picture.tabIndex = 0;
    picture.setAttribute("role", "application");
    picture.setAttribute("aria-label", label);
    this.#mark.hidden = true;
    [this.canvas.width, this.canvas.height] = [400, 300]; // nothing moves when most pictures come
    const point = (/** @type {MouseEvent} */ event) => {
      const box = this.canvas.getBoundingClientRect();
      const fraction = (/** @type {number} */ part) => Math.min(Math.max(part, 0), 0.999999);
      onPoint(fraction((event.clientX - box.left) / box.width), fraction((event.clientY - box.top) / box.height));
    };
    picture.addEventListener("click", point);
    picture.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") point(event); // a finger that moves scrolls the page
    });
    picture.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const far = event.shiftKey ? FAR : 1;
      /** @type {Record<string, [number, number]>} */
      const moves = {
        ArrowLeft: [-far, 0],
        ArrowRight: [far, 0],
        ArrowUp: [0, -far],
        ArrowDown: [0, far],
        Home: [-Infinity, 0],
        End: [Infinity, 0],
      };
      if (!(event.key in moves)) return;
      event.preventDefault();
      onMove(...moves[event.key]);
    });
    this.shaped();
  }

  /** After the canvas got another picture: it fills the frame in one direction. */
  shaped() {
    const { width, height } = this.canvas;
    this.#picture.dataset.fit = width * 3 >= height * 4 ? "wide" : "tall"; // the frame is 4 : 3
    this.#picture.dataset.size = Math.max(width, height) <= SMALL ? "small" : "large";
  }

  /**
   * Marks pixels x, y, width, height of a picture that is `of` wide and high; null marks nothing.
   * @param {number[] | null} box
   * @param {readonly number[]} of
   */
  mark(box, of) {
    this.#mark.hidden = !box;
    if (!box) return;
    const [left, top] = [Math.max(0, box[0]), Math.max(0, box[1])]; // what hangs over the rim is not drawn over the page
    const [x, y, width, height] = [left, top, Math.min(of[0], box[0] + box[2]) - left, Math.min(of[1], box[1] + box[3]) - top];
    const percent = (/** @type {number} */ part, /** @type {number} */ whole) => `${(100 * part) / whole}%`;
    this.#mark.style.left = percent(x + width / 2, of[0]);
    this.#mark.style.top = percent(y + height / 2, of[1]);
    this.#mark.style.width = percent(width, of[0]);
    this.#mark.style.height = percent(height, of[1]);
  }
}

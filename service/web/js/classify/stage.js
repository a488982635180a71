// The stage: the pad, or the picture that is read in its place, with the boxes that were found and the one being set.
//
//   subject -> pad or held picture; answer -> boxes on it; "Change box" -> editor -> onBox(box of the turned picture)

import { byId, pen2d } from "../dom.js";
import { BoxEditor } from "./box-editor.js";
import { Boxes } from "./boxes.js";
import { roomy, unturned } from "./decisions.js";
import { Held } from "./held.js";
import { SIZE } from "./strokes.js";

/** @typedef {import("./types.js").Answers} Answers */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./types.js").Subject} Subject */

export class Stage {
  #element = byId("stage", HTMLElement);
  #pad = byId("pad", HTMLCanvasElement);
  #held = new Held(() => this.#mark());
  #boxes;
  #editor;
  /** @type {Subject | null} */
  #subject = null;
  /** @type {Answers | null} of the subject as it stands */
  #answers = null;

  /** @param {{onDigit: (digit: number) => void, onBox: (box: number[]) => void, onLeave: () => void}} listener */
  constructor({ onDigit, onBox, onLeave }) {
    this.#boxes = new Boxes(onDigit);
    this.#editor = new BoxEditor(
      (box) => onBox(this.#turned(box)),
      () => onLeave(),
    );
    new ResizeObserver(() => this.#mark()).observe(this.#pad);
  }

  /** Shows what is read. What was found on the last one is forgotten where it lies elsewhere now. @param {Subject} subject */
  show(subject) {
    const last = this.#subject;
    const isOther = last?.name !== subject.name || last.decisions.rotate !== subject.decisions.rotate;
    this.#subject = subject;
    if (isOther) {
      this.#answers = null;
      this.#editor.close();
    }
    const isDrawing = subject.from === "drawing";
    this.#element.dataset.state = isDrawing ? "draw" : "picture";
    this.#pad.hidden = byId("hint", HTMLElement).hidden = !isDrawing;
    if (isDrawing) this.#held.hide();
    else void this.#hold(subject);
    this.#mark();
  }

  /** @param {Subject} subject */
  async #hold(subject) {
    const blob = await subject.blob();
    const { from, name, decisions } = subject;
    if (subject === this.#subject && from !== "drawing") this.#held.show(blob, name, from, decisions.rotate);
  }

  /** Of the picture as it is turned: width and height, or null where the browser cannot show it. */
  async size() {
    if (this.#subject?.from === "drawing") return [SIZE, SIZE];
    await this.#subject?.blob();
    await this.#held.ready;
    const { place } = this.#held;
    return place && [place.width, place.height];
  }

  /** @param {Subject} subject @param {Answers | null} answers */
  mark(subject, answers) {
    if (subject.name !== this.#subject?.name) return;
    this.#answers = answers;
    this.#mark();
  }

  /** Lets the person set the box; false where there is no picture to set it on. */
  edit() {
    const place = this.#place;
    if (!place) return false;
    const { width, height } = place;
    const found = this.#answers?.shown.preprocessing?.box;
    const start = found ? roomy(this.#shown(found), [width, height]) : [width / 4, height / 4, width / 2, height / 2];
    this.#editor.open(place, start);
    this.#mark();
    return true;
  }

  /** Draws a part of the picture into a canvas. @param {HTMLCanvasElement} canvas @param {number[]} box of the turned picture */
  crop(canvas, box) {
    if (this.#subject?.from !== "drawing") {
      this.#held.crop(canvas, box);
      return;
    }
    const [x, y, w, h] = this.#shown(box).map((value) => (value * this.#pad.width) / SIZE);
    const scale = Math.min(canvas.width / w, canvas.height / h);
    const [wide, high] = [w * scale, h * scale];
    const context = pen2d(canvas);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.#pad, x, y, w, h, (canvas.width - wide) / 2, (canvas.height - high) / 2, wide, high);
  }

  /** @returns {Place | null} */
  get #place() {
    if (this.#subject?.from !== "drawing") return this.#held.place;
    return { scale: this.#pad.clientWidth / SIZE, left: 0, top: 0, width: SIZE, height: SIZE };
  }

  /** A drawing is shown as it was drawn, a picture as it was turned. */
  get #rotate() {
    return this.#subject?.from === "drawing" ? this.#subject.decisions.rotate : 0;
  }

  /** A box of the turned picture where it is shown. @param {number[]} box */
  #shown(box) {
    return unturned(box, this.#rotate, SIZE, SIZE);
  }

  /** A box as it is shown, in the turned picture. @param {number[]} box */
  #turned(box) {
    return unturned(box, (360 - this.#rotate) % 360, SIZE, SIZE);
  }

  #mark() {
    const subject = this.#subject;
    const { whole, shown } = this.#answers ?? {};
    const found = shown?.preprocessing?.box;
    const isTold = subject !== null && (subject.from !== "drawing" || subject.decisions.box !== null);
    const isMarked = this.#editor.isOpen || Boolean(whole?.regions?.length) || Boolean(found && isTold);
    // While one draws there is nothing to mark: to ask for the place would lay the page out once more in each frame.
    const place = isMarked ? this.#place : null;
    if (!place?.scale || !subject) {
      this.#boxes.clear();
    } else if (this.#editor.isOpen) {
      this.#boxes.clear();
      this.#editor.moveTo(place);
    } else if (whole?.regions?.length) {
      const regions = whole.regions.map((region) => ({ ...region, box: this.#shown(region.box) }));
      this.#boxes.showSeveral(place, regions, Math.min(subject.digit, regions.length - 1));
    } else if (found) this.#boxes.showOne(place, this.#shown(found));
  }
}

// The picture that is read, in the place of the pad, turned as the person wants it.
//
//   blob -> bitmap -> fitted into the stage -> place (where a point of the picture lies), crop (a part of it)

import { byId, icon, pen2d } from "../dom.js";

/** @typedef {import("./types.js").Place} Place */

export class Held {
  #canvas = byId("held", HTMLCanvasElement);
  #unreadable = byId("unreadable", HTMLElement);
  /** @type {ImageBitmap | null} */
  #bitmap = null;
  /** @type {Blob | null} */
  #blob = null;
  #rotate = 0;
  #newest = 0;
  #onPlace;
  /** Settles once the picture stands, or is known not to be one. @type {Promise<void>} */
  ready = Promise.resolve();
  /** @type {Place | null} null while there is no picture */
  place = null;

  /** @param {() => void} onPlace told when the picture lies elsewhere */
  constructor(onPlace) {
    this.#onPlace = onPlace;
    new ResizeObserver(() => this.#paint()).observe(this.#canvas);
  }

  /** @param {Blob} blob @param {string} name @param {"sample" | "file"} from @param {number} rotate */
  show(blob, name, from, rotate) {
    this.#canvas.setAttribute("aria-label", name);
    this.#canvas.dataset.look = from === "sample" ? "paper" : "photo";
    this.#canvas.hidden = false;
    this.#rotate = rotate;
    if (blob === this.#blob) this.#paint();
    else this.ready = this.#load(blob);
  }

  /** @param {Blob} blob */
  async #load(blob) {
    const turn = ++this.#newest;
    this.#blob = blob;
    this.place = null;
    const bitmap = await createImageBitmap(blob).catch(() => null);
    if (turn !== this.#newest) {
      bitmap?.close();
      return;
    }
    this.#bitmap?.close();
    this.#bitmap = bitmap;
    this.#unreadable.hidden = bitmap !== null;
    this.#unreadable.replaceChildren(icon("picture"), "The browser cannot show this file.");
    this.#canvas.hidden = bitmap === null;
    this.#paint();
  }

  hide() {
    this.#newest += 1;
    this.#bitmap?.close();
    this.#bitmap = this.#blob = this.place = null;
    this.#canvas.hidden = true;
    this.#unreadable.hidden = true;
  }

  #paint() {
    const { clientWidth, clientHeight } = this.#canvas;
    if (!this.#bitmap || this.#canvas.hidden || !clientWidth) return;
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
    const [width, height] = this.#size(this.#bitmap);
    const scale = Math.min(clientWidth / width, clientHeight / height);
    this.place = { scale, left: (clientWidth - width * scale) / 2, top: (clientHeight - height * scale) / 2, width, height };
    this.#draw(this.#bitmap, pen2d(this.#canvas), this.place);
    this.#onPlace();
  }

  /** Of the turned picture. @param {ImageBitmap} bitmap */
  #size({ width, height }) {
    return this.#rotate % 180 ? [height, width] : [width, height];
  }

  /** @param {ImageBitmap} bitmap @param {CanvasRenderingContext2D} context @param {{scale: number, left: number, top: number}} place */
  #draw(bitmap, context, { scale, left, top }) {
    const [width, height] = this.#size(bitmap);
    context.imageSmoothingEnabled = scale * devicePixelRatio < 1;
    context.imageSmoothingQuality = "high";
    context.scale(devicePixelRatio, devicePixelRatio);
    context.translate(left + (width * scale) / 2, top + (height * scale) / 2);
    context.rotate((this.#rotate * Math.PI) / 180);
    context.scale(scale, scale);
    context.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  /** Draws the part in `box`, whole, into a canvas. @param {HTMLCanvasElement} canvas @param {number[]} box */
  crop(canvas, [x, y, width, height]) {
    if (!this.#bitmap) return;
    const scale = Math.min(canvas.width / width, canvas.height / height) / devicePixelRatio;
    const context = pen2d(canvas);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.save();
    const [left, top] = [canvas.width - width * scale * devicePixelRatio, canvas.height - height * scale * devicePixelRatio];
    context.beginPath();
    context.rect(left / 2, top / 2, canvas.width - left, canvas.height - top);
    context.clip();
    const corner = { left: left / 2 / devicePixelRatio - x * scale, top: top / 2 / devicePixelRatio - y * scale };
    this.#draw(this.#bitmap, context, { scale, ...corner });
    context.restore();
  }
}

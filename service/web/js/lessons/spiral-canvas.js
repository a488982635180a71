// The plane of the spirals: how sure the network is at each place, in two colours, and the points that it learns from.

import { make, pen2d } from "../dom.js";
import { colour, onTheme, token } from "./series.js";

/** @typedef {import("./small-net.js").SmallNet} SmallNet */
/** @typedef {import("./small-net.js").Points} Points */

const SIDE = 72; // places a side
const EDGE = 1.15; // of the plane, which spirals leave free
const STRENGTH = 0.45; // of the colour where the network is sure

export class SpiralCanvas {
  #canvas = make("canvas", "spirals");
  #plane = new OffscreenCanvas(SIDE, SIDE);
  element = make("div", "spiral-box", this.#canvas);
  /** @type {{net: SmallNet, points: Points} | null} */
  #shown = null;

  constructor() {
    this.#canvas.setAttribute("role", "img");
    new ResizeObserver(() => this.#draw()).observe(this.element);
    onTheme(() => this.#draw());
  }

  /** @param {SmallNet} net @param {Points} points @param {string} label in words */
  show(net, points, label) {
    this.#shown = { net, points };
    this.#canvas.setAttribute("aria-label", label);
    this.#draw();
  }

  #draw() {
    const width = this.element.clientWidth;
    if (!this.#shown || !width) return;
    const { net, points } = this.#shown;
    const colours = [colour(0), colour(1)];
    this.#canvas.width = this.#canvas.height = Math.round(width * devicePixelRatio);
    const pen = pen2d(this.#canvas);
    pen.drawImage(this.#surface(net, colours.map(parts)), 0, 0, this.#canvas.width, this.#canvas.width);
    pen.scale(this.#canvas.width / (2 * EDGE), -this.#canvas.width / (2 * EDGE));
    pen.translate(EDGE, -EDGE);
    pen.strokeStyle = token("--surface");
    pen.lineWidth = 0.01;
    for (let i = 0; i < points.label.length; i++) {
      pen.fillStyle = colours[points.label[i]];
      pen.beginPath();
      if (points.label[i]) pen.rect(points.x[i] - 0.022, points.y[i] - 0.022, 0.044, 0.044); // told by shape too
      else pen.arc(points.x[i], points.y[i], 0.025, 0, 2 * Math.PI);
      pen.fill();
      pen.stroke();
    }
  }

  /** @param {SmallNet} net @param {number[][]} colours */
  #surface(net, colours) {
    const pen = this.#plane.getContext("2d");
    if (!pen) throw new Error("no canvas");
    const image = pen.createImageData(SIDE, SIDE);
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const x = EDGE * ((2 * column + 1) / SIDE - 1);
        const y = EDGE * (1 - (2 * row + 1) / SIDE);
        const p = net.probability(x, y);
        const at = 4 * (row * SIDE + column);
        image.data.set(colours[p > 0.5 ? 1 : 0], at);
        image.data[at + 3] = 255 * STRENGTH * Math.abs(2 * p - 1);
      }
    }
    pen.putImageData(image, 0, 0);
    return this.#plane;
  }
}

/** Red, green, blue of a colour that the theme writes as #rrggbb. @param {string} text */
function parts(text) {
  return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
}

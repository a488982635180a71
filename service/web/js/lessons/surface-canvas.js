// The picture of a surface: contour lines, the start, the lowest points, and the methods' paths up to a step.
//
//   grid -> contour.js -> lines      paths.js -> paths, arrows at the edge where a path left

import { make, pen2d } from "../dom.js";
import { contour } from "./contour.js";
import { exit, standing } from "./paths.js";
import { colour, DASHES, onTheme, token } from "./series.js";
import { spread } from "./spread.js";
import { leftWords } from "./words.js";

/** @typedef {import("./types.js").Surface} Surface */
/** @typedef {import("./types.js").Path} Path */
/** @typedef {[number, number]} Place */
/** @typedef {{path: Path, style: number, name: string}} Shown */

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const NAME_HEIGHT = 18;
const NARROW = 360; // here the words at an arrow are fewer

export class SurfaceCanvas {
  #canvas = make("canvas", "surface");
  #exits = make("div", "exits");
  element = make("div", "surface-box", this.#canvas, this.#exits);
  /** @type {Surface | null} */
  #surface = null;
  /** @type {[Place, Place][]} */
  #contours = [];
  /** @type {Shown[]} */
  #shown = [];
  #step = 0;

  constructor() {
    this.#canvas.setAttribute("role", "img");
    this.#exits.setAttribute("aria-hidden", "true"); // the table says it too
    new ResizeObserver(() => this.#draw()).observe(this.element);
    onTheme(() => this.#draw());
  }

  /** @param {Surface} surface @param {Shown[]} shown @param {number} step @param {string} label in words */
  show(surface, shown, step, label) {
    if (surface !== this.#surface) {
      this.#contours = surface.grid.levels.flatMap((level) => contour(surface.grid, level));
    }
    this.#surface = surface;
    this.#shown = shown;
    this.#step = step;
    this.#canvas.setAttribute("aria-label", label);
    this.#draw();
  }

  #draw() {
    const surface = this.#surface;
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!surface || !width) return;
    const { x: [left, right], y: [bottom, top] } = surface.frame;
    /** @type {(place: Place) => Place} */
    const at = ([x, y]) => [(width * (x - left)) / (right - left), (height * (top - y)) / (top - bottom)];
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
    const pen = pen2d(this.#canvas);
    pen.scale(devicePixelRatio, devicePixelRatio);
    pen.lineJoin = "round";
    this.#drawContours(pen, at);
    this.#drawPlaces(pen, at, surface);
    for (const { path, style } of this.#shown) drawPath(pen, at, path.points.slice(0, this.#step + 1), style);
    this.#drawExits(pen, at, surface, { width, height });
  }

  /** @param {CanvasRenderingContext2D} pen @param {(place: Place) => Place} at */
  #drawContours(pen, at) {
    pen.strokeStyle = token("--edge");
    pen.globalAlpha = 0.6;
    pen.beginPath();
    for (const [from, to] of this.#contours) {
      pen.moveTo(...at(from));
      pen.lineTo(...at(to));
    }
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** The start and the lowest points. @param {CanvasRenderingContext2D} pen @param {(place: Place) => Place} at @param {Surface} surface */
  #drawPlaces(pen, at, surface) {
    pen.font = FONT;
    pen.strokeStyle = token("--ink");
    pen.lineWidth = 1.5;
    const [x, y] = at(surface.start);
    pen.beginPath();
    pen.arc(x, y, 4.5, 0, 2 * Math.PI);
    for (const lowest of surface.minima) {
      const [cx, cy] = at(lowest);
      pen.moveTo(cx - 6, cy);
      pen.lineTo(cx + 6, cy);
      pen.moveTo(cx, cy - 6);
      pen.lineTo(cx, cy + 6);
    }
    pen.stroke();
    label(pen, "start", x - 4, y - 11);
    const [cx, cy] = at(surface.minima[0]);
    label(pen, surface.minima.length > 1 ? "a lowest point" : "lowest point", cx + 10, cy + 17);
  }

  /**
   * An arrow and a few words at the edge for each path that is outside now.
   * @param {CanvasRenderingContext2D} pen @param {(place: Place) => Place} at @param {Surface} surface
   * @param {{width: number, height: number}} size
   */
  #drawExits(pen, at, surface, { width, height }) {
    const gone = this.#shown.flatMap(({ path, style, name }) => {
      const { leftAt } = standing(surface, path, this.#step);
      if (!leftAt) return [];
      const [x, y] = at(exit(surface, path.points[leftAt - 1], path.points[leftAt]));
      return [{ x, y, style, text: `${name} ${leftWords(leftAt, width < NARROW)}` }];
    });
    for (const { x, y, style } of gone) arrow(pen, x, y, width, height, colour(style));
    const places = spread(
      gone.map(({ y }) => y - NAME_HEIGHT / 2),
      NAME_HEIGHT,
      height - NAME_HEIGHT - 4,
    );
    const words = gone.map(({ text, style }) => make("span", `exit ink-${style + 1}`, text));
    this.#exits.replaceChildren(...words);
    words.forEach((element, index) => {
      const { x } = gone[index];
      const beside = x > width / 2 ? x - 14 - element.offsetWidth : x + 14;
      element.style.left = `${Math.max(4, Math.min(width - element.offsetWidth - 4, beside))}px`;
      element.style.top = `${Math.max(4, places[index])}px`;
    });
  }
}

/** @param {CanvasRenderingContext2D} pen @param {(place: Place) => Place} at @param {Place[]} points @param {number} style */
function drawPath(pen, at, points, style) {
  const places = points.map(at);
  pen.strokeStyle = pen.fillStyle = colour(style);
  pen.lineWidth = 2;
  pen.setLineDash(DASHES[style]);
  pen.beginPath();
  for (const place of places) pen.lineTo(...place); // the first only begins the path
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  places.forEach(([x, y], index) => {
    pen.moveTo(x, y);
    pen.arc(x, y, index === places.length - 1 ? 5 : 2, 0, 2 * Math.PI);
  });
  pen.fill();
}

/** An arrow head at the edge that points out of the picture. */
/** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} width @param {number} height @param {string} ink */
function arrow(pen, x, y, width, height, ink) {
  const sides = [x, width - x, y, height - y];
  const turns = [Math.PI, 0, -Math.PI / 2, Math.PI / 2];
  pen.save();
  pen.translate(x, y);
  pen.rotate(turns[sides.indexOf(Math.min(...sides))]);
  pen.fillStyle = ink;
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.lineTo(-11, -6);
  pen.lineTo(-11, 6);
  pen.closePath();
  pen.fill();
  pen.restore();
}

/** Words with a rim of the ground, so that lines do not run through them. */
/** @param {CanvasRenderingContext2D} pen @param {string} text @param {number} x @param {number} y */
function label(pen, text, x, y) {
  const room = pen.canvas.width / devicePixelRatio - pen.measureText(text).width - 4;
  const left = Math.min(x, room);
  pen.save();
  pen.strokeStyle = token("--sunken");
  pen.lineWidth = 4;
  pen.strokeText(text, left, y);
  pen.fillStyle = token("--ink-2");
  pen.fillText(text, left, y);
  pen.restore();
}

// Numbers as ink on paper: zero is the ground, one is ink, a negative number rust.
//
//   values, or a grey picture of them -> shares (-1..1) -> pixels in the colours of the theme -> canvas

import { pen2d } from "../dom.js";
import { readGrey } from "../png.js";

/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./types.js").ServedMap} ServedMap */
/** @typedef {"ink" | "accent"} Tone what a positive number is painted in */

/** A served map as a field: its picture says each value to 1/255 of its range. @param {ServedMap} map @returns {Promise<Field>} */
export async function fieldOf({ image, black, white }) {
  const { width, height, tones } = await readGrey(image);
  const most = Math.max(Math.abs(black), Math.abs(white)) || 1;
  return { width, height, shares: Float32Array.from(tones, (tone) => (black + (tone / 255) * (white - black)) / most) };
}

/** @param {number[][]} values @returns {Field} */
export function fieldOfValues(values) {
  const flat = values.flat();
  const most = flat.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  return { width: values[0].length, height: values.length, shares: Float32Array.from(flat, (value) => value / most) };
}

/** The colours of the theme that shows. @param {Tone} tone */
export function palette(tone) {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => {
    const hex = style.getPropertyValue(name).trim();
    return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  };
  return { paper: colour("--paper"), plus: colour(tone === "ink" ? "--ink" : "--accent"), minus: colour("--neg") };
}

/**
 * Writes a field into pixels, its top left at `left`, `top`.
 * @param {ImageData} pixels
 * @param {Field} field
 * @param {number} left
 * @param {number} top
 * @param {ReturnType<typeof palette>} colours
 */
export function ink({ data, width: stride }, { width, height, shares }, left, top, { paper, plus, minus }) {
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const share = shares[y * width + x];
      const colour = share < 0 ? minus : plus;
      const at = 4 * ((top + y) * stride + left + x);
      for (let part = 0; part < 3; part += 1) data[at + part] = paper[part] + Math.abs(share) * (colour[part] - paper[part]);
      data[at + 3] = 255;
    }
  }
}

/** Paints a field alone; the canvas gets its size. @param {HTMLCanvasElement} canvas @param {Field} field @param {Tone} [tone] */
export function paint(canvas, field, tone = "ink") {
  const pixels = new ImageData(field.width, field.height);
  ink(pixels, field, 0, 0, palette(tone));
  canvas.width = field.width;
  canvas.height = field.height;
  pen2d(canvas).putImageData(pixels, 0, 0);
}

/** @param {() => void} onChange what is painted must be painted anew: the theme is another */
export function listenToTheme(onChange) {
  new MutationObserver(onChange).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

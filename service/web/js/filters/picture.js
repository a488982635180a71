// The picture that is filtered: from wherever it comes to what is sent and what is shown.
//
//   file, sample or drawing -> bitmap -> preview of at most 1,024 pixels (the page says so) -> canvas, in grey or colour

import { readable, request } from "../api.js";
import { parseSample } from "../current.js";
import { ASSETS, make, pen2d } from "../dom.js";
import { greyTone } from "../filtering/tones.js";

/** @typedef {import("./types.js").Held} Held */
/** @typedef {import("./types.js").Pair} Pair */

const MOST = 1024;
const LOOKED_AT = 128; // pixels of the copy that is searched for an edge
export const STILL_LIFE = "still_life";
/** Samples that the service itself has: name in an address -> words. @type {Record<string, Record<string, string>>} */
export const SAMPLES = {
  Pictures: { [STILL_LIFE]: "Still life" },
  "Test digits": { "mnist/4444": "Digit 4444", "mnist/0": "Digit 0", "mnist/18": "Digit 18", "mnist/247": "Digit 247" },
  "Test clothes": {
    "fashion_mnist/0": "Garment 0",
    "fashion_mnist/1": "Garment 1",
    "fashion_mnist/23": "Garment 23",
    "fashion_mnist/11": "Garment 11",
  },
};

/** Whether a name in an address means a sample. @param {string} name */
export function isSample(name) {
  return name === STILL_LIFE || parseSample(name) !== null;
}

/** @param {string} name of a sample @returns {Promise<Held>} raises Problem, Offline */
export async function sampleOf(name) {
  const place = parseSample(name);
  const path = place ? `api/v1/datasets/${place.dataset}/test/${place.index}.png` : `${ASSETS}still_life.jpg`;
  const blob = await request(path, { accept: "image/*", quiet: true });
  return hold(blob, place ? `${place.dataset}-${place.index}.png` : "still_life.jpg", name);
}

/** @param {Blob} blob @param {string} name @param {string | null} sample @returns {Promise<Held>} raises Unsent */
export async function hold(blob, name, sample) {
  const full = await readable(blob);
  const isInk = sample !== null && sample !== STILL_LIFE;
  const bitmap = await createImageBitmap(full).catch(() => null);
  if (!bitmap) return { name, full, preview: full, canvas: null, fullSize: null, isInk, sample, edge: [0.5, 0.5] };
  /** @type {Pair} */
  const fullSize = [bitmap.width, bitmap.height];
  const scale = Math.min(1, MOST / Math.max(...fullSize));
  const canvas = drawn(bitmap, scale);
  bitmap.close();
  const preview = scale < 1 ? await encoded(canvas, full.type) : full;
  /** @type {Pair} of the still life: an edge that is worth a look */
  const chosen = [0.478, 0.6];
  return { name, full, preview, canvas, fullSize, isInk, sample, edge: sample === STILL_LIFE ? chosen : edgeOf(canvas) };
}

/**
 * A place where tones change most, near the middle: what one begins with, since in even tones every slope is 0.
 * @param {HTMLCanvasElement} canvas
 * @returns {Pair} as fractions (0..1) of width and height
 */
function edgeOf(canvas) {
  const scale = Math.min(1, LOOKED_AT / Math.max(canvas.width, canvas.height));
  const copy = make("canvas", "");
  copy.width = Math.max(1, Math.round(canvas.width * scale));
  copy.height = Math.max(1, Math.round(canvas.height * scale));
  const context = pen2d(copy, { willReadFrequently: true });
  context.drawImage(canvas, 0, 0, copy.width, copy.height);
  const { data, width, height } = context.getImageData(0, 0, copy.width, copy.height);
  const tone = (/** @type {number} */ x, /** @type {number} */ y) => data[4 * (y * width + x)] + data[4 * (y * width + x) + 1];
  let best = { score: 0, at: /** @type {Pair} */ ([0.5, 0.5]) };
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const far = Math.hypot((x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5);
      const score = Math.abs(tone(x + 1, y) - tone(x - 1, y)) * (1 - far); // across: the first filter asks for that
      if (score > best.score) best = { score, at: [(x + 0.5) / width, (y + 0.5) / height] };
    }
  }
  return best.at;
}

/** @param {ImageBitmap} bitmap @param {number} scale */
function drawn(bitmap, scale) {
  const canvas = make("canvas", "");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = pen2d(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** A photograph stays small; what may have holes or hard edges stays exact. @param {HTMLCanvasElement} canvas @param {string} type @returns {Promise<Blob>} */
export function encoded(canvas, type) {
  return new Promise((resolve, reject) => {
    const done = (/** @type {Blob | null} */ blob) => (blob ? resolve(blob) : reject(new Error("No picture")));
    canvas.toBlob(done, type === "image/jpeg" ? type : "image/png", 0.95);
  });
}

/**
 * A smaller copy for the sheet of filters: at most `side` pixels.
 * @param {Held} held
 * @param {number} side
 * @returns {Promise<{blob: Blob, size: Pair}>}
 */
export async function smaller({ canvas, full, preview }, side) {
  if (!canvas) throw new Error("Nothing to make smaller");
  const scale = Math.min(1, side / Math.max(canvas.width, canvas.height));
  if (scale === 1) return { blob: preview, size: [canvas.width, canvas.height] };
  const bitmap = await createImageBitmap(canvas);
  const small = drawn(bitmap, scale);
  bitmap.close();
  return { blob: await encoded(small, full.type), size: [small.width, small.height] };
}

/** Shows the picture as it is filtered. @param {HTMLCanvasElement} target @param {HTMLCanvasElement} source @param {boolean} isGrey */
export function paint(target, source, isGrey) {
  target.width = source.width;
  target.height = source.height;
  const context = target.getContext("2d", { willReadFrequently: true });
  if (!context) return;
  context.drawImage(source, 0, 0);
  if (!isGrey) return;
  const pixels = context.getImageData(0, 0, target.width, target.height);
  const { data } = pixels;
  for (let i = 0; i < data.length; i += 4) {
    data[i] = data[i + 1] = data[i + 2] = greyTone(data[i], data[i + 1], data[i + 2]);
  }
  context.putImageData(pixels, 0, 0);
}

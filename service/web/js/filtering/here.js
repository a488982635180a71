// Filters a picture in the page, where there is no service: takes the form's fields, gives what the service would.
//
//   blob -> canvas -> numbers -> layers -> tones -> PNG;   filters=a,b,c -> a sheet, three tiles to a row
//
// Unlike the service's, a grey picture in colour's clothes counts as grey, and what is transparent stands on white.

import { Problem, request } from "../api.js";
import { make, pen2d } from "../dom.js";
import { encoded } from "../filters/picture.js";
import { layersOf } from "./form.js";
import { Unfit } from "./geometry.js";
import { plain, runLayers } from "./steps.js";
import { planeOf, rangeOf, toTones } from "./tones.js";

/** @typedef {import("../filters/types.js").Answer} Answer */
/** @typedef {import("../filters/types.js").Filter} Filter */
/** @typedef {import("../filters/types.js").Scale} Scale */
/** @typedef {import("./steps.js").Plane} Plane */

const MOST_VALUES = 4096; // numbers that come along, as of the service
const MARGIN = 8;
const COLUMNS = 3;

/** @type {Promise<Filter[]> | null} */
let listed = null;

/** @returns {Promise<Filter[]>} */
function filters() {
  listed ??= request("api/v1/filters", { quiet: true }).then((answer) => answer.filters);
  return listed;
}

/** @param {Blob} blob @param {[string, string][]} fields @returns {Promise<Answer>} raises Problem */
export async function appliedHere(blob, fields) {
  const form = new Map(fields);
  const given = await decoded(blob, form.get("color") === "grey");
  const known = await filters();
  const begun = performance.now();
  const at = /** @type {[number, number] | undefined} */ (form.get("at")?.split(",").map(Number));
  const told = form.has("at_step") ? Number(form.get("at_step")) - 1 : null;
  const { values, done, trace } = said(() => runLayers(given, layersOf(form, known), at ?? null, told));
  const canvas = drawn(values, /** @type {Scale} */ (form.get("scale") ?? "clip"));
  const milliseconds = performance.now() - begun;
  const { width, height, channels, data } = values;
  const [least, greatest] = rangeOf(data);
  const pixel = (/** @type {number} */ first) => Array.from(data.subarray(first, first + channels), plain);
  const row = (/** @type {number} */ y) => Array.from({ length: width }, (_, x) => pixel((y * width + x) * channels));
  return {
    width,
    height,
    channels,
    range: [plain(least), plain(greatest)],
    geometry: done.map(({ layer: { op }, x, y }) => ({
      op,
      input: [x.size, y.size],
      kernel: [x.window, y.window],
      stride: [x.stride, y.stride],
      padding: [x.before + x.after, y.before + y.after],
      output: [x.output, y.output],
    })),
    at: trace,
    image_png: canvas.toDataURL("image/png"),
    values: data.length <= MOST_VALUES ? Array.from({ length: height }, (_, y) => row(y)) : null,
    milliseconds,
  };
}

/** @param {Blob} blob @param {[string, string][]} fields @returns {Promise<Blob>} raises Problem */
export async function pictureHere(blob, fields) {
  const form = new Map(fields);
  const given = await decoded(blob, form.get("color") === "grey");
  const scale = /** @type {Scale} */ (form.get("scale") ?? "clip");
  const known = await filters();
  const names = form.get("filters")?.split(",");
  if (!names) return encoded(drawn(said(() => runLayers(given, layersOf(form, known), null, null)).values, scale), "image/png");
  const canvas = make("canvas", "");
  canvas.width = MARGIN + COLUMNS * (given.width + MARGIN);
  canvas.height = MARGIN + Math.ceil(names.length / COLUMNS) * (given.height + MARGIN);
  names.forEach((name, index) => {
    const { values } = said(() => runLayers(given, layersOf(new Map([["filter", name]]), known), null, null));
    const x = MARGIN + (index % COLUMNS) * (given.width + MARGIN);
    pen2d(canvas).drawImage(drawn(values, scale), x, MARGIN + Math.floor(index / COLUMNS) * (given.height + MARGIN));
  });
  return encoded(canvas, "image/png");
}

/** @param {string} detail */
function unfit(detail) {
  return new Problem({ type: "urn:featuremap:problem:invalid-input", detail }, 422);
}

/** What cannot be done is told as the service tells it. @template T @param {() => T} work */
function said(work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof Unfit ? unfit(error.message) : error;
  }
}

/** @param {Blob} blob @param {boolean} isGrey @returns {Promise<Plane>} raises Problem */
async function decoded(blob, isGrey) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none" }).catch(() => null);
  if (!bitmap) {
    const detail = "This is no picture that the browser can read.";
    throw new Problem({ type: "urn:featuremap:problem:invalid-image", detail }, 422);
  }
  const { width, height } = bitmap;
  const canvas = make("canvas", "");
  [canvas.width, canvas.height] = [width, height];
  const pen = pen2d(canvas, { willReadFrequently: true });
  pen.fillStyle = "white";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = pen.getImageData(0, 0, width, height);
  return planeOf(data, width, height, isGrey);
}

/** @param {Plane} values @param {Scale} scale */
function drawn({ width, height, channels, data }, scale) {
  const tones = toTones(data, scale);
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i += 1) {
    for (let channel = 0; channel < 3; channel += 1) image.data[4 * i + channel] = tones[i * channels + (channels === 3 ? channel : 0)];
    image.data[4 * i + 3] = 255;
  }
  const canvas = make("canvas", "");
  [canvas.width, canvas.height] = [width, height];
  pen2d(canvas).putImageData(image, 0, 0);
  return canvas;
}

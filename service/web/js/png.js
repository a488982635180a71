// Pictures from a JSON answer to a canvas: base64 -> bytes -> bitmap -> canvas.
//
// The one way for every such picture: under `default-src 'self'` a browser refuses <img src="data:..."> and
// fetch("data:...").

import { pen2d } from "./dom.js";

const PREFIX = "data:image/png;base64,";

/**
 * Draws a PNG data URL and gives the canvas the picture's own size.
 * @param {HTMLCanvasElement} canvas
 * @param {string} dataUrl
 */
export async function drawPng(canvas, dataUrl) {
  draw(canvas, await bitmapOf(dataUrl));
}

/** The same with a picture that came as it is. @param {HTMLCanvasElement} canvas @param {Blob} blob */
export async function drawBlob(canvas, blob) {
  draw(canvas, await createImageBitmap(blob));
}

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} bitmap */
function draw(canvas, bitmap) {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  pen2d(canvas).drawImage(bitmap, 0, 0);
  bitmap.close();
}

/**
 * The tones of a grey picture, row by row, 0 (black) to 255.
 * @param {string} dataUrl
 */
export async function readGrey(dataUrl) {
  return greyOf(await bitmapOf(dataUrl));
}

/** The same of a picture that came as it is. @param {Blob} blob */
export async function readGreyBlob(blob) {
  return greyOf(await createImageBitmap(blob));
}

/** @param {ImageBitmap} bitmap */
function greyOf(bitmap) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("No 2D canvas");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, tones: Uint8Array.from({ length: width * height }, (_, index) => data[4 * index]) };
}

/** @param {string} dataUrl */
function bitmapOf(dataUrl) {
  if (!dataUrl.startsWith(PREFIX)) throw new Error("Not a PNG data URL");
  const bytes = Uint8Array.from(atob(dataUrl.slice(PREFIX.length)), (char) => char.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: "image/png" }));
}

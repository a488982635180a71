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
  if (!dataUrl.startsWith(PREFIX)) throw new Error("Not a PNG data URL");
  const bytes = Uint8Array.from(atob(dataUrl.slice(PREFIX.length)), (char) => char.charCodeAt(0));
  await drawBlob(canvas, new Blob([bytes], { type: "image/png" }));
}

/** The same with a picture that came as it is. @param {HTMLCanvasElement} canvas @param {Blob} blob */
export async function drawBlob(canvas, blob) {
  const bitmap = await createImageBitmap(blob);
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  pen2d(canvas).drawImage(bitmap, 0, 0);
  bitmap.close();
}

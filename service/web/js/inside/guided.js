// Beside each patch what in it excited the filter: both enlarged, cut from two sheets of the service.
//
//   excitations?of=patches, ?of=guided as PNG -> tiles -> fields -> a pair of canvases each

import { request } from "../api.js";
import { make } from "../dom.js";
import { readGreyBlob } from "../png.js";
import { pathOf } from "./ask.js";
import { paint } from "./paint.js";

/** @typedef {import("./types.js").Field} Field */
/** @typedef {{width: number, height: number, gap: number, columns: number, zoom: number}} Sheet */
/** @typedef {{patch: Field, guided: Field}} Pair */

const GUIDED_HELP = "Left the patch, right what in it excited the filter: blue speaks for it, rust against it.";

/**
 * @param {string} model
 * @param {URLSearchParams} query layer and map
 * @param {Sheet} sheet
 * @param {number} count of patches
 * @param {AbortSignal} signal
 * @returns {Promise<Pair[]>}
 */
export async function loadPairs(model, query, sheet, count, signal) {
  const picture = (/** @type {string} */ of) =>
    request(pathOf(model, `excitations?${query}&of=${of}`), { signal, accept: "image/png", quiet: true }).then(readGreyBlob);
  const [patches, guided] = await Promise.all([picture("patches"), picture("guided")]);
  return Array.from({ length: count }, (_, index) => ({
    patch: tile(patches, sheet, index, (tone) => tone / 255),
    guided: tile(guided, sheet, index, (tone) => (tone - 128) / 127),
  }));
}

/** @param {{width: number, tones: Uint8Array}} picture @param {Sheet} sheet @param {number} index @param {(tone: number) => number} shareOf @returns {Field} */
function tile({ width: stride, tones }, { width, height, gap, columns, zoom }, index, shareOf) {
  const left = gap + (index % columns) * (width + gap);
  const top = gap + Math.floor(index / columns) * (height + gap);
  const side = { width: width / zoom, height: height / zoom };
  const shares = Float32Array.from({ length: side.width * side.height }, (_, at) => {
    const [x, y] = [at % side.width, Math.floor(at / side.width)];
    return shareOf(tones[(top + y * zoom) * stride + left + x * zoom]);
  });
  return { ...side, shares };
}

export class Guided {
  #list = make("ul", "guided");
  element = make("div", "", this.#list, make("p", "caption", GUIDED_HELP));
  /** @type {{canvas: HTMLCanvasElement, field: Field, tone: "ink" | "accent"}[]} */
  #painted = [];

  /** @param {Pair[] | null} pairs null: there are none */
  show(pairs) {
    this.element.hidden = !pairs;
    this.#painted = [];
    const canvasOf = (/** @type {Field} */ field, /** @type {"ink" | "accent"} */ tone) => {
      const canvas = make("canvas", "");
      this.#painted.push({ canvas, field, tone });
      return canvas;
    };
    const entries = (pairs ?? []).map(({ patch, guided }, index) => {
      const entry = make("li", "", canvasOf(patch, "ink"), canvasOf(guided, "accent"));
      entry.setAttribute("aria-label", `Patch ${index + 1}, and what in it excited the filter`);
      return entry;
    });
    this.#list.replaceChildren(...entries);
    this.paint();
  }

  paint() {
    for (const { canvas, field, tone } of this.#painted) paint(canvas, field, tone);
  }
}

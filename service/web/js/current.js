// The one picture that crosses the views: a drawing, a file, or a sample of a test set.
//
//   Classify or a failure's tile -> set -> Look inside, Filters

/** @typedef {import("./types.js").CurrentPicture} CurrentPicture */

export class Current {
  /** @type {CurrentPicture | null} */
  #picture = null;
  /** @type {Set<(picture: CurrentPicture | null) => void>} */
  #listeners = new Set();

  get picture() {
    return this.#picture;
  }

  /** @param {CurrentPicture | null} picture */
  set(picture) {
    this.#picture = picture;
    for (const listener of this.#listeners) listener(picture);
  }

  /** @param {(picture: CurrentPicture | null) => void} listener told of each change from now on */
  listen(listener) {
    this.#listeners.add(listener);
  }
}

/** "mnist/4444" -> the sample's parts, or null where it is none. @param {string | null} text */
export function parseSample(text) {
  const match = /^(mnist|fashion_mnist)\/(\d{1,5})$/.exec(text ?? "");
  return match ? { dataset: match[1], index: Number(match[2]) } : null;
}

// Which picture is filtered: the newest that was chosen, dropped, sampled, or that another view holds.
//
//   file, sample, current picture -> loaded -> onHeld; what the person chose here crosses to the other views

import { hold, isSample, sampleOf, STILL_LIFE } from "./picture.js";

/** @typedef {import("../current.js").Current} Current */
/** @typedef {import("../types.js").CurrentPicture} CurrentPicture */
/** @typedef {import("./types.js").Held} Held */
/** @typedef {import("./types.js").Pair} Pair */

export class Holder {
  /** @type {Held | null} */
  held = null;
  /** @type {CurrentPicture | null} the one of the other views that was taken over last */
  #taken = null;
  #newest = 0;
  #current;
  #onHeld;
  #onFail;

  /**
   * @param {Current} current
   * @param {(held: Held, isOther: boolean) => void} onHeld `isOther`: another one stood here before
   * @param {(error: unknown, name: string) => void} onFail
   */
  constructor(current, onHeld, onFail) {
    this.#current = current;
    this.#onHeld = onHeld;
    this.#onFail = onFail;
  }

  /** @returns {Pair | null} of the picture that is sent; null where the browser cannot show it */
  get size() {
    const canvas = this.held?.canvas;
    return canvas ? [canvas.width, canvas.height] : null;
  }

  /** The picture's name in an address, where it has one and needs it. */
  get sample() {
    const sample = this.held?.sample ?? null;
    return sample === STILL_LIFE ? null : sample;
  }

  /**
   * What an address or another view wants, or what one begins with.
   * @param {string | null} wanted by the address
   * @returns {Promise<boolean>} whether another picture was loaded
   */
  async follow(wanted) {
    const { picture } = this.#current;
    const sample = wanted && isSample(wanted) ? wanted : null;
    if (sample && sample !== this.held?.sample) {
      await this.#load(() => sampleOf(sample), sample);
    } else if (!sample && picture && picture !== this.#taken) {
      this.#taken = picture;
      await this.#load(() => hold(picture.blob, picture.name, picture.sample ?? null), picture.name);
    } else if (!this.held) {
      await this.#load(() => sampleOf(STILL_LIFE), "The still life");
    } else {
      return false;
    }
    return true;
  }

  /** @param {File} file that the person chose */
  async open(file) {
    this.#give({ blob: file, name: file.name, from: "file" });
    await this.#load(() => hold(file, file.name, null), file.name);
  }

  /** @param {string} sample that the person chose */
  async openSample(sample) {
    await this.#load(() => sampleOf(sample), sample);
    // A still life is nothing that a network reads.
    if (sample === STILL_LIFE || this.held?.sample !== sample) return;
    this.#give({ blob: this.held.full, name: this.held.name, from: "sample", sample });
  }

  /** @param {CurrentPicture} picture */
  #give(picture) {
    this.#taken = picture;
    this.#current.set(picture);
  }

  /** @param {() => Promise<Held>} load @param {string} name */
  async #load(load, name) {
    const turn = ++this.#newest;
    try {
      const held = await load();
      if (turn !== this.#newest) return;
      const isOther = this.held !== null;
      this.held = held;
      this.#onHeld(held, isOther);
    } catch (error) {
      if (turn === this.#newest) this.#onFail(error, name);
    }
  }
}

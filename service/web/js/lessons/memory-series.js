// The lecture's two examples of what comes in a row, made up so that the truth is known.
//
//   film    in some frames somebody enters (1) or leaves (-1) a room; asked in each frame: is somebody inside?
//   quakes  each quake makes more likely that others follow, less each day; asked each day: is there one tomorrow?
//
// The second is a self-exciting process (Hawkes, 1971), whose aftershocks fade exponentially.

import { random } from "./small-net.js";

/** @typedef {import("./memory-net.js").Series} Series */

const LENGTH = 24;
const EVENT = 0.18; // the chance that somebody comes or goes in a frame
const CALM = 0.06; // a day's chance of a quake by itself
const AFTER = 0.2; // what each quake adds to the next day's
const FADING = 0.78; // how much of that is left a day later

/** @typedef {"film" | "quakes"} Task */

/** @type {Record<Task, (chance: () => number, x: Float64Array, label: Uint8Array) => void>} */
const MAKERS = {
  film(chance, x, label) {
    let inside = 0;
    for (let t = 0; t < LENGTH; t++) {
      x[t] = chance() < EVENT ? 1 - 2 * inside : 0;
      if (x[t]) inside = 1 - inside;
      label[t] = inside;
    }
  },
  quakes(chance, x, label) {
    let excited = 0;
    for (let day = -LENGTH; day <= LENGTH; day++) {
      const quake = Number(chance() < Math.min(CALM + excited, 0.95));
      excited = FADING * excited + AFTER * quake;
      if (day >= 0 && day < LENGTH) x[day] = quake;
      if (day > 0) label[day - 1] = quake;
    }
  },
};

/** @param {Task} task @param {number} count @param {number} seed @returns {Series} */
export function made(task, count, seed) {
  const chance = random(seed);
  const x = new Float64Array(count * LENGTH);
  const label = new Uint8Array(count * LENGTH);
  for (let first = 0; first < x.length; first += LENGTH) {
    MAKERS[task](chance, x.subarray(first, first + LENGTH), label.subarray(first, first + LENGTH));
  }
  return { length: LENGTH, x, label };
}

/** What is learned from, what is asked afterwards. @type {Record<Task, {learned: Series, asked: Series}>} */
export const TASKS = {
  film: { learned: made("film", 60, 1), asked: made("film", 200, 2) },
  quakes: { learned: made("quakes", 200, 3), asked: made("quakes", 400, 4) },
};

export const UNITS = 4;
export const STEPS = 400;
export const RATE = 0.02;

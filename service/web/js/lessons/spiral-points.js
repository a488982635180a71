// Two spirals, one in the other: no straight line, nor a few of them, tell them apart (Lang and Witbrock, 1988).

import { random } from "./small-net.js";

/** @typedef {import("./small-net.js").Points} Points */

const TURNS = 2;
const NOISE = 0.02;
const STEPS = 3000;
const RATE = 0.01;

/** As many weights each, or nearly: hidden layers -> units of each. @type {Record<string, number>} */
export const UNITS = { 1: 25, 2: 8, 3: 6, 4: 5, 5: 4, 6: 4 };

/** @param {number} count of each spiral @param {number} seed @returns {Points} */
export function spirals(count, seed) {
  const chance = random(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
  const x = new Float64Array(2 * count);
  const y = new Float64Array(2 * count);
  const label = new Uint8Array(2 * count);
  for (let i = 0; i < 2 * count; i++) {
    const way = (i >> 1) / count;
    const angle = 2 * Math.PI * TURNS * way + Math.PI * (i % 2);
    const radius = 0.1 + 0.9 * way;
    x[i] = radius * Math.cos(angle) + NOISE * normal();
    y[i] = radius * Math.sin(angle) + NOISE * normal();
    label[i] = i % 2;
  }
  return { x, y, label };
}

/** What is learned from, what is asked afterwards, how long and how fast. */
export const TASK = { learned: spirals(100, 1), asked: spirals(250, 2), steps: STEPS, rate: RATE };

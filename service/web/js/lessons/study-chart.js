// Charts of a study's networks by epoch: means over the seeds, bands of one standard deviation.

import { epochTicks, ticksOver } from "./numbers.js";

/** @typedef {import("./types.js").Curve} Curve */
/** @typedef {import("./chart.js").ChartData} ChartData */

/**
 * @param {string} label
 * @param {{name: string, style: number, curve: Curve}[]} curves
 * @param {{format: (ticks: number[]) => (value: number) => string, read: (value: number) => string, ticks?: number[]}} y
 * @returns {ChartData}
 */
export function byEpoch(label, curves, { format, read, ticks: given }) {
  const lines = curves.map(({ name, style, curve: { mean, sd } }) => ({
    name,
    style,
    hasPoints: style > 0,
    values: mean,
    low: mean.map((value, index) => value - sd[index]),
    high: mean.map((value, index) => value + sd[index]),
  }));
  const epochs = curves[0].curve.mean.map((_, index) => index + 1);
  const ticks = given ?? ticksOf(curves.map(({ curve }) => curve));
  return {
    label,
    x: { name: "Epoch", values: epochs, ticks: epochTicks(epochs.length), format: String },
    y: { ticks, format: format(ticks), read },
    lines,
  };
}

/** Ticks that hold all of the curves and their bands. @param {Curve[]} curves */
export function ticksOf(curves) {
  const low = curves.flatMap(({ mean, sd }) => mean.map((value, index) => value - sd[index]));
  const high = curves.flatMap(({ mean, sd }) => mean.map((value, index) => value + sd[index]));
  return ticksOver(Math.min(...low), Math.max(...high));
}

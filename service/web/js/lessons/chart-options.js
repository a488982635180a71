// What uPlot is told: axes, lines with their dashes, bands, whiskers and marks, in the theme's colours.

import { colour, DASHES, token } from "./series.js";

/** @typedef {import("./chart.js").ChartData} ChartData */
/** @typedef {import("./chart.js").Line} Line */
/** @typedef {import("../../vendor/uplot/uPlot.esm.min.js")} Plot */
/** @typedef {import("../../vendor/uplot/uPlot.esm.min.js").Options} Options */

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const BAND_OPACITY = "26"; // of 255, in hex

/**
 * @param {ChartData} data
 * @param {{width: number, height: number}} size
 * @param {number} right room for the names at the lines' ends
 * @param {{drawn: () => void, pointed: (index: number | null) => void}} on
 * @returns {{options: Options, columns: import("../../vendor/uplot/uPlot.esm.min.js").AlignedData}}
 */
export function optionsOf(data, size, right, on) {
  const { x, y, lines, hasWhiskers } = data;
  const bands = hasWhiskers ? [] : lines.filter(({ low, high }) => low && high);
  const [low, high] = [y.ticks[0], y.ticks.at(-1) ?? 1];
  const edge = /** @type {const} */ ({ points: { show: false }, width: 0 });
  /** @type {Options} */
  const options = {
    ...size,
    padding: [10, right, 0, 4],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    scales: {
      x: { time: false, distr: x.isLog ? 3 : 1, range: (_, min, max) => x.range ?? (min === max ? [min - 0.5, max + 0.5] : [min, max]) },
      y: { range: [low, high] },
    },
    axes: [
      { ...axis(), grid: { show: false }, size: 26, splits: () => apart(x, size.width - right), filter: (_, ticks) => ticks, values: (_, ticks) => ticks.map(x.format) },
      {
        ...axis(),
        grid: { stroke: () => token("--line"), width: 1 },
        size: (_, texts) => Math.max(0, ...(texts ?? []).map(textWidth)) + 10,
        splits: () => y.ticks,
        values: (_, ticks) => ticks.map(y.format),
      },
    ],
    series: [{}, ...lines.map(seriesOf), ...bands.flatMap(() => [edge, edge])],
    bands: bands.map((line, index) => {
      const first = 1 + lines.length + 2 * index;
      return { series: [first + 1, first], fill: () => colour(line.style) + BAND_OPACITY };
    }),
    hooks: {
      draw: [
        (plot) => {
          for (const line of lines) drawExtras(plot, line, x.values, hasWhiskers ?? false);
        },
        on.drawn,
      ],
      setCursor: [(plot) => on.pointed((plot.cursor.left ?? -1) < 0 ? null : (plot.cursor.idx ?? null))],
    },
  };
  const columns = [x.values, ...lines.map(({ values }) => values), ...bands.flatMap((line) => [line.low, line.high])];
  return { options, columns: /** @type {any} */ (columns) };
}

const axis = () => ({ stroke: () => token("--ink-2"), font: FONT, ticks: { show: false }, gap: 6 });

/** @param {Line} line @returns {import("../../vendor/uplot/uPlot.esm.min.js").Series} */
function seriesOf({ style, hasPoints }) {
  const stroke = () => colour(style);
  return {
    stroke,
    width: 2,
    dash: DASHES[style],
    points: { show: hasPoints ?? false, size: 6, stroke, fill: stroke },
  };
}

/** Whiskers, and marks where a point is not at its true place. */
/** @param {Plot} plot @param {Line} line @param {number[]} xs @param {boolean} hasWhiskers */
function drawExtras(plot, line, xs, hasWhiskers) {
  const { ctx } = plot;
  const unit = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour(line.style);
  ctx.fillStyle = token("--surface");
  ctx.lineWidth = 2 * unit;
  xs.forEach((value, index) => {
    const x = plot.valToPos(value, "x", true);
    const low = line.low?.[index];
    const high = line.high?.[index];
    if (hasWhiskers && typeof low === "number" && typeof high === "number") {
      whisker(ctx, x, plot.valToPos(low, "y", true), plot.valToPos(high, "y", true), 5 * unit);
    }
    const mark = line.marks?.[index];
    const y = plot.valToPos(line.values[index] ?? 0, "y", true);
    if (mark === "over") triangle(ctx, x, y, 5 * unit);
    if (mark === "diverged") cross(ctx, x, y, 4 * unit);
  });
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} low @param {number} high @param {number} half */
function whisker(ctx, x, low, high, half) {
  ctx.beginPath();
  ctx.moveTo(x, low);
  ctx.lineTo(x, high);
  for (const y of [low, high]) {
    ctx.moveTo(x - half, y);
    ctx.lineTo(x + half, y);
  }
  ctx.stroke();
}

/** Upwards: the value is above the frame. */
/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} half */
function triangle(ctx, x, y, half) {
  ctx.beginPath();
  ctx.moveTo(x - half, y + half);
  ctx.lineTo(x, y - half);
  ctx.lineTo(x + half, y + half);
  ctx.closePath();
  ctx.fill();
  ctx.stroke();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} half */
function cross(ctx, x, y, half) {
  ctx.beginPath();
  for (const side of [-1, 1]) {
    ctx.moveTo(x - half, y - side * half);
    ctx.lineTo(x + half, y + side * half);
  }
  ctx.stroke();
}

/** As many of the ticks as have room for their texts. @param {ChartData["x"]} x @param {number} width of the chart */
function apart({ ticks, format }, width) {
  const widest = Math.max(...ticks.map((tick) => textWidth(format(tick)))) + 14;
  const every = Math.ceil((ticks.length * widest) / Math.max(widest, width - widest));
  return ticks.filter((_, index) => index % every === 0);
}

const ruler = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
ruler.font = FONT;

/** @param {string} text */
function textWidth(text) {
  return ruler.measureText(text).width;
}

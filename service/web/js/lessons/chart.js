// A curve chart: uPlot draws the lines; around it names at their ends, a line of values, and the same as a table.
//
//   {x, y, lines} -> uPlot -> names placed beside the ends (spread.js)
//   pointer, arrow keys -> the place on x -> values in words

import uPlot from "../../vendor/uplot/uPlot.esm.min.js";
import { dataTable } from "../data-table.js";
import { make } from "../dom.js";
import { announce } from "../live.js";
import { optionsOf } from "./chart-options.js";
import { onTheme } from "./series.js";
import { spread } from "./spread.js";

/**
 * A line. `low` and `high` are a band about it, or whiskers. `marks` names points that are not at their true place.
 * @typedef {object} Line
 * @property {string} name
 * @property {number} style of series.js
 * @property {(number | null)[]} values
 * @property {boolean} [hasPoints]
 * @property {(number | null)[]} [low]
 * @property {(number | null)[]} [high]
 * @property {("over" | "diverged" | null)[]} [marks]
 * @property {string[]} [texts] the values in words, where the chart's own format will not do
 */

/**
 * @typedef {object} ChartData
 * @property {string} label what the chart shows
 * @property {{name: string, values: number[], ticks: number[], format: (value: number) => string, isLog?: boolean, range?: [number, number]}} x
 * @property {{ticks: number[], format: (value: number) => string, read?: (value: number) => string}} y
 * @property {Line[]} lines
 * @property {boolean} [hasWhiskers] `low` and `high` as whiskers
 */

const NAME_HEIGHT = 16;
const HINT = "Point at the chart, or choose it and use the arrow keys.";

export class CurveChart {
  element = make("figure", "chart");
  #plot = make("div", "plot");
  #names = make("div", "line-names");
  #readout = make("p", "caption readout number", HINT);
  #table = make("div", "");
  /** @type {uPlot | null} */
  #uplot = null;
  /** @type {ChartData | null} */
  #data = null;
  /** @type {number | null} */
  #place = null;

  constructor() {
    this.#plot.tabIndex = 0;
    this.#plot.setAttribute("role", "application");
    this.#plot.setAttribute("aria-roledescription", "chart");
    this.#names.setAttribute("aria-hidden", "true");
    this.#plot.append(this.#names);
    this.element.append(this.#plot, this.#readout, this.#table);
    this.#plot.addEventListener("keydown", (event) => this.#onKey(event));
    this.#plot.addEventListener("blur", () => this.#point(null));
    new ResizeObserver(() => this.#resize()).observe(this.#plot);
    onTheme(() => this.#uplot?.redraw(false, false));
  }

  /** @param {ChartData} data */
  show(data) {
    this.#data = data;
    this.#uplot?.destroy();
    this.#uplot = null;
    this.#plot.setAttribute("aria-label", `${data.label}. Arrow keys read the values.`);
    this.#names.replaceChildren(...data.lines.map(({ name, style }) => make("span", `line-name ink-${style + 1}`, name)));
    const heads = [data.x.name, ...data.lines.map(({ name }) => name)];
    const rows = data.x.values.map((x, index) => [data.x.format(x), ...data.lines.map((line) => this.#text(line, index))]);
    const isOpen = this.#table.querySelector("details")?.open ?? false;
    const table = dataTable(data.label, heads, rows);
    table.open = isOpen;
    this.#table.replaceChildren(table);
    this.#read(null);
    this.#resize();
  }

  /** uPlot is made once there is room for it: a hidden view has none. */
  #resize() {
    const width = this.#plot.clientWidth;
    const height = this.#plot.clientHeight;
    if (!this.#data || !width) return;
    if (this.#uplot?.width === width && this.#uplot.height === height) return;
    this.#uplot?.destroy(); // its ticks go by the width
    const widest = Math.max(0, ...[...this.#names.children].map((name) => name.getBoundingClientRect().width));
    const { options, columns } = optionsOf(this.#data, { width, height }, Math.ceil(widest) + 16, {
      drawn: () => this.#placeNames(),
      pointed: (index) => this.#read(index),
    });
    this.#uplot = new uPlot(options, columns, this.#plot);
    this.#plot.append(this.#names);
  }

  #placeNames() {
    const uplot = this.#uplot;
    if (!uplot || !this.#data) return;
    const { x, lines } = this.#data;
    const ends = lines.map(({ values }) => values.findLastIndex((value) => value !== null));
    const tops = lines.map(({ values }, line) => uplot.valToPos(values[ends[line]] ?? 0, "y") + uplot.over.offsetTop);
    const places = spread(
      tops.map((top) => top - NAME_HEIGHT / 2),
      NAME_HEIGHT,
      uplot.height - NAME_HEIGHT,
    );
    [...this.#names.children].forEach((name, line) => {
      if (!(name instanceof HTMLElement)) return;
      name.style.left = `${uplot.valToPos(x.values[Math.max(0, ends[line])], "x") + uplot.over.offsetLeft + 10}px`;
      name.style.top = `${places[line]}px`;
    });
  }

  /** @param {Line} line @param {number} index */
  #text(line, index) {
    const value = line.values[index];
    if (value === null || !this.#data) return "–";
    return line.texts?.[index] ?? (this.#data.y.read ?? this.#data.y.format)(value);
  }

  /** @param {number | null} index on x @returns {string} what is said there */
  #read(index) {
    this.#place = index;
    const data = this.#data;
    if (index === null || !data) {
      this.#readout.textContent = HINT;
      return "";
    }
    const lines = data.lines.filter((line) => line.values[index] !== null);
    const values = lines.map((line) => `${line.name} ${this.#text(line, index)}`).join(", ");
    const text = `${data.x.name} ${data.x.format(data.x.values[index])}: ${values}`;
    this.#readout.textContent = text;
    return text;
  }

  /** @param {number | null} index */
  #point(index) {
    const { x } = this.#data ?? {};
    if (!this.#uplot || !x) return;
    const left = index === null ? -10 : this.#uplot.valToPos(x.values[index], "x");
    this.#uplot.setCursor({ left, top: index === null ? -10 : 0 });
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const last = (this.#data?.x.values.length ?? 0) - 1;
    const now = this.#place ?? -1;
    /** @type {Record<string, number>} */
    const places = { ArrowLeft: Math.max(0, now - 1), ArrowRight: Math.min(last, now + 1), Home: 0, End: last };
    if (!(event.key in places) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#point(places[event.key]);
    announce(this.#readout.textContent ?? "");
  }
}

// The table of models: version, state, test score, size, and how fast each answers.

import { make } from "../dom.js";
import { grouped } from "../format.js";
import { isReady, isServed, ordered, takesTensorsOnly } from "../models.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./history.js").History} History */

const HEADS = ["Name", "Version", "State", "Provider", "Test", "Parameters", "Pictures", "p50 ms", "p95 ms", "Batch ms"];
const NUMBERS_FROM = 4; // the columns from here on are numbers
const [WIDTH, HEIGHT] = [88, 20];
const SVG = "http://www.w3.org/2000/svg";

export class ModelTable {
  #body = make("tbody", "");
  element = make("div", "models-box");

  constructor() {
    const heads = HEADS.map((text, index) => {
      const cell = make("th", index >= NUMBERS_FROM ? "number" : "", text);
      cell.scope = "col";
      return cell;
    });
    const caption = make("caption", "visually-hidden", "Models that the service has, and how fast each answers");
    this.element.append(make("table", "models-table", caption, make("thead", "", make("tr", "", ...heads)), this.#body));
  }

  /** @param {Card[]} cards @param {History} history */
  show(cards, history) {
    this.#body.replaceChildren(...ordered(cards).map((card) => row(card, history)));
  }
}

/** @param {Card} card @param {History} history */
function row(card, history) {
  const { name } = card;
  const link = make("a", "", name);
  link.href = `#/failures?model=${encodeURIComponent(name)}`;
  const head = make("th", "name", isReady(card) ? link : name);
  head.scope = "row";
  const state = make("span", "chip", takesTensorsOnly(card) ? "tensors only" : isServed(card) ? "ready" : "not ready");
  if (!isServed(card)) state.dataset.tone = "error";
  state.title = card.notes?.join("; ") ?? "";
  const facts = [
    cell("version", card.version ?? "–"),
    cell("state", state),
    cell("provider", card.execution_provider?.in_use.toUpperCase() ?? "–"),
    cell("number test", card.metrics?.test_accuracy ? `${(100 * card.metrics.test_accuracy).toFixed(1)}\u00A0%` : "–"),
    cell("number parameters", card.parameters ? grouped(card.parameters) : "–"),
  ];
  if (!isServed(card)) {
    const reason = cell("reason", card.reason ?? "");
    reason.colSpan = HEADS.length - facts.length - 1;
    return make("tr", "", head, ...facts, reason);
  }
  const [p50, p95] = [history.inference(name, 0.5), history.inference(name, 0.95)];
  return make(
    "tr",
    "",
    head,
    ...facts,
    cell("number pictures", grouped(history.pictures(name))),
    cell(p50 === null ? "number p50 none" : "number p50", milliseconds(p50)),
    cell("number p95", milliseconds(p95)),
    cell("line", sparkline(history.line(name))),
  );
}

/** @param {string} className @param {Node | string} content */
function cell(className, content) {
  return make("td", className, content);
}

/** @param {number | null} seconds */
function milliseconds(seconds) {
  if (seconds === null) return "–";
  return (1000 * seconds).toFixed(seconds < 0.01 ? 2 : 0);
}

/** How the mean time of a batch went; the last number in words. @param {(number | null)[]} values */
function sparkline(values) {
  const known = values.flatMap((value, index) => (value === null ? [] : [[index, value]]));
  if (known.length < 2) return make("span", "caption", "–");
  const most = Math.max(...known.map(([, value]) => value));
  const points = known.map(([index, value]) => {
    const x = 1 + ((WIDTH - 2) * index) / Math.max(1, values.length - 1);
    return `${x.toFixed(1)},${(HEIGHT - 2 - ((HEIGHT - 4) * value) / most).toFixed(1)}`;
  });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("class", "sparkline");
  svg.setAttribute("role", "img");
  const last = known[known.length - 1][1];
  svg.setAttribute("aria-label", `Last ${last.toFixed(2)} milliseconds a batch, most ${most.toFixed(2)}`);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.join(" "));
  svg.append(line);
  return svg;
}

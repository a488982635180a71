// Five figures of the whole service.

import { make } from "../dom.js";
import { duration, grouped } from "../format.js";
import { isServed } from "../models.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./history.js").History} History */

const NAMES = ["Answers a second", "Median answer", "Wait for a batch", "Provider", "Up since"];

export class Figures {
  element = make("dl", "figures");
  #cells = NAMES.map((name) => {
    const value = make("dd", "figure number", "–");
    const about = make("dd", "caption", "\u00A0");
    this.element.append(make("div", "card", make("dt", "caption", name), value, about));
    return { value, about };
  });

  /** @param {Card[]} cards @param {History} history */
  show(cards, history) {
    const slow = history.latency(0.95);
    const rows = [
      [history.rate === null ? "–" : history.rate.toFixed(1), "of predict, last minute"],
      [time(history.latency(0.5)), slow === null ? "nothing asked yet" : `95 in 100 under ${time(slow)}`],
      [time(history.wait), `${grouped(history.refused)} refused since start`],
      provider(cards),
      upSince(history),
    ];
    rows.forEach(([value, about], index) => {
      this.#cells[index].value.textContent = value;
      this.#cells[index].about.textContent = about;
    });
  }
}

/** @param {number | null} seconds */
function time(seconds) {
  return seconds === null ? "–" : duration(1000 * seconds);
}

/** @param {Card[]} cards */
function provider(cards) {
  const used = cards.filter(isServed).flatMap((card) => card.execution_provider ?? []);
  const names = [...new Set(used.map(({ in_use }) => in_use.toUpperCase()))];
  const asked = [...new Set(used.map(({ requested }) => requested))];
  return [names.join(", ") || "–", asked.length ? `asked for: ${asked.join(", ")}` : "no model is ready"];
}

/** @param {History} history */
function upSince({ start, version }) {
  if (!start) return ["–", "\u00A0"];
  const isToday = start.toDateString() === new Date().toDateString();
  const text = isToday
    ? start.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })
    : start.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return [text, version ? `version ${version}` : "\u00A0"];
}

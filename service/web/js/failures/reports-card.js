// What the reports tell together: how many a day and of which class, and how they differ from the test.

import { make } from "../dom.js";
import { grouped, percent } from "../format.js";
import { driftSentences } from "./drift-words.js";

/** @typedef {import("./types.js").Counted} Counted */

const DAYS = 14; // shown; the service tells all
const ENOUGH = 30; // reports

export class ReportsCard {
  #days = make("div", "report-days");
  #drift = make("ul", "report-drift");
  #kept = make("p", "caption", "");
  element = make("section", "card reports-card", make("h2", "", "Reports by day"), this.#days, make("h2", "", "Beside the test set"), this.#drift, this.#kept);

  constructor() {
    this.element.setAttribute("aria-label", "Reports");
    this.element.hidden = true;
    this.#days.tabIndex = 0; // many classes scroll
    this.#days.setAttribute("role", "region");
    this.#days.setAttribute("aria-label", "Reports by day");
  }

  hide() {
    this.element.hidden = true;
  }

  /** @param {Counted} counted @param {string[]} labels */
  show(counted, labels) {
    this.element.hidden = counted.total === 0;
    this.#days.replaceChildren(table(counted, labels));
    this.#drift.replaceChildren(...driftSentences(counted.drift, labels).map((sentence) => make("li", "", sentence)));
    const refused = counted.refused ? ` ${percent(counted.refused / counted.total)} of all were refused.` : "";
    const few = counted.total < ENOUGH ? ` Fewer than ${ENOUGH} tell little.` : "";
    this.#kept.textContent = `People report what went wrong, so this is no accuracy.${few}${refused} Each is kept for ${grouped(counted.max_days)} days at most.`;
  }
}

/** @param {Counted} counted @param {string[]} labels */
function table({ days }, labels) {
  const names = [...labels, "none"].filter((label) => days.some(({ classes }) => classes[label]));
  const cell = (/** @type {number} */ count) => make("td", count ? "number" : "number none", count ? grouped(count) : "\u00A0");
  const rows = days.slice(0, DAYS).map(({ day, total, wrong, classes }) => {
    const head = make("th", "", day);
    head.scope = "row";
    return make("tr", "", head, cell(total), cell(wrong), ...names.map((name) => cell(classes[name] ?? 0)));
  });
  const heads = ["Day (UTC)", "All", "Wrong", ...names].map((words) => {
    const head = make("th", "", words);
    head.scope = "col";
    return head;
  });
  return make("table", "report-table", make("thead", "", make("tr", "", ...heads)), make("tbody", "", ...rows));
}

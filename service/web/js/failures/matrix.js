// The confusion matrix: a table whose mistakes are buttons, and the six most frequent of them as links.

import { make } from "../dom.js";
import { roving } from "../roving.js";
import { NONE } from "./state.js";
import { cellName, labelOf, MATRIX_FOOT, MATRIX_HELP, pairName, shortLabel } from "./words.js";

/** @typedef {import("./types.js").Confusion} Confusion */
/** @typedef {(truth: number, said: number) => string} AddressOfPair */

const LEAST_MIX = 8; // percent of the mistakes' colour in a cell with one
const MOST_MIX = 50; // beyond, ink on it would be hard to read
const BOLD = 0.6; // of the largest count
const WORST = 6;

export class Matrix {
  #box = make("div", "matrix-box");
  #title = make("h2", "", "Confusion matrix");
  element = make(
    "section",
    "card matrix-card",
    make("div", "card-head", this.#title, make("p", "caption", MATRIX_HELP)),
    this.#box,
    make("p", "caption matrix-foot", MATRIX_FOOT),
  );
  #list = make("ul", "worst");
  worst = make("section", "card worst-card", make("h2", "", "Most frequent mistakes"), this.#list);
  #onPress;
  #addressOf;

  /** @param {(truth: number, said: number) => void} onPress @param {AddressOfPair} addressOf the gallery of a pair */
  constructor(onPress, addressOf) {
    this.#onPress = onPress;
    this.#addressOf = addressOf;
    this.#title.id = "matrix-title";
    this.clear();
  }

  /** Keeps the room of what comes. */
  clear() {
    this.element.dataset.state = this.worst.dataset.state = "waiting";
    this.#box.replaceChildren();
    this.#list.replaceChildren();
  }

  /** @param {boolean} isShown */
  toggle(isShown) {
    this.element.hidden = this.worst.hidden = !isShown;
  }

  /** @param {Confusion} confusion */
  show({ labels, matrix, none }) {
    this.element.dataset.state = this.worst.dataset.state = "";
    const counts = matrix.map((row, truth) => ({ truth, row }));
    if (none?.some((count) => count > 0)) counts.push({ truth: NONE, row: none });
    const mistakes = counts.flatMap(({ truth, row }) => row.flatMap((count, said) => (truth === said ? [] : [{ truth, said, count }])));
    const most = Math.max(1, ...mistakes.map(({ count }) => count));
    const rows = counts.map(({ truth, row }) =>
      make("tr", "", head("row", labelOf(labels, truth)), ...row.map((count, said) => this.#cell(labels, truth, said, count, most))),
    );
    const top = make("tr", "", make("td", ""), ...labels.map((label) => head("col", label)));
    const table = make("table", "matrix", make("thead", "", top), make("tbody", "", ...rows));
    table.setAttribute("aria-labelledby", this.#title.id);
    table.style.setProperty("--classes", String(labels.length));
    table.dataset.labels = labels.some((label) => label.length > 1) ? "words" : "short";
    this.#box.replaceChildren(table);
    const cells = /** @type {HTMLElement[]} */ (rows.flatMap((row) => [...row.children].slice(1).map((cell) => cell.firstElementChild)));
    roving(table, () => cells, { columns: () => labels.length, isStop: (cell) => cell instanceof HTMLButtonElement });
    this.#showWorst(labels, mistakes);
  }

  /** Marks the pair whose pictures are shown. @param {number | null} truth @param {number | null} said */
  mark(truth, said) {
    for (const button of this.#box.querySelectorAll("button")) {
      const isChosen = button.dataset.pair === `${truth}/${said}`;
      if (isChosen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    this.follow();
  }

  /** The links keep the rest of the address, which may have changed. */
  follow() {
    for (const link of this.#list.querySelectorAll("a")) {
      link.href = this.#addressOf(Number(link.dataset.truth), Number(link.dataset.said));
    }
  }

  /** @param {string[]} labels @param {number} truth @param {number} said @param {number} count @param {number} most */
  #cell(labels, truth, said, count, most) {
    if (truth === said) return make("td", "right", make("span", "", String(count)));
    if (count === 0) return make("td", "none", make("span", "visually-hidden", "0"));
    const button = make("button", count >= BOLD * most && count > 1 ? "many" : "", String(count));
    button.type = "button";
    button.dataset.pair = `${truth}/${said}`;
    button.setAttribute("aria-label", cellName(labelOf(labels, truth), labels[said], count));
    button.style.setProperty("--mix", `${LEAST_MIX + ((MOST_MIX - LEAST_MIX) * count) / most}%`);
    button.addEventListener("click", () => this.#onPress(truth, said));
    return make("td", "", button);
  }

  /** @param {string[]} labels @param {{truth: number, said: number, count: number}[]} mistakes */
  #showWorst(labels, mistakes) {
    const worst = mistakes.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count).slice(0, WORST);
    this.#list.replaceChildren(
      ...worst.map(({ truth, said, count }) => {
        const link = make("a", "", pairName(labelOf(labels, truth), labels[said]));
        Object.assign(link.dataset, { truth, said });
        return make("li", "", link, make("span", "number", String(count)));
      }),
    );
    this.follow();
  }
}

/** @param {"row" | "col"} scope @param {string} label */
function head(scope, label) {
  const short = shortLabel(label);
  const cell = make("th", "", short);
  cell.scope = scope;
  if (short !== label) {
    const seen = make("span", "", short);
    seen.setAttribute("aria-hidden", "true");
    cell.replaceChildren(seen, make("span", "visually-hidden", label));
    cell.title = label;
  }
  return cell;
}

// Which models there are, and the one that is asked: a select, grouped by the question that they answer.

import { byId, make } from "./dom.js";
import { counted } from "./format.js";

/** @typedef {import("./types.js").Card} Card */

/** Known groups in their order; a package may bring its own, which stands last under its own name.
 * @type {Record<string, string>} */
const GROUPS = { digits: "Digits", clothes: "Clothes", odd_or_even: "Odd or even" };

export const isReady = (/** @type {Card} */ card) => card.state === "READY";

export class Models {
  #select = byId("model", HTMLSelectElement);
  /** @type {Card[]} */
  #cards = [];

  /** @param {(card: Card) => void} onChoose */
  constructor(onChoose) {
    this.#select.addEventListener("change", () => {
      const card = this.chosen;
      if (!card) return;
      keepInAddress(card.name);
      onChoose(card);
    });
  }

  /** @returns {Card | null} the model that is asked */
  get chosen() {
    return this.#cards.find((card) => card.name === this.#select.value) ?? null;
  }

  /** @param {Card[]} cards */
  show(cards) {
    const wanted = this.#select.value || fromAddress();
    this.#cards = cards;
    const groups = [...new Set([...Object.keys(GROUPS), ...cards.map(groupOf)])];
    const filled = groups
      .map((group) => optionGroup(group, cards))
      .filter((group) => group.childElementCount);
    this.#select.replaceChildren(...(filled.length === 1 ? filled[0].children : filled));
    const ready = this.#ordered().filter(isReady);
    this.#select.value = (ready.find((card) => card.name === wanted) ?? ready[0])?.name ?? "";
    this.#select.disabled = ready.length === 0;
  }

  /** @returns {Card[]} as the select lists them */
  #ordered() {
    return [...this.#select.options].flatMap((option) =>
      this.#cards.filter((card) => card.name === option.value),
    );
  }
}

/** @param {Card} card */
function groupOf(card) {
  return card.group ?? "Unreadable";
}

/** @param {string} group @param {Card[]} cards */
function optionGroup(group, cards) {
  const element = make("optgroup", "");
  element.label = GROUPS[group] ?? group;
  const members = cards.filter((each) => groupOf(each) === group);
  // What is made for real pictures leads its group.
  members.sort((a, b) => Number(b.name.endsWith("_robust")) - Number(a.name.endsWith("_robust")));
  for (const card of members) {
    const option = new Option(isReady(card) ? card.name : `${card.name}: not ready`, card.name);
    option.disabled = !isReady(card);
    option.title = (isReady(card) ? card.title : card.reason) ?? "";
    element.append(option);
  }
  return element;
}

/** "#/classify?model=mnist_cnn" -> "mnist_cnn" */
function fromAddress() {
  return new URLSearchParams(location.hash.split("?")[1] ?? "").get("model") ?? "";
}

/** @param {string} name */
function keepInAddress(name) {
  history.replaceState(null, "", `#/classify?model=${encodeURIComponent(name)}`);
}

/** "Ready · 2 models · CPU": the two parts, the second for where there is room. @param {Card[]} cards */
export function serviceState(cards) {
  const ready = cards.filter(isReady);
  const devices = new Set(ready.map((card) => card.execution_provider?.in_use.toUpperCase()).filter(Boolean));
  const parts = [counted(ready.length, "model"), ...devices].map((part) => ` · ${part}`);
  return [ready.length ? "Ready" : "No model ready", parts.join("")];
}

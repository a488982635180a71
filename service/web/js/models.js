// Which models there are, by the question that they answer; and a select of them.

import { icon, make } from "./dom.js";
import { counted } from "./format.js";

/** @typedef {import("./types.js").Card} Card */

/** Known groups in their order; a package may bring its own, which stands last under its own name.
 * @type {Record<string, string>} */
const GROUPS = { digits: "Digits", clothes: "Clothes", odd_or_even: "Odd or even" };
/** Within a group: what is made for real pictures leads, then the lecture's networks, best first. */
const ORDER = ["robust", "cnn", "gru", "lstm", "rnn", "dropout", "deep", "shallow", "neuron"];

/** Whether it can answer at all, about pictures or about tensors alone. @param {Card} card */
export const isServed = (card) => card.state === "READY";

/** A model without a package of ours knows no pictures, and so has no group. @param {Card} card */
export const takesTensorsOnly = (card) => isServed(card) && card.group === null;

/** Whether it can answer about pictures. @param {Card} card */
export const isReady = (card) => isServed(card) && !takesTensorsOnly(card);

/** @param {Card} card */
export function groupOf(card) {
  return card.group ?? (takesTensorsOnly(card) ? "Tensors only" : "Unreadable");
}

/** Groups that have models, in their order: name -> words. @param {Card[]} cards @returns {Record<string, string>} */
export function groupsOf(cards) {
  const names = [...new Set([...Object.keys(GROUPS), ...cards.map(groupOf)])];
  const filled = names.filter((name) => cards.some((card) => groupOf(card) === name));
  return Object.fromEntries(filled.map((name) => [name, GROUPS[name] ?? name]));
}

/** The models of a group in the order in which the page lists them. @param {Card[]} cards @param {string} group */
export function membersOf(cards, group) {
  const place = (/** @type {Card} */ { name }) => {
    const found = ORDER.indexOf(name.split("_").at(-1) ?? "");
    return found < 0 ? ORDER.length : found;
  };
  return cards.filter((card) => groupOf(card) === group).sort((a, b) => place(a) - place(b));
}

/** The network that a view about the lecture begins with: `name`, else the first that is not ours for real pictures.
 * @param {Card[]} cards @param {string} name */
export function lecturesOwn(cards, name) {
  const ready = ordered(cards).filter(isReady);
  const isOurs = (/** @type {Card} */ card) => card.name.endsWith(`_${ORDER[0]}`);
  return (ready.find((card) => card.name === name) ?? ready.find((card) => !isOurs(card)) ?? ready[0])?.name ?? "";
}

/** All models in the order of the page. @param {Card[]} cards */
export function ordered(cards) {
  return Object.keys(groupsOf(cards)).flatMap((group) => membersOf(cards, group));
}

/** A select of the models, grouped. What is not ready is listed and cannot be chosen. */
export class ModelSelect {
  /** @type {HTMLSelectElement} */
  select = make("select", "");
  element = make("span", "select", this.select, icon("chevron"));
  /** @type {Card[]} */
  #cards = [];

  /** @param {(card: Card) => void} onChoose by the person */
  constructor(onChoose) {
    this.select.setAttribute("aria-label", "Model");
    this.select.addEventListener("change", () => {
      if (this.chosen) onChoose(this.chosen);
    });
  }

  /** @returns {Card | null} */
  get chosen() {
    return this.#cards.find((card) => card.name === this.select.value) ?? null;
  }

  /**
   * Lists the models and chooses `wanted`, or the first that is ready where there is no such one.
   * @param {Card[]} cards
   * @param {string} wanted
   */
  show(cards, wanted) {
    this.#cards = cards;
    const groups = Object.entries(groupsOf(cards)).map(([group, words]) => {
      const element = make("optgroup", "", ...membersOf(cards, group).map(option));
      element.label = words;
      return element;
    });
    this.select.replaceChildren(...(groups.length === 1 ? groups[0].children : groups));
    const ready = ordered(cards).filter(isReady);
    this.select.value = (ready.find((card) => card.name === wanted) ?? ready[0])?.name ?? "";
    this.select.disabled = ready.length === 0;
  }
}

/** @param {Card} card */
function option(card) {
  const why = takesTensorsOnly(card) ? "tensors only" : "not ready";
  const element = new Option(isReady(card) ? card.name : `${card.name}: ${why}`, card.name);
  element.disabled = !isReady(card);
  element.title = (isReady(card) ? card.title : (card.reason ?? card.notes?.[0])) ?? "";
  return element;
}

/** "Ready · 2 models · CPU": the two parts, the second for where there is room. @param {Card[]} cards */
export function serviceState(cards) {
  const ready = cards.filter(isServed);
  const devices = new Set(ready.map((card) => card.execution_provider?.in_use.toUpperCase()).filter(Boolean));
  const parts = [counted(ready.length, "model"), ...devices].map((part) => ` · ${part}`);
  return [ready.length ? "Ready" : "No model ready", parts.join("")];
}

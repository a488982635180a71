// All models on the same picture: a block for each question, a row for each model, who disagrees in amber.
//
//   blocks -> rows; answers -> consensus of each block -> rows; a row's button makes it the leading model

import { byId, make } from "../dom.js";
import { isReady } from "../models.js";
import { consensus, isVerdict } from "./agreement.js";
import { cell, ModelRow } from "./model-row.js";
import { agreementText, LAST_PICTURE, tableTitle } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {import("./kinds.js").Block} Block */
/** @typedef {import("./types.js").Answers} Answers */

export class ModelTable {
  #body = byId("models-body", HTMLElement);
  #title = byId("models-title", HTMLElement);
  #agreement = byId("agreement", HTMLElement);
  /** @type {ModelRow[][]} block -> its rows */
  #blocks = [];
  #key = "";
  #onLead;

  /** @param {(name: string) => void} onLead */
  constructor(onLead) {
    this.#onLead = onLead;
  }

  /** @param {Block[]} blocks @param {string} lead */
  setModels(blocks, lead) {
    const key = JSON.stringify(blocks.map(({ group, cards }) => [group, cards.map((c) => [c.name, c.state, c.reason])]));
    if (key !== this.#key) {
      this.#key = key;
      this.#blocks = blocks.map(({ cards }) => cards.map((card) => new ModelRow(card, this.#onLead)));
      this.#body.replaceChildren(...blocks.map((block, index) => table(block, this.#blocks[index])));
      this.clear();
    }
    for (const row of this.#blocks.flat()) row.mark(row.card.name === lead);
  }

  clear() {
    this.#title.textContent = tableTitle(null);
    this.#agreement.textContent = "";
    for (const row of this.#blocks.flat()) if (isReady(row.card)) row.clear();
  }

  /** What stands is of another picture than the one that could not be read. */
  outdated() {
    if (!this.#agreement.textContent) return;
    this.#title.textContent = LAST_PICTURE;
    this.#agreement.textContent = "";
  }

  /**
   * @param {Answers} answers
   * @param {string} lead
   * @param {number} digit the chosen of several
   * @param {boolean} isLive
   * @returns {string} who agrees on the first question, in words
   */
  show({ results, shown, whole, isLocal }, lead, digit, isLive) {
    this.#title.textContent = tableTitle(whole ? digit : null);
    this.#body.classList.toggle("live", isLive);
    const texts = this.#blocks.map((rows) => {
      /** @type {Map<string, Prediction>} */
      const answers = new Map();
      for (const { card } of rows) {
        const result = results.get(card.name);
        if (result && !(result instanceof Error)) answers.set(card.name, result);
      }
      const found = consensus(answers, lead);
      // Where the leading model refuses the picture, no row may look like a verdict.
      const favoured = isVerdict(shown) ? found.label : null;
      for (const row of rows) {
        const answer = answers.get(row.card.name) ?? null;
        if (answer || !isLocal) row.show(answer, favoured); // in the page some come later than others
      }
      return agreementText(found);
    });
    this.#agreement.textContent = texts[0] ?? "";
    return texts[0] ?? "";
  }
}

/** @param {Block} block @param {ModelRow[]} rows */
function table({ group, words, cards }, rows) {
  const labels = cards.find((card) => card.labels)?.labels ?? [];
  const isTwo = labels.length === 2;
  const question = group === "odd_or_even" ? "Odd or even?" : "Model";
  const heads = isTwo ? [question, "Says", sides(labels), "", ""] : ["Model", "Says", "How sure", "", "Then"];
  const head = make("tr", "", ...heads.map((text) => cell(text ? "th" : "td", text ? "columnheader" : "cell", text)));
  const body = make("tbody", "", ...rows.map((row) => row.element));
  const element = make("table", "roll", make("caption", "visually-hidden", words), make("thead", "", head), body);
  element.dataset.labels = isTwo ? "two" : labels.every((label) => label.length <= 2) ? "short" : "words";
  element.setAttribute("role", "table");
  for (const part of element.querySelectorAll("thead, tbody")) part.setAttribute("role", "rowgroup");
  for (const row of element.querySelectorAll("tr")) row.setAttribute("role", "row");
  return element;
}

/** "Even ← → odd" @param {string[]} labels */
function sides([left, right]) {
  return `${left.charAt(0).toUpperCase()}${left.slice(1)} ← → ${right}`;
}

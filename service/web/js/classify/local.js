// The networks in the page, as Classify uses them: fetched with a person's first stroke, silent until they are there.
//
//   question -> Reader -> Answers, marked as the page's own

import { IS_STATIC } from "../static.js";
import { asQuery } from "./decisions.js";
import { askFile } from "./round.js";

/** @typedef {import("../network/reader.js").Reader} Reader */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {import("./types.js").Answers} Answers */
/** @typedef {import("./types.js").Question} Question */

export class Local {
  /** Whether what is shown is newer than what the service has said. */
  isAhead = false;
  /** @type {Reader | null} */
  #reader = null;
  /** Networks that were asked for, and that came or never will. @type {Set<string>} */
  #asked = new Set();
  /** @type {Set<string>} */
  #done = new Set();
  /** @type {Question | null} */
  #newest = null;
  #onAnswers;
  #onNothing;
  /** Of the networks that had no time yet. @type {Map<string, Prediction>} */
  #last = new Map();

  /**
   * @param {(question: Question, answers: Answers) => void} onAnswers
   * @param {(question: Question) => void} onNothing only the service could read it, and there is none
   */
  constructor(onAnswers, onNothing) {
    this.#onAnswers = onAnswers;
    this.#onNothing = onNothing;
  }

  /** Fetches the networks, the leading one first. @param {Card} lead @param {Card[]} cards */
  async begin(lead, cards) {
    const wanted = [lead, ...cards].filter(({ name }) => !this.#asked.has(name));
    for (const { name } of wanted) this.#asked.add(name);
    if (!wanted.length) return;
    try {
      const { Reader } = await import("../network/reader.js");
      this.#reader ??= new Reader();
      for (const some of [wanted.slice(0, 1), wanted.slice(1)]) {
        await this.#reader.load(some);
        for (const { name } of some) this.#done.add(name);
        this.#again();
      }
    } catch (error) {
      // The service reads on; a network of an operator that is unknown here is its alone.
      if (!(error instanceof Error)) throw error;
      console.info(`The networks do not run in the page: ${error.message || error.name}`);
      for (const { name } of wanted) this.#done.add(name);
      this.#again();
    }
  }

  /** Where nobody else answers, what was asked before the networks came is read now. */
  #again() {
    if (IS_STATIC && this.#newest) this.read(this.#newest);
  }

  /** @param {Question} question */
  read(question) {
    this.#newest = question;
    if (!this.#compute(question) && IS_STATIC) void this.#lookUp(question);
  }

  /** What a service said of it before, where the page has no other. @param {Question} question */
  async #lookUp(question) {
    const answers = await askFile(question);
    if (this.#newest !== question) return;
    if (answers) this.#onAnswers(question, answers);
    else this.#onNothing(question);
  }

  /** @param {Question} question @returns {boolean} whether the page says what it is, or will once its networks came */
  #compute(question) {
    const { pixels, decisions } = question.subject;
    this.isAhead = false;
    if (!pixels || asQuery(decisions)) {
      this.#reader?.forget();
      return false;
    }
    const { name } = question.lead;
    if (!this.#reader || !this.#done.has(name)) return this.#asked.has(name) && !this.#done.has(name);
    const isRead = this.#reader.read(pixels(), question.lead, IS_STATIC, ({ lead, all, milliseconds }) => {
      if (!lead) return;
      this.isAhead = true;
      this.#last = new Map([...this.#last, ...all]);
      const { decisions } = question.subject;
      const results = new Map(this.#last);
      this.#onAnswers(question, { results, shown: lead, whole: null, milliseconds, decisions, isLocal: true });
    });
    if (!isRead) this.#last.clear();
    return isRead;
  }

  /** The service has read the same: what comes late is dropped. @param {Answers} answers */
  settle({ results }) {
    this.#reader?.forget();
    this.isAhead = false;
    for (const [name, result] of results) if (!(result instanceof Error)) this.#last.set(name, result);
  }
}

// The networks in the page, as Classify uses them: fetched with a person's first stroke, silent until they are there.
//
//   question -> Reader -> Answers, marked as the page's own

import { IS_STATIC } from "../static.js";

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
  #isAsked = false;
  /** @type {{question: Question, isPlain: boolean} | null} */
  #newest = null;
  #onAnswers;
  /** Of the networks that had no time yet. @type {Map<string, Prediction>} */
  #last = new Map();

  /** @param {(question: Question, answers: Answers) => void} onAnswers */
  constructor(onAnswers) {
    this.#onAnswers = onAnswers;
  }

  /** Fetches the networks, the leading one first. @param {Card} lead @param {Card[]} cards */
  async begin(lead, cards) {
    if (this.#isAsked) return;
    this.#isAsked = true;
    try {
      const { Reader } = await import("../network/reader.js");
      const reader = new Reader();
      await reader.load([lead]);
      this.#reader = reader;
      this.#again();
      await reader.load(cards);
      this.#again();
    } catch (error) {
      // The service reads on; a network of an operator that is unknown here is its alone.
      if (!(error instanceof Error)) throw error;
      console.info(`The networks do not run in the page: ${error.message || error.name}`);
    }
  }

  /** Where nobody else answers, what was asked before the networks came is read now. */
  #again() {
    if (IS_STATIC && this.#newest) this.read(this.#newest.question, this.#newest.isPlain);
  }

  /**
   * @param {Question} question
   * @param {boolean} isPlain no decision of the person's changes how it is read
   * @returns {boolean} whether the page will say what it is, or its networks are on their way
   */
  read(question, isPlain) {
    const pixels = question.subject.pixels;
    this.isAhead = false;
    this.#newest = { question, isPlain };
    if (!pixels || !isPlain) {
      this.#reader?.forget();
      return false;
    }
    if (!this.#reader) return true;
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

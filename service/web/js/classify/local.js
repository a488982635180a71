// The networks in the page, as Classify uses them: fetched with a person's first stroke, silent until they are there.
//
//   question -> Reader -> Answers, marked as the page's own

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
      await reader.load(cards);
    } catch (error) {
      // The service reads on; a network of an operator that is unknown here is its alone.
      if (!(error instanceof Error)) throw error;
      console.info(`The networks do not run in the page: ${error.message || error.name}`);
    }
  }

  /** @param {Question} question @param {boolean} isPlain no decision of the person's changes how it is read */
  read(question, isPlain) {
    const pixels = question.subject.pixels;
    this.isAhead = false;
    if (!this.#reader) return;
    if (!pixels || !isPlain) {
      this.#reader.forget();
      return;
    }
    const isRead = this.#reader.read(pixels(), question.lead, false, ({ lead, all, milliseconds }) => {
      if (!lead) return;
      this.isAhead = true;
      this.#last = new Map([...this.#last, ...all]);
      this.#onAnswers(question, { results: new Map(this.#last), shown: lead, whole: null, milliseconds, isLocal: true });
    });
    if (!isRead) this.#last.clear();
  }

  /** The service has read the same: what comes late is dropped. @param {Answers} answers */
  settle({ results }) {
    this.#reader?.forget();
    this.isAhead = false;
    for (const [name, result] of results) if (!(result instanceof Error)) this.#last.set(name, result);
  }
}

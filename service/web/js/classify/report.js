// "Wrong?" under an answer, where the service takes reports. What it shows is loaded once it is known to do so.
//
//   an answer -> limits say reports are taken -> js/reports/panel.js in the answer's card

import { byId, loadStyle } from "../dom.js";
import { reportLimits } from "../reports/allowed.js";
import { asQuery } from "./decisions.js";

/** @typedef {import("../reports/panel.js").Told} Told */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./types.js").Answers} Answers */
/** @typedef {import("./types.js").Subject} Subject */

export class Report {
  /** @type {import("../reports/panel.js").ReportPanel | null} */
  #panel = null;
  /** @type {Told | null} */
  #told = null;
  /** Which answer that is of: asked for again, as where models come, it leaves alone what the person does. @type {unknown[]} */
  #of = [];
  #lost;

  /** @param {() => void} lost called when nobody answers */
  constructor(lost) {
    this.#lost = lost;
  }

  /** @param {Subject} subject @param {Answers} answers @param {Card} card of the leading model */
  async offer(subject, { shown, decisions }, card) {
    const of = [subject, card.name, asQuery(decisions)];
    if (this.#told && of.every((part, place) => part === this.#of[place])) return;
    this.#of = of;
    const picture = async () => ({ blob: await subject.blob(), name: subject.name });
    this.#told = { card, picture, asked: asQuery(decisions), said: shown };
    const panel = this.#panel ?? (await this.#load());
    if (panel && this.#told) panel.offer(this.#told);
  }

  /** No answer stands, or one of another picture. */
  clear() {
    this.#told = null;
    this.#panel?.clear();
  }

  async #load() {
    const limits = await reportLimits();
    if (!limits) return null;
    const [{ ReportPanel }] = await Promise.all([import("../reports/panel.js"), loadStyle("reports")]);
    if (!this.#panel) {
      this.#panel = new ReportPanel(limits.days, this.#lost);
      byId("answer-card", HTMLElement).append(this.#panel.element);
    }
    return this.#panel;
  }
}

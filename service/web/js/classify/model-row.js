// A row of the models' table: name, says, how sure, then (second guess). Of two classes the bar starts in the middle.

import { make } from "../dom.js";
import { percent } from "../format.js";
import { isReady } from "../models.js";
import { isUndecided, isVerdict } from "./agreement.js";
import { rowReason } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {"agree" | "dissent" | "refused" | "none"} Tone */

const NOTHING = "–";

export class ModelRow {
  #button = make("button", "");
  #fill = make("span", "fill");
  #says = cell("td", "cell", "", "says");
  #sure = cell("td", "cell", "", "number");
  #then = cell("td", "cell", "", "then number");
  #isTwo;

  /** @param {Card} card @param {(name: string) => void} onLead */
  constructor(card, onLead) {
    this.card = card;
    this.#isTwo = card.labels?.length === 2;
    this.#button.type = "button";
    this.#button.textContent = card.name;
    this.#button.disabled = !isReady(card);
    this.#button.title = card.description ?? "";
    this.#button.addEventListener("click", () => onLead(card.name));
    const track = cell("td", "cell", make("span", "track", this.#fill), "bar");
    track.setAttribute("aria-hidden", "true");
    const name = cell("th", "rowheader", this.#button);
    this.element = make("tr", "", name, this.#says, track, this.#sure, this.#then);
    // Few models, long labels: their second guess stands below, beside what kind of network they are.
    if (card.labels?.some((label) => label.length > 6)) name.append(make("small", "", card.description ?? ""));
    if (isReady(card)) return;
    this.element.dataset.tone = "out";
    const reason = cell("td", "cell", `not ready: ${card.reason ?? card.state.toLowerCase()}`, "reason");
    reason.title = card.reason ?? "";
    this.element.replaceChildren(name, reason);
  }

  /** @param {boolean} isLead */
  mark(isLead) {
    this.#button.setAttribute("aria-pressed", String(isLead));
  }

  clear() {
    this.#fillIn("none", NOTHING, 0, NOTHING, "");
  }

  /** @param {Prediction | null} answer null: none came @param {string | null} favoured what most models say */
  show(answer, favoured) {
    if (!isReady(this.card)) return;
    if (!answer) {
      this.element.dataset.tone = "lost"; // its last value stays
      this.#then.textContent = "no answer";
      return;
    }
    const sure = percent(answer.confidence);
    const reach = this.#reach(answer);
    if (!isVerdict(answer)) {
      const reason = rowReason(answer, this.card.group);
      if (answer.reason === "unlike_training") this.#fillIn("refused", answer.label, reach, sure, reason);
      else this.#fillIn("refused", NOTHING, 0, NOTHING, reason);
    } else if (this.#isTwo && isUndecided(answer)) {
      this.#fillIn("none", "unsure", reach, sure, "");
    } else {
      const tone = favoured === null ? "none" : answer.label === favoured ? "agree" : "dissent";
      const second = this.#isTwo ? undefined : answer.top[1];
      const then = second ? `${second.label} · ${percent(second.probability)}` : "";
      this.#fillIn(tone, answer.label, reach, sure, then);
    }
  }

  /**
   * How far the bar reaches, 0..1; of two classes -0.5..0.5 from the middle, to the left for the first.
   * @param {Prediction} answer
   */
  #reach({ confidence, index }) {
    if (!this.#isTwo) return confidence;
    return index === 0 ? 0.5 - confidence : confidence - 0.5;
  }

  /** @param {Tone} tone @param {string} says @param {number} reach @param {string} sure @param {string} then */
  #fillIn(tone, says, reach, sure, then) {
    this.element.dataset.tone = tone;
    this.#fill.style.setProperty("--share", String(Math.abs(reach)));
    this.#fill.style.setProperty("--from", String(this.#isTwo ? 0.5 + Math.min(0, reach) : 0));
    this.#says.textContent = says;
    this.#sure.textContent = sure;
    this.#then.textContent = then;
  }
}

/**
 * A cell that says its role: the rows are laid out as a grid, which takes a table's own roles away.
 * @param {"th" | "td"} tag
 * @param {string} role
 * @param {Node | string} content
 * @param {string} [kind]
 */
export function cell(tag, role, content, kind = "") {
  const element = make(tag, kind, content);
  element.setAttribute("role", role);
  return element;
}

// The way of the picture from photograph to 28 x 28, step by step, each with its fact and what can be decided otherwise.
//
//   steps of the answer -> five cells: picture, name, fact, control; "yours" and the way back where the person decided

import { byId, icon, make, pen2d } from "../dom.js";
import { drawPng } from "../png.js";
import { absentText, factText, PLANS } from "./step-words.js";

/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {import("./step-words.js").StepPlan} StepPlan */
/** @typedef {import("./types.js").Decisions} Decisions */
/** @typedef {import("./types.js").Subject} Subject */
/** @typedef {"turn" | "invert" | "box"} Change */
/** @typedef {{plan: StepPlan, canvas: HTMLCanvasElement, fact: HTMLElement, chip: HTMLElement, back: HTMLButtonElement}} Cell */

/** @type {Record<Change, [icon: string, words: string, decision: keyof Decisions]>} */
const CHANGES = {
  turn: ["turn", "Turn", "rotate"],
  invert: ["invert", "Invert", "polarity"],
  box: ["frame", "Change box", "box"],
};
const FRAME = 84; // CSS pixels of a step's picture
const ZOOM = 3;
/** What is shown in its own colours; all else is white on black. */
const OWN_COLOURS = ["picture", "box", "trim", "sharpen"];

export class Steps {
  #list = byId("steps", HTMLOListElement);
  /** @type {Cell[]} */
  #cells = [];
  /** @type {StepPlan[]} */
  #plans = [];
  /** The newest answer asked for: an older one that is still being decoded is dropped. */
  #newest = 0;
  #onChange;
  #onBack;
  /** The last step's way to the next view. */
  link = make("a", "button small", icon("eye"), "Look inside");

  /** @param {(change: Change) => void} onChange @param {(decision: keyof Decisions) => void} onBack to the service's own */
  constructor(onChange, onBack) {
    this.#onChange = onChange;
    this.#onBack = onBack;
  }

  /** @param {string} kind */
  setKind(kind) {
    const plans = PLANS[kind] ?? (["", "odd_or_even"].includes(kind) ? PLANS.digits : PLANS.other);
    if (plans === this.#plans) return;
    this.#plans = plans;
    this.#cells = [];
    this.#list.replaceChildren(...plans.map((plan, index) => this.#build(plan, index)));
    this.empty();
  }

  empty() {
    this.#newest += 1;
    for (const cell of this.#cells) blank(cell, "");
    this.#list.dataset.state = "empty";
  }

  /** The box button, to which the focus returns. */
  focusBox() {
    /** @type {HTMLElement | null} */ (this.#list.querySelector('[data-change="box"]'))?.focus();
  }

  /** @param {boolean} isRead whether there are decisions to change */
  allow(isRead) {
    for (const button of this.#list.querySelectorAll("button")) button.disabled = !isRead;
  }

  /** Which decisions are the person's. @param {Decisions} decisions @param {boolean} isPart within the person's box
   * several digits were found, so that the box of the one that is shown is the service's */
  decided(decisions, isPart) {
    for (const { plan, chip, back } of this.#cells) {
      if (!plan.change) continue;
      chip.hidden = back.hidden = !decisions[CHANGES[plan.change][2]];
      if (isPart && plan.change === "box") chip.hidden = true;
    }
  }

  /** @param {Prediction} prediction @param {Subject} subject @param {number[] | null} size of the turned picture */
  async show(prediction, subject, size) {
    const turn = ++this.#newest;
    const steps = prediction.steps ?? [];
    const pictures = await Promise.all(steps.map(async ({ image }) => {
      const canvas = document.createElement("canvas");
      await drawPng(canvas, image);
      return canvas;
    }));
    if (turn !== this.#newest) return;
    this.#list.dataset.state = "shown";
    for (const cell of this.#cells) {
      const at = steps.findIndex((step) => step.name === cell.plan.step);
      if (at < 0) {
        blank(cell, absentText(steps));
        continue;
      }
      const step = steps[at];
      paint(cell, pictures[at], look(step.name, subject));
      const text = factText(step, subject, size ?? [step.width, step.height], prediction.preprocessing?.box ?? null);
      cell.fact.textContent = text;
      cell.canvas.setAttribute("aria-label", `${cell.plan.title}: ${text}`);
    }
  }

  /** @param {StepPlan} plan @param {number} index */
  #build(plan, index) {
    const canvas = make("canvas", "");
    canvas.setAttribute("role", "img");
    const chip = make("span", "chip", "yours");
    const back = make("button", "text-button back", "back to automatic");
    const fact = make("p", "fact");
    const title = make("h3", "", `${index + 1}. ${plan.title} `, chip);
    const tools = make("div", "step-tools");
    back.type = "button";
    chip.hidden = back.hidden = true;
    const { change } = plan;
    if (change) {
      const [sign, words, decision] = CHANGES[change];
      const button = make("button", "button small", icon(sign), words);
      button.type = "button";
      button.dataset.change = change;
      button.addEventListener("click", () => this.#onChange(change));
      back.addEventListener("click", () => {
        button.focus(); // this button goes away
        this.#onBack(decision);
      });
      back.setAttribute("aria-label", `${plan.title}: back to automatic`);
      tools.append(button, back);
    } else if (plan.step === "input") {
      tools.append(this.link);
    }
    this.#cells.push({ plan, canvas, fact, chip, back });
    return make("li", "", make("div", "step-frame", canvas), make("div", "step-words", title, fact, tools));
  }
}

/** How a step's picture is turned into the page's colours. @param {string} step @param {Subject} subject */
function look(step, { from }) {
  if (!OWN_COLOURS.includes(step)) return "paper";
  return { drawing: "drawn", sample: "paper", file: "photo" }[from];
}

/** @param {Cell} cell @param {HTMLCanvasElement} picture @param {string} shade */
function paint({ canvas }, picture, shade) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.dataset.look = shade;
  const longest = Math.max(picture.width, picture.height);
  const scale = longest <= FRAME / ZOOM ? ZOOM : FRAME / longest; // a small one shows its pixels as crisp squares
  canvas.style.width = `${picture.width * scale}px`;
  canvas.style.height = `${picture.height * scale}px`;
  canvas.classList.toggle("fine", scale < 1);
  pen2d(canvas).drawImage(picture, 0, 0);
}

/** @param {Cell} cell @param {string} text */
function blank({ canvas, fact, plan }, text) {
  canvas.width = canvas.height = 1;
  fact.textContent = text;
  canvas.setAttribute("aria-label", `${plan.title}: ${text || "nothing yet"}`);
}

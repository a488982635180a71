// The Steps card: a sequence of layers with the size after each; every one can be edited, moved and removed.
//
//   steps -> tiles in order; the chosen tile has its controls below -> onSteps(steps, chosen)

import { icon, make } from "../dom.js";
import { announce } from "../live.js";
import { segmented } from "../segmented.js";
import { newStep, OPS, PADDINGS, STRIDES } from "./plan.js";
import { sizeText, STEPS_HINT } from "./words.js";

/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Geometry} Geometry */
/** @typedef {import("./types.js").Pool} Pool */
/** @typedef {import("./types.js").Step} Step */

/** @typedef {(steps: Step[], chosen: number) => void} OnSteps */

export class StepsCard {
  note = make("div", "note-slot");
  #list = make("ol", "lab-steps");
  #editor = make("div", "lab-step-editor");
  #add = make("button", "button", icon("plus"), "Add a step");
  #kinds = make("div", "lab-step-kinds");
  element = make("section", "card lab-sequence");
  /** @type {Step[]} */
  #steps = [];
  #chosen = 0;
  /** @type {Filter | null} for a new convolution */
  filter = null;
  #onSteps;

  /** @param {OnSteps} onSteps */
  constructor(onSteps) {
    this.#onSteps = onSteps;
    this.#add.type = "button";
    this.#kinds.hidden = true;
    this.#kinds.id = "step-kinds";
    this.#add.setAttribute("aria-controls", this.#kinds.id);
    this.#add.setAttribute("aria-expanded", "false");
    this.#add.addEventListener("click", () => this.#open(Boolean(this.#kinds.hidden)));
    this.#kinds.append(...OPS.map((op) => this.#button(op, () => this.#append(op))));
    this.#list.addEventListener("keydown", (event) => this.#keyed(event));
    const words = make("p", "caption", STEPS_HINT);
    const head = make("div", "lab-head", make("h2", "", "Steps"), words, this.#add);
    this.element.setAttribute("aria-label", "Steps");
    this.element.append(head, this.#kinds, this.#list, this.#editor, this.note);
  }

  /** @param {string} words @param {() => void} run */
  #button(words, run) {
    const button = make("button", "button", words);
    button.type = "button";
    button.addEventListener("click", run);
    return button;
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.#kinds.hidden = !isOpen;
    this.#add.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {Step[]} steps @param {number} chosen */
  show(steps, chosen) {
    const isOther = JSON.stringify([steps, chosen]) !== JSON.stringify([this.#steps, this.#chosen]);
    this.#steps = steps;
    this.#chosen = chosen;
    if (!isOther && this.#list.childElementCount) return;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.part : undefined;
    const sizes = [...this.#list.querySelectorAll(".lab-step-size")].map((size) => size.textContent);
    this.#list.replaceChildren(...steps.map((step, index) => this.#tile(step, index, sizes[index] ?? "")));
    this.#edit();
    const again = focused && this.element.querySelector(`[data-part="${focused}"]:not(:disabled)`);
    if (again instanceof HTMLElement) again.focus();
  }

  /** @param {Geometry[]} geometry */
  showSizes(geometry) {
    this.#list.querySelectorAll(".lab-step-size").forEach((size, index) => {
      if (geometry[index]) size.textContent = sizeText(geometry[index].output);
    });
  }

  /** @param {Step} step @param {number} index @param {string} size */
  #tile(step, index, size) {
    const number = make("span", "caption number", String(index + 1));
    const button = this.#button("", () => this.#onSteps(this.#steps, index));
    button.append(number, make("span", "", stepWords(step)), make("span", "caption number lab-step-size", size));
    button.classList.add("lab-step");
    button.dataset.part = `step-${index}`;
    button.setAttribute("aria-pressed", String(index === this.#chosen));
    const arrow = make("span", "lab-arrow", index < this.#steps.length - 1 ? "→" : "");
    arrow.setAttribute("aria-hidden", "true");
    return make("li", "", button, arrow);
  }

  /** The controls of the chosen step. */
  #edit() {
    const index = this.#chosen;
    const step = this.#steps[index];
    const alone = this.#steps.length === 1;
    this.#editor.hidden = alone;
    if (alone) return this.#editor.replaceChildren();
    const earlier = this.#button("Move earlier", () => this.#move(-1));
    const later = this.#button("Move later", () => this.#move(1));
    const remove = this.#button("Remove", () => this.#remove());
    [earlier.dataset.part, later.dataset.part, remove.dataset.part] = ["earlier", "later", "remove"];
    earlier.disabled = index === 0;
    later.disabled = index === this.#steps.length - 1;
    remove.disabled = this.#isLastKernel();
    remove.title = remove.disabled ? "The Kernel card needs one convolution" : "";
    const settings =
      step.op === "convolve"
        ? [make("span", "caption", "Its kernel, stride and padding are in the Kernel card.")]
        : step.op === "relu"
          ? [make("span", "caption", "What is below zero becomes zero.")]
          : this.#poolSettings(step);
    const name = make("strong", "", `Step ${index + 1}, ${step.op}`);
    this.#editor.replaceChildren(name, ...settings, make("span", "lab-step-moves", earlier, later, remove));
  }

  /** @param {Pool} step */
  #poolSettings(step) {
    const numbers = Object.fromEntries(STRIDES.map((each) => [each, each]));
    const change = (/** @type {Partial<Pool>} */ part) => this.#replace({ ...step, ...part });
    const controls = [
      ["Window", segmented("Window", numbers, String(step.size), (value) => change({ size: Number(value) }))],
      ["Stride", segmented("Stride of the step", numbers, String(step.stride), (value) => change({ stride: Number(value) }))],
      [
        "Padding",
        segmented("Padding of the step", PADDINGS, String(step.padding), (value) =>
          change({ padding: /** @type {Pool["padding"]} */ (value) }),
        ),
      ],
    ];
    return controls.map(([words, control]) => {
      for (const input of /** @type {HTMLElement} */ (control).querySelectorAll("input")) {
        input.dataset.part = `${words}-${input.value}`;
      }
      const name = make("span", "lab-setting-name", words);
      name.setAttribute("aria-hidden", "true");
      return make("span", "lab-step-setting", name, control);
    });
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const part = event.target instanceof HTMLElement ? (event.target.dataset.part ?? "") : "";
    const index = Number(/^step-(\d+)$/.exec(part)?.[1] ?? NaN);
    if (Number.isNaN(index) || !(event.key === "Delete" || (event.altKey && /^Arrow(Left|Right)$/.test(event.key)))) return;
    event.preventDefault(); // Alt and Left would go back in the history
    this.#chosen = index;
    if (event.key === "Delete") this.#remove();
    else this.#move(event.key === "ArrowLeft" ? -1 : 1);
  }

  /** @param {Step} step */
  #replace(step) {
    this.#onSteps(this.#steps.with(this.#chosen, step), this.#chosen);
  }

  /** @param {string} op */
  #append(op) {
    if (!this.filter) return;
    this.#open(false);
    this.#onSteps([...this.#steps, newStep(op, this.filter)], this.#steps.length);
    announce(`Step ${this.#steps.length}, ${op}, added`);
    this.#focusTile(this.#steps.length - 1);
  }

  /** @param {number} by */
  #move(by) {
    const to = this.#chosen + by;
    if (to < 0 || to >= this.#steps.length) return;
    const steps = [...this.#steps];
    const [step] = steps.splice(this.#chosen, 1);
    steps.splice(to, 0, step);
    const wasTile = document.activeElement?.classList.contains("lab-step");
    this.#onSteps(steps, to);
    announce(`${step.op} is now step ${to + 1}`);
    if (wasTile) this.#focusTile(to);
  }

  #remove() {
    if (this.#steps.length === 1 || this.#isLastKernel()) return;
    const step = this.#steps[this.#chosen];
    const steps = this.#steps.filter((each) => each !== step);
    this.#onSteps(steps, Math.min(this.#chosen, steps.length - 1));
    announce(`${step.op} removed`);
    this.#focusTile(this.#chosen);
  }

  #isLastKernel() {
    const step = this.#steps[this.#chosen];
    return step.op === "convolve" && this.#steps.filter(({ op }) => op === "convolve").length === 1;
  }

  /** @param {number} index */
  #focusTile(index) {
    const tile = this.element.querySelector(`[data-part="step-${index}"]`);
    if (tile instanceof HTMLElement) tile.focus();
  }
}

/** @param {Step} step */
function stepWords(step) {
  if (step.op === "relu") return step.op;
  const stride = step.stride === 1 ? "" : `, stride ${step.stride}`;
  if (step.op !== "convolve") return `${step.op} ${step.size}${stride}`;
  const kernel = step.filter ?? `${step.rows[0].length} × ${step.rows.length}`;
  return `${step.op} ${kernel}${stride}`;
}

// Play, pause, step and a slider over steps. Nothing moves before somebody asks for it.

import { icon, make } from "../dom.js";
import { announce } from "../live.js";

const STEP_MS = 110;
const CALM_STEP_MS = 500; // reduced motion: twice a second
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Player {
  #play = make("button", "button play");
  #step = make("button", "button", icon("step"), "Step");
  #slider = make("input", "range");
  #output = make("output", "");
  element = make("div", "player", this.#play, this.#step, this.#slider, this.#output);
  #unit;
  #onStep;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {string} unit "Step", "Row" @param {(step: number) => void} onStep */
  constructor(unit, onStep) {
    this.#unit = unit;
    this.#onStep = onStep;
    this.#play.type = this.#step.type = "button";
    this.#slider.type = "range";
    this.#slider.min = "0";
    this.#slider.setAttribute("aria-label", unit);
    this.#play.addEventListener("click", () => (this.#timer === undefined ? this.#start() : this.#end()));
    this.#step.addEventListener("click", () => {
      this.stop();
      this.#go(this.step < this.last ? this.step + 1 : 0);
      announce(this.#output.value);
    });
    this.#slider.addEventListener("input", () => {
      this.stop();
      this.#go(this.step);
    });
    this.#label();
  }

  get step() {
    return Number(this.#slider.value);
  }

  get last() {
    return Number(this.#slider.max);
  }

  /** Sets from outside: nobody is told. @param {number} step @param {number} last */
  set(step, last) {
    this.#slider.max = String(last);
    this.#slider.value = String(step);
    this.#name();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#label();
  }

  #start() {
    if (this.step >= this.last) this.#go(0);
    this.#wait();
    this.#label();
  }

  #end() {
    this.stop();
    announce(this.#output.value);
  }

  #wait() {
    this.#timer = setTimeout(
      () => {
        this.#go(this.step + 1);
        if (this.step < this.last) this.#wait();
        else this.#end();
      },
      calm.matches ? CALM_STEP_MS : STEP_MS,
    );
  }

  /** @param {number} step */
  #go(step) {
    this.#slider.value = String(step);
    this.#name();
    this.#onStep(step);
  }

  #name() {
    const text = `${this.#unit} ${this.step} of ${this.last}`;
    this.#output.value = text;
    this.#slider.setAttribute("aria-valuetext", text);
  }

  #label() {
    const isPlaying = this.#timer !== undefined;
    this.#play.replaceChildren(icon(isPlaying ? "pause" : "play"), isPlaying ? "Pause" : "Play");
  }
}

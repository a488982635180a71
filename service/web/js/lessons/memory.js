// What memory is for: the same small network with its loop and without, on the lecture's two examples, trained here.
//
//   task, start -> two MemoryNets -> some steps a frame -> one new series as bars, a row of the table each

import { dataTable } from "../data-table.js";
import { make } from "../dom.js";
import { grouped } from "../format.js";
import { announce } from "../live.js";
import { segmented } from "../segmented.js";
import { MemoryNet } from "./memory-net.js";
import { RATE, STEPS, TASKS, UNITS } from "./memory-series.js";
import { MemoryStrip } from "./memory-strip.js";
import { figure, share } from "./numbers.js";
import { card, numbers } from "./text.js";

/** @typedef {import("./memory-series.js").Task} Task */

const FRAME_MS = 12; // of work in a frame: the page stays free
const NAMES = ["with memory", "without memory"];
/** @type {Record<Task, {title: string, step: string, x: string, truth: string, words: string, found: string}>} */
const TEXTS = {
  film: {
    title: "A film",
    step: "Frame",
    x: "enters or leaves",
    truth: "somebody inside",
    words:
      "In some frames of a film somebody enters a room or leaves it; in most nothing happens. Asked at each frame: is somebody inside? What the frame itself shows answers that only where somebody comes or goes.",
    found:
      "Over five starts each, with its loop the network was right in 100\u00A0% of new frames, without in 63\u00A0%: nobody can see in a frame without an event what happened before.",
  },
  quakes: {
    title: "Earthquakes",
    step: "Day",
    x: "quake today",
    truth: "quake tomorrow",
    words:
      "Each quake makes others more likely, less with each day. Asked each day: is there one tomorrow? Today counts most, but so do the days before.",
    found:
      "Over five starts each, with its loop the network was right on 80\u00A0% of new days, without on 78\u00A0%. Chance sets a limit to both; the loss tells more: 0.44 with memory, 0.53 without, for only the loop knows a quiet day in a swarm from one in a calm year.",
  },
};

export class Memory {
  #strip = new MemoryStrip();
  #words = make("p", "memory-words");
  #about = make("p", "");
  #found = make("p", "caption");
  #run = make("button", "button", "Train");
  #again = make("button", "button", "Another start");
  #other = make("button", "button", "Another series");
  #table = make("div", "");
  #all = make("div", "");
  /** @type {Task} */
  #task = "film";
  #seed = 10;
  #shown = 0;
  #steps = 0;
  #nets = this.#fresh();
  /** @type {number | undefined} */
  #frame;
  element;

  constructor() {
    const options = Object.fromEntries(Object.entries(TEXTS).map(([task, { title }]) => [task, title]));
    const tasks = segmented("Example", options, this.#task, (task) => {
      this.#task = /** @type {Task} */ (task);
      this.#shown = 0;
      this.#restart();
    });
    for (const button of [this.#run, this.#again, this.#other]) button.type = "button";
    this.#run.addEventListener("click", () => (this.#frame === undefined ? this.#go() : this.#halt()));
    this.#again.addEventListener("click", () => {
      this.#seed++;
      this.#restart();
    });
    this.#other.addEventListener("click", () => {
      const { asked } = TASKS[this.#task];
      this.#shown = (this.#shown + asked.length) % asked.x.length;
      this.#show();
    });
    const controls = make("div", "memory-controls", tasks, this.#run, this.#again, this.#other);
    const caption = `Two networks of ${UNITS} units learn the same series in the page; one has its loop cut.`;
    const parts = [this.#about, controls, this.#words, this.#strip.element, this.#table, this.#found, this.#all];
    this.element = card("What memory is for", caption, make("div", "memory", ...parts));
    this.#show();
  }

  leave() {
    this.#halt();
  }

  #fresh() {
    return [true, false].map((hasMemory) => new MemoryNet(UNITS, hasMemory, this.#seed));
  }

  #restart() {
    this.#steps = 0;
    this.#nets = this.#fresh();
    this.#halt();
  }

  #go() {
    if (this.#steps >= STEPS) this.#restart();
    this.#frame = requestAnimationFrame(() => this.#tick());
    this.#run.textContent = "Pause";
  }

  #halt() {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#run.textContent = this.#steps && this.#steps < STEPS ? "Go on" : "Train";
    this.#show();
  }

  #tick() {
    const until = performance.now() + FRAME_MS;
    while (this.#steps < STEPS && performance.now() < until) {
      for (const net of this.#nets) net.learn(TASKS[this.#task].learned, RATE);
      this.#steps++;
    }
    if (this.#steps < STEPS) {
      this.#show();
      this.#frame = requestAnimationFrame(() => this.#tick());
      return;
    }
    this.#halt();
    announce(this.#words.textContent ?? "");
  }

  #show() {
    const { asked } = TASKS[this.#task];
    const text = TEXTS[this.#task];
    const beliefs = this.#nets.map((net) => net.probabilities(asked));
    const judged = beliefs.map((belief) => judge(belief, asked.label));
    const right = NAMES.map((name, index) => `${share(judged[index].right)} ${name}`).join(", ");
    const words = `Step ${grouped(this.#steps)} of ${grouped(STEPS)}, right on new ${text.step.toLowerCase()}s: ${right}.`;
    this.#words.textContent = words;
    this.#about.textContent = text.words;
    this.#found.textContent = text.found;
    const one = (/** @type {Float64Array | Uint8Array} */ values) => values.subarray(this.#shown, this.#shown + asked.length);
    const rows = [one(asked.x), one(asked.label), ...beliefs.map(one)];
    const names = [text.x, text.truth, ...NAMES];
    const low = this.#task === "film" ? -1 : 0;
    const styles = [7, 6, 0, 1];
    const bars = rows.map((values, index) => ({ name: names[index], values, low: /** @type {-1 | 0} */ (index ? 0 : low), style: styles[index] }));
    this.#strip.show(bars, `One new series of ${asked.length} ${text.step.toLowerCase()}s: ${names.join(", ")}. ${words}`);
    const table = this.#nets.map(({ parameters }, index) => [
      NAMES[index],
      grouped(parameters),
      share(judged[index].right),
      figure(judged[index].loss),
    ]);
    this.#table.replaceChildren(numbers("Memory on and off", ["Network", "Weights", "Right", "Loss"], table));
    if (this.#frame === undefined) this.#tell([text.step, ...names], rows); // while it learns nobody could read them
  }

  /** The bars as numbers. @param {string[]} heads @param {(Float64Array | Uint8Array)[]} rows */
  #tell(heads, rows) {
    const wasOpen = this.#all.querySelector("details")?.open ?? false;
    const [x, truth, ...beliefs] = rows;
    const lines = Array.from(x, (value, at) => [at + 1, String(value), truth[at] ? "yes" : "no", ...beliefs.map((belief) => share(belief[at], 0))]);
    const table = dataTable("This series", heads, lines, "Show as table");
    table.open = wasOpen;
    this.#all.replaceChildren(table);
  }
}

/** @param {Float64Array} belief @param {Uint8Array} label */
function judge(belief, label) {
  let [right, loss] = [0, 0];
  belief.forEach((p, at) => {
    right += Number(p > 0.5 === (label[at] === 1));
    loss -= Math.log(label[at] ? p : 1 - p);
  });
  return { right: right / label.length, loss: loss / label.length };
}

// The In card: where the picture comes from, the picture, colour or grey, and the window of the chosen pixel.

import { icon, make } from "../dom.js";
import { takeChosen, takeDropped, takePasted } from "../incoming.js";
import { noteElement } from "../note.js";
import { choose, segmented } from "../segmented.js";
import { selectOf } from "../select.js";
import { pasteNote } from "../words.js";
import { Frame } from "./frame.js";
import { paint, SAMPLES } from "./picture.js";
import { WindowPart } from "./trace.js";
import { severalFilesNote, shrunkWords, sizeText } from "./words.js";

/** @typedef {import("./types.js").Held} Held */
/** @typedef {import("./types.js").State} State */

const HELD = "";
const CHANNELS = { 0: "red", 1: "green", 2: "blue" };

/**
 * @typedef {object} InEvents
 * @property {() => boolean} isShown
 * @property {(file: File) => void} onFile
 * @property {(name: string) => void} onSample
 * @property {(color: State["color"]) => void} onColor
 * @property {(channel: number) => void} onChannel
 * @property {import("./frame.js").Place} onPoint
 * @property {import("./frame.js").Place} onMove
 */

export class InCard {
  frame;
  window = new WindowPart();
  note = make("div", "note-slot");
  #size = make("span", "caption number", "\u00A0");
  #choose = make("button", "button card-action", icon("upload"), "Choose");
  #paste = make("button", "button", "Paste");
  #input = make("input", "");
  #samples;
  #color;
  #channel;
  #unseen = make("p", "caption unseen", "The browser cannot show this file.");
  #shrunk = make("p", "caption shrunk", "");
  element = make("section", "card lab-in");

  /** @param {InEvents} events */
  constructor(events) {
    const { isShown, onPoint, onMove } = events;
    this.frame = new Frame("The picture. Arrow keys choose the pixel that is explained.", onPoint, onMove);
    this.#color = segmented("Colour or grey", { keep: "Colour", grey: "Grey" }, "grey", (value) =>
      events.onColor(/** @type {State["color"]} */ (value)),
    );
    this.#channel = segmented("Channel", CHANNELS, "0", (value) => events.onChannel(Number(value)));
    this.#channel.hidden = true;
    this.#unseen.hidden = true;
    this.frame.element.append(this.#unseen);
    const samples = selectOf("Sample", events.onSample);
    this.#samples = samples.select;
    this.#samples.append(...sampleGroups());
    this.#choose.type = this.#paste.type = "button";
    Object.assign(this.#input, { type: "file", accept: "image/*", hidden: true });
    const take = (/** @type {File[]} */ files) => {
      this.note.replaceChildren(...(files.length > 1 ? [noteElement(severalFilesNote())] : []));
      events.onFile(files[0]);
    };
    takeChosen(this.#choose, this.#input, take);
    takeDropped(this.frame.element, isShown, take);
    takePasted(this.#paste, isShown, take, (why) => this.note.replaceChildren(noteElement(pasteNote(why))));
    const head = make("div", "lab-head", make("h2", "", "In"), this.#size);
    this.element.setAttribute("aria-label", "In");
    this.element.append(
      make("div", "shot", head, this.frame.element),
      make(
        "div",
        "lab-side",
        make("div", "tools-row", this.#choose, this.#input, this.#color, samples.element, this.#paste),
        this.#shrunk,
        this.note,
        this.#channel,
        this.window.element,
      ),
    );
  }

  /** @param {Held} held @param {State["color"]} color */
  show(held, color) {
    const { canvas, fullSize, isInk } = held;
    choose(this.#color, color);
    this.#listed(held);
    this.#unseen.hidden = canvas !== null;
    this.frame.canvas.hidden = canvas === null;
    this.element.dataset.ink = String(isInk);
    if (!canvas || !fullSize) {
      this.#size.textContent = "\u00A0";
      this.#shrunk.textContent = "";
      return;
    }
    paint(this.frame.canvas, canvas, color === "grey");
    this.frame.shaped();
    const size = [canvas.width, canvas.height];
    this.#size.textContent = `${sizeText(size)}, ${color === "grey" ? "grey" : "colour"}`;
    this.#shrunk.textContent = fullSize[0] === size[0] ? "" : shrunkWords(fullSize, size);
  }

  /** The select names what is held, also where it is none of the samples. @param {Held} held */
  #listed({ sample, name }) {
    const isListed = sample !== null && Object.values(SAMPLES).some((names) => sample in names);
    this.#samples.querySelector("[data-own]")?.remove();
    if (!isListed) {
      const own = new Option(sample ?? name, sample ?? HELD);
      own.dataset.own = "";
      own.disabled = sample === null; // it is held already
      this.#samples.prepend(own);
    }
    this.#samples.value = sample ?? HELD;
  }

  /** @param {number} channels @param {number} channel */
  showChannels(channels, channel) {
    this.#channel.hidden = channels < 3;
    choose(this.#channel, String(channel));
  }
}

function sampleGroups() {
  return Object.entries(SAMPLES).map(([words, names]) => {
    const group = make("optgroup", "", ...Object.entries(names).map(([name, text]) => new Option(text, name)));
    group.label = words;
    return group;
  });
}

// Where the subject comes from: the pad, files, samples. One of them stands; the others wait.
//
//   pad -> drawing -+
//   files, drop, paste, camera -> FilesSide -+-> onSubject(subject, live)
//   address, other views, Sample -----------+

import { Offline, Problem } from "../api.js";
import { byId } from "../dom.js";
import { NONE } from "./decisions.js";
import { DrawingSide } from "./drawing.js";
import { FilesSide } from "./files.js";
import { listenToSources, showSourceNote } from "./sources.js";
import { IS_STATIC, SAMPLES_READ } from "../static.js";
import { decodeStrokes, encodeStrokes } from "./stroke-link.js";
import { ofDrawing, ofFile, ofSample } from "./subject.js";
import { brokenDrawingNote, noSampleNote } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").CurrentPicture} CurrentPicture */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {import("../types.js").Stroke} Stroke */
/** @typedef {import("./types.js").Decisions} Decisions */
/** @typedef {import("./types.js").Subject} Subject */
/**
 * @typedef {object} Listener
 * @property {() => boolean} isShown
 * @property {() => Card | null} lead
 * @property {(subject: Subject, live: boolean) => void} onSubject
 * @property {() => void} onLost
 */

export class Pictures {
  #drawing;
  #files;
  /** @type {"pad" | "files"} */
  #source = "pad";
  /** @type {Subject} */
  #subject = ofDrawing([], NONE, 0);
  #hasBegun = false;
  #kind = "";
  #dataset = "";
  #nextSample = 0;
  /** A data set that this service does not have. */
  #missing = "";
  /** The newest wish: a sample that comes after another was chosen is dropped. */
  #newest = 0;
  #listener;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#drawing = new DrawingSide((strokes, live) => this.#drawn(strokes, live));
    this.#files = new FilesSide(
      (subject) => this.#set(subject, false),
      () => listener.onLost(),
    );
    listenToSources(listener.isShown, (files) => this.#open(files.map(ofFile)));
    byId("draw-instead", HTMLButtonElement).addEventListener("click", () => {
      this.#draw();
      this.#drawing.pad.canvas.focus();
    });
    byId("sample", HTMLButtonElement).addEventListener("click", () => this.#showSample());
  }

  get isDrawing() {
    return this.#source === "pad" && this.#drawing.pad.isDrawing;
  }

  /** Whether the page itself drew what stands. */
  get isDrawnSample() {
    return this.#source === "pad" && this.#drawing.pad.isSample;
  }

  /**
   * What the address names, or what another view left, or what stood here last.
   * @param {string | null} sample
   * @param {string | null} d
   * @param {CurrentPicture | null} other
   */
  async enter(sample, d, other) {
    showSourceNote(null); // what was wrong with the last address
    const drawn = d ?? other?.strokes ?? null;
    const strokes = decodeStrokes(drawn);
    if (d && !strokes) showSourceNote(brokenDrawingNote());
    const wanted = sample ?? other?.sample ?? null;
    const isHere = this.#source === "files" && this.#subject.sample === wanted;
    if (wanted && (isHere || (await this.#openSample(wanted)))) return;
    if (strokes) this.#show(strokes, drawn);
    else if (!wanted && other?.from === "file") this.#open([ofFile(new File([other.blob], other.name))]);
    else {
      this.#begin();
      this.suit(this.#kind, this.#dataset);
    }
  }

  /**
   * A drawing of the address; the one of this session where it is the same, since that knows the pressure too.
   * @param {Stroke[]} strokes
   * @param {string | null} d
   */
  #show(strokes, d) {
    this.#begin();
    if (encodeStrokes(this.#drawing.strokes) !== d) this.#drawing.pad.show(strokes, false);
    if (this.#source === "files") this.#draw();
  }

  #begin() {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#drawing.start();
  }

  /** Reads what another leading model has not read yet. @param {Card} lead */
  read(lead) {
    if (this.#source === "files") this.#files.read(lead);
  }

  /** @param {Subject} subject @param {Prediction | null} prediction */
  note(subject, prediction) {
    if (this.#source === "files") this.#files.note(subject, prediction);
  }

  /**
   * A sample of ours makes way for one that the kind knows; what the person brought stays.
   * @param {string} kind
   * @param {string} dataset
   * @returns {boolean} whether another subject comes
   */
  suit(kind, dataset) {
    [this.#kind, this.#dataset] = [kind, dataset];
    const isStrange = kind === "clothes" && this.isDrawnSample;
    if (isStrange && this.#missing !== dataset) {
      void this.#openSample(`${dataset}/${this.#nextSample}`).then((isThere) => {
        if (isThere) return;
        this.#missing = dataset; // asked for once
        this.#set({ ...this.#subject }, false);
      });
      return true;
    }
    if (kind === "digits" && this.#subject.sample?.startsWith("fashion_mnist/")) {
      this.#draw();
      return true;
    }
    return false;
  }

  /** @param {Decisions} decisions */
  decide(decisions) {
    this.#replace({ ...this.#subject, decisions });
  }

  /** @param {number} digit */
  chooseDigit(digit) {
    this.#replace({ ...this.#subject, digit });
  }

  /** The same picture, read otherwise. @param {Subject} subject */
  #replace(subject) {
    this.#files.replace(subject);
    this.#set(subject, false);
  }

  /** @param {readonly Stroke[]} strokes @param {boolean} live */
  #drawn(strokes, live) {
    if (this.#source !== "pad") return;
    const last = this.#subject;
    const isSame = last.strokes === strokes;
    // Decisions hold while one draws on, and end with the drawing.
    const isNew = strokes[0]?.points[0] !== last.strokes?.[0]?.points[0];
    const { decisions, digit } = isNew ? { decisions: NONE, digit: 0 } : last;
    if (!this.#drawing.pad.isSample) this.#newest += 1;
    this.#set(isSame ? last : ofDrawing(strokes, decisions, digit), live);
  }

  /** @param {Subject} subject @param {boolean} live */
  #set(subject, live) {
    this.#subject = subject;
    this.#listener.onSubject(subject, live);
  }

  /** @param {Subject[]} subjects */
  #open(subjects) {
    this.#newest += 1;
    this.#toggle("files");
    this.#files.open(subjects, this.#listener.lead());
  }

  #showSample() {
    showSourceNote(null);
    if (this.#kind === "clothes" && this.#dataset) {
      this.#nextSample = IS_STATIC ? (this.#nextSample + 1) % SAMPLES_READ : this.#nextSample + 1;
      void this.#openSample(`${this.#dataset}/${this.#nextSample}`);
      return;
    }
    this.#hasBegun = true;
    this.#takePad();
    this.#drawing.showSample();
  }

  /** @param {string} name @returns {Promise<boolean>} whether there is such a one */
  async #openSample(name) {
    const turn = ++this.#newest;
    try {
      const subject = await ofSample(name);
      if (turn !== this.#newest) return true; // another picture was chosen meanwhile
      if (subject) this.#open([subject]);
      else showSourceNote(noSampleNote(name, ""));
      return subject !== null;
    } catch (error) {
      if (error instanceof Offline) this.#listener.onLost();
      else if (error instanceof Problem) showSourceNote(noSampleNote(name, error.detail));
      else throw error;
      return false;
    }
  }

  /** The pad is what is read from now on. */
  #takePad() {
    this.#newest += 1;
    if (this.#source === "pad") return;
    this.#files.close();
    this.#toggle("pad");
  }

  /** What the pad holds is read again. */
  #draw() {
    this.#takePad();
    this.#begin();
    this.#set(ofDrawing(this.#drawing.strokes, NONE, 0), false);
  }

  /** @param {"pad" | "files"} source */
  #toggle(source) {
    this.#source = source;
    const isPad = source === "pad";
    byId("pad-help", HTMLElement).hidden = !isPad;
    byId("draw-tools", HTMLElement).hidden = !isPad;
    byId("file-tools", HTMLElement).hidden = isPad;
  }
}

// Which models are asked: the kind of picture, the leading model, and all that are ready to answer.
//
//   cards, address -> kind, leading model; the segmented control, the select or a row of the table changes them

import { byId } from "../dom.js";
import { isReady, ModelSelect } from "../models.js";
import { choose, segmented } from "../segmented.js";
import { blocksOf, kindOf, kindsOf } from "./kinds.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./kinds.js").Block} Block */

export class Chooser {
  #select = new ModelSelect((card) => this.choose(card.name));
  /** @type {Card[]} */
  #cards = [];
  /** What the person or the address asked for; "" where nothing was. */
  #wantedKind = "";
  #wantedModel = "";
  #control = /** @type {HTMLElement | null} */ (null);
  #key = "";
  #last = "";
  #onChange;
  kind = "digits";
  /** @type {Block[]} */
  blocks = [];
  /** The leading model; null where none is ready. @type {Card | null} */
  card = null;
  /** Whether the last change brought another leading model. */
  isNew = false;

  /** @param {() => void} onChange by the person */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#select.select.id = "model";
    byId("answer-head", HTMLElement).prepend(this.#select.element);
  }

  /** Those of the kind that can answer. */
  get ready() {
    return this.blocks.flatMap(({ cards }) => cards).filter(isReady);
  }

  /** For the address: what differs from what one gets without. Until the models are known, what it asked for. */
  get chosenKind() {
    if (!this.#cards.length) return this.#wantedKind;
    return this.kind === Object.keys(kindsOf(this.#cards))[0] ? "" : this.kind;
  }

  get chosenModel() {
    if (!this.#cards.length) return this.#wantedModel;
    return this.card?.name === this.#wantedModel ? this.#wantedModel : "";
  }

  /** What an address asks for. An empty one changes nothing. @param {string} kind @param {string} model */
  want(kind, model) {
    if (kind || model) [this.#wantedKind, this.#wantedModel] = [kind, model];
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    this.#cards = cards;
    this.#settle();
  }

  /** @param {string} name of the leading model from now on */
  choose(name) {
    this.#wantedModel = name;
    this.#wantedKind = "";
    this.#settle();
    this.#onChange();
  }

  #settle() {
    const kinds = kindsOf(this.#cards);
    const wanted = this.#cards.find((card) => card.name === this.#wantedModel && isReady(card));
    const kind = wanted ? kindOf(this.#cards, wanted) : this.#wantedKind;
    if (kind in kinds) this.kind = kind;
    else if (!(this.kind in kinds)) this.kind = Object.keys(kinds)[0] ?? this.kind;
    this.blocks = blocksOf(this.#cards, this.kind);
    const cards = this.blocks.flatMap((block) => block.cards);
    this.#select.show(cards, wanted?.name ?? this.card?.name ?? "");
    this.card = this.#select.chosen;
    this.isNew = this.#last !== this.card?.name;
    this.#last = this.card?.name ?? "";
    this.#showKinds(kinds);
  }

  /** @param {Record<string, string>} kinds */
  #showKinds(kinds) {
    const key = JSON.stringify(kinds);
    if (key !== this.#key) {
      this.#key = key;
      this.#control?.remove();
      this.#control = segmented("Kind of picture", kinds, this.kind, (kind) => this.#chooseKind(kind));
      byId("classify-tools", HTMLElement).prepend(this.#control);
      this.#control.hidden = Object.keys(kinds).length < 2;
    }
    if (this.#control) choose(this.#control, this.kind);
  }

  /** @param {string} kind */
  #chooseKind(kind) {
    this.#wantedKind = kind;
    this.#wantedModel = "";
    this.#settle();
    this.#onChange();
  }
}

// The Classify view: what is read on one side, the answer, all models and the steps on the other.
//
//   DrawingSide, FilesSide -> subject -> latest -> round -> Answer, ModelTable, Stage (boxes), Steps
//   address <-> kind, model, subject

import { Offline } from "../api.js";
import { CallPanel } from "../call-panel.js";
import { afterFrame, byId } from "../dom.js";
import { latest } from "../latest.js";
import { announceSettled } from "../live.js";
import { href, keep } from "../router.js";
import { needsServiceNote, noModelNote } from "../words.js";
import { addressOf, listenToCopyLink } from "./address.js";
import { Answer } from "./answer.js";
import { Chooser } from "./chooser.js";
import { inverted, NONE, turnedOn } from "./decisions.js";
import { Local } from "./local.js";
import { ModelTable } from "./model-table.js";
import { Pictures } from "./pictures.js";
import { place } from "./placement.js";
import { Report } from "./report.js";
import { rounds } from "./round.js";
import { IS_STATIC } from "../static.js";
import { Stage } from "./stage.js";
import { Steps } from "./steps.js";
import { asCurrent, isSamePicture } from "./subject.js";
import { WhyCard } from "./why-card.js";
import { refusalNote, spoken, viewTitle } from "./words.js";

/** @typedef {import("../types.js").Call} Call */
/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Note} Note */
/** @typedef {import("../types.js").Prediction} Prediction */
/** @typedef {import("../types.js").Route} Route */
/** @typedef {import("../types.js").Shared} Shared */
/** @typedef {import("./types.js").Answers} Answers */
/** @typedef {import("./types.js").Decisions} Decisions */
/** @typedef {import("./types.js").Question} Question */
/** @typedef {import("./types.js").Subject} Subject */

export default class ClassifyView {
  title = "Classify";
  #panel = new CallPanel("classify");
  #chooser = new Chooser(() => this.#leadChanged(true));
  #table = new ModelTable((name) => this.#chooser.choose(name));
  #steps = new Steps(
    (change) => this.#change(change),
    (decision) => this.#decide({ [decision]: NONE[decision] }),
  );
  #stage = new Stage({
    onDigit: (digit) => this.#chooseDigit(digit),
    onBox: (box) => {
      this.#decide({ box });
      this.#steps.focusBox();
    },
    onLeave: () => this.#leaveBox(),
  });
  #answer = new Answer(
    (digit) => this.#chooseDigit(digit),
    (canvas, box) => this.#stage.crop(canvas, box),
  );
  #report;
  #local = new Local(
    (question, answers) => question.subject === this.#subject && this.#showAnswers(question, answers),
    (question) => this.#isWanted(question) && this.#fail(question, needsServiceNote(), false),
  );
  #why = new WhyCard(byId("classify", HTMLElement), byId("agreement", HTMLElement), () => this.#stage.size());
  #isShown = false;
  /** @type {Subject | null} what is read now */
  #subject = null;
  /** @type {Answers | null} about it */
  #answers = null;
  /** @type {import("../types.js").CurrentPicture | null} what this view last gave to the others */
  #given = null;
  #shared;
  #pictures;
  #live;

  /** @param {HTMLElement} root @param {Shared} shared */
  constructor(root, shared) {
    this.#shared = shared;
    this.#report = new Report(() => this.#lost());
    root.append(this.#panel.element);
    place([byId("copy-link", HTMLElement), this.#panel.button]);
    this.#live = latest(this.#round());
    this.#pictures = new Pictures({
      isShown: () => this.#isShown,
      lead: () => this.#chooser.card,
      onSubject: (subject, live) => this.#setSubject(subject, live),
      onLost: () => this.#lost(),
    });
    listenToCopyLink(() => ({ address: this.#address(true), subject: this.#subject }));
    this.#steps.setKind(this.#chooser.kind);
  }

  /** @param {Route} route */
  async enter({ params }) {
    this.#isShown = true;
    this.#chooser.want(params.get("kind") ?? "", params.get("model") ?? "");
    if (this.#shared.cards.length) this.setCards(this.#shared.cards);
    const { picture } = this.#shared.current;
    await this.#pictures.enter(params.get("sample"), params.get("d"), picture === this.#given ? null : picture);
  }

  leave() {
    this.#isShown = false;
    this.#live.cancel();
  }

  /** @param {Card[]} cards */
  setCards(cards) {
    this.#chooser.setCards(cards);
    this.#leadChanged(false);
  }

  /** @param {Call} call */
  noteCall(call) {
    this.#panel.show(call);
  }

  /** Another kind, another leading model, or other states of the models. @param {boolean} isByHand */
  #leadChanged(isByHand) {
    const { kind, card, blocks } = this.#chooser;
    this.#table.setModels(blocks, card?.name ?? "");
    this.#steps.setKind(kind);
    this.#words();
    if (!card) {
      this.#answer.fail(noModelNote(), false);
      return;
    }
    if (this.#chooser.isNew) this.#answer.setModel(card);
    if (isByHand) keep(this.#address(false));
    if (this.#pictures.suit(kind, card.dataset ?? "")) return; // another subject comes
    this.#pictures.read(card);
    this.#ask();
  }

  #words() {
    const [title, subtitle] = viewTitle(this.#subject?.from ?? "drawing", this.#chooser.kind, this.#chooser.ready.length);
    byId("title", HTMLElement).textContent = title;
    byId("subtitle", HTMLElement).textContent = subtitle;
  }

  /** @param {Subject} subject @param {boolean} live the pen is down: more will follow */
  #setSubject(subject, live) {
    const last = this.#subject;
    const isOther = !last || !isSamePicture(last, subject);
    this.#subject = subject;
    this.#stage.show(subject);
    if (isOther) {
      this.#report.clear();
      this.#answers = null;
      this.#steps.allow(false);
      this.#why.clear();
    }
    if (isOther || last?.from !== subject.from) this.#words();
    this.#steps.decided(subject.decisions, false);
    if (!live) void this.#give(subject);
    if (subject !== last) this.#ask(); // a lifted pen alone asks nothing
  }

  /** @param {Subject} subject the address and the other views follow it */
  async #give(subject) {
    if (this.#isShown) keep(this.#address(false));
    const picture = subject.strokes?.length === 0 ? null : await asCurrent(subject);
    if (subject !== this.#subject) return;
    this.#given = picture;
    this.#shared.current.set(picture);
  }

  /** @param {boolean} isWhole with the sample that the page itself drew */
  #address(isWhole) {
    const { chosenKind, chosenModel } = this.#chooser;
    const isOurs = !isWhole && this.#pictures.isDrawnSample;
    return addressOf(chosenKind, chosenModel, isOurs ? null : this.#subject);
  }

  #ask() {
    const { card, ready } = this.#chooser;
    const subject = this.#subject;
    if (!card || !subject) return;
    this.#steps.link.href = href("inside", { model: card.name, sample: subject.sample });
    if (subject.strokes?.length === 0) {
      this.#live.cancel();
      this.#answers = null;
      this.#steps.allow(false);
      this.#answer.empty();
      this.#report.clear();
      this.#why.clear();
      this.#table.clear();
      this.#steps.empty();
      this.#stage.mark(subject, null);
      announceSettled("");
      return;
    }
    this.#answer.pending();
    const question = { subject, lead: card, models: ready.map(({ name }) => name) };
    if (this.#pictures.isDrawing || IS_STATIC) void this.#local.begin(card, ready);
    this.#local.read(question);
    if (!IS_STATIC) this.#live.send(question);
  }

  #round() {
    const run = rounds({
      onAnswers: (question, answers) => {
        if (!this.#isWanted(question) || (this.#local.isAhead && question.subject !== this.#subject)) return;
        if (question.subject === this.#subject) this.#local.settle(answers);
        this.#showAnswers(question, answers);
      },
      onSteps: (question, prediction) => this.#isWanted(question) && void this.#showSteps(question, prediction),
      onFailure: (question, note, again) => this.#isWanted(question) && this.#fail(question, note, again),
      size: () => this.#stage.size(),
      // A sample that writes itself rests longer between its parts than a pen.
      newer: (milliseconds) => this.#live.newer(this.#pictures.isDrawnSample ? 2 * milliseconds : milliseconds),
    });
    return async (/** @type {Question} */ question, /** @type {AbortSignal} */ signal) => {
      await afterFrame(); // the ink and the page's own bars first: to make a request takes milliseconds
      if (signal.aborted) return;
      try {
        await run(question, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Offline)) throw error;
        this.#lost();
      }
    };
  }

  /** @param {Question} question whether its answer may still be shown */
  #isWanted({ subject, lead }) {
    const now = this.#subject;
    return now && isSamePicture(subject, now) && lead.name === this.#chooser.card?.name && now.strokes?.length !== 0;
  }

  /** @param {Question} question @param {Answers} answers */
  #showAnswers({ subject, lead }, answers) {
    this.#answers = answers;
    this.#steps.allow(true);
    const isLive = this.#pictures.isDrawing;
    const digit = Math.min(subject.digit, Math.max(0, (answers.whole?.regions?.length ?? 1) - 1));
    this.#answer.show(answers, lead, digit, isLive);
    this.#steps.decided(subject.decisions, answers.whole !== null);
    const agreement = this.#table.show(answers, lead.name, digit, isLive);
    this.#stage.mark(subject, answers);
    if (!answers.isLocal) void this.#report.offer(subject, answers, lead); // the service takes reports of its own answers
    this.#why.offer(subject, answers, this.#chooser.ready);
    const said = answers.whole ?? answers.shown;
    this.#pictures.note(subject, said);
    const note = refusalNote(said, lead);
    announceSettled(said.accepted ? spoken(said, agreement) : `${note.title} ${note.text}`);
  }

  /** @param {Question} question @param {Prediction} prediction */
  async #showSteps(question, prediction) {
    const size = await this.#stage.size();
    if (this.#isWanted(question)) await this.#steps.show(prediction, question.subject, size);
  }

  /** @param {Question} question @param {Note} note @param {boolean} again */
  #fail({ subject }, note, again) {
    const action = again ? { label: "Try now", run: () => this.#ask() } : undefined;
    const stands = this.#local.isAhead;
    if (stands && subject !== this.#subject) return;
    this.#answer.fail({ ...note, action }, stands);
    if (stands || note.kind !== "error") return;
    this.#table.outdated();
    this.#pictures.note(subject, null);
  }

  #lost() {
    this.#answer.lost();
    this.#shared.lost();
  }

  /** @param {"turn" | "invert" | "box"} change */
  #change(change) {
    if (!this.#subject || !this.#answers) return;
    const { decisions } = this.#subject;
    if (change === "turn") this.#decide(turnedOn(decisions));
    else if (change === "invert") this.#decide(inverted(decisions, this.#answers.shown.preprocessing?.polarity));
    else this.#stage.edit();
  }

  #leaveBox() {
    if (this.#subject) this.#stage.mark(this.#subject, this.#answers);
    this.#steps.focusBox();
  }

  /** @param {Partial<Decisions>} decisions */
  #decide(decisions) {
    if (!this.#subject) return;
    this.#pictures.decide({ ...this.#subject.decisions, ...decisions });
  }

  /** @param {number} digit */
  #chooseDigit(digit) {
    this.#pictures.chooseDigit(digit);
  }
}

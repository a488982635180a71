// What a network learns from: the first training picture as the lecture shows it, its shapes on the way, and the target.

import { ASSETS, make } from "../dom.js";
import { grouped } from "../format.js";
import { card, numbers } from "./text.js";

/** @typedef {import("../types.js").Card} Card */

const TRAINING = 60_000;
const TEST = 10_000;
const SIDE = 28;
/** Data set -> its title, and the class of its first training picture. @type {Record<string, [string, number]>} */
const FIRST = { mnist: ["MNIST", 5], fashion_mnist: ["Fashion-MNIST", 9] };
/** What a history calls the pictures that training keeps aside -> their shape. @type {Record<string, number[]>} */
const ASIDE = { "validation fifth": [TRAINING / 5, SIDE, SIDE], "last 5,000 training pictures": [5000, SIDE, SIDE] };

/** The picture's place among a model's labels; null where the labels are not those of the set. @param {Card} model */
function classOf({ dataset, labels }) {
  const digit = FIRST[dataset ?? ""]?.[1];
  if (digit === undefined) return null;
  if (labels?.length === 10) return digit;
  return labels?.join() === "even,odd" ? digit % 2 : null;
}

/** "9 Ankle boot"; a digit's name is its number. @param {string} name @param {number} at */
const called = (name, at) => (name === String(at) ? name : `${at} ${name}`);

/** @param {...number} sides "60,000 × 28 × 28" */
const shape = (...sides) => sides.map((side) => grouped(side)).join(" × ");

export class FirstPicture {
  element = make("div", "");
  #drawn = "";

  /** @param {Card} model @param {string} validation what its history calls the pictures that it was held against */
  show(model, validation) {
    const index = classOf(model);
    const wanted = index === null ? "" : `${model.dataset} ${model.labels} ${validation}`;
    if (wanted === this.#drawn) return;
    this.#drawn = wanted;
    this.element.replaceChildren(...(index === null ? [] : [cardOf(model, index, validation)]));
  }
}

/** @param {Card} model @param {number} index @param {string} validation */
function cardOf({ dataset, labels }, index, validation) {
  const [title] = FIRST[dataset ?? ""];
  const names = labels ?? [];
  const picture = make("img", "first-picture");
  Object.assign(picture, { src: `${ASSETS}first_${dataset}.png`, width: SIDE, height: SIDE });
  picture.alt = `The first training picture of ${title}: ${names[index]}`;
  const told = make("figcaption", "caption", `Training picture 0, class ${called(names[index], index)}`);
  const body = make("div", "first-body", make("figure", "", picture, told), shapes(names.length, validation), targets(names, index));
  return card("What it learns from", `The first training picture of ${title}, shapes on the way, and the target.`, body);
}

/** @param {number} classes @param {string} validation */
function shapes(classes, validation) {
  const aside = ASIDE[validation];
  const rows = [
    ["pictures as stored: bytes, 0 to 255", shape(TRAINING, SIDE, SIDE)],
    ["as the network takes them: float32, divided by 255", shape(TRAINING, 1, SIDE, SIDE)],
    [`their classes: 0 to ${classes - 1}`, shape(TRAINING)],
    ...(classes > 2 ? [["classes as one-hot: a 1, the others 0", shape(TRAINING, classes)]] : []),
    ...(aside ? [["of these kept aside for validation", shape(...aside)]] : []),
    ["test pictures, which it never sees in training", shape(TEST, SIDE, SIDE)],
  ];
  return numbers("Shapes", ["Numbers", "Shape"], rows);
}

/** @param {string[]} names @param {number} index */
function targets(names, index) {
  const isOneHot = names.length > 2;
  const rows = names.map((name, at) => [isOneHot ? called(name, at) : name, String(isOneHot ? Number(at === index) : at)]);
  const table = numbers("Target of the picture", ["Class", isOneHot ? "One-hot" : "Target"], rows);
  table.tBodies[0].rows[index].classList.add("first-true");
  return table;
}

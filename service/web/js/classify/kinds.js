// Digits or clothes: which models read the same kind of picture, and in which blocks the page lists them.

import { groupOf, groupsOf, membersOf, takesTensorsOnly } from "../models.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {{group: string, words: string, cards: Card[]}} Block */

/** The networks that say whether a digit is odd read digits too. @type {Record<string, string>} */
const READS = { odd_or_even: "digits" };

/** @param {Card[]} cards @param {string} group */
function kindOfGroup(cards, group) {
  const kind = READS[group] ?? group;
  return kind === group || cards.some((card) => groupOf(card) === kind) ? kind : group;
}

/** A package that cannot be read names no group: it is listed with the first kind. What takes tensors only is not asked
 * about pictures, and not listed. @param {Card} card */
const isUnreadable = (card) => card.group === null && !takesTensorsOnly(card);

/** Kinds of pictures: name -> words. @param {Card[]} cards @returns {Record<string, string>} */
export function kindsOf(cards) {
  const readable = cards.filter((card) => card.group !== null);
  const groups = Object.entries(groupsOf(readable));
  const kinds = groups.filter(([group]) => kindOfGroup(readable, group) === group);
  return Object.fromEntries(kinds);
}

/** The kind that a model reads. @param {Card[]} cards @param {Card} card */
export function kindOf(cards, card) {
  return kindOfGroup(cards, groupOf(card));
}

/** Models of a kind, a block for each question. @param {Card[]} cards @param {string} kind @returns {Block[]} */
export function blocksOf(cards, kind) {
  const isFirst = Object.keys(kindsOf(cards))[0] === kind;
  const wanted = Object.entries(groupsOf(cards)).filter(([group]) => kindOfGroup(cards, group) === kind);
  const blocks = wanted.map(([group, words]) => ({ group, words, cards: membersOf(cards, group) }));
  if (isFirst) blocks[0]?.cards.push(...cards.filter(isUnreadable));
  return blocks;
}

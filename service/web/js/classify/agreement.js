// Who agrees: what most models say, and which of them does not.

/** @typedef {import("../types.js").Prediction} Prediction */

/** So near the middle of two classes an answer is no opinion: it reads "unsure". */
const UNDECIDED = 0.05;

/** Whether an answer is a verdict: accepted, or only unsure. @param {Prediction} prediction */
export function isVerdict({ accepted, reason }) {
  return accepted || reason === "low_confidence";
}

/** Of a model with two classes. @param {Prediction} prediction */
export function isUndecided({ confidence }) {
  return Math.abs(confidence - 0.5) <= UNDECIDED;
}

/**
 * What most models say; between equals the leading model's word counts.
 * @param {Map<string, Prediction>} answers of the models of one question
 * @param {string} lead
 * @returns {{label: string | null, agree: number, count: number, refuse: number}}
 */
export function consensus(answers, lead) {
  const verdicts = new Map([...answers].filter(([, answer]) => isVerdict(answer)));
  /** @type {Map<string, number>} */
  const votes = new Map();
  for (const { label } of verdicts.values()) votes.set(label, (votes.get(label) ?? 0) + 1);
  const most = Math.max(0, ...votes.values());
  const favoured = [...votes].filter(([, count]) => count === most).map(([label]) => label);
  const word = verdicts.get(lead)?.label ?? "";
  const label = favoured.includes(word) ? word : (favoured[0] ?? null);
  return { label, agree: most, count: verdicts.size, refuse: answers.size - verdicts.size };
}

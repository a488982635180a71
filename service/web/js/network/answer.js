// What a network's output says, in the form in which the service answers: calibrated, sorted, judged.
//
//   output -> calibrate -> top, confidence -> accepted, or why not

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Prediction} Prediction */

const TINY = 2 ** -126; // the smallest that a float32 holds in full

/**
 * p^(1/T), made to sum to 1 again: what softmax gives for logits divided by T.
 * @param {Float32Array} row
 * @param {number} temperature
 * @returns {Float32Array}
 */
export function calibrate(row, temperature) {
  if (temperature === 1) return row;
  const powers = Array.from(row, (value) => value ** (1 / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return Float32Array.from(powers, (power) => power / sum);
}

/**
 * The service's form of an answer. `reason` is of how the picture was read, null where it holds one object.
 * @param {Float32Array} row the network's output
 * @param {Card} card
 * @param {{reason: string | null, polarity: string, box: number[] | null}} prepared
 * @returns {Prediction}
 */
export function asPrediction(row, card, { reason, polarity, box }) {
  const labels = card.labels ?? [];
  const calibrated = calibrate(row, card.temperature ?? 1);
  const top = Array.from(calibrated, (probability, index) => ({ index, label: labels[index] ?? "", probability }));
  top.sort((a, b) => b.probability - a.probability);
  const why = reason ?? judged(top[0].probability, top[1]?.probability ?? 0, card);
  const { index, label, probability: confidence } = top[0];
  const preprocessing = { polarity, box };
  return { filename: null, index, label, confidence, accepted: !why, reason: why, top, preprocessing, input_png: null };
}

/** Who spreads over many classes has seen none of them. @param {number} best @param {number} second @param {Card} card */
function judged(best, second, { rejection }) {
  const { min_likeness: likeness = 0, min_margin: margin = null, min_confidence: least = 0 } = rejection ?? {};
  const ahead = Math.log(Math.max(best, TINY)) - Math.log(Math.max(second, TINY));
  if (best + second < likeness || (margin !== null && ahead < margin)) return "unlike_training";
  return best < least ? "low_confidence" : null;
}

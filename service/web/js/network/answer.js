// What a network's output says, in the form in which the service answers: calibrated, sorted, judged.
//
//   output -> calibrate -> top, confidence -> accepted, or why not

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("../types.js").Prediction} Prediction */

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

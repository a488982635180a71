// Numbers as a person reads them.

const NARROW = "\u00A0"; // no-break space: a number and its sign stay on one line

/**
 * A probability (0..1) in percent. The ends are said as bounds: a network is never 100.0 % sure.
 * @param {number} probability
 */
export function percent(probability) {
  if (probability < 0.001) return `<${NARROW}0.1${NARROW}%`;
  if (probability > 0.999) return `>${NARROW}99.9${NARROW}%`;
  return `${(100 * probability).toFixed(1)}${NARROW}%`;
}

/** The same for those who listen: signs are read out as signs. @param {number} probability */
export function spokenPercent(probability) {
  return percent(probability).replace("<", "less than").replace(">", "more than");
}

/** A test score (0..1), where hundredths of a percent count. @param {number} share */
export function score(share) {
  return `${(100 * share).toFixed(2)}${NARROW}%`;
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  return `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)}${NARROW}ms`;
}

/** @param {number} count */
export function grouped(count) {
  return count.toLocaleString("en");
}

/** "1 second", "4 digits". @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

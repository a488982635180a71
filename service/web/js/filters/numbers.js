// Numbers as cells hold them: read what a person types, write what a person reads.

const MINUS = "\u2212";

/** A number, or null where the text is none. A comma is a point; the typographic minus is a minus; 1/9 is a ninth.
 * @param {string} text @returns {number | null} */
export function parseNumber(text) {
  const plain = text.trim().replace(MINUS, "-").replace(",", ".");
  const [above, below, ...more] = plain.split("/");
  if (below !== undefined) {
    const parts = [decimalOf(above.trim()), decimalOf(below.trim())];
    return more.length || parts[0] === null || !parts[1] ? null : parts[0] / parts[1];
  }
  return decimalOf(plain);
}

/** @param {string} plain */
function decimalOf(plain) {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : null;
}

/** All its digits. @param {number | string} value what is no number stays as it was typed */
export function exact(value) {
  return String(value).replace(/^-/, MINUS);
}

/** As many digits as a cell shows. @param {number | string} value */
export function brief(value) {
  if (typeof value === "string") return value;
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return exact(Number(value.toFixed(decimals)) + 0); // + 0: no -0
}

/** As a sentence gives it. @param {number} value */
export function figure(value) {
  return exact(Number(value.toFixed(Math.abs(value) >= 100 ? 1 : 3)) + 0);
}

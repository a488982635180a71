// Numbers of the lessons as a person reads them, and ticks for their axes.

const GLUE = "\u00A0";
const MINUS = "\u2212";

/** A share (0..1) in percent. @param {number} value */
export function share(value, digits = 1) {
  return `${(100 * value).toFixed(digits)}${GLUE}%`;
}

/** A difference of two shares. @param {number} value */
export function points(value) {
  return `${signed((100 * value).toFixed(1))}${GLUE}points`;
}

/** A loss, a height, a distance: three decimals, or powers of ten beyond 1,000. @param {number} value */
export function figure(value) {
  const size = Math.abs(value);
  if (size < 1000) return signed(value.toFixed(3));
  const [digits, exponent] = value.toExponential(1).split("e+");
  return `${signed(digits)}${GLUE}×${GLUE}10${raised(exponent)}`;
}

/** A learning rate as it is served: 0.0001, 0.26, 10. @param {number} value */
export function rate(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 6, useGrouping: false });
}

/** @param {string} text */
export function signed(text) {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace("-", MINUS);
}

/** @param {string} exponent */
function raised(exponent) {
  return exponent.replace(/./g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] ?? "⁻");
}

/**
 * Round numbers that span low..high.
 * @param {number} low
 * @param {number} high
 * @param {number} [most] ticks
 */
export function ticksOver(low, high, most = 5) {
  const rough = (high - low || Math.abs(high) || 1) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Epochs to name on an axis: all of a few, else 1, 5, 10 and so on. @param {number} count */
export function epochTicks(count) {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  return count <= 10 ? all : all.filter((epoch) => epoch === 1 || epoch % 5 === 0);
}

// How a series looks: its colour, its own dash, and a sample of its line. Colours are the theme's.

/** Dashes in CSS pixels, in the order of the tokens --series-1 and on. */
export const DASHES = [[], [7, 4], [12, 4], [7, 3, 2, 3], [2, 4], [12, 3, 2, 3, 2, 3], [4, 2], [1, 3]];

/** A colour of css/tokens.css as it is now. @param {string} name */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** @param {number} style 0 and on */
export function colour(style) {
  return token(`--series-${style + 1}`);
}

/** @type {Set<() => void>} */
const listeners = new Set();
new MutationObserver(() => {
  for (const listener of listeners) listener();
}).observe(document.documentElement, { attributeFilter: ["data-theme"] });

/** @param {() => void} listener told when the theme changed @returns {() => void} ends that */
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A short piece of the series' line, beside its name. @param {number} style */
export function lineSample(style) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "line-sample");
  svg.setAttribute("viewBox", "0 0 24 8");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", "M0 4h24");
  line.setAttribute("class", `series-${style + 1}`);
  line.setAttribute("stroke-dasharray", DASHES[style].join(" "));
  svg.append(line);
  return svg;
}

// The head that a view builds for itself. views.js loads the views, so they ask for it here.

import { make } from "./dom.js";

/**
 * The head of a view: title, one sentence, and controls at its right.
 * @param {string} title
 * @param {string} subtitle
 * @param {...(Node | string)} tools
 */
export function viewHead(title, subtitle, ...tools) {
  const heading = make("h1", "", title);
  heading.tabIndex = -1;
  const sentence = make("p", "", subtitle);
  const element = make("div", "view-head", make("div", "view-words", heading, sentence), make("div", "view-tools", ...tools));
  return { element, heading, sentence };
}

// A native select with its chevron.

import { icon, make } from "./dom.js";

/**
 * @param {string} name what is chosen, for those who listen
 * @param {(value: string) => void} onChoose by the person
 */
export function selectOf(name, onChoose) {
  const select = make("select", "");
  select.setAttribute("aria-label", name);
  select.addEventListener("change", () => onChoose(select.value));
  return { element: make("span", "select", select, icon("chevron")), select };
}

/**
 * Lists the options and chooses one without telling anybody.
 * @param {HTMLSelectElement} select
 * @param {[string, string][]} options value, words
 * @param {string} value
 */
export function fill(select, options, value) {
  select.replaceChildren(...options.map(([each, words]) => new Option(words, each)));
  select.value = value;
}

// A segmented control: a radio group that looks like one button with parts. The browser brings its keys.

import { make } from "./dom.js";

let groups = 0;

/**
 * @param {string} name what is chosen, for those who listen
 * @param {Record<string, string>} options value -> words
 * @param {string} value the chosen one
 * @param {(value: string) => void} onChoose
 * @returns {HTMLFieldSetElement} with `choose(value)` of the module to set it from outside
 */
export function segmented(name, options, value, onChoose) {
  const group = `segmented-${++groups}`;
  const parts = Object.entries(options).map(([each, words]) => {
    const input = make("input", "");
    Object.assign(input, { type: "radio", name: group, value: each, checked: each === value });
    return make("label", "segment", input, make("span", "", words));
  });
  const element = make("fieldset", "segmented", make("legend", "visually-hidden", name), ...parts);
  element.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement) onChoose(event.target.value);
  });
  return element;
}

/** Marks a value without telling anybody. @param {HTMLElement} control @param {string} value */
export function choose(control, value) {
  for (const input of control.querySelectorAll("input")) input.checked = input.value === value;
}

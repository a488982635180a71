// One stop on the page: words, formula with its letters, sliders with what comes of them, and the question.

import { make } from "../dom.js";
import { announceSettled } from "../live.js";

/** @typedef {import("./maths.js").Stop} Stop */

const SPACE = "http://www.w3.org/1998/Math/MathML";

/** @param {Stop} stop */
export function stopCard({ title, slide, words, formula, letters, inputs, compute, view, question }) {
  const heading = make("h2", "", title);
  heading.id = "stop-title";
  heading.tabIndex = -1;
  const told = make("div", "path-words", ...words.map((text) => make("p", "", text)));
  const names = letters.flatMap(([letter, meaning]) => [make("dt", "", letter), make("dd", "", meaning)]);
  const [lead, address] = view;
  const link = make("a", "button", lead);
  link.href = address;
  const element = make(
    "article",
    "card path-stop",
    make("p", "caption", `Slide: ${slide}`),
    heading,
    told,
    make("div", "path-formula", mathOf(formula), make("dl", "path-letters", ...names)),
    bench(inputs, compute),
    make("p", "path-view", link),
    asked(question),
  );
  element.setAttribute("aria-labelledby", heading.id);
  return { element, heading };
}

/** @param {string} markup of ours, never a person's */
function mathOf(markup) {
  const text = `<math xmlns="${SPACE}" display="block">${markup}</math>`;
  return document.importNode(new DOMParser().parseFromString(text, "application/xml").documentElement, true);
}

/** @param {Stop["inputs"]} inputs @param {Stop["compute"]} compute */
function bench(inputs, compute) {
  const result = make("output", "path-result");
  const sliders = inputs.map(({ name, words, min, max, step, value }) => {
    const slider = make("input", "range");
    Object.assign(slider, { type: "range", min: String(min), max: String(max), step: String(step), value: String(value) });
    slider.id = `path-${name}`;
    slider.name = name;
    const label = make("label", "", words);
    label.htmlFor = slider.id;
    return { slider, row: make("div", "path-slider", label, slider, make("span", "number", String(value))) };
  });
  const show = () => {
    const values = Object.fromEntries(sliders.map(({ slider }) => [slider.name, slider.valueAsNumber]));
    for (const { slider, row } of sliders) row.lastChild?.replaceWith(make("span", "number", slider.value.replace("-", "\u2212")));
    result.value = compute(values);
  };
  const box = make("div", "path-bench", make("h3", "", "Try it"), ...sliders.map(({ row }) => row), result);
  box.addEventListener("input", () => {
    show();
    announceSettled(result.value);
  });
  show();
  return box;
}

/** @param {Stop["question"]} question */
function asked([question, answer]) {
  const told = make("p", "path-answer", answer);
  told.hidden = true;
  const button = make("button", "button", "Show the answer");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    told.hidden = !told.hidden;
    button.setAttribute("aria-expanded", String(!told.hidden));
    button.textContent = told.hidden ? "Show the answer" : "Hide the answer";
  });
  return make("div", "path-question", make("h3", "", "Question"), make("p", "", question), button, told);
}

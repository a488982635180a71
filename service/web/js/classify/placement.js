// On a phone the sources stand below the models, and the tools of the head at the foot: in the page's own order, so
// that the keyboard follows what is seen.

import { byId } from "../dom.js";

/** @param {HTMLElement[]} tools of the head that a phone has no room for there */
export function place(tools) {
  const phone = matchMedia("(max-width: 720px)");
  const move = () => {
    byId(phone.matches ? "models-card" : "pad-card", HTMLElement).after(byId("sources-card", HTMLElement));
    byId(phone.matches ? "foot-tools" : "classify-tools", HTMLElement).append(...tools);
  };
  move();
  phone.addEventListener("change", move);
}

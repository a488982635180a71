// A view within another page (?embed=1): its link leads to the same place of the whole page.

import { byId } from "./dom.js";

export function keepEmbedLink() {
  const link = byId("embed-link", HTMLAnchorElement);
  const follow = () => {
    link.href = new URL(location.hash || "#/classify", new URL(".", location.href)).href;
  };
  for (const happened of ["hashchange", "popstate"]) window.addEventListener(happened, follow);
  link.addEventListener("pointerdown", follow); // a control that moved has changed the address without a word
  link.addEventListener("focus", follow);
  follow();
}

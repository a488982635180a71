// placeholder, replaced by its own branch
import { viewHead } from "../views.js";
export default class FiltersView {
  title = "Filters";
  /** @param {HTMLElement} root */
  constructor(root) { root.append(viewHead("Filters", "").element); }
  enter() {}
  leave() {}
  setCards() {}
  noteCall() {}
}

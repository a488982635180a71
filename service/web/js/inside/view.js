// placeholder, replaced by its own branch
import { viewHead } from "../views.js";
export default class InsideView {
  title = "Inside";
  /** @param {HTMLElement} root */
  constructor(root) { root.append(viewHead("Inside", "").element); }
  enter() {}
  leave() {}
  setCards() {}
  noteCall() {}
}

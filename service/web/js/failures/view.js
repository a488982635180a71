// placeholder, replaced by its own branch
import { viewHead } from "../views.js";
export default class FailuresView {
  title = "Failures";
  /** @param {HTMLElement} root */
  constructor(root) { root.append(viewHead("Failures", "").element); }
  enter() {}
  leave() {}
  setCards() {}
  noteCall() {}
}

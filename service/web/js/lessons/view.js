// placeholder, replaced by its own branch
import { viewHead } from "../views.js";
export default class LessonsView {
  title = "Lessons";
  /** @param {HTMLElement} root */
  constructor(root) { root.append(viewHead("Lessons", "").element); }
  enter() {}
  leave() {}
  setCards() {}
  noteCall() {}
}

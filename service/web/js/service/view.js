// placeholder, replaced by its own branch
import { viewHead } from "../views.js";
export default class ServiceView {
  title = "Service";
  /** @param {HTMLElement} root */
  constructor(root) { root.append(viewHead("Service", "").element); }
  enter() {}
  leave() {}
  setCards() {}
  noteCall() {}
}

// What a person does with a grid of maps or units: hover and focus preview one, a press pins it, arrows move.

import { roving } from "../roving.js";

/** @typedef {import("./types.js").Events} Events */
/** @typedef {import("./types.js").Target} Target */

/**
 * @param {HTMLElement} grid
 * @param {() => HTMLElement[]} items buttons in reading order
 * @param {(index: number) => Target | null} target null until it was looked at
 * @param {() => number} columns
 * @param {Events} events
 */
export function listenToChoices(grid, items, target, columns, { onPreview, onPin }) {
  const at = (/** @type {Event} */ event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    return button && target(items().indexOf(button));
  };
  grid.addEventListener("pointerover", (event) => {
    const found = at(event);
    if (found && event.pointerType !== "touch") onPreview(found);
  });
  grid.addEventListener("pointerleave", () => onPreview(null));
  grid.addEventListener("focusout", () => onPreview(null));
  grid.addEventListener("click", (event) => {
    const found = at(event);
    if (found) onPin(found);
  });
  roving(grid, items, { columns, onFocus: (_, index) => onPreview(target(index)) });
}

/** Marks the pinned one. @param {HTMLElement[]} items @param {number | null} index null where it is another layer's */
export function markPinned(items, index) {
  items.forEach((item, each) => {
    if (each === index) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  });
}

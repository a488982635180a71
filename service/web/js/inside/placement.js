// Where the panel of the enlarged map stands: at the side where there is room, else under the layer of its map.

export const wide = matchMedia("(min-width: 1120px)");

/**
 * Moves the panel where it belongs; where it stands there already, nothing happens, so that the focus stays in it.
 * @param {HTMLElement} panel
 * @param {HTMLElement} columns the row of picture, layers and, at its end, the panel
 * @param {HTMLElement | undefined} card of the layer, where there is one
 */
export function placePanel(panel, columns, card) {
  if (wide.matches || !card) {
    if (panel.parentElement !== columns) columns.append(panel);
  } else if (card.nextElementSibling !== panel) {
    card.after(panel);
  }
}

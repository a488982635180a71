// One tab stop for a grid or a list of many: arrows, Home and End move within it.

/**
 * @param {HTMLElement} container
 * @param {() => HTMLElement[]} items in reading order
 * @param {{columns: () => number, onFocus?: (item: HTMLElement, index: number) => void}} options
 * @returns {{stop: (index: number) => void}} `stop` makes an item the tab stop, without focus
 */
export function roving(container, items, { columns, onFocus }) {
  const stop = (/** @type {number} */ index) => {
    items().forEach((item, each) => (item.tabIndex = each === index ? 0 : -1));
  };
  container.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = items();
    const now = all.indexOf(/** @type {HTMLElement} */ (event.target));
    if (now < 0) return;
    const wide = columns();
    const rowStart = now - (now % wide);
    /** @type {Record<string, number>} */
    const targets = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      ArrowUp: now - wide,
      ArrowDown: now + wide,
      Home: event.shiftKey ? 0 : rowStart,
      End: event.shiftKey ? all.length - 1 : Math.min(all.length - 1, rowStart + wide - 1),
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    const next = targets[event.key];
    if (next >= 0 && next < all.length) all[next].focus();
  });
  container.addEventListener("focusin", (event) => {
    const index = items().indexOf(/** @type {HTMLElement} */ (event.target));
    if (index < 0) return;
    stop(index);
    onFocus?.(items()[index], index);
  });
  stop(0);
  return { stop };
}

// One tab stop for a grid or a list of many: arrows, Home and End move within it, past what cannot be chosen.

/**
 * @param {HTMLElement} container
 * @param {() => HTMLElement[]} items in reading order
 * @param {{columns: () => number, isStop?: (item: HTMLElement) => boolean,
 *   onFocus?: (item: HTMLElement, index: number) => void}} options `isStop`: whether an item takes part, all do without it
 * @returns {{stop: (index: number) => void}} `stop` makes an item the tab stop, without focus
 */
export function roving(container, items, { columns, isStop = () => true, onFocus }) {
  const stop = (/** @type {number} */ index) => {
    items().forEach((item, each) => {
      if (isStop(item)) item.tabIndex = each === index ? 0 : -1;
    });
  };
  container.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = items();
    const now = all.indexOf(/** @type {HTMLElement} */ (event.target));
    if (now < 0) return;
    const wide = columns();
    const rowStart = now - (now % wide);
    /** @type {Record<string, [number, number]>} key -> where to look first, and in which direction from there */
    const searches = {
      ArrowLeft: [now - 1, -1],
      ArrowRight: [now + 1, 1],
      ArrowUp: [now - wide, -wide],
      ArrowDown: [now + wide, wide],
      Home: [event.shiftKey ? 0 : rowStart, 1],
      End: [event.shiftKey ? all.length - 1 : Math.min(all.length - 1, rowStart + wide - 1), -1],
    };
    if (!(event.key in searches)) return;
    event.preventDefault();
    let [next, step] = searches[event.key];
    while (all[next] && !isStop(all[next])) next += step;
    all[next]?.focus();
  });
  container.addEventListener("focusin", (event) => {
    const index = items().indexOf(/** @type {HTMLElement} */ (event.target));
    if (index < 0) return;
    stop(index);
    onFocus?.(items()[index], index);
  });
  stop(Math.max(0, items().findIndex(isStop)));
  return { stop };
}

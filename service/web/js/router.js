// The address of the page: "#/failures?model=mnist_cnn&true=6" -> a route, and back.
//
//   link or go() -> hashchange -> onRoute(route)      keep() -> the address follows, nobody is told
//
// Back and forward restore the place to which one had scrolled. A new view, or lesson, starts at the top; a new entry
// of the view that stands (a cell of a matrix) stays where it is.

/** @typedef {import("./types.js").Route} Route */

/** Views in the order of the head, and the guided path, to which Lessons leads. */
export const NAMES = ["classify", "inside", "filters", "failures", "lessons", "service", "path"];

/** @param {string} hash @returns {Route} `view` is "" where the address names none that there is */
export function parse(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [view = "", part = ""] = path.split("/");
  const known = view === "" ? "classify" : NAMES.includes(view) ? view : "";
  return { view: known, part: decode(part), params: new URLSearchParams(query) };
}

/**
 * The address of a view. Empty values are left out.
 * @param {string} view
 * @param {Record<string, string | number | null | undefined>} [params]
 * @param {string} [part] of the lesson
 */
export function href(view, params = {}, part = "") {
  const kept = Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  // Commas, semicolons, slashes and colons may stand in a fragment: the address stays readable.
  const readable = query.replace(/%(2C|3B|2F|3A)/g, (code) => decodeURIComponent(code));
  return `#/${view}${part ? `/${encodeURIComponent(part)}` : ""}${readable ? `?${readable}` : ""}`;
}

let told = location.hash; // the address that the views know of

/** The address follows a control that moves: no new entry in the history, nobody is told. @param {string} address */
export function keep(address) {
  if (location.hash !== told) return; // a link was followed, which the view hears of next: it leads elsewhere
  if (told !== address) history.replaceState(history.state, "", address);
  told = location.hash;
}

/** Goes to an address, as a link does. @param {string} address */
export function go(address) {
  location.hash = address;
}

/**
 * Tells of the present route and of every later one.
 * @param {(route: Route, isFirst: boolean) => Promise<void>} onRoute settles once the view stands
 */
export async function startRouting(onRoute) {
  told = location.hash;
  history.scrollRestoration = "manual";
  /** @type {Map<number, number>} entry of the history -> where it was scrolled to */
  const places = new Map();
  let entry = number();
  let place = where(parse(location.hash));
  window.addEventListener("scroll", () => places.set(entry, scrollY), { passive: true });
  window.addEventListener("hashchange", async () => {
    told = location.hash;
    const known = history.state?.entry;
    entry = number();
    const route = parse(location.hash);
    const isSame = where(route) === place;
    place = where(route);
    await onRoute(route, false);
    if (known !== undefined) scrollTo(0, places.get(entry) ?? 0);
    else if (!isSame) scrollTo(0, 0);
  });
  await onRoute(parse(location.hash), true);
}

/** @param {Route} route */
function where({ view, part }) {
  return `${view}/${part}`;
}

/** The number of this entry of the history, given to it on its first visit. */
function number() {
  const known = history.state?.entry;
  if (known !== undefined) return known;
  const entry = Math.round(performance.timeOrigin + performance.now());
  history.replaceState({ entry }, "");
  return entry;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // "%" alone: an address typed by hand
  }
}

// The few things that every module does with the page. Text enters only as text: file names are hostile.

/**
 * The element with this id; a page without it is a mistake of ours.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`The page has no ${type.name} #${id}`);
  return element;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} className
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Where css/, icons.svg and the like lie: beside js/, also below a hash that changes with them. */
export const ASSETS = new URL("../", import.meta.url).href;

let sprite = `${ASSETS}icons.svg#`; // until it stands in the page itself

/** Puts the sprite into the page: an icon that is made while nobody answers is seen, too. */
export async function keepIcons() {
  const answer = await fetch(`${ASSETS}icons.svg`).catch(() => null);
  if (!answer?.ok) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  const kept = document.importNode(parsed, true);
  for (const symbol of kept.children) symbol.id = `icon-${symbol.id}`; // buttons have such names already
  kept.id = "icons";
  kept.setAttribute("hidden", "");
  document.body.append(kept);
  for (const use of document.querySelectorAll("use")) {
    use.setAttribute("href", (use.getAttribute("href") ?? "").replace(/^[^#]*icons\.svg#/, "#icon-"));
  }
  sprite = "#icon-";
}

/**
 * A line icon of the sprite. Always beside a word, so hidden from those who listen.
 * @param {string} name
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${sprite}${name}`);
  svg.append(use);
  return svg;
}

/**
 * Draws a picture whole and in the middle of its canvas. A small one shows its pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} bitmap
 * @returns {{scale: number, left: number, top: number}} where it lies, in pixels of the canvas
 */
export function drawWhole(canvas, bitmap) {
  const scale = Math.min(canvas.width / bitmap.width, canvas.height / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  const [left, top] = [(canvas.width - width) / 2, (canvas.height - height) / 2];
  const context = pen2d(canvas);
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, left, top, width, height);
  return { scale, left, top };
}

/**
 * A canvas's 2D context, which every browser that runs modules has.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function pen2d(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("No 2D canvas");
  return context;
}

/**
 * Behind the painting of the frame whose callbacks run now; outside of one, soon.
 * @returns {Promise<void>}
 */
export function afterFrame() {
  const { port1, port2 } = new MessageChannel(); // a timer may rest for milliseconds
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** @type {Map<string, Promise<void>>} by address, what was asked for */
const styles = new Map();

/** A style sheet, once it is there: a view never shows without its own. @param {string} name @returns {Promise<void>} */
export function loadStyle(name) {
  const address = `${ASSETS}css/${name}.css`;
  const isOfThePage = [...document.styleSheets].some(({ href }) => href === address);
  const loaded = styles.get(address) ?? (isOfThePage ? Promise.resolve() : append(address));
  styles.set(address, loaded);
  return loaded;
}

/** @param {string} address @returns {Promise<void>} */
function append(address) {
  const link = make("link", "");
  link.rel = "stylesheet";
  link.href = address;
  document.head.append(link);
  return new Promise((resolve) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      link.remove();
      styles.delete(address); // asked for again with the view's next visit
      resolve(); // plain, but it works
    });
  });
}

// The page as a folder of files, without a service (`python -m service static OUT`): which file holds an answer.
//
//   address, query -> name of the file, where api/files.json knows it;  failures are chosen from all of them here

/** Whether nobody serves the page but files. */
export const IS_STATIC = document.documentElement.hasAttribute("data-static");

export const NEEDS_SERVICE = "This page is a folder of files, without the service that would do it.";

/** @type {Promise<Set<string>> | null} */
let known = null;

async function listed() {
  const answer = await fetch(new URL("api/files.json", document.baseURI));
  return new Set(/** @type {string[]} */ (await answer.json()));
}

/** The file's name, as service/cli/static.py makes it. @param {string} path @param {string} accept */
function fileOf(path, accept) {
  const [name, query = ""] = path.split("?");
  if (/\.(png|onnx|dat|svg|jpg)$/.test(name)) return name;
  const plain = isChosenHere(path) ? "" : query.replace(/[^A-Za-z0-9=.,-]/g, "_");
  return `${name}${plain && `@${plain}`}${accept === "image/png" ? ".png" : ".json"}`;
}

/** @param {string} path */
function isChosenHere(path) {
  return /\/failures\?/.test(path);
}

/**
 * The file that answers, or null where only the service could.
 * @param {string} path relative to the page
 * @param {{accept?: string, form?: FormData, json?: unknown}} options
 */
export async function fileFor(path, { accept = "", form, json }) {
  if (form || json !== undefined) return null;
  const file = fileOf(path, accept);
  if (!file.startsWith("api/")) return file === path ? file : null; // a picture of the page's own, or /metrics
  known ??= listed();
  return (await known).has(file) ? file : null;
}

/** The test pictures with which a network can be looked into here. @param {string} model @returns {Promise<number[]>} */
export async function samplesHere(model) {
  known ??= listed();
  const of = new RegExp(`^api/v1/models/${model}/feature-maps@.*sample=[a-z]+(?:_mnist)?_(\\d+)\\.json$`);
  const found = [...(await known)].flatMap((file) => of.exec(file)?.[1] ?? []);
  return [...new Set(found)].map(Number).sort((a, b) => a - b);
}

/** Of each test set so many pictures from the first on are here with what the networks say (service/cli/static.py). */
export const SAMPLES_READ = 20;

/** What of a file's document was asked for. @param {string} path @param {any} document */
export function chosen(path, document) {
  if (!isChosenHere(path)) return document;
  const query = new URLSearchParams(path.split("?")[1]);
  const isWanted = (/** @type {any} */ failure) =>
    ["true_class", "predicted_class"].every((name) => !query.has(name) || String(failure[name]) === query.get(name));
  /** @type {any[]} */
  const all = document.failures.filter(isWanted);
  if (query.get("order") === "confidence") all.sort((a, b) => b.confidence - a.confidence || a.index - b.index);
  const first = Number(query.get("offset") ?? 0);
  const failures = all.slice(first, first + Number(query.get("limit") ?? 10));
  return { total: all.length, count: failures.length, failures };
}

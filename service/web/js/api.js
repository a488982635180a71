// The service, as functions. One request helper; every failure is one of three errors.
//
//   Problem   the service answered with an error (RFC 9457 where it spoke for itself)
//   Offline   nobody answered
//   Unsent    the picture could not be read, or the connection broke while it was sent

import { noteCall } from "./calls.js";
import { chosen, fileFor, IS_STATIC, NEEDS_SERVICE } from "./static.js";

/** @typedef {import("./types.js").Card} Card */
/** @typedef {import("./types.js").Picture} Picture */

/** The file name of what was drawn on the pad. */
export const DRAWING_NAME = "drawing.png";

export class Problem extends Error {
  /**
   * @param {Record<string, unknown>} body the document of RFC 9457, or what there is of it
   * @param {number} status
   * @param {(name: string) => string | null} [header] of the answer; a problem within an answer has none of its own
   */
  constructor(body, status, header = () => null) {
    super(typeof body.detail === "string" ? body.detail : "");
    this.status = status;
    /** What went wrong, as the service names it: "not-ready", "invalid-image", ... */
    this.kind = String(body.type ?? "").replace(/^urn:featuremap:problem:/, "");
    this.title = typeof body.title === "string" ? body.title : "";
    this.detail = this.message;
    this.requestId = String(body.request_id ?? header("X-Request-ID") ?? "");
    /** Seconds after which to try again, or null where trying again is no use. */
    this.retryAfter = retryAfter(status, header("Retry-After"));
  }
}

export class Offline extends Error {}

export class Unsent extends Error {
  /** @param {"unreadable" | "cut"} cause */
  constructor(cause) {
    super(cause);
    this.why = cause;
  }
}

/** @param {number} status @param {string | null} asked */
function retryAfter(status, asked) {
  if (![429, 502, 503].includes(status)) return null;
  const seconds = Number(asked ?? 1);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), 30) : 1;
}

/** @param {Response} response @returns {Promise<Record<string, any>>} */
async function jsonOf(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof DOMException) throw error; // aborted
    return {};
  }
}

/**
 * The one way to the service. Paths are relative to the page, so that a proxy may put a prefix before it.
 * What is asked for a person is noted for the call panel; `quiet` is for what the page asks for itself.
 * @param {string} path
 * @param {{signal?: AbortSignal, accept?: string, json?: unknown, form?: FormData, post?: boolean, quiet?: boolean, remove?: boolean,
 *   onHeaders?: (headers: Headers) => void}} [options]
 *   `accept` of a picture gives a Blob, of text a string, of bytes a buffer, else the answer is JSON; `json` or `form` make it a POST, and
 *   so does `post`, for a call whose query says it all; `remove` makes it a DELETE; `onHeaders` gets what only the head of a good answer says
 * @returns {Promise<any>}
 */
export async function request(path, { signal, accept, json, form, post, quiet, remove, onHeaders } = {}) {
  const file = IS_STATIC ? await fileFor(path, { accept, form, json }) : path;
  if (file === null || (IS_STATIC && remove)) throw new Problem({ type: "needs-service", detail: NEEDS_SERVICE }, 501);
  const url = new URL(file, document.baseURI);
  const body = form ?? (json === undefined ? undefined : JSON.stringify(json));
  /** @type {Record<string, string>} */
  const headers = accept ? { Accept: accept } : {};
  if (json !== undefined) headers["Content-Type"] = "application/json";
  const method = remove ? "DELETE" : (post && !IS_STATIC) || body !== undefined ? "POST" : "GET";
  let response;
  try {
    response = await fetch(url, { method, headers, body, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Offline();
  }
  if (!quiet && !IS_STATIC) noteCall(asCall(method, url, accept, form ?? body, response));
  if (!response.ok) {
    throw new Problem(await jsonOf(response), response.status, (name) => response.headers.get(name));
  }
  onHeaders?.(response.headers);
  if (accept === "text/plain") return response.text();
  if (accept === "application/octet-stream") return response.arrayBuffer();
  if (!accept?.startsWith("image/")) return IS_STATIC ? chosen(path, await jsonOf(response)) : jsonOf(response);
  try {
    return await response.blob();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Offline();
  }
}

/**
 * @param {import("./types.js").Call["method"]} method
 * @param {URL} url
 * @param {string | undefined} accept
 * @param {FormData | string | undefined} body
 * @param {Response} response
 * @returns {import("./types.js").Call}
 */
function asCall(method, url, accept, body, response) {
  const files = body instanceof FormData ? [...body.values()].filter((value) => value instanceof File) : [];
  return {
    method,
    url: url.href,
    accept,
    json: typeof body === "string" ? body : undefined,
    form: body instanceof FormData ? [...body].map(asField) : undefined,
    drawing: files.find((file) => file.name === DRAWING_NAME) ?? null,
    status: response.status,
    milliseconds: stageOf(response.headers, "total"),
    requestId: response.headers.get("X-Request-ID") ?? "",
  };
}

/** How long a stage of the work took by the service's own clock, in ms; null where it does not say.
 * @param {Headers} headers @param {string} stage */
export function stageOf(headers, stage) {
  const found = new RegExp(`\\b${stage};dur=([\\d.]+)`).exec(headers.get("Server-Timing") ?? "");
  return found ? Number(found[1]) : null;
}

/** @param {[string, FormDataEntryValue]} entry @returns {[string, string, boolean]} */
function asField([name, value]) {
  return value instanceof File ? [name, value.name, true] : [name, value, false];
}

/** @returns {Promise<Card[]>} */
export async function listModels() {
  return (await request("api/v1/models", { quiet: true })).models;
}

/**
 * Sends a picture as the form's `file`, under its own name.
 * @param {string} path
 * @param {Picture} picture
 * @param {{signal: AbortSignal, quiet?: boolean}} options
 * @returns {Promise<any>}
 */
export async function upload(path, picture, options) {
  const form = new FormData();
  form.append("file", await readable(picture.blob), picture.name);
  try {
    return await request(path, { form, ...options });
  } catch (error) {
    if (error instanceof Offline && (await isUp(options.signal))) throw new Unsent("cut");
    throw error;
  }
}

/**
 * A file can vanish, or be a folder; fetch would call that a network error.
 * @param {Blob} blob
 */
export async function readable(blob) {
  try {
    await blob.slice(0, 1).arrayBuffer();
  } catch {
    throw new Unsent("unreadable");
  }
  return blob;
}

/** Whether the service answers at all. @param {AbortSignal} [signal] */
export async function isUp(signal) {
  try {
    await request("health/live", { signal, quiet: true });
    return true;
  } catch (error) {
    if (signal?.aborted) throw error;
    return error instanceof Problem;
  }
}

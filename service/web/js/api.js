// The service, as functions. One request helper; every failure is one of three errors.
//
//   Problem   the service answered with an error (RFC 9457 where it spoke for itself)
//   Offline   nobody answered
//   Unsent    the picture could not be read, or the connection broke while it was sent

import { noteCall } from "./calls.js";

/** @typedef {import("./types.js").Card} Card */
/** @typedef {import("./types.js").Prediction} Prediction */
/** @typedef {import("./types.js").Picture} Picture */

/** The file name of what was drawn on the pad. */
export const DRAWING_NAME = "drawing.png";

export class Problem extends Error {
  /** @param {Response} response @param {Record<string, unknown>} body */
  constructor(response, body) {
    super(typeof body.detail === "string" ? body.detail : "");
    this.status = response.status;
    /** What went wrong, as the service names it: "not-ready", "invalid-image", ... */
    this.kind = String(body.type ?? "").replace(/^urn:featuremap:problem:/, "");
    this.title = typeof body.title === "string" ? body.title : "";
    this.detail = this.message;
    this.requestId = String(body.request_id ?? response.headers.get("X-Request-ID") ?? "");
    /** Seconds after which to try again, or null where trying again is no use. */
    this.retryAfter = retryAfter(response);
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

/** @param {Response} response */
function retryAfter(response) {
  if (![429, 502, 503].includes(response.status)) return null;
  const seconds = Number(response.headers.get("Retry-After") ?? 1);
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
 * @param {{signal?: AbortSignal, accept?: string, json?: unknown, form?: FormData, quiet?: boolean,
 *   onHeaders?: (headers: Headers) => void}} [options]
 *   `accept` of a picture gives a Blob, of text a string, else the answer is JSON; `json` or `form` make it a POST;
 *   `onHeaders` gets what only the head of a good answer says
 * @returns {Promise<any>}
 */
export async function request(path, { signal, accept, json, form, quiet, onHeaders } = {}) {
  const url = new URL(path, document.baseURI);
  const body = form ?? (json === undefined ? undefined : JSON.stringify(json));
  /** @type {Record<string, string>} */
  const headers = accept ? { Accept: accept } : {};
  if (json !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, { method: body === undefined ? "GET" : "POST", headers, body, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Offline();
  }
  if (!quiet) noteCall(asCall(url, accept, form ?? body, response));
  if (!response.ok) throw new Problem(response, await jsonOf(response));
  onHeaders?.(response.headers);
  if (accept === "text/plain") return response.text();
  if (!accept?.startsWith("image/")) return jsonOf(response);
  try {
    return await response.blob();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Offline();
  }
}

/**
 * @param {URL} url
 * @param {string | undefined} accept
 * @param {FormData | string | undefined} body
 * @param {Response} response
 * @returns {import("./types.js").Call}
 */
function asCall(url, accept, body, response) {
  const files = body instanceof FormData ? [...body.values()].filter((value) => value instanceof File) : [];
  return {
    method: body === undefined ? "GET" : "POST",
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
 * Asks a model about a picture.
 * @param {string} model
 * @param {Picture} picture
 * @param {AbortSignal} signal
 * @returns {Promise<{prediction: Prediction, milliseconds: number}>}
 */
export async function predict(model, picture, signal) {
  const form = new FormData();
  form.append("file", await readable(picture.blob), picture.name);
  const path = `api/v1/models/${encodeURIComponent(model)}/predict?top_k=10&input=true`;
  try {
    const answer = await request(path, { form, signal });
    return { prediction: answer.predictions[0], milliseconds: answer.timing_ms.total };
  } catch (error) {
    if (error instanceof Offline && (await isUp(signal))) throw new Unsent("cut");
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

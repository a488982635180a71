// The service, as functions. One request helper; every failure is one of three errors.
//
//   Problem   the service answered with an error (RFC 9457 where it spoke for itself)
//   Offline   nobody answered
//   Unsent    the picture could not be read, or the connection broke while it was sent

/** @typedef {import("./types.js").Card} Card */
/** @typedef {import("./types.js").Prediction} Prediction */
/** @typedef {import("./types.js").Picture} Picture */

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

/** @param {Response} response @returns {Promise<Record<string, unknown>>} */
async function json(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof DOMException) throw error; // aborted
    return {};
  }
}

/**
 * The one way to the service. Paths are relative to the page, so that a proxy may put a prefix before it.
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<Record<string, any>>}
 */
async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(new URL(path, document.baseURI), options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Offline();
  }
  const body = await json(response);
  if (!response.ok) throw new Problem(response, body);
  return body;
}

/** @returns {Promise<Card[]>} */
export async function listModels() {
  return (await request("api/v1/models")).models;
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
    const answer = await request(path, { method: "POST", body: form, signal });
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
async function readable(blob) {
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
    await request("health/live", { signal });
    return true;
  } catch (error) {
    if (signal?.aborted) throw error;
    return error instanceof Problem;
  }
}

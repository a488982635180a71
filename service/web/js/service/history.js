// The readings of the metrics since the view was opened, and what they say of a model or of all.

import { between, buckets, quantile, readMetrics, total } from "./metrics.js";

/** @typedef {import("./metrics.js").Reading} Reading */

const MINUTE_MS = 60_000;
const MOST = 60; // readings of a line that shows how a figure went: five minutes
const PREDICT = /\/predict$/;
const STAGE = "featuremap_stage_seconds";
const REQUEST = "featuremap_request_seconds";

export class History {
  /** @type {{at: number, reading: Reading}[]} */
  #readings = [];

  /** @param {string} text of /metrics */
  add(text) {
    this.#readings.push({ at: performance.now(), reading: readMetrics(text) });
    // The first stays: figures are "since you opened this".
    if (this.#readings.length > MOST + 1) this.#readings.splice(1, 1);
  }

  get #last() {
    return this.#readings.at(-1)?.reading ?? new Map();
  }

  get #first() {
    return this.#readings[0]?.reading ?? new Map();
  }

  /** Answers of predict a second over the last minute; null before there are two readings. */
  get rate() {
    const last = this.#readings.at(-1);
    const since = this.#readings.find(({ at }) => last && last.at - at <= MINUTE_MS);
    if (!last || !since || since === last) return null;
    const count = (/** @type {Reading} */ reading) => total(reading, `${REQUEST}_count`, ofPredict);
    return (1000 * Math.max(0, count(last.reading) - count(since.reading))) / (last.at - since.at);
  }

  /** Seconds below which the share `q` of predict's answers lie: since the view was opened, else since the start. */
  latency(/** @type {number} */ q) {
    return this.#quantile(REQUEST, ofPredict, q);
  }

  /** Seconds of a batch of the model. @param {string} model @param {number} q */
  inference(model, q) {
    return this.#quantile(STAGE, inferenceOf(model), q);
  }

  /** @param {string} name @param {(labels: Record<string, string>) => boolean} wanted @param {number} q */
  #quantile(name, wanted, q) {
    const now = buckets(this.#last, name, wanted);
    return quantile(between(now, buckets(this.#first, name, wanted)), q) ?? quantile(now, q);
  }

  /** Mean milliseconds of a batch between two readings each, null where none came. @param {string} model */
  line(model) {
    return this.#readings.slice(1).map(({ reading }, index) => {
      const before = this.#readings[index].reading;
      const [sum, count] = [`${STAGE}_sum`, `${STAGE}_count`].map(
        (name) => total(reading, name, inferenceOf(model)) - total(before, name, inferenceOf(model)),
      );
      return count > 0 ? (1000 * sum) / count : null;
    });
  }

  /** Pictures that the model has read since the service started. @param {string} model */
  pictures(model) {
    return total(this.#last, "featuremap_batch_size_sum", ofModel(model));
  }

  /** Seconds that a request waits for its batch. */
  get wait() {
    return this.#quantile(STAGE, ({ stage }) => stage === "queue", 0.5);
  }

  get refused() {
    return total(this.#last, "featuremap_refused_total");
  }

  /** @returns {Date | null} */
  get start() {
    const seconds = this.#last.get("featuremap_start_time_seconds")?.[0]?.value;
    return seconds ? new Date(1000 * seconds) : null;
  }

  get version() {
    return this.#last.get("featuremap_build_info")?.[0]?.labels.version ?? "";
  }
}

/** @param {Record<string, string>} labels */
function ofPredict({ route = "" }) {
  return PREDICT.test(route);
}

/** @param {string} model @returns {(labels: Record<string, string>) => boolean} */
function ofModel(model) {
  return (labels) => labels.model === model;
}

/** @param {string} model @returns {(labels: Record<string, string>) => boolean} */
function inferenceOf(model) {
  return (labels) => labels.model === model && labels.stage === "inference";
}

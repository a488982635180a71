// Prometheus' text format as numbers, and what they say: rates and quantiles between two readings.
//
//   text -> readMetrics -> Map(name{labels} -> value); two of them -> counts and quantiles of what lies between

/** @typedef {{labels: Record<string, string>, value: number}} Sample */
/** @typedef {Map<string, Sample[]>} Reading name -> samples */

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:\\.|[^"\\])*)"/g;

/** @param {string} text @returns {Reading} */
export function readMetrics(text) {
  /** @type {Reading} */
  const reading = new Map();
  for (const line of text.split("\n")) {
    const match = line.startsWith("#") ? null : LINE.exec(line);
    if (!match) continue;
    const [, name, inner = "", value] = match;
    const labels = Object.fromEntries([...inner.matchAll(LABEL)].map(([, key, held]) => [key, held]));
    const samples = reading.get(name) ?? [];
    samples.push({ labels, value: Number(value.replace("+Inf", "Infinity")) });
    reading.set(name, samples);
  }
  return reading;
}

/**
 * The sum of a counter over all samples that `wanted` takes.
 * @param {Reading} reading
 * @param {string} name
 * @param {(labels: Record<string, string>) => boolean} [wanted]
 */
export function total(reading, name, wanted = () => true) {
  const samples = reading.get(name) ?? [];
  return samples.reduce((sum, { labels, value }) => sum + (wanted(labels) ? value : 0), 0);
}

/**
 * Buckets of a histogram, added up: [upper bound, count up to it], by rising bound.
 * @param {Reading} reading
 * @param {string} name of the histogram
 * @param {(labels: Record<string, string>) => boolean} wanted
 * @returns {[number, number][]}
 */
export function buckets(reading, name, wanted) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const { labels, value } of reading.get(`${name}_bucket`) ?? []) {
    if (!wanted(labels)) continue;
    const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return [...counts].sort(([a], [b]) => a - b);
}

/**
 * What came between two readings. A service that was started anew counts from zero.
 * @param {[number, number][]} now
 * @param {[number, number][]} before
 */
export function between(now, before) {
  const earlier = new Map(before);
  const isNew = now.some(([bound, count]) => count < (earlier.get(bound) ?? 0));
  return isNew ? now : now.map(([bound, count]) => /** @type {[number, number]} */ ([bound, count - (earlier.get(bound) ?? 0)]));
}

/**
 * The value below which the share `q` (0..1) lies, straight between the bounds of its bucket; null of nothing.
 * @param {[number, number][]} histogram
 * @param {number} q
 */
export function quantile(histogram, q) {
  const count = histogram.at(-1)?.[1] ?? 0;
  if (!count) return null;
  let [low, below] = [0, 0];
  for (const [bound, upTo] of histogram) {
    if (upTo >= q * count) {
      return Number.isFinite(bound) ? low + ((bound - low) * (q * count - below)) / (upTo - below) : low;
    }
    [low, below] = [bound, upTo];
  }
  return null;
}

// Names that want the same place make room for each other.

/**
 * Moves places apart until they keep `gap`, as little as possible, within 0..limit.
 * @param {number[]} wanted
 * @param {number} gap
 * @param {number} limit the last place that there is
 * @returns {number[]} in the order in which they came
 */
export function spread(wanted, gap, limit) {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a] - wanted[b] || a - b);
  /** @type {{from: number, count: number, sum: number}[]} runs of names that touch; each lies about its middle */
  const runs = [];
  order.forEach((index, place) => {
    let run = { from: place, count: 1, sum: wanted[index] };
    for (let last = runs.at(-1); last && end(last, gap, limit) > start(run, gap, limit); last = runs.at(-1)) {
      runs.pop();
      run = { from: last.from, count: last.count + run.count, sum: last.sum + run.sum };
    }
    runs.push(run);
  });
  /** @type {number[]} */
  const places = [];
  for (const run of runs) {
    for (let each = 0; each < run.count; each += 1) places[order[run.from + each]] = start(run, gap, limit) + each * gap;
  }
  return places;
}

/** @param {{count: number, sum: number}} run @param {number} gap @param {number} limit */
function start({ count, sum }, gap, limit) {
  const height = (count - 1) * gap;
  return Math.max(0, Math.min(limit - height, sum / count - height / 2));
}

/** @param {{count: number, sum: number}} run @param {number} gap @param {number} limit */
function end(run, gap, limit) {
  return start(run, gap, limit) + run.count * gap;
}

// Connected parts of a mask (8 neighbours): runs of each row, joined with the runs that they touch in the row above.

/** @typedef {import("./plane.js").Box} Box */
/** @typedef {import("./plane.js").Grey} Grey */
/** A part of the mask; `runs` are row, start, end. @typedef {{box: Box, area: number, runs: number[][]}} Component */

const MOST_RUNS = 4000; // more is a texture

/** From top to bottom; none where the mask is a texture. @param {Grey} mask @returns {Component[]} */
export function components({ values, width, height }) {
  /** @type {number[][]} */
  const runs = [];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!values[y * width + x]) continue;
      const start = x;
      while (x < width && values[y * width + x]) x += 1;
      runs.push([y, start, x]);
    }
  }
  if (runs.length > MOST_RUNS) return [];
  const parents = [...runs.keys()];
  const root = (/** @type {number} */ run) => {
    let found = run;
    while (parents[found] !== found) found = parents[found];
    return found;
  };
  let above = 0; // the first run that may touch this one or a later one
  runs.forEach(([row, start, end], run) => {
    while (runs[above][0] < row - 1 || (runs[above][0] === row - 1 && runs[above][2] < start)) above += 1;
    for (let other = above; runs[other][0] === row - 1 && runs[other][1] <= end; other += 1) {
      const [a, b] = [root(other), root(run)];
      parents[Math.max(a, b)] = Math.min(a, b);
    }
  });
  /** @type {Map<number, number[][]>} */
  const groups = new Map();
  runs.forEach((run, place) => {
    const first = root(place);
    groups.set(first, [...(groups.get(first) ?? []), run]);
  });
  return [...groups].sort(([a], [b]) => a - b).map(([, own]) => component(own));
}

/** @param {number[][]} runs in the order of their rows @returns {Component} */
function component(runs) {
  const left = Math.min(...runs.map(([, start]) => start));
  const right = Math.max(...runs.map(([, , end]) => end));
  const area = runs.reduce((sum, [, start, end]) => sum + end - start, 0);
  return { box: [left, runs[0][0], right, runs[runs.length - 1][0] + 1], area, runs };
}

/** Sets a component's pixels. @param {Component} component @param {Grey} mask */
export function draw({ runs }, mask) {
  for (const [row, start, end] of runs) mask.values.fill(1, row * mask.width + start, row * mask.width + end);
}

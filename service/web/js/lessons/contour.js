// Contour lines of a grid of heights, by marching squares: each cell adds up to two pieces of a level's line.

/** @typedef {{x: number[], y: number[], heights: number[][]}} Grid */
/** @typedef {[number, number]} Place on the plane */

/** The edges of a cell that a line joins, by which corners (1, 2, 4, 8 round from x0, y0) lie above the level.
 * @type {[number, number][][]} */
const PIECES = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [[0, 1], [2, 3]], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];

/**
 * The pieces of the line at one height.
 * @param {Grid} grid `heights` has a row for each y
 * @param {number} level
 * @returns {[Place, Place][]}
 */
export function contour({ x, y, heights }, level) {
  /** @type {[Place, Place][]} */
  const pieces = [];
  for (let row = 0; row + 1 < y.length; row += 1) {
    for (let column = 0; column + 1 < x.length; column += 1) {
      const corners = [
        { x: x[column], y: y[row], height: heights[row][column] },
        { x: x[column + 1], y: y[row], height: heights[row][column + 1] },
        { x: x[column + 1], y: y[row + 1], height: heights[row + 1][column + 1] },
        { x: x[column], y: y[row + 1], height: heights[row + 1][column] },
      ];
      const kind = corners.reduce((bits, corner, index) => bits | (corner.height > level ? 1 << index : 0), 0);
      for (const [from, to] of PIECES[kind]) pieces.push([crossing(corners, from, level), crossing(corners, to, level)]);
    }
  }
  return pieces;
}

/**
 * Where a level crosses the edge from corner `edge` to the next, by linear interpolation.
 * @param {{x: number, y: number, height: number}[]} corners
 * @param {number} edge
 * @param {number} level
 * @returns {Place}
 */
function crossing(corners, edge, level) {
  const from = corners[edge];
  const to = corners[(edge + 1) % 4];
  const part = (level - from.height) / (to.height - from.height);
  return [from.x + part * (to.x - from.x), from.y + part * (to.y - from.y)];
}

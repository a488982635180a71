// How wide the strokes of a mask are.

/** Of a long stroke, its area over half its outline, in pixels. @param {import("./plane.js").Grey} mask */
export function strokeWidth({ values, width, height }) {
  let [area, core] = [0, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x;
      if (!values[i]) continue;
      area += 1;
      const isInner = y > 0 && y < height - 1 && x > 0 && x < width - 1;
      if (isInner && values[i - width] && values[i + width] && values[i - 1] && values[i + 1]) core += 1;
    }
  }
  return (2 * area) / Math.max(area - core, 1);
}

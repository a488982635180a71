// The steps of a picture's way in words: names, and a line of fact from the codes and numbers of the answer.

/** @typedef {import("../types.js").Step} Step */
/** @typedef {import("./types.js").Subject} Subject */

/**
 * @typedef {object} StepPlan
 * @property {string} step its name in the answer
 * @property {string} title
 * @property {"turn" | "invert" | "box" | null} change what the person can decide otherwise
 */

/** @type {Record<string, StepPlan[]>} kind -> its steps */
export const PLANS = {
  digits: [
    { step: "picture", title: "Picture", change: "turn" },
    { step: "ink", title: "Ink", change: "invert" },
    { step: "box", title: "Box", change: "box" },
    { step: "fit", title: "20 × 20", change: null },
    { step: "input", title: "28 × 28", change: null },
  ],
  clothes: [
    { step: "picture", title: "Picture", change: "turn" },
    { step: "ground", title: "Ground", change: "invert" },
    { step: "trim", title: "Trimmed", change: "box" },
    { step: "sharpen", title: "Sharpened", change: null },
    { step: "input", title: "28 × 28", change: null },
  ],
  other: [
    { step: "picture", title: "Picture", change: "turn" },
    { step: "input", title: "Input", change: null },
  ],
};

const POLARITY = { dark_on_light: "Dark on light.", light_on_dark: "Light on dark." };
const REASONS = { empty: "No ink found: the whole picture, shrunk.", no_object: "Nothing found: the whole picture, shrunk." };

/** @param {number} value "+1", "0", a true minus */
function signed(value) {
  return value > 0 ? `+${value}` : String(value).replace("-", "\u2212");
}

/** @param {number[]} box */
export function boxText([x, y, width, height]) {
  return `${width} × ${height} at ${x}, ${y}`;
}

/** @param {number} before @param {number} after pixels of the 20 */
function strokeText(before, after) {
  if (Math.abs(before - after) < 0.15) return "";
  return ` Strokes ${after < before ? "thinned" : "widened"}.`;
}

/** @type {Record<string, (facts: Record<string, any>, subject: Subject, size: number[]) => string>} */
const FACTS = {
  picture: ({ exif_rotated, rotated, alpha }, { from, sample }, [width, height]) => {
    const what = from === "drawing" ? "Your drawing, " : sample ? "Test picture, " : "";
    const turned = [exif_rotated && "turned upright by its EXIF tag", rotated && `turned ${rotated}°`, alpha && from !== "drawing" && "see-through"];
    return [`${what}${width} × ${height}`, ...turned.filter(Boolean)].join(", ");
  },
  ink: ({ polarity, shadow_removed, ruled_lines_removed, sheet_found }) => {
    const gone = [shadow_removed && "shadow", ruled_lines_removed && "ruled lines"].filter(Boolean).join(" and ");
    const removed = gone ? ` ${gone[0].toUpperCase()}${gone.slice(1)} removed.` : "";
    return `${POLARITY[/** @type {keyof typeof POLARITY} */ (polarity)] ?? ""}${removed}${sheet_found ? " Read on the sheet." : ""}`;
  },
  box: ({ box, objects, rejoined }) => {
    if (rejoined) return `${boxText(box)}, of all parts.`;
    return `${boxText(box)}${objects > 1 ? `, the clearest of ${objects}` : ""}`;
  },
  fit: ({ stroke_width, stroke_width_fit, rejoined }) =>
    `Shrunk by area averaging, longest side 20.${rejoined ? "" : strokeText(stroke_width, stroke_width_fit)}`,
  ground: ({ level }) =>
    level === undefined ? "Uneven: the garment is told by its colours." : `${Number(level) < 128 ? "Dark" : "Light"}, ${level} of 255.`,
  trim: ({ width, height }) => `Shrunk to ${width} × ${height}.`,
  sharpen: ({ radius, percent }) => `Radius ${radius}, by ${percent}\u00A0%.`,
  input: ({ shift, negated, resized, reason, rejoined }) => {
    if (rejoined) return "All parts together, read as one digit.";
    if (reason) return REASONS[/** @type {keyof typeof REASONS} */ (reason)] ?? "The whole picture, shrunk.";
    if (shift && negated === undefined) return `Centred by mass, moved ${shift.map(signed).join(", ")}.`;
    if (shift) return negated ? "In the middle, turned light on dark." : "In the middle.";
    return `${resized ? "The whole picture, shrunk." : "Taken as it is."}${negated ? " Turned light on dark." : ""}`;
  },
};

/**
 * @param {Step} step
 * @param {Subject} subject
 * @param {number[]} size of the upright, turned picture; the step may hold a smaller copy
 * @param {number[] | null} box that was found, in pixels of the picture
 */
export function factText({ name, facts }, subject, size, box) {
  const known = name === "box" && box ? { ...facts, box } : facts;
  const said = FACTS[name]?.(known, subject, size) ?? "";
  return name === "trim" && box ? `${boxText(box)}, shrunk to ${facts.width} × ${facts.height}.` : said;
}

/** Why a step has no picture. @param {Step[]} steps of the answer */
export function absentText(steps) {
  if (steps.find((step) => step.name === "input")?.facts.reason) return "Nothing to show.";
  if (steps.some((step) => step.name === "whole")) return "Not on an uneven ground: there the whole picture is read as well.";
  return "Not needed: it has the size already.";
}

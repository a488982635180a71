// What is said of why a network answered so.

import { counted, grouped, percent } from "../../format.js";

/** @typedef {import("./types.js").Explained} Explained */
/** @typedef {import("./types.js").Flip} Flip */
/** @typedef {import("./types.js").Way} Way */

/** @type {Record<Way, string>} */
export const WAYS = { looked: "Where it looked", pixels: "Fewest pixels", activation: "Activation" };

/** @type {Record<Way, string>} */
export const HELP = {
  looked:
    "A patch is covered, everywhere in turn. Blue: there the answer falls. Rust: there it rises. The strongest colour is each network's own greatest change.",
  pixels:
    "Pixels are made black or white one by one, each time the one that costs the answer most. Blue: made ink. Rust: made paper. There may be fewer.",
  activation: "What each place adds to the answer before the softmax. Only a network that ends in an average and one dense layer has it.",
};

/** @param {Explained} told @param {Way} way */
export function told({ occlusion, flip, class_activation }, way) {
  if (way === "pixels") return flipWords(flip);
  if (way === "activation") return class_activation ? `Adds up to ${class_activation.logit.toFixed(1)} for ${class_activation.label}.` : "It has none.";
  const most = Math.max(...occlusion.map.flat());
  if (most < 0.0005) return `No patch matters: it stays at ${percent(occlusion.probability)}.`;
  return `Covered at the worst place: ${percent(Math.max(0, occlusion.probability - most))}.`;
}

/** @param {Flip} flip */
function flipWords({ found, pixels, after, tried, ended }) {
  if (found) return `${counted(pixels.length, "pixel")}, and it says ${after.label} (${percent(after.probability)}).`;
  const why = { pixels: "with ten pixels", tries: "in all tries", time: "in the time" }[ended] ?? "";
  return `None found ${why} (${grouped(tried)} tried).`;
}

// A tile of a report: what was said, what it is, how sure the model was, and a button that deletes it at its second press.

import { make } from "../dom.js";
import { percent } from "../format.js";
import { reportsOf } from "../reports/calls.js";
import { tileName } from "./words.js";

/** @typedef {import("../types.js").Card} Card */
/** @typedef {import("./types.js").Failure} Failure */

/** @param {Card} card @param {Failure} failure @param {(failure: Failure) => void} onDelete */
export function reportTile(card, failure, onDelete) {
  const picture = make("img", "");
  Object.assign(picture, { alt: "", loading: "lazy" });
  picture.src = `api/v1/models/${encodeURIComponent(card.name)}/failures/${failure.index}.png?source=reported`;
  const said = make("span", "said-true", make("b", "", failure.predicted_label), ` (${failure.true_label})`);
  const sure = make("span", "tile-sure number", percent(failure.confidence));
  const link = make("a", "tile", make("span", "tile-picture", picture), said, sure);
  link.href = `${reportsOf(card.name)}/${failure.index}.png`;
  link.title = `Report ${failure.index} of ${(failure.reported ?? "").slice(0, 10)}`;
  link.setAttribute("aria-label", tileName(failure));
  return make("li", "reported", link, deletion(failure, () => onDelete(failure)));
}

/** @param {Failure} failure @param {() => void} onDelete */
function deletion(failure, onDelete) {
  const button = make("button", "text-button", "Delete");
  button.type = "button";
  const name = (/** @type {string} */ words) => button.setAttribute("aria-label", `${words}: report ${failure.index}`);
  const ask = (/** @type {string} */ words) => {
    button.textContent = words;
    name(words);
  };
  name("Delete");
  button.addEventListener("click", () => {
    if (button.textContent === "Delete") ask("Really delete?");
    else onDelete();
  });
  button.addEventListener("blur", () => ask("Delete"));
  return button;
}

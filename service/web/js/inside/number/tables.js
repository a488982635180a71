// The numbers behind a number as tables: windows beside kernel and products, terms, gates.

import { make } from "../../dom.js";
import { decimal, inSentence } from "../words.js";
import { sourceWords } from "./words.js";

/** @typedef {import("./types.js").Gate} Gate */
/** @typedef {import("./types.js").Patch} Patch */
/** @typedef {import("./types.js").Term} Term */
/** @typedef {import("./types.js").Told} Told */
/** @typedef {import("./words.js").TitleOf} TitleOf */

const MOST_MIX = 50; // percent: ink stays readable on it
const MOST_CELLS = 7; // a side of a window whose numbers are written out

/** All tables of a number. @param {Told} told @param {TitleOf} titleOf @param {(layer: string) => boolean} isSteps */
export function tablesOf(told, titleOf, isSteps) {
  const windows = told.patches.filter(({ values }) => Math.max(values.length, values[0].length) <= MOST_CELLS);
  return [
    ...windows.map((patch) => windowOf(patch, told, titleOf)),
    ...(told.gates.length ? [gateTable(told.gates)] : []),
    ...(told.terms.length ? [termTable(told, titleOf, isSteps)] : []),
  ];
}

/** @param {Patch} patch @param {Told} told @param {TitleOf} titleOf */
function windowOf(patch, told, titleOf) {
  const { values, weights, total } = patch;
  const title = titleOf(patch.layer);
  const name = title === "input" ? "Input" : `Map ${patch.map} of ${title}`;
  const caption = make("figcaption", "caption", `${name}, from row ${patch.y + 1}, column ${patch.x + 1}`.replace(/-(?=\d)/g, "−"));
  const row = make("div", "how-row", grid(values, "Window", told.operation === "max_pooling" ? told.value : null));
  if (weights) {
    const products = values.map((line, y) => line.map((value, x) => (value ?? 0) * weights[y][x]));
    const sum = make("p", "how-sum", "together ", make("b", "", decimal(total ?? 0)));
    row.append(sign("×"), grid(weights, "Kernel"), sum, sign("="), grid(products, "Products"));
  }
  return make("figure", "how-window", caption, row);
}

/** @param {string} text */
function sign(text) {
  return make("span", "how-sign", text);
}

/**
 * Numbers as cells, tinted by sign and size; the first that is `framed` has a frame, null a dash.
 * @param {(number | null)[][]} rows @param {string} name @param {number | null} [framed]
 */
function grid(rows, name, framed = null) {
  const most = Math.max(...rows.flat().map((value) => Math.abs(value ?? 0))) || 1;
  let isLeft = framed !== null;
  const lines = rows.map((row) =>
    make(
      "tr",
      "",
      ...row.map((value) => {
        const cell = make("td", "number", value === null ? "–" : decimal(value));
        if (value !== null) {
          cell.dataset.sign = value < 0 ? "minus" : value > 0 ? "plus" : "zero";
          cell.style.setProperty("--mix", `${(MOST_MIX * Math.abs(value)) / most}%`);
        }
        if (isLeft && value === framed) {
          cell.dataset.largest = "";
          isLeft = false;
        }
        return cell;
      }),
    ),
  );
  return make("table", "how-cells", make("caption", "visually-hidden", name), make("tbody", "", ...lines));
}

/** @param {Told} told @param {TitleOf} titleOf @param {(layer: string) => boolean} isSteps */
function termTable({ terms, operation, gates }, titleOf, isSteps) {
  const isSum = operation === "sum";
  const head = isSum ? ["From", "Number"] : ["From", "Number", "Weight", "Product"];
  const rows = terms.map(({ layer, place, value, weight, product }) => [
    sourceWords(titleOf(layer), place, isSteps(layer)),
    decimal(value),
    ...(isSum ? [] : [decimal(weight), decimal(product)]),
  ]);
  const words = gates.length ? `The largest products within ${inSentence(gates.at(-1)?.name ?? "")}` : isSum ? "What is added" : "The largest products";
  return table(words, head, rows);
}

/** @param {Gate[]} gates */
function gateTable(gates) {
  const head = ["Gate", "Row", "State", "Bias", "Sum", ""];
  const rows = gates.map((gate) => [
    gate.name,
    ...[gate.from_input, gate.from_state, gate.bias, gate.total].map(decimal),
    `${gate.function === "tanh" ? "tanh" : "σ"} ${decimal(gate.value)}`,
  ]);
  return table("What its gates add up; σ brings it to 0..1, tanh to −1..1", head, rows);
}

/** @param {string} words @param {string[]} head @param {string[][]} rows */
function table(words, head, rows) {
  const lines = rows.map(([first, ...rest]) => {
    const name = make("th", "", first);
    name.scope = "row";
    return make("tr", "", name, ...rest.map((text) => make("td", "number", text)));
  });
  const heads = head.map((text) => {
    const cell = make("th", "", text);
    cell.scope = "col";
    return cell;
  });
  return make("table", "how-terms", make("caption", "caption", words), make("thead", "", make("tr", "", ...heads)), make("tbody", "", ...lines));
}

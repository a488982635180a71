// "Show as table": the numbers behind a chart, for those who do not see it and those who want to copy them.

import { make } from "./dom.js";

/**
 * @param {string} caption what the table holds
 * @param {string[]} heads
 * @param {(string | number)[][]} rows the first cell of each names the row
 * @param {string} [summary] words of the control that opens it
 */
export function dataTable(caption, heads, rows, summary = "Show as table") {
  const details = make("details", "data-table", make("summary", "", summary));
  let isFilled = false;
  details.addEventListener("toggle", () => {
    if (isFilled || !details.open) return;
    isFilled = true; // only who opens it pays for its rows
    const box = make("div", "data-table-box", table(caption, heads, rows));
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", caption);
    details.append(box);
  });
  return details;
}

/** @param {string} caption @param {string[]} heads @param {(string | number)[][]} rows */
function table(caption, heads, rows) {
  const head = make("tr", "", ...heads.map((text) => scoped("col", text)));
  const body = rows.map(([first, ...rest]) =>
    make("tr", "", scoped("row", first), ...rest.map((value) => make("td", "number", String(value)))),
  );
  return make("table", "", make("caption", "visually-hidden", caption), make("thead", "", head), make("tbody", "", ...body));
}

/** @param {"col" | "row"} scope @param {string | number} text */
function scoped(scope, text) {
  const cell = make("th", "", String(text));
  cell.scope = scope;
  return cell;
}

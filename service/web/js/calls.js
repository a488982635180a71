// What was asked of the service, so that a person can ask it again from a shell or a program.
//
//   request() in api.js -> note(call) -> the panel of the view that stands

/** @typedef {import("./types.js").Call} Call */

/** @type {(call: Call) => void} */
let listener = () => {};

/** @param {(call: Call) => void} onCall told of each call that a person may want to make again */
export function listenToCalls(onCall) {
  listener = onCall;
}

/** @param {Call} call */
export function noteCall(call) {
  listener(call);
}

/** The call as a line of a shell. @param {Call} call */
export function asCurl({ method, url, accept, json, form }) {
  const parts = [`curl${method === "GET" ? "" : ` -X ${method}`} ${quoted(url)}`];
  if (accept) parts.push(`-H ${quoted(`Accept: ${accept}`)}`);
  if (json !== undefined) parts.push(`-H 'Content-Type: application/json'`, `-d ${quoted(json)}`);
  for (const [name, value, isFile] of form ?? []) parts.push(`-F ${quoted(`${name}=${isFile ? "@" : ""}${value}`)}`);
  return parts.join(" \\\n  ");
}

/** The call with Python's httpx. @param {Call} call */
export function asPython({ method, url, accept, json, form }) {
  const lines = ["import httpx", ""];
  const options = [];
  if (accept) options.push(`headers={"Accept": ${JSON.stringify(accept)}}`);
  if (json !== undefined) options.push(`content=${JSON.stringify(json)}`);
  const files = (form ?? []).filter(([, , isFile]) => isFile);
  const fields = (form ?? []).filter(([, , isFile]) => !isFile);
  const pair = (/** @type {string} */ name, /** @type {string} */ value) => `${JSON.stringify(name)}: ${value}`;
  if (fields.length) {
    options.push(`data={${fields.map(([name, value]) => pair(name, JSON.stringify(value))).join(", ")}}`);
  }
  if (files.length) {
    const opened = files.map(([name, value]) => pair(name, `open(${JSON.stringify(value)}, "rb")`));
    options.push(`files={${opened.join(", ")}}`);
  }
  const rest = options.map((option) => `,\n    ${option}`).join("");
  lines.push(`answer = httpx.${method.toLowerCase()}(\n    ${JSON.stringify(url)}${rest},\n)`);
  if (method === "DELETE") return [...lines, "print(answer.status_code)"].join("\n");
  const isJson = !accept || accept === "application/json";
  lines.push(isJson ? "print(answer.json())" : 'open("answer.png", "wb").write(answer.content)');
  return lines.join("\n");
}

/** @param {string} text for a shell */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

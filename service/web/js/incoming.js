// Pictures that come into a view: chosen, dropped on the page, or pasted.
//
//   button or file dialogue, drop, Ctrl+V, Paste button -> files -> take(files), never with an empty list

const TYPED_INTO = "input:not([type=range], [type=radio]), textarea"; // what takes a paste for itself

/** @typedef {(files: File[]) => void} Take */
/** @typedef {"none" | "denied"} Refusal */

/** @param {HTMLButtonElement} button @param {HTMLInputElement} input of type file @param {Take} take */
export function takeChosen(button, input, take) {
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = ""; // so that the same file can be chosen again
    if (files.length) take(files);
  });
}

/**
 * The whole page takes a drop; `stage` shows that it does, by the class "dropping".
 * @param {HTMLElement} stage
 * @param {() => boolean} isShown
 * @param {Take} take
 */
export function takeDropped(stage, isShown, take) {
  const hasFiles = (/** @type {DragEvent} */ event) =>
    isShown() && (event.dataTransfer?.types.includes("Files") ?? false);
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    stage.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) stage.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    stage.classList.remove("dropping");
    if (!hasFiles(event)) return;
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length) take(files);
  });
}

/**
 * @param {HTMLButtonElement} button
 * @param {() => boolean} isShown
 * @param {Take} take
 * @param {(why: Refusal) => void} refuse
 */
export function takePasted(button, isShown, take, refuse) {
  document.addEventListener("paste", (event) => {
    if (!isShown()) return;
    if (event.target instanceof Element && event.target.matches(TYPED_INTO)) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) take(files);
    else refuse("none");
  });
  button.addEventListener("click", async () => {
    try {
      const files = await clipboardPictures();
      if (files.length) take(files);
      else refuse("none");
    } catch {
      refuse("denied"); // no permission, or a page without TLS
    }
  });
}

async function clipboardPictures() {
  const items = await navigator.clipboard.read();
  const files = [];
  for (const item of items) {
    const type = item.types.find((each) => each.startsWith("image/"));
    if (type) files.push(new File([await item.getType(type)], `pasted.${type.split("/")[1]}`, { type }));
  }
  return files;
}

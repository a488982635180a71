// Text to the clipboard, and a button that says what came of it.

import { announce } from "./live.js";

const SAID_MS = 2000;

/**
 * @param {HTMLButtonElement} button whose last child is its word
 * @param {string} text
 * @param {() => string} byHand where the browser refuses: lays the text ready, and says in a few words what to do
 */
export async function copyText(button, text, byHand) {
  if (button.dataset.said) return; // its word is "Copied" for now
  const word = button.lastChild?.textContent ?? "";
  button.dataset.said = "yes";
  try {
    await navigator.clipboard.writeText(text);
    say(button, "Copied");
  } catch {
    say(button, byHand()); // no permission, or a page without TLS
  }
  setTimeout(() => {
    button.lastChild?.replaceWith(word);
    delete button.dataset.said;
  }, SAID_MS);
}

/** @param {HTMLButtonElement} button @param {string} words */
function say(button, words) {
  button.lastChild?.replaceWith(words);
  announce(words);
}

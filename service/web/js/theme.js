// Light or dark: a classic script in the head, so that the first paint already has the right colours.
// <html data-theme> is what shows ("light" or "dark"); the button cycles what was asked for.
// <html data-embed> is a view alone, within another page: ?embed=1.
(() => {
  const script = document.currentScript;
  const assets = script instanceof HTMLScriptElement ? new URL("../", script.src).href : "";
  if (new URLSearchParams(location.search).get("embed") === "1") document.documentElement.dataset.embed = "";
  const CHOICES = ["system", "light", "dark"];
  const system = matchMedia("(prefers-color-scheme: dark)");

  /** @returns {string} */
  function stored() {
    try {
      return localStorage.getItem("theme") ?? "system";
    } catch {
      return "system"; // storage may be forbidden
    }
  }

  /** @param {string} choice */
  function keep(choice) {
    try {
      localStorage.setItem("theme", choice);
    } catch {
      // then it holds for this page only
    }
  }

  let choice = CHOICES.includes(stored()) ? stored() : "system";

  function apply() {
    const dark = choice === "dark" || (choice === "system" && system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    const button = document.getElementById("theme");
    if (!button) return;
    button.setAttribute("aria-label", `Theme: ${choice}`);
    button.title = `Theme: ${choice}`;
    const sprite = document.getElementById("icons") ? "#icon-" : `${assets}icons.svg#`; // as js/dom.js keeps it
    button.querySelector("use")?.setAttribute("href", `${sprite}theme-${choice}`);
  }

  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme")?.addEventListener("click", () => {
      choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
      keep(choice);
      apply();
    });
  });
})();

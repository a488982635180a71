// Storage that may be forbidden or full: then nothing is remembered, and nothing breaks.

/** @param {string} key @returns {unknown} the value, or null */
export function recall(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value */
export function remember(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // the page works without
  }
}

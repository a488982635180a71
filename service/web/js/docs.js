// Starts swagger-ui on the service's own description. It asks nobody else: no validator, no CDN.
document.documentElement.classList.toggle("dark-mode", document.documentElement.dataset.theme === "dark");
(async () => {
  const url = new URL("openapi.json", document.baseURI);
  // The page knows where it stands, also behind a proxy that told the service no prefix.
  const folder = new URL(".", url).pathname.replace(/\/$/, "");
  const answer = folder ? await fetch(url).catch(() => null) : null;
  const spec = answer?.ok ? { ...(await answer.json()), servers: [{ url: folder }] } : undefined;
  /** @type {any} */ (globalThis).SwaggerUIBundle({
    url: url.href,
    spec,
    dom_id: "#operations",
    deepLinking: true,
    validatorUrl: null,
  });
})();

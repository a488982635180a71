// Starts swagger-ui on the service's own description. It asks nobody else: no validator, no CDN.
document.documentElement.classList.toggle("dark-mode", document.documentElement.dataset.theme === "dark");
/** @type {any} */ (globalThis).SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).href,
  dom_id: "#operations",
  deepLinking: true,
  validatorUrl: null,
});

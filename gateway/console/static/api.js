// The interactive API description: sends requests in the name of the signed-in person, whose short token it fetches itself.
"use strict";
let kept = { token: "", until: 0 };

async function token() {
  if (Date.now() < kept.until) return kept.token;
  const box = document.getElementById("api");
  const answer = await fetch("/console/token", { method: "POST", headers: { "X-CSRF": box.dataset.csrf } });
  if (!answer.ok) { window.location.assign("/console/sign-in"); throw new Error("signed out"); }
  const body = await answer.json();
  kept = { token: body.access_token, until: Date.now() + (body.expires_in - 20) * 1000 };
  return kept.token;
}

// The page sends a fresh Idempotency-Key with each POST by itself, so nobody is asked to think of one.
async function description() {
  const spec = await (await fetch("/openapi.json")).json();
  for (const operations of Object.values(spec.paths)) {
    for (const operation of Object.values(operations)) {
      if (!Array.isArray(operation.parameters)) continue;
      operation.parameters = operation.parameters.filter((one) => one.name !== "Idempotency-Key");
    }
  }
  return spec;
}

window.addEventListener("load", async () => {
  const spec = await description();
  window.SwaggerUIBundle({
    spec,
    dom_id: "#api",
    validatorUrl: null,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    requestInterceptor: async (request) => {
      const target = new URL(request.url, window.location.origin);
      if (target.origin === window.location.origin && target.pathname.startsWith("/v1/")) {
        request.headers.Authorization = `Bearer ${await token()}`;
        if (request.method === "POST" && !request.headers["Idempotency-Key"]) request.headers["Idempotency-Key"] = crypto.randomUUID();
      }
      return request;
    },
  });
});

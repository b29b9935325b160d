// Shows the empty sheet of a session where its page cannot be fetched. It keeps no page that names anybody.
"use strict";
const CACHE = "circle-sheet-1";
const HOURS = 12;
const SESSION = /^\/console\/training\/sessions\/[0-9a-f-]{36}$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function wipeOld() {
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) {
    const kept = await cache.match(request);
    const age = Date.now() - Number(kept.headers.get("x-kept-at"));
    if (!(age < HOURS * 3600e3)) await cache.delete(request);
  }
}

async function page(request, path) {
  try {
    return await fetch(request);
  } catch (error) {
    await wipeOld();
    const kept = SESSION.test(path) ? await caches.match(`${path}/offline`) : undefined;
    if (!kept) throw error;
    return kept;
  }
}

async function file(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request);
    if (!kept) throw error;
    return kept;
  }
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event.request, url.pathname));
  else if (url.pathname.startsWith("/console/static/")) event.respondWith(file(event.request));
});

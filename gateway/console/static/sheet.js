// The attendance sheet without a connection: what is entered is kept on this device, sent once, and then wiped.
// Without this script, or without the browser's storage, the form is sent as any other.
"use strict";
(() => {
  const HOURS = 12;
  const EVERY_SECONDS = 5;
  const PATIENCE = 10e3;
  const CACHE = "circle-sheet-1";
  const form = document.getElementById("add-person");
  if (!form || !window.localStorage || !navigator.locks) return;
  const home = form.dataset.page;
  const place = `circle-sheet:${home}`;
  const state = document.getElementById("sheet-state");
  const list = document.getElementById("sheet-kept");

  const read = () => JSON.parse(localStorage.getItem(place) || "[]");
  const write = (entries) => {
    if (entries.length) localStorage.setItem(place, JSON.stringify(entries));
    else localStorage.removeItem(place);
    show();
  };
  const change = (key, changed) => write(read().map((one) => (one.key === key ? { ...one, ...changed } : one)));
  const drop = (key) => write(read().filter((one) => one.key !== key));

  // Of every session, not of this one alone.
  function wipeOld() {
    const oldest = Date.now() - HOURS * 3600e3;
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith("circle-sheet:"))) {
      const young = JSON.parse(localStorage.getItem(name)).filter((one) => one.at > oldest);
      if (young.length) localStorage.setItem(name, JSON.stringify(young));
      else localStorage.removeItem(name);
    }
  }

  // Whoever stands in the form. What proves whose form it is, is not kept: it is asked for anew when there is a connection.
  function entered() {
    const fields = Object.fromEntries(new FormData(form));
    delete fields.csrf;
    delete fields.key;
    return { key: crypto.randomUUID(), at: Date.now(), fields, why: "" };
  }

  async function proof() {
    const answer = await fetch(home, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok || new URL(answer.url).pathname !== home) return "";
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("input[name=csrf]")?.value || "";
  }

  async function why(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const said = [...page.querySelectorAll(".govuk-error-summary__list li")].map((one) => one.textContent.trim());
    return said.join(" ") || "It was refused.";
  }

  // Sent with a key of its own, an entry that has arrived without our hearing of it is not added again.
  async function send(entry, csrf) {
    const body = new URLSearchParams({ ...entry.fields, csrf, key: entry.key });
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok && new URL(answer.url).pathname === home) return drop(entry.key);
    if (answer.status === 422 || answer.status === 409) return change(entry.key, { why: await why(answer) });
    throw new Error("not now");
  }

  let mood = "";
  async function sendAll() {
    const waiting = () => read().filter((one) => !one.why);
    if (!waiting().length) return;
    try {
      const csrf = await proof();
      mood = csrf ? "" : "signed-out";
      for (const entry of csrf ? waiting() : []) await send(entry, csrf);
    } catch {
      mood = "away";
    }
    show();
    if (!read().length) window.location.assign(`${home}?done=added`);
  }
  const flush = () => navigator.locks.request(place, sendAll);

  function words(entries) {
    const waiting = entries.filter((one) => !one.why).length;
    if (!entries.length) return "";
    const until = new Date(Math.min(...entries.map((one) => one.at)) + HOURS * 3600e3);
    const time = until.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const kept = `${entries.length} on this device only, kept until ${time} at the latest.`;
    if (mood === "signed-out") return `${kept} Sign in again, then they are sent.`;
    if (!waiting) return `${kept} They were refused: put them right, or remove them.`;
    return mood === "away" ? `No connection. ${kept} They are sent by themselves.` : `Sending. ${kept}`;
  }

  function button(text, what, label) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "govuk-button govuk-button--secondary circle-small";
    made.textContent = text;
    made.setAttribute("aria-label", `${text}: ${label}`);
    made.addEventListener("click", what);
    return made;
  }

  function takeBack(entry) {
    for (const field of form.elements) {
      if (field.type === "checkbox") field.checked = field.name in entry.fields;
      else if (field.name in entry.fields) field.value = entry.fields[field.name];
    }
    drop(entry.key);
    form.querySelector("input:not([type=hidden])").focus();
  }

  function card(entry) {
    const said = ["organisation", "ethnicity", "gender", "language", "outcode"].map((name) => entry.fields[name]);
    const line = [entry.fields.name || "Anonymous", ...said].filter(Boolean).join(", ");
    const made = document.createElement("li");
    made.className = "circle-card";
    const text = document.createElement("span");
    text.className = "circle-card__line";
    text.textContent = entry.why ? `${line} – ${entry.why}` : line;
    made.append(text);
    if (entry.why) made.append(button("Put right", () => takeBack(entry), line), " ");
    if (entry.why) made.append(button("Remove", () => drop(entry.key), line));
    return made;
  }

  function show() {
    const entries = read();
    const text = words(entries);
    if (state.textContent !== text) state.textContent = text;
    state.hidden = !text;
    list.replaceChildren(...entries.map(card));
  }

  function keep(entry) {
    write([...read(), entry]);
    const group = form.elements.organisation.value;
    form.reset();
    for (const field of form.elements) if (field.type === "text") field.value = "";
    form.elements.organisation.value = group;
    flush();
  }

  // With a connection the form is sent as if this script were not there.
  let asking = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (asking) return;
    asking = true;
    const entry = entered();
    const csrf = form.elements.csrf && (await proof().catch(() => ""));
    asking = false;
    if (csrf) form.submit();
    else keep(entry);
  });

  // The empty page, without anybody's name, is kept for when this one cannot be fetched.
  async function keepEmptyPage() {
    await navigator.serviceWorker.register("/console/training/sheet-worker.js", { scope: "/console/training/sessions/" });
    const files = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon]")].map((one) => one.href);
    const cache = await caches.open(CACHE);
    const scripts = [...document.querySelectorAll("script[src]")].map((one) => one.src);
    for (const address of [`${home}/offline`, ...files, ...scripts]) {
      const answer = await fetch(address, { cache: "no-cache" });
      const headers = { ...Object.fromEntries(answer.headers), "x-kept-at": String(Date.now()) };
      if (answer.ok && !answer.redirected) await cache.put(address, new Response(await answer.blob(), { headers }));
    }
  }

  wipeOld();
  show();
  flush();
  window.addEventListener("online", flush);
  setInterval(flush, EVERY_SECONDS * 1000);
  if (navigator.serviceWorker && window.caches) keepEmptyPage().catch(() => {});
})();

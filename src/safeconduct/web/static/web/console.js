/* The console's own script: keys, stopping, the live stream, the watch. Every form works without it. */
"use strict";
(() => {
  const body = document.body;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const strip = (name) => document.querySelector(`[data-strip="${name}"]`);

  /* ---- keys: by position, so that they live on a Cyrillic layout ---- */
  const CODES = { "?": "Slash", "/": "Slash", Enter: "Enter", Escape: "Escape" };
  const codeOf = (key) => CODES[key] || (/^\d$/.test(key) ? `Digit${key}` : `Key${key.toUpperCase()}`);
  const typing = (target) =>
    target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
  const visible = (element) => element.offsetParent !== null;
  const keysOn = () => body.dataset.keys !== "off";

  const press = (element) => {
    if (element.getAttribute("aria-disabled") === "true") return element.focus();
    if (["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName)) return element.focus();
    element.click();
    if (element.tagName !== "SUMMARY") return; // what it opened is reached by the next press
    const first = element.parentElement.open && element.parentElement.querySelector("li a, input:not([type=hidden]), select, textarea");
    (first || element).focus();
  };

  const step = (by) => {
    const rows = all("[data-row], .thread, details[open] li > a, tbody tr[data-ref] a, tbody tr[data-ref] button").filter(visible);
    if (!rows.length) return;
    const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
    const row = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    (row.matches("a, button, [tabindex]") ? row : row.querySelector("a, button") || row).focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey) return;
    if (event.code === "Enter" && event.ctrlKey && event.target.form) {
      event.preventDefault();
      return event.target.form.requestSubmit();
    }
    if (event.code === "Escape") letGo();
    if (event.ctrlKey || typing(event.target) || !keysOn() || document.querySelector("dialog[open]")) return;
    if (event.code === "KeyJ" || event.code === "KeyK") return step(event.code === "KeyJ" ? 1 : -1);
    const found = all("[data-key]").find((e) => codeOf(e.dataset.key) === event.code && visible(e));
    if (!found || (event.repeat && found.matches(".abort"))) return;
    event.preventDefault();
    press(found);
  });

  /* ---- stopping: the first press fills the button, the second within 5 s stops ---- */
  let armed = null;
  const letGo = () => {
    if (!armed) return;
    clearTimeout(armed.timer);
    armed.button.classList.remove("once");
    const words = armed.button.querySelector("[data-words]");
    if (words) words.textContent = armed.words;
    armed = null;
  };
  const arm = (button) => {
    const words = button.querySelector("[data-words]");
    armed = { button, words: words && words.textContent, timer: setTimeout(letGo, 5000) };
    button.classList.add("once");
    if (words && button.dataset.again) words.textContent = button.dataset.again;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.abort");
    if (!button) return;
    if (armed && armed.button === button) return clearTimeout(armed.timer); // let the form go
    event.preventDefault();
    letGo();
    arm(button);
  });

  /* ---- a link to a paper opens it ---- */
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const paper = link && document.getElementById(link.hash.slice(1))?.closest("details");
    if (paper) paper.open = true;
  });

  /* ---- a ready text goes behind what is typed already; without script the page comes anew with it ---- */
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="?canned="]');
    const key = link && new URLSearchParams(link.search).get("canned");
    const text = key && document.querySelector(`[data-canned="${CSS.escape(key)}"]`);
    const field = document.getElementById("reply");
    if (!text || !field) return;
    event.preventDefault();
    field.value = [field.value.trim(), text.textContent.trim()].filter(Boolean).join("\n");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });

  /* ---- the list of keys, from the page itself ---- */
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (!opener) return;
    const dialog = document.getElementById(opener.dataset.opens);
    const list = dialog.querySelector("[data-keys]");
    if (list) {
      list.replaceChildren(
        ...all("[data-key]").filter((e) => visible(e) && e !== opener).flatMap((e) => {
          const [dt, dd, kbd] = ["dt", "dd", "kbd"].map((tag) => document.createElement(tag));
          kbd.textContent = e.dataset.key.toUpperCase();
          dt.append(kbd);
          dd.textContent = e.getAttribute("aria-label") || words(e);
          return [dt, dd];
        }),
      );
    }
    dialog.showModal();
  });
  const words = (element) => {
    const label = element.labels && element.labels[0];
    const copy = (label || element).cloneNode(true);
    all("kbd, .aside", copy).forEach((e) => e.remove());
    return copy.textContent.trim();
  };

  /* ---- live: a nudge names a topic; the page asks the room again ---- */
  const waiting = new Set();
  const asked = new Map(); // region id -> when last asked; twice a second is enough for eyes
  const busy = (region) =>
    region.querySelector("form[data-busy], details[open], button.once") ||
    (region.contains(document.activeElement) && typing(document.activeElement)) ||
    all("textarea, input:not([type=hidden])", region).some((field) => field.value !== field.defaultValue);

  const refresh = (region) => {
    // a page that answered a form has no address of its own to ask again
    const url = region.dataset.liveUrl || ("posted" in body.dataset ? "" : location.href);
    if (!region.id || !url || waiting.has(region.id)) return;
    waiting.add(region.id);
    const wait = Math.max(0, (asked.get(region.id) || -500) + 500 - performance.now());
    setTimeout(() => {
      waiting.delete(region.id);
      const here = document.getElementById(region.id);
      if (!here) return;
      if (busy(here) || document.hidden) return here.setAttribute("data-stale", "");
      asked.set(region.id, performance.now());
      const focused = here.contains(document.activeElement) ? marked(document.activeElement) : "";
      const scrolled = here.scrollTop;
      htmx.ajax("GET", url, { target: here, swap: "outerHTML", select: `#${here.id}` })
        .then(() => settled(here, focused, scrolled)).catch(() => {});
    }, wait);
  };
  const marked = (element) => {
    if (element.id) return `#${CSS.escape(element.id)}`;
    const row = element.closest("[data-ref]");
    const within = row ? `[data-ref="${CSS.escape(row.dataset.ref)}"] ` : "";
    return element.dataset.key ? `${within}[data-key="${element.dataset.key}"]` : row ? `${within}${element.tagName}` : "";
  };
  const settled = (before, focused, scrolled) => {
    const here = document.getElementById(before.id);
    if (!here || here === before) return; // the answer came while somebody typed
    here.scrollTop = scrolled;
    if (focused && document.activeElement === body) here.querySelector(focused)?.focus({ preventScroll: true });
  };
  const refreshAll = () => all("[data-live]").forEach(refresh);
  const heard = (topic) => all("[data-live]").forEach((region) => {
    const topics = region.dataset.live.split(/\s+/);
    if (topics.some((t) => t === topic || (t.endsWith(".*") && topic.startsWith(t.slice(0, -1))))) refresh(region);
  });
  document.addEventListener("focusout", () => setTimeout(() => all("[data-stale]").forEach((region) => {
    if (busy(region)) return;
    region.removeAttribute("data-stale");
    refresh(region);
  }), 200));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refreshAll(); });
  setInterval(() => { if (!document.hidden) refreshAll(); }, 60000); // ages grow even when nothing happens

  if (body.dataset.liveFrom && window.EventSource) {
    let lost = false, opened = false;
    const stream = new EventSource(body.dataset.liveFrom);
    stream.addEventListener("nudge", (event) => heard(JSON.parse(event.data).topic));
    stream.addEventListener("reload", refreshAll);
    stream.addEventListener("lock", () => { // everything off the screen first, then away
      stream.close();
      all("dialog[open]").forEach((dialog) => dialog.close());
      document.title = "";
      body.replaceChildren();
      location.replace("/sign-in/");
    });
    stream.addEventListener("left", async () => { // let out: what is no longer his goes off the screen
      const told = await fetch(location.href, { redirect: "manual" }).catch(() => ({ ok: false }));
      if (told.ok) return all("[data-live]").forEach((region) => { // a row of a list may be gone
        region.removeAttribute("data-stale");
        refresh(region);
      });
      document.title = "";
      body.replaceChildren();
      location.replace("/");
    });
    stream.addEventListener("open", () => {
      if (lost) refreshAll();
      [lost, opened] = [false, true];
      strip("link").hidden = true;
    });
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) {
        if (opened) location.reload(); // the login has ended; a page that never heard would ask for ever
        return;
      }
      if (lost) return;
      lost = true;
      setTimeout(() => {
        if (!lost) return; // a restart of the console takes a second and is no news
        strip("link").querySelector("[data-since]").textContent = document.querySelector("[data-clock]").textContent;
        strip("link").hidden = false;
      }, 2500);
    });
    addEventListener("pagehide", () => stream.close());
  }

  /* ---- the watch: world time from the server, carried on by this machine's seconds ---- */
  const watch = document.querySelector("[data-clock]");
  if (watch) {
    const [, hour, minute, second] = watch.dataset.clock.match(/T(\d+):(\d+):(\d+)/).map(Number);
    const began = performance.now();
    const speed = Number(watch.dataset.speed || 1);
    const tick = () => {
      const at = Math.floor(hour * 3600 + minute * 60 + second + ((performance.now() - began) / 1000) * speed);
      const two = (n) => String(n).padStart(2, "0");
      const parts = [Math.floor(at / 3600) % 24, Math.floor(at / 60) % 60];
      if ("seconds" in watch.dataset) parts.push(at % 60);
      const text = parts.map(two).join(":");
      if (watch.textContent !== text) watch.textContent = text;
    };
    setInterval(tick, 1000);
  }

  /* ---- what was opened closes itself after 10 s, and when the tab is left ---- */
  const close = () => {
    all("[data-opened]").forEach((opened) => opened.remove());
    all("[data-closed]").forEach((closed) => { closed.hidden = false; });
  };
  let closing = null;
  const watchOpened = () => {
    if (document.querySelector("[data-opened]") && !closing) {
      closing = setTimeout(() => { closing = null; close(); }, 10000);
    }
  };
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); });

  /* ---- how many text messages a reply will be (GSM 03.38 or UCS-2) ---- */
  const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€\f]*$/;
  const count = (field) => {
    const shown = document.getElementById(field.dataset.count);
    if (!shown) return;
    const text = field.value;
    const plain = GSM.test(text);
    const length = plain ? text.length + (text.match(/[\^{}\\[~\]|€\f]/g) || []).length : text.length;
    const [one, more] = plain ? [160, 153] : [70, 67];
    const parts = length <= one ? 1 : Math.ceil(length / more);
    shown.textContent = shown.dataset.text
      .replace("{length}", length).replace("{room}", parts === 1 ? one : parts * more).replace("{parts}", parts);
  };
  document.addEventListener("input", (event) => { if (event.target.dataset.count) count(event.target); });

  const ready = () => {
    all("[data-count]").forEach(count);
    watchOpened();
    const lines = document.querySelector("[data-bottom]");
    if (lines) lines.scrollTop = lines.scrollHeight;
  };
  document.addEventListener("htmx:afterSettle", ready);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    const asked = new URL(requestConfig.path, location.href).pathname;
    const moved = xhr.responseURL && new URL(xhr.responseURL).pathname !== asked;
    // a page that is no longer mine, or a login that has ended: let the door answer
    if (requestConfig.verb === "get" && (moved || xhr.status === 403 || xhr.status === 404)) return location.reload();
    if (requestConfig.verb === "get" && "live" in event.detail.target.dataset && busy(event.detail.target)) {
      event.detail.target.setAttribute("data-stale", ""); // typed into since it was asked: no letter is lost
      event.detail.shouldSwap = false;
      return;
    }
    if (xhr.status !== 409) return;
    Object.assign(event.detail, { shouldSwap: true, target: document.getElementById("content"),
      swapOverride: "outerHTML", selectOverride: "#content" });
  });
  ready();
})();

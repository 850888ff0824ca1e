// Answers for the telephone's page where there is no link. It keeps the page and what it is drawn with, and nothing that was entered.
const KEPT = "handover-1";
const ours = (url) => url.pathname === "/reception/phone/" || url.pathname.startsWith("/static/handover/")
  || ["/static/web/console.css", "/static/web/mark.svg"].includes(url.pathname);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || !ours(new URL(event.request.url))) return;
  event.respondWith(answered(event));
});

async function answered(event) {
  const kept = await caches.open(KEPT), hit = await kept.match(event.request, { ignoreVary: true, ignoreSearch: true });
  const fresh = fetch(event.request).then(async (answer) => {
    if (answer.ok && !answer.redirected) await kept.put(event.request, answer.clone());
    return answer;
  });
  if (!hit) return fresh;
  event.waitUntil(fresh.catch(() => null)); // the next opening shows what is new
  return hit;
}

// What is entered without a link: sealed before it is stored, stored before it is said, sent when there is a link.
// No text of it stays in the browser, nor the name of whoever entered it. docs/decisions/0142-the-telephones-page.md
const main = document.querySelector("main"), { worker, key: keyAt, send: sendTo } = main.dataset;
const [said, tag, about] = ["said", "tag", "about"].map((id) => document.getElementById(id));
const LETTERS = "ACDEFGHJKMNPQRTUVWXY34679", BLOCK = 1024; // no two that look alike; every box of one size
const chance = (count) => crypto.getRandomValues(new Uint8Array(count));
const hex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
const toText = (bytes) => btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
const toBytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
const tell = (what) => { said.textContent = said.dataset[what]; };

const opened = new Promise((done, failed) => {
  const asked = indexedDB.open("handover", 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("boxes", { keyPath: "number", autoIncrement: true });
    asked.result.createObjectStore("keys", { keyPath: "name" });
  };
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => failed(asked.error);
});

async function kept(where, mode, act) {
  const all = (await opened).transaction(where, mode, { durability: "strict" }), asked = act(all.objectStore(where));
  return new Promise((done, failed) => {
    all.oncomplete = () => done(asked.result);
    all.onabort = () => failed(all.error);
  });
}

async function sealed(told, entry, key) {
  const to = toBytes(key.public), curve = { name: "X25519" };
  const own = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const mine = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const theirs = await crypto.subtle.importKey("raw", to, curve, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, own.privateKey, 256);
  const info = new Uint8Array([...new TextEncoder().encode("phone|v1|"), ...mine, ...to, ...new TextEncoder().encode(entry)]);
  const base = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info };
  const secret = await crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const plain = new TextEncoder().encode(JSON.stringify(told)), padded = new Uint8Array(Math.ceil(plain.length / BLOCK) * BLOCK).fill(32);
  padded.set(plain);
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, secret, padded);
  return new Uint8Array([1, ...mine, ...new Uint8Array(box)]);
}

// Each of a group has a tag of his own, as the core numbers them: the hurt first, the children last.
function othersOf(his, { people, children, hurt }) {
  const marks = (n) => [n <= hurt && tag.dataset.hurt, n > people - children && tag.dataset.child].filter(Boolean);
  const each = (n) => [n > 1 ? `${his}-${n}` : "", ...marks(n)].filter(Boolean).join(" ");
  return Array.from({ length: Number(people) }, (_, at) => each(at + 1)).filter(Boolean).join(" · ");
}

async function note(form) {
  const key = await kept("keys", "readonly", (all) => all.get("core"));
  if (!key) return tell("none");
  const kind = form.dataset.kind, entry = hex(chance(16)), fields = Object.fromEntries(new FormData(form));
  if (kind !== "walk_in" && !about.value.trim()) { about.focus(); return tell("whom"); }
  const his = kind === "walk_in" ? Array.from(chance(6), (each) => LETTERS[each % LETTERS.length]).join("") : about.value;
  const told = { kind, about: his, told: fields, at: Date.now() };
  const box = await sealed(told, entry, key);
  await kept("boxes", "readwrite", (all) => all.add({ entry, key: key.key, box }));
  form.reset();
  tell("sealed");
  if (kind === "walk_in") {
    [tag.hidden, tag.querySelector("b").textContent, about.value] = [false, his, his];
    document.getElementById("others").textContent = othersOf(his, fields);
    tag.scrollIntoView({ block: "center" });
  }
  await count();
  void send();
}

async function count() {
  const waiting = await kept("boxes", "readonly", (all) => all.count());
  document.getElementById("waiting").textContent = waiting;
  return waiting;
}

async function fetchKey() {
  const answer = await fetch(keyAt, { redirect: "manual", signal: AbortSignal.timeout(20000) });
  if (answer.type === "opaqueredirect") tell("signIn");
  if (!answer.ok) return null;
  const { token, ...key } = await answer.json();
  await kept("keys", "readwrite", (all) => all.put({ name: "core", ...key }));
  return token;
}

async function sendAll() {
  const token = await fetchKey();
  let looks = false, sent = false, stuck = false;
  for (const each of token ? await kept("boxes", "readonly", (all) => all.getAll()) : []) {
    const body = new URLSearchParams({ entry: each.entry, key: each.key, box: toText(each.box), csrfmiddlewaretoken: token });
    const answer = await fetch(sendTo, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(20000) });
    if (answer.type === "opaqueredirect" || answer.status >= 500) { tell("later"); return; } // and all after it: what comes later rests on it
    stuck = !answer.ok || stuck;
    if (!answer.ok) continue; // it is none; it stays, and holds up nothing behind it
    looks = (await answer.json()).became === "look" || looks;
    sent = true;
    await kept("boxes", "readwrite", (all) => all.delete(each.number));
  }
  if (stuck) tell("stuck");
  else if (sent) tell(looks ? "look" : "sent");
}

let sending = null;
function send() {
  sending ??= sendAll().catch(() => null).finally(() => { sending = null; return count(); });
  return sending;
}

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    note(form).catch(() => tell("broken"));
  });
}
document.getElementById("send").addEventListener("click", send);
addEventListener("online", send);
setInterval(async () => (await count()) && send(), 10000); // a link that comes and goes says "online" once
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register(worker).then(() => navigator.serviceWorker.ready).then(async () => {
    const drawn = [...document.querySelectorAll("link[href], script[src]")].map((each) => each.href || each.src);
    if (navigator.onLine) await (await caches.open("handover-1")).addAll([location.pathname, ...drawn]);
    main.dataset.ready = "yes";
  }).catch(() => null);
}
void navigator.storage?.persist?.(); // what waits is not to be thrown away for want of room
void count().then(send);

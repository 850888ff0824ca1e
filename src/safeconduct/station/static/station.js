// The station's page: keys by their place on the board, so that they work on a Cyrillic one too; live once a second.
"use strict";
const live = document.getElementById("live");
let touched = false, lost = 0, shown = "", sound = null;
for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => { touched = true; sound ??= new AudioContext(); });

function calls(late) { // nobody has taken an alert: it is heard, and stands on the tab
  document.title = document.title.replace(/^(! )?/, late ? "! " : "");
  if (!late || !sound) return;
  const tone = sound.createOscillator();
  tone.connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.2);
}

let once = null;
function letGo() {
  if (!once) return;
  once.classList.remove("once");
  once.querySelector("span").textContent = once.dataset.words;
  once = null;
}
function press(button) {
  if (!button.matches(".abort") || once === button) { once = null; button.form.requestSubmit(); return; }
  once = button;
  button.dataset.words = button.querySelector("span").textContent;
  button.querySelector("span").textContent = button.dataset.again;
  button.classList.add("once");
  setTimeout(letGo, 5000);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.abort");
  if (!button || once === button) return;
  event.preventDefault();
  press(button);
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape") { letGo(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  const button = document.querySelector(`button[data-key="${event.code.replace("Key", "").toLowerCase()}"]`);
  if (!button || event.repeat) return;
  event.preventDefault();
  const heads = button.form.querySelector("input[name=heads]");
  if (heads && !heads.value) heads.focus();
  else press(button);
});

async function look() {
  try {
    const answer = await fetch("/live", { headers: touched ? { "X-Touched": "1" } : {} });
    touched = false;
    if (!answer.ok) throw new Error(answer.status);
    if (answer.headers.get("X-Locked") !== document.body.dataset.locked) { location.reload(); return; }
    const fresh = await answer.text();
    const held = document.activeElement?.dataset.of;
    if (fresh !== shown) live.replaceChildren(...new DOMParser().parseFromString(fresh, "text/html").body.childNodes);
    if (held && fresh !== shown) live.querySelector(`[data-of="${CSS.escape(held)}"]`)?.focus();
    shown = fresh;
    calls(live.querySelector("[data-late]") !== null);
    lost = 0;
  } catch {
    lost += 1;
  }
  document.body.classList.toggle("lost", lost > 2);
  setTimeout(look, 1000);
}
setTimeout(look, 1000);

// Follows /admin/events and replaces the parts of the page that have changed.
// The node draws them; without this script the page shows the same, once.
"use strict";

const live = document.getElementById("live");
const RETRY_MS = 2000;

// What somebody is typing in must not be replaced under his hands.
function isInUse(part) {
  const at = document.activeElement;
  if (at && part.contains(at) && at.matches("input")) return true;
  return [...part.querySelectorAll("input:not([type=hidden])")].some((field) => field.value);
}

function show(parts) {
  for (const [name, html] of Object.entries(parts)) {
    const part = document.getElementById(name);
    if (!part || isInUse(part)) continue;
    const focused = part.contains(document.activeElement) && document.activeElement.dataset.copy;
    const left = [...part.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    part.innerHTML = html;
    part.querySelectorAll(".scroll").forEach((box, n) => { box.scrollLeft = left[n] || 0; });
    if (focused) [...part.querySelectorAll("[data-copy]")].find((b) => b.dataset.copy === focused)?.focus();
  }
}

function say(text, isLive) {
  live.textContent = text;
  live.classList.toggle("lost", !isLive);
}

function follow() {
  const events = new EventSource("events");
  events.onopen = () => say("live", true);
  events.onmessage = (event) => { say("live", true); show(JSON.parse(event.data)); };
  events.addEventListener("stopping", () => say("this node is stopping", false));
  events.onerror = () => {
    say("no answer, trying again …", false);
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(again, RETRY_MS);
  };
}

// The stream was refused: is it the session that has ended?
async function again() {
  try {
    const answer = await fetch("state.json", { headers: { Accept: "application/json" } });
    if (answer.status === 403) { location.reload(); return; }
  } catch { /* nobody answers: follow() goes on trying */ }
  follow();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "copied";
  } catch { // not allowed to: select it, so that one keystroke copies
    getSelection().selectAllChildren(button.previousElementSibling);
    button.textContent = "selected";
  }
  setTimeout(() => { button.textContent = "copy"; }, 1500);
});

follow();

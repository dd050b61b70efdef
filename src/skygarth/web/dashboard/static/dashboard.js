// Follows /admin/events and replaces the parts of the page that have changed.
// The node draws them; without this script the page shows the same, once.
"use strict";

const RETRY_MS = 2000;
const live = document.getElementById("live");
const spoken = document.getElementById("spoken");
const stale = document.getElementById("stale");
const tools = document.getElementById("node-tools");
const filter = document.getElementById("node-filter");
const FOCUSABLE = "a[href], button, input:not([type=hidden]), summary, [tabindex]";

// -- replacing parts ---------------------------------------------------------------------

// What somebody is typing in, or has marked to copy, must not be replaced under his hands.
function isInUse(part) {
  const at = document.activeElement;
  if (at && part.contains(at) && at.matches("input")) return true;
  const marked = getSelection();
  if (!marked.isCollapsed && part.contains(marked.anchorNode)) return true;
  return [...part.querySelectorAll("input:not([type=hidden])")].some((field) => field.value);
}

// The thing in focus is found again by what it says, among those that say the same by its place.
function focusOf(part) {
  const at = document.activeElement;
  if (!part.contains(at)) return () => {};
  const says = (element) => element.getAttribute("aria-label") || element.textContent;
  const same = (text) => [...part.querySelectorAll(FOCUSABLE)].filter((e) => says(e) === text);
  const text = says(at);
  const place = same(text).indexOf(at);
  return () => same(text)[place]?.focus({ preventScroll: true });
}

function replace(part, html) {
  const refocus = focusOf(part);
  const left = [...part.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
  const open = [...part.querySelectorAll("details")].map((each) => each.open);
  part.innerHTML = html;
  part.querySelectorAll(".scroll").forEach((box, n) => { box.scrollLeft = left[n] || 0; });
  part.querySelectorAll("details").forEach((each, n) => { each.open = open[n] || false; });
  if (part.id === "nodes") arrange();
  refocus();
}

function show(parts) {
  for (const [name, html] of Object.entries(parts)) {
    const part = document.getElementById(name);
    if (!part) continue;
    if (name === "alarms") showAlarms(part, html);
    else if (!isInUse(part)) replace(part, html);
  }
}

// Alarms are the one thing that is read aloud unasked: each once, when it comes and when it goes.
function showAlarms(part, html) {
  const sentences = () => new Map([...part.querySelectorAll("[data-key]")].map(
    (alarm) => [alarm.dataset.key, alarm.querySelector(".what").textContent]));
  const before = sentences();
  replace(part, html);
  const after = sentences();
  const come = [...after].filter(([key]) => !before.has(key)).map(([, text]) => text);
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, text]) => `Over: ${text}`);
  if (come.length || gone.length) spoken.textContent = [...come, ...gone].join(". ");
}

// -- sorting and filtering nodes -----------------------------------------------------------

const address = new URL(location.href);
let order = address.searchParams.get("sort") || "";
filter.value = address.searchParams.get("nodes") || "";

function remember() {
  for (const [name, value] of [["sort", order], ["nodes", filter.value]]) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  history.replaceState(null, "", address);
}

function arrange() {
  const table = document.querySelector("#nodes table");
  const heads = [...table.querySelectorAll("th[data-key]")];
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    button.addEventListener("click", () => {
      order = order === head.dataset.key ? `-${head.dataset.key}` : head.dataset.key;
      remember();
      sort(table, heads);
    });
    head.append(button);
  }
  sort(table, heads);
  sift(table);
}

// What is unknown stands last, whichever way one sorts.
function sort(table, heads) {
  const key = order.replace(/^-/, "");
  const place = heads.findIndex((head) => head.dataset.key === key);
  heads.forEach((head, n) => head.removeAttribute("aria-sort"));
  if (place < 0) return;
  const falls = order.startsWith("-");
  heads[place].setAttribute("aria-sort", falls ? "descending" : "ascending");
  const isNumber = heads[place].classList.contains("number");
  const value = (row) => row.cells[place].dataset.value;
  const compare = (a, b) => (isNumber ? a - b : a.localeCompare(b, undefined, { numeric: true }));
  const rows = [...table.tBodies[0].rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === "" || b === "") return (a === "") - (b === "");
    return falls ? compare(b, a) : compare(a, b);
  });
  table.tBodies[0].append(...rows);
}

function sift(table) {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...table.tBodies[0].rows];
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
  const shown = rows.filter((row) => !row.hidden).length;
  document.getElementById("node-count").textContent = `${shown} of ${rows.length}`;
}

filter.addEventListener("input", () => { remember(); sift(document.querySelector("#nodes table")); });
tools.addEventListener("submit", (event) => event.preventDefault());
tools.hidden = false;
arrange();

// -- following -----------------------------------------------------------------------------

let lastHeard = new Date();

function say(text, isLive) {
  live.textContent = text;
  live.classList.toggle("lost", !isLive);
  const since = lastHeard.toLocaleTimeString();
  const told = isLive ? "" : `${text}: this page shows how things were at ${since}`;
  if (stale.hidden !== isLive) spoken.textContent = told || "This page is live again";
  stale.textContent = told;
  stale.hidden = isLive;
}

function follow() {
  const events = new EventSource("events");
  events.onopen = () => say("live", true);
  events.onmessage = (event) => {
    lastHeard = new Date();
    say("live", true);
    show(JSON.parse(event.data));
  };
  events.addEventListener("stopping", () => say("This node is stopping", false));
  events.onerror = () => {
    say("This node does not answer", false);
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

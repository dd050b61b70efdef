// Follows /admin/events and redraws what has changed. Without it the page still shows everything.
"use strict";
const $ = (id) => document.getElementById(id);
const form = document.body.dataset.form;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function rows(table, items, cells, empty) {
  const body = $(table).tBodies[0];
  body.replaceChildren(...items.map((item) => {
    const row = element("tr", undefined, item.is_here ? "here" : "");
    for (const [value, className] of cells(item)) {
      const cell = element("td", undefined, className);
      cell.append(value instanceof Node ? value : document.createTextNode(value));
      row.append(cell);
    }
    return row;
  }));
  if (!items.length && empty) {
    const cell = element("td", empty, "quiet");
    cell.colSpan = 9;
    body.append(element("tr"));
    body.lastChild.append(cell);
  }
}

function link(address) {
  const made = element("a", address);
  if (/^https?:/.test(address)) made.href = address + "/admin/";
  return made;
}

function settling(conflict) {
  const made = element("form");
  made.method = "post";
  made.action = "conflicts/" + conflict.id;
  const hidden = element("input");
  hidden.type = "hidden"; hidden.name = "form"; hidden.value = form;
  made.append(hidden);
  for (const [take, text] of [["shown", "keep what shows"], ["set_aside", "take the other"]]) {
    const button = element("button", text);
    button.name = "take"; button.value = take;
    made.append(button, " ");
  }
  return made;
}

const SVG = "http://www.w3.org/2000/svg";
function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function picture(nodes) {
  const width = 900, height = 320, middle = [width / 2, height / 2];
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  svg.append(shape("title", {}, `${nodes.length} nodes around a bucket`));
  nodes.forEach((node, index) => {
    const angle = (2 * Math.PI * index) / nodes.length - Math.PI;
    const x = middle[0] + 330 * Math.cos(angle), y = middle[1] + 112 * Math.sin(angle);
    const off = node.state === "ready" ? "" : " off";
    svg.append(shape("line", { x1: x, y1: y, x2: middle[0], y2: middle[1], class: "way" + off }));
    const group = shape("g", {});
    group.append(shape("rect", { x: x - 70, y: y - 27, width: 140, height: 54, rx: 8, class: "node" + off }));
    group.append(shape("text", { x, y: y - 4, "text-anchor": "middle" }, node.name + (node.is_here ? " (here)" : "")));
    const lag = node.behind ? `${node.behind} segments behind` : node.state;
    group.append(shape("text", { x, y: y + 14, "text-anchor": "middle", class: "small" }, lag));
    svg.append(group);
  });
  svg.append(shape("path", { d: `M${middle[0] - 50} ${middle[1] - 22}a50 13 0 0 1 100 0v44a50 13 0 0 1 -100 0z`, class: "bucket" }));
  svg.append(shape("text", { x: middle[0], y: middle[1] + 10, "text-anchor": "middle" }, "bucket"));
  $("picture").replaceChildren(svg);
}

function show(state) {
  $("state").textContent = state.node.sync === "paused" ? "cut off" : state.node.state;
  $("state").className = "pill " + (state.node.sync === "paused" ? "" : state.node.state);
  $("alarms").replaceChildren(...(state.alarms.length ? state.alarms.map((alarm) => {
    const made = element("p", undefined, "alarm");
    made.append(element("b", alarm.sentence), " ", element("code", alarm.command));
    return made;
  }) : [element("p", "Nothing needs you.", "well")]));
  rows("nodes", state.nodes, (n) => [[n.name], [element("span", n.state, "pill " + n.state)], [n.pools], [link(n.address)], [n.behind, "number"], [n.lag_seconds + " s", "number"], [n.age_seconds + " s ago", "number"]]);
  rows("logs", state.logs, (l) => [[l.name], [element("code", l.incarnation)], [l.segments, "number"], [l.behind, "number"], [l.parked, "number"], [l.refused]]);
  rows("objects", Object.entries(state.objects), ([name, count]) => [[name], [count, "number"]]);
  rows("requests", Object.entries(state.requests), ([name, count]) => [[name], [count, "number"]]);
  if (!$("conflicts").contains(document.activeElement)) {
    rows("conflicts", state.conflicts, (c) => [[c.path], [c.field], [c.shown], [c.set_aside], [settling(c)]], "None: nobody has lost a value.");
  }
  rows("recent", state.recent, (r) => [[r.at], [r.action], [r.type], [element("code", r.guid)], [r.origin]]);
  $("unpublished").textContent = state.unpublished;
  $("dollars").textContent = state.dollars_month.toFixed(2);
  picture(state.nodes);
}

const events = new EventSource("events");
events.onmessage = (event) => { $("live").textContent = "live"; show(JSON.parse(event.data)); };
events.onerror = () => { $("live").textContent = "this node does not answer; trying again …"; };
fetch("state.json").then((answer) => answer.json()).then(show);

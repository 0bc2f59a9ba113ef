// Keeps the page at the run's side: listens to the server's events, and on a new version puts what has changed in
// place, so that what the reader has opened, selected or scrolled to stays.
"use strict";

const page = document.getElementById("page");
const panel = document.getElementById("watch");
const [state, cluster, drawnAt, stopButton, dialog] = [".state", ".cluster", ".drawn", ".stop", "dialog"].map(
  (name) => panel.querySelector(name),
);

const WORDS = {
  live: "live",
  stopping: "stopping: the best model is being saved",
  finished: "finished",
  stopped: "finished: stopped early",
  failed: "finished: without a model",
  interrupted: "finished: interrupted; honed resume goes on",
  lost: "lost the connection, trying again",
};
const AGAIN = 2000; // milliseconds before something that failed is tried again

let source = null;
let hasModel = false;
let drawn = panel.dataset.version;
let wanted = drawn;
let isDrawing = false;

function show(name) {
  panel.dataset.state = name;
  if (state.textContent !== WORDS[name]) state.textContent = WORDS[name];
  stopButton.hidden = name !== "live";
  if (name !== "live" && dialog.open) dialog.close();
}

function listen() {
  source?.close();
  source = new EventSource("events");
  source.onmessage = (event) => {
    const news = JSON.parse(event.data);
    hasModel = news.has_model;
    wanted = news.version;
    cluster.textContent = news.cluster;
    show(news.state);
    draw();
  };
  source.onerror = () => {
    show("lost");
    if (source.readyState !== EventSource.CLOSED) return; // the browser itself tries again
    setTimeout(() => document.hidden || listen(), AGAIN);
  };
}

async function draw() {
  if (isDrawing || wanted === drawn) return;
  isDrawing = true;
  const version = wanted;
  try {
    const answer = await fetch("body");
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    place(await answer.text());
    drawn = version;
    panel.dataset.version = version;
    drawnAt.textContent = `updated ${new Date().toLocaleTimeString()}`;
  } catch {
    setTimeout(draw, AGAIN);
    return;
  } finally {
    isDrawing = false;
  }
  draw();
}

function place(markup) {
  const fresh = page.cloneNode(false);
  fresh.innerHTML = markup;
  const open = new Map([...page.querySelectorAll("details")].map((node) => [key(node), node.open]));
  for (const node of fresh.querySelectorAll("details")) node.open = open.get(key(node)) ?? node.open;
  const tops = [...page.querySelectorAll("section, h2, h3, figure, table, p")]
    .map((node) => [node, node.getBoundingClientRect().top])
    .filter(([, top]) => top >= 0);
  merge(page, fresh);
  const [anchor, top] = tops.find(([node]) => node.isConnected) ?? [];
  if (anchor && scrollY > 0) {
    scrollBy({ top: anchor.getBoundingClientRect().top - top, behavior: "instant" });
  }
}

// The same piece of the page before and after: by its own name, or by its place in what has one.
function key(node) {
  if (node.id) return node.id;
  const home = node.parentElement.closest("[id]");
  return `${home.id}/${[...home.querySelectorAll(node.localName)].indexOf(node)}`;
}

// Makes `old` equal to `fresh` where they differ, and leaves every other node as it is.
function merge(old, fresh) {
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  const result = after.map((node, place) => {
    const mate = node.id ? before.find((other) => other.id === node.id) : before[place];
    if (mate?.isEqualNode(node)) return mate;
    if (!mate || !isAlike(mate, node)) return node;
    merge(mate, node);
    return mate;
  });
  const stays = new Set(result);
  for (const node of before) if (!stays.has(node)) node.remove();
  result.forEach((node, place) => {
    const here = old.childNodes[place] ?? null;
    if (here !== node) old.insertBefore(node, here);
  });
}

function isAlike(one, other) {
  const isElement = one.nodeType === Node.ELEMENT_NODE;
  return isElement && one.cloneNode(false).isEqualNode(other.cloneNode(false));
}

stopButton.onclick = () => {
  dialog.querySelector(".consequence").textContent = hasModel
    ? "The run ends as with Ctrl-C: the best model so far is saved, and honed resume can go on later."
    : "There is no model yet, so the run would end without one; honed resume can go on later.";
  dialog.querySelector(".strong").hidden = false;
  dialog.showModal();
};
dialog.querySelector(".stay").onclick = () => dialog.close();
dialog.querySelector(".strong").onclick = async (click) => {
  click.target.hidden = true;
  try {
    const answer = await fetch("stop", { method: "POST" });
    if (answer.ok) dialog.close();
    else dialog.querySelector(".consequence").textContent = await answer.text();
  } catch {
    show("lost");
  }
};

// A browser holds six connections to one server at most, so pages that nobody sees give theirs back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) source.close();
  else if (source.readyState === EventSource.CLOSED) listen();
});

listen();

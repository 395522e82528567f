// Toasts: says them to screen readers, lets them leave by themselves, stays while they are looked at.
// Others ask for one with: document.dispatchEvent(new CustomEvent("toast", { detail: { text, level } }))
const region = document.getElementById("toasts");
const STAYS = { error: Infinity, warning: Infinity };
const SHORT = 6000;
const UNDO = 10000;

function leave(toast) {
  toast.dataset.leaving = "";
  setTimeout(() => toast.remove(), 200);
}

function wait(toast) {
  const time = STAYS[toast.dataset.level] ?? (toast.querySelector("form") ? UNDO : SHORT);
  if (time === Infinity) return;
  let timer;
  const start = () => { timer = setTimeout(() => leave(toast), time); };
  const stop = () => clearTimeout(timer);
  for (const looked of ["pointerenter", "focusin"]) toast.addEventListener(looked, stop);
  for (const away of ["pointerleave", "focusout"]) toast.addEventListener(away, start);
  start();
}

function closer() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.dataset.toastClose = "";
  button.textContent = region.dataset.closeLabel;
  return button;
}

function say({ text, level = "success" }) {
  const toast = document.createElement("div");
  const words = document.createElement("p");
  toast.className = "toast";
  toast.dataset.toast = "";
  toast.dataset.level = level;
  words.textContent = text;
  toast.append(words, closer());
  region.append(toast);
}

if (region) {
  // What came with the page is put in anew: a live region speaks only of what changes.
  const first = [...region.querySelectorAll("[data-toast]")];
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node.matches?.("[data-toast]")) wait(node);
    }
  }).observe(region, { childList: true });
  setTimeout(() => { for (const toast of first) region.append(toast); }, 100);

  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) leave(event.target.closest("[data-toast]"));
  });
  document.addEventListener("toast", (event) => say(event.detail));
}

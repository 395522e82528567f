// A queue that is worked by the keyboard: J and K go from one to the next, A approves, R asks for the reason.
// Without JavaScript it is a list of forms.
const cards = [...document.querySelectorAll("[data-queue] [data-one]")];
const typing = "input:not([type='hidden']), textarea, select, [contenteditable]";
const at = () => cards.findIndex((card) => card.contains(document.activeElement));

function go(to) {
  const card = cards[Math.min(Math.max(to, 0), cards.length - 1)];
  card?.focus();
  card?.scrollIntoView({ block: "start" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches(typing)) {
    if (event.key === "Escape") go(at());
    return;
  }
  const here = cards[Math.max(at(), 0)];
  const act = {
    j: () => go(at() + 1),
    k: () => go(at() - 1),
    a: () => here?.querySelector("[data-approve]")?.click(),
    r: () => here?.querySelector("[data-reason]")?.focus(),
  }[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});

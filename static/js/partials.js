// What htmx cannot know: say when an answer failed, read out what changed, move the focus to it.
const region = document.getElementById("toasts");
const live = document.getElementById("live");

const say = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, level: "error" } }));

for (const failed of ["htmx:responseError", "htmx:swapError"]) {
  document.addEventListener(failed, () => say(region.dataset.failed));
}
for (const offline of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(offline, () => say(region.dataset.offline));
}
document.addEventListener("htmx:afterSettle", (event) => {
  const news = event.target.closest("[data-announce]") ?? event.target.querySelector("[data-announce]");
  if (news && live) live.textContent = news.dataset.announce;
  event.target.querySelector("[data-focus]")?.focus();
});

// A button with data-copy copies that text and says so on itself for two seconds.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    const code = button.parentElement.querySelector("code");
    if (code) getSelection().selectAllChildren(code);
    return;
  }
  const label = button.querySelector("[data-copy-label]") ?? button;
  const before = button.dataset.copyBefore ?? label.textContent;
  button.dataset.copyBefore = before;
  label.textContent = button.dataset.copied;
  setTimeout(() => { label.textContent = before; }, 2000);
});

// A form is sent once: a second tap waits for the first. A page that comes back from the cache is fresh,
// and one that comes back with mistakes has the cursor in the first of them.
const sent = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  event.submitter?.setAttribute("aria-busy", "true");
});
document.querySelector("main [aria-invalid='true']:not([type='hidden'])")?.focus();
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

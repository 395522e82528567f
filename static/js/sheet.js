// A link with data-sheet shows the <main> of its page in a sheet. Whatever goes wrong, it is a link again.
const sheet = document.getElementById("sheet");

async function pageOf(url) {
  const answer = await fetch(url);
  if (!answer.ok || answer.redirected) throw new Error("not a page for a sheet");
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function fill(page) {
  const main = page.querySelector("[data-sheet-content]") ?? page.querySelector("main");
  const heading = main.querySelector("h1");
  document.getElementById("sheet-title").textContent = heading?.textContent.trim() ?? page.title;
  // What the page had to say is said in the region that is already listened to.
  const toasts = main.querySelector(".toasts");
  document.getElementById("toasts")?.append(...(toasts?.querySelectorAll("[data-toast]") ?? []));
  toasts?.remove();
  sheet.querySelector("[data-sheet-into]").replaceChildren(...main.childNodes);
  window.htmx?.process(sheet);
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-sheet]");
  if (!sheet || !link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  link.setAttribute("aria-busy", "true");
  try {
    fill(await pageOf(link.href));
    sheet.showModal();
    document.getElementById("sheet-title").focus();
  } catch {
    location.assign(link.href);
  } finally {
    link.removeAttribute("aria-busy");
  }
});

// A touch beside the sheet closes it, and so does a "cancel" inside that leads back to this page.
sheet?.addEventListener("click", (event) => {
  const away = event.target === sheet;
  const back = event.target.closest("a")?.pathname === location.pathname;
  if (!away && !back) return;
  event.preventDefault();
  sheet.close();
});

// Changes the theme at once, and keeps it where the server looks: in a cookie.
const YEAR = 60 * 60 * 24 * 365;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-switch]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  const kept = theme === "light" || theme === "dark";
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${form.dataset.themeSwitch}=${kept ? theme : ""}; path=/; samesite=lax; max-age=${kept ? YEAR : 0}${secure}`;
  if (kept) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const button of document.querySelectorAll("[data-theme-switch] button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
});

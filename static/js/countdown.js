// What is left until a moment, by the server's clock, counted on. Without this it stands as it was written.
const parts = [["days", 86400], ["hours", 3600], ["minutes", 60], ["seconds", 1]];

for (const it of document.querySelectorAll("[data-countdown]")) {
  const until = Date.parse(it.dataset.countdown);
  const ahead = Date.parse(it.dataset.now) - Date.now();
  const format = new Intl.NumberFormat(document.documentElement.lang || "en");
  const plural = new Intl.PluralRules(document.documentElement.lang || "en");
  const tell = () => {
    let left = Math.floor((until - Date.now() - ahead) / 1000);
    if (left <= 0) return location.reload();
    const counts = parts.map(([name, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return [name, count];
    });
    const first = Math.max(0, Math.min(counts.findIndex(([, count]) => count), parts.length - 2));
    it.textContent = counts.slice(first, first + 2).map(([name, count]) => {
      const [one, many] = it.dataset[name].split("|");
      return `${format.format(count)} ${plural.select(count) === "one" ? one : many}`;
    }).join(" ");
    setTimeout(tell, first < 2 ? 30000 : 1000);
  };
  if (until > Date.now() + ahead) tell();
}

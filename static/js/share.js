// Sharing with the phone's own sheet where it has one; and links that follow what is typed.
for (const box of document.querySelectorAll("[data-share]")) {
  const message = box.querySelector("[data-share-message]");
  const native = box.querySelector("[data-share-native]");
  const link = native.dataset.shareLink;
  const text = () => `${message.value.trim()} ${link}`.trim();

  message.addEventListener("input", () => {
    for (const way of box.querySelectorAll("[data-share-way]")) {
      way.href = way.dataset.shareWay + encodeURIComponent(text());
    }
  });

  if (navigator.share) {
    native.hidden = false;
    native.addEventListener("click", async () => {
      try {
        await navigator.share({ text: message.value.trim(), url: link });
      } catch {
        // Closed without sending: nothing to say.
      }
    });
  }
}

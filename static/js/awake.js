// The screen stays on while the page is shown: a card that goes dark at the till is no card.
async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // The battery is low, or the device does not let us: the card works all the same.
  }
}
document.addEventListener("visibilitychange", stayAwake);
stayAwake();

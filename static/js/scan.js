// The camera reads a code into the box and sends it, where the browser can read codes by itself.
// Everywhere else the button stays hidden: a scanner is a keyboard, and a number can be typed.
const form = document.querySelector("[data-scan]");
const start = form?.querySelector("[data-scan-start]");
const box = form?.querySelector("[data-scan-box]") ?? form?.elements.what;
const view = form?.querySelector("[data-scan-view]");
const video = view?.querySelector("video");
let stream;

const canScan = async () => {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return false;
  return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
};

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = undefined;
  view.hidden = true;
  start.hidden = false;
}

async function look(detector) {
  if (!stream) return;
  const [found] = video.readyState >= 2 ? await detector.detect(video).catch(() => []) : [];
  if (found?.rawValue && stream) {
    stop();
    box.value = found.rawValue;
    form.requestSubmit();
    return;
  }
  setTimeout(() => look(detector), 150);
}

async function begin() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    start.hidden = true; // No camera, or it is not allowed: the box is there.
    box.focus();
    return;
  }
  start.hidden = true;
  view.hidden = false;
  video.srcObject = stream;
  await video.play();
  look(new BarcodeDetector({ formats: ["qr_code", "code_128", "ean_13"] }));
}

if (start && await canScan()) start.hidden = false;
start?.addEventListener("click", begin);
view?.querySelector("[data-scan-stop]").addEventListener("click", stop);
addEventListener("pagehide", () => stream && stop());

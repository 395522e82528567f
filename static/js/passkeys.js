// Passkeys: asks the device to make one or to show one, and sends its answer with the form.
// A form with data-passkey="make" or "show" finds what to ask for in #js_data, or at its own address.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (credentials) => credentials?.map((credential) => ({ ...credential, id: bytes(credential.id) }));

async function optionsFor(form) {
  const kept = document.getElementById("js_data");
  if (kept) return JSON.parse(kept.textContent);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("no options");
  return answer.json();
}

async function make({ creation_options: { publicKey } }) {
  return navigator.credentials.create({ publicKey: {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: known(publicKey.excludeCredentials),
    // Kept by the device if it can, so that one can sign in by it alone.
    authenticatorSelection: { ...publicKey.authenticatorSelection, residentKey: "preferred", requireResidentKey: false },
  } });
}

async function show({ request_options: { publicKey } }) {
  return navigator.credentials.get({ publicKey: {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    allowCredentials: known(publicKey.allowCredentials),
  } });
}

function told({ id, rawId, type, authenticatorAttachment, response }) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const shown = Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, text(response[part])]));
  if (response.getTransports) shown.transports = response.getTransports();
  return { id, rawId: text(rawId), type, authenticatorAttachment, response: shown };
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-passkey]");
  if (!form || form.elements.credential.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  try {
    const options = await optionsFor(form);
    const credential = await (form.dataset.passkey === "make" ? make : show)(options);
    const extensions = credential.getClientExtensionResults();
    form.elements.credential.value = JSON.stringify({ ...told(credential), clientExtensionResults: extensions });
    form.requestSubmit();
  } catch {
    // It was cancelled, or the device has none: the other ways are still there.
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: form.dataset.failed, level: "error" } }));
  }
}, { capture: true });

// Until here a click would have sent the form empty.
for (const button of document.querySelectorAll("form[data-passkey] button")) button.disabled = false;

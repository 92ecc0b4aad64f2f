// Passkeys: asks the browser for one, and sends what it answers as a form. Only pages that can take a passkey load it;
// without it, or where the browser knows none, they show what to do instead.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");

/** The options as browsers take them: what is binary comes as text. */
function read(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const one of [...(options.excludeCredentials || []), ...(options.allowCredentials || [])]) one.id = bytes(one.id);
  return options;
}

function send(form, { id, rawId, type, response }) {
  const made = "attestationObject" in response;
  const names = made ? ["attestationObject"] : ["authenticatorData", "signature", "userHandle"];
  const binary = ["clientDataJSON", ...names].map((name) => [name, response[name] && text(response[name])]);
  const answer = { id, rawId: text(rawId), type, response: Object.fromEntries(binary) };
  form.elements.answer.value = JSON.stringify(answer);
  form.submit();
}

/** What the browser offers in the field for the address, until something else is asked of it. */
let offered;

/** What the browser is asked. It is fetched when it is needed, so that it is never too old. */
async function asked(form) {
  const answer = await fetch(form.dataset.passkey, { method: "POST" });
  if (answer.ok && !answer.redirected) return answer.json();
  // Whatever they had begun is over, and the server says so. The form to sign in with stays: there is another way in.
  if (!("offer" in form.dataset)) form.submit();
  throw new Error(answer.statusText);
}

async function offer(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const mine = (offered = new AbortController());
  // A question may be answered for five minutes. Whoever leaves the page open is asked anew before that.
  const anew = setTimeout(() => {
    mine.abort();
    if (document.visibilityState === "visible") offer(form);
    else document.addEventListener("visibilitychange", () => offer(form), { once: true });
  }, 240000);
  try {
    const publicKey = read(await asked(form));
    send(form, await navigator.credentials.get({ publicKey, mediation: "conditional", signal: mine.signal }));
  } catch {
    // Something else was asked, or nothing is offered: the form is there all the same.
  }
  if (mine.signal.aborted) clearTimeout(anew);
}

if (window.PublicKeyCredential) {
  for (const instead of document.querySelectorAll("[data-no-passkey]")) instead.hidden = true;
  for (const form of document.querySelectorAll("[data-passkey]")) {
    const problem = form.querySelector("[role=alert]");
    let busy;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      problem.hidden = true;
      offered?.abort();
      try {
        const publicKey = read(await asked(form));
        const make = "new" in form.dataset;
        send(form, await (make ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey })));
      } catch {
        problem.hidden = false;
        if ("offer" in form.dataset) offer(form);
      }
      busy = false;
    });
    if ("offer" in form.dataset) offer(form);
  }
}

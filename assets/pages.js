// Makes the pages quicker to use; every one of them works without it.
"use strict";

// What leads to a question opens it as a dialog, where the page carries one. A dialog that is about a row is told where
// the answer goes and what the row says of itself.
function ask(event, from, address) {
  const dialog = document.getElementById(from.dataset.dialog);
  if (!dialog || !dialog.showModal) return;
  event.preventDefault();
  const about = dialog.querySelector("[data-about]");
  if (about) {
    const parts = [...from.closest("li").querySelectorAll("[data-part]")].map((part) => part.cloneNode(true));
    for (const part of parts) for (const named of part.querySelectorAll("[id]")) named.removeAttribute("id");
    about.replaceChildren(...parts);
    dialog.querySelector("form").action = address;
  }
  const field = dialog.querySelector("input[name]");
  if (field) field.value = from.dataset.value ?? "";
  dialog.showModal();
  // Two quick presses of Enter must not end anything.
  (field || dialog.querySelector("[data-close]")).focus();
}

// What was just done is said once: whoever loads the page again, or keeps its address, reads it as it is.
if (document.getElementById("notice")) history.replaceState(null, "", location.pathname);

document.addEventListener("submit", (event) => {
  if (event.target.dataset.dialog) ask(event, event.target, event.target.action);
});

// Passwords can be looked at before they are sent. Without script there is no button that could.
for (const reveal of document.querySelectorAll("[data-reveal]")) {
  const words = [reveal.textContent, reveal.dataset.reveal];
  const fields = [...reveal.form.querySelectorAll("input[type=password]")];
  reveal.hidden = false;
  reveal.addEventListener("click", () => {
    const shown = fields[0].type === "text";
    for (const field of fields) field.type = shown ? "password" : "text";
    reveal.textContent = words[shown ? 0 : 1];
  });
  // A field that is sent as text would be kept by browsers among what was typed before.
  reveal.form.addEventListener("submit", () => {
    for (const field of fields) field.type = "password";
  });
}

// A link that is shown once can be copied. Without script it can be marked by hand.
for (const copy of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).value);
    copy.textContent = copy.dataset.copied;
  });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (link && plain) ask(event, link, link.href);
  const cancel = event.target.closest("[data-close]");
  const dialog = cancel && cancel.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }
  // The menu closes when somebody turns to anything else.
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Changes a part of the page to what a newer one says and leaves alone what is the same, so that whoever is in the middle
// of something, a dialog, a field, an address that was opened, stays there.
const key = (node) => node.nodeName + (node.id || node.dataset?.key || node.getAttribute?.("aria-labelledby"));
function change(old, now) {
  if (old.isEqualNode(now) || (old.nodeName === "DIALOG" && old.open)) return;
  if (!old.attributes) {
    old.data = now.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !now.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const left = [...old.childNodes];
  let at = old.firstChild;
  for (const node of [...now.childNodes]) {
    const found = left.findIndex((one) => key(one) === key(node));
    const one = found < 0 ? node : left.splice(found, 1)[0];
    if (found >= 0) change(one, node);
    if (one === at) at = at.nextSibling;
    else old.insertBefore(one, at);
  }
  for (const one of left) if (one.id !== "notice") one.remove();
}

// What happens while the page is open, as the session's own script is told: lists change, and somebody was refused.
const told = document.getElementById("told");
let refreshing = 0;
let shown;

async function refresh() {
  const main = document.querySelector("main[data-fresh=lists]");
  if (!main || refreshing++) return;
  try {
    const text = await (await fetch(location.href)).text();
    const page = new DOMParser().parseFromString(text, "text/html").querySelector("main[data-fresh=lists]");
    const focus = document.activeElement;
    if (page) change(main, page);
    if (focus !== document.activeElement) (focus.isConnected ? focus : main).focus({ preventScroll: true });
  } catch {
    // The next word, or a reload, brings it.
  }
  setTimeout(() => {
    const again = refreshing > 1;
    refreshing = 0;
    if (again) refresh();
  }, 300);
}

function refused({ sentence, at }) {
  if (shown === at.machine) return;
  shown = at.machine;
  told.hidden = false;
  // Said once the region is there to be listened to.
  setTimeout(() => {
    told.querySelector("p").textContent = sentence;
    const time = Object.assign(document.createElement("time"), { dateTime: at.machine, textContent: at.text });
    told.querySelector("[data-at]").replaceChildren(time);
  });
}

told?.querySelector("button").addEventListener("click", () => (told.hidden = true));
document.addEventListener("innkeeper:renewed", refresh);
document.addEventListener("innkeeper:told", ({ detail: { name, data } }) => {
  if (name === "sessions") refresh();
  if (name === "refused") refused(data);
});

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
  if (!event.defaultPrevented) dispatchEvent(new Event("innkeeper-leaving"));
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

// What happens while the page is open, as the server tells it: one stream for each browser, read by the tab that was
// looked at last, which passes on what it hears. It is no activity, and without it a reload shows the same.
const told = document.querySelector("[data-live]");
if (told && window.EventSource) {
  const { live, user } = told.dataset;
  const channel = window.BroadcastChannel && new BroadcastChannel(live);
  const cover = document.getElementById("over");
  const link = cover.querySelector("a");
  const words = link.textContent;
  let after = Number(told.dataset.after);
  let source, waiting, letGo, queued, leaving, covered, shown;
  let refreshing = 0;
  let failures = 0;

  function when(where, at) {
    const time = document.createElement("time");
    time.dateTime = at?.machine;
    time.textContent = at?.text;
    where.querySelector("[data-at]").replaceChildren(...(at ? [time] : []));
  }

  // The page of a session that is over is covered: nothing on it works any more, and somebody else may sit there.
  function over(sentence, at, label = words) {
    if (leaving) return;
    document.getElementById("over-why").textContent = sentence;
    when(cover, at);
    link.textContent = label;
    link.href = location.href;
    covered = true;
    if (!cover.open) cover.showModal();
    link.focus();
  }
  document.addEventListener("keydown", (event) => {
    if (covered && event.key === "Escape") event.preventDefault();
  });
  cover.addEventListener("cancel", (event) => event.preventDefault());
  // The second wish to go back on a phone closes it whatever was said to the first.
  cover.addEventListener("close", () => covered && cover.showModal());

  function refused({ sentence, at }) {
    if (shown === at.machine) return;
    shown = at.machine;
    told.hidden = false;
    // Said once the region is there to be listened to.
    setTimeout(() => {
      told.querySelector("p").textContent = sentence;
      when(told, at);
    });
  }
  told.querySelector("button").addEventListener("click", () => (told.hidden = true));

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

  function hear({ name, id, data }) {
    after = Math.max(after, id || 0);
    if (name === "ended") over(data.sentence, data.at);
    if (name === "nobody") over(cover.dataset.nobody);
    if (name === "sessions") refresh();
    if (name === "refused") refused(data);
    if (name === "session" && data.user !== user) over(cover.dataset.other, null, link.dataset.again);
    else if (name === "session" && covered) {
      // Signed in again in another tab: the page works as before.
      covered = false;
      cover.close();
      refresh();
      if (!letGo) lead(false);
    }
  }
  if (channel) channel.onmessage = (event) => hear(event.data);

  function say(name, event = {}) {
    const word = { name, id: Number(event.lastEventId), data: event.data && JSON.parse(event.data) };
    channel?.postMessage(word);
    hear(word);
  }

  function close() {
    clearTimeout(waiting);
    source?.close();
    source = null;
  }

  function open() {
    close();
    const mine = (source = new EventSource(`${live}?after=${after}`));
    for (const name of ["session", "ended", "sessions", "refused"]) {
      mine.addEventListener(name, (event) => {
        failures = 0;
        say(name, event);
        if (name === "ended") rest();
      });
    }
    mine.onerror = async () => {
      // From a lost connection it comes back by itself, and from a refusal it does not.
      if (mine.readyState !== EventSource.CLOSED) return;
      const { status } = await fetch(live, { method: "HEAD" }).catch(() => ({}));
      if (mine !== source) return;
      if (status === 401) {
        say("nobody");
        rest();
      } else waiting = setTimeout(open, Math.min(2 ** failures++, 300) * (1 + Math.random()) * 1000);
    };
  }

  /** Becomes the one that reads, at once or when its turn comes. Where there are no locks every tab reads for itself. */
  function lead(now) {
    if (!navigator.locks) return open();
    queued?.abort();
    queued = now ? null : new AbortController();
    let had;
    const granted = () => {
      had = true;
      queued = null;
      open();
      return new Promise((done) => (letGo = done));
    };
    const options = now ? { steal: true } : { signal: queued.signal };
    navigator.locks.request(live, options, granted).catch(() => {
      if (!had) return;
      // Another tab is looked at, and reads from now on.
      letGo = null;
      close();
      lead(false);
    });
  }

  function rest() {
    close();
    queued?.abort();
    queued = null;
    letGo?.();
    letGo = null;
  }

  function look() {
    const visible = document.visibilityState === "visible";
    if (visible ? !source : !letGo && !queued && navigator.locks) lead(visible);
    if (!visible && !navigator.locks) close();
  }
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = false;
    look();
  });
  // Whoever signs out here need not be told. If the answer does not come, the page is told again.
  addEventListener("innkeeper-leaving", () => {
    leaving = true;
    rest();
    setTimeout(() => {
      leaving = false;
      look();
    }, 5000);
  });
  look();
}

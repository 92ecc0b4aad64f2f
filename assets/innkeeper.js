// Warns people before their session ends, and says why once it has. Only what somebody does keeps a session alive.
"use strict";
(() => {
  const { src, dataset } = document.currentScript;
  const base = new URL(".", src).href;
  const address = (given, path) => (given ? new URL(given, document.baseURI).href : base + path);
  const session = address(dataset.session, "session");
  const live = dataset.live === "off" || !window.EventSource ? null : address(dataset.live, "account/live");
  const channel = window.BroadcastChannel && new BroadcastChannel(session);
  /** What the server said last, until when the session lives then by this clock, and when it was asked that. */
  let state, until, words;
  let { user } = dataset;
  let learned = 0;
  /** When it was asked last, and how long it is left alone if it does not answer. */
  let asked = 0;
  let pause = 1000;
  /** When activity was reported last: to open a page is some. */
  let reported = Date.now();
  let doubted, covered, warned, dismissed, leaving, beating, shadow;

  /** False where the page says that it shows this itself. */
  const emit = (name, detail) =>
    document.dispatchEvent(new CustomEvent(`innkeeper:${name}`, { detail, cancelable: true }));

  async function call(method) {
    const at = (asked = Date.now());
    try {
      const signal = AbortSignal.timeout(5000);
      const answer = await fetch(session, { method, credentials: "include", cache: "no-store", signal });
      const said = answer.ok && (await answer.json());
      if (said.live ? said.remaining_ms >= 0 : said.sentence) {
        pause = 1000;
        learn(said, at);
        channel?.postMessage({ name: "state", data: said, at });
        return true;
      }
    } catch {}
    // Whoever cannot be asked has not said that anybody is signed out.
    pause = Math.min(pause * 2, 6e4);
    return false;
  }
  const ask = () => call("GET");
  const stay = () => {
    reported = Date.now();
    return call("POST");
  };

  function learn(said, at) {
    // What was asked before something newer was known says nothing.
    if (at < learned) return;
    learned = at;
    ({ words } = said);
    if (!said.live) {
      if (!state) return;
      // Between two tokens a browser has none for a moment.
      if (said.reason !== "none" || doubted) return over(said);
      doubted = true;
      return setTimeout(ask, 2000);
    }
    doubted = false;
    if (user !== undefined && said.user !== user) return over({ sentence: words.other, again: words.other_again });
    ({ user } = said);
    state = said;
    until = at + said.remaining_ms;
    if (covered) uncover();
    beat();
  }

  /** Looks at the clock; after the computer has slept, too. */
  function beat() {
    clearTimeout(beating);
    if (!state || covered) return;
    const now = Date.now();
    const left = until - now;
    if (left > state.warn_ms) {
      dismissed = false;
      unwarn();
    } else {
      const sure = now - learned < (left > 0 ? 1e4 : 1000);
      if (!sure && now - asked > pause) ask();
      if (warned || (sure && !dismissed)) warn(Math.max(0, left));
    }
    beating = setTimeout(beat, left > state.warn_ms ? Math.min(left - state.warn_ms, 15e3) : 1000);
  }

  for (const kind of ["pointerdown", "keydown"]) {
    const acted = (event) => event.isTrusted && state && !covered && !warned && Date.now() - reported > 6e4 && stay();
    addEventListener(kind, acted, { capture: true, passive: true });
  }

  // What is shown, out of reach of the page's style and within policies that forbid inline style.
  function dialog(role, title, text) {
    if (!shadow) {
      const host = document.createElement("innkeeper-session");
      shadow = host.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`dialog { border: 1px solid GrayText; border-radius: .75rem; padding: 1.5rem; width: min(24rem, 100vw - 2rem);
  box-sizing: border-box; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
  background: var(--innkeeper-paper, Canvas); color: var(--innkeeper-ink, CanvasText) }
  dialog::backdrop { background: rgb(0 0 0 / .5) } .cover::backdrop { background: var(--innkeeper-paper, Canvas) }
  h2 { font-size: 1.25rem; margin: 0 0 .5rem } p { margin: 0 0 1rem }
  p[role] { font-size: 2rem; font-variant-numeric: tabular-nums }
  button, a { display: block; box-sizing: border-box; width: 100%; padding: .7rem; border: 1px solid transparent;
  border-radius: .5rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
  background: var(--innkeeper-main, #0b6182); color: var(--innkeeper-on-main, #fff) }
  :focus-visible { outline: 3px solid var(--innkeeper-main, #0b6182); outline-offset: 2px }`);
      shadow.adoptedStyleSheets = [sheet];
      // What is covered is not printed either.
      const page = new CSSStyleSheet();
      page.replaceSync("body:has(> innkeeper-session[covers]) > :not(innkeeper-session) { visibility: hidden !important }");
      document.adoptedStyleSheets.push(page);
      document.body.append(host);
    }
    const made = document.createElement("dialog");
    const add = (kind, textContent = "", id = "") =>
      Object.assign(made.appendChild(document.createElement(kind)), { textContent, id });
    const about = { role, lang: words.lang, "aria-labelledby": "title", "aria-describedby": "text" };
    for (const name in about) made.setAttribute(name, about[name]);
    add("h2", title, "title");
    add("p", text, "text");
    shadow.append(made);
    return { made, add };
  }

  function warn(left) {
    const clock = new Date(left).toISOString().slice(14, 19);
    if (warned) {
      if (warned.clock) warned.clock.textContent = clock;
      return;
    }
    warned = {};
    if (!emit("ending", { remaining_ms: left, extensible: state.extensible })) return;
    const final = !state.extensible;
    const { made, add } = dialog("alertdialog", words.ending, final ? words.ending_final : words.ending_text);
    warned.clock = add("p", clock);
    warned.clock.setAttribute("role", "timer");
    const button = add("button", final ? words.ending_seen : words.stay);
    // Whoever presses Escape is there as well.
    const here = (event) => {
      event.preventDefault();
      if (!final) return stay();
      dismissed = true;
      unwarn();
    };
    button.addEventListener("click", here);
    made.addEventListener("cancel", here);
    warned.made = made;
    made.showModal();
    button.focus();
  }

  function unwarn() {
    const was = warned;
    warned = null;
    // Closed first: the focus goes back.
    was?.made?.close();
    was?.made?.remove();
  }

  /** Covers the page: nothing on it works any more, and others may sit there. */
  function over({ reason, sentence, at, again }) {
    if (leaving || covered?.sentence === sentence) return;
    unwarn();
    covered?.made?.remove();
    covered = { sentence };
    clearTimeout(beating);
    if (!emit("ended", { reason, sentence, at })) return;
    const { made, add } = dialog("dialog", words.ended, sentence);
    made.className = "cover";
    shadow.host.toggleAttribute("covers", true);
    if (at) {
      const { machine: dateTime, text: textContent } = at;
      add("p").append(Object.assign(document.createElement("time"), { dateTime, textContent }));
    }
    const link = add("a", again ?? words.again);
    link.href = (!again && dataset.signIn) || location;
    made.addEventListener("cancel", (event) => event.preventDefault());
    // The second wish to go back on a phone closes it whatever the first was answered.
    made.addEventListener("close", () => covered && made.showModal());
    covered.made = made;
    made.showModal();
    link.focus();
  }
  addEventListener("keydown", (event) => covered?.made && event.key === "Escape" && event.preventDefault(), true);

  /** Signed in again in another tab: the page works as before. */
  function uncover() {
    const { made } = covered;
    covered = null;
    made?.remove();
    shadow?.host.removeAttribute("covers");
    emit("renewed", {});
    look();
  }

  // What happens elsewhere: one stream for each browser, read by the tab that was looked at last, which passes it on.

  let source, waiting, letGo, queued;
  let failures = 0;
  let after = Number(dataset.after ?? 0);

  function hear({ name, id, data, at }) {
    after = Math.max(after, id || 0);
    if (name === "state") return learn(data, at);
    if (name === "ended" && state) {
      learned = Date.now();
      over(data);
    }
    if (name === "session" && (covered || data.user !== user)) ask();
    emit("told", { name, data });
  }
  if (channel) channel.onmessage = (event) => hear(event.data);

  function say(name, event) {
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
    const mine = (source = new EventSource(after ? `${live}?after=${after}` : live, { withCredentials: true }));
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
      await ask();
      if (mine !== source) return;
      if (covered) rest();
      else waiting = setTimeout(open, Math.min(2 ** failures++, 300) * (1 + Math.random()) * 1000);
    };
  }

  /** Becomes the one that reads, now or in turn. Without locks every tab reads. */
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
    if (visible && Date.now() - asked > 1e4) ask();
    if (!live || !state || covered) return;
    if (visible ? !source : !letGo && !queued && navigator.locks) lead(visible);
    if (!visible && !navigator.locks) close();
  }
  document.addEventListener("visibilitychange", look);
  addEventListener("online", ask);
  addEventListener("pagehide", rest);
  addEventListener("pageshow", back);
  function back() {
    leaving = false;
    look();
  }
  // Whoever signs out here need not be told. If no page follows, this one is told again.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    leaving = true;
    rest();
    setTimeout(back, 5000);
  });

  const on = (name) => (listener) => {
    document.addEventListener(`innkeeper:${name}`, listener);
    return () => document.removeEventListener(`innkeeper:${name}`, listener);
  };
  window.innkeeper = {
    remaining: () => (state && !covered ? Math.max(0, until - Date.now()) : null),
    stay,
    onEnding: on("ending"),
    onEnded: on("ended"),
  };
  ask().then(look);
})();

// What an application that only includes the script does: it warns before the end, keeps nobody signed in by itself, and
// covers the page once it is over.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it, before, after } from "node:test";
import { WIDTHS, device, signIn, sound } from "../lib/browser.js";
import { serve } from "../lib/server.js";

/** Seconds of inactivity after which a session ends here; the last quarter of it is warned of. */
const IDLE = 8;

/**
 * An application on an origin of its own, with a policy as strict as it can be. Below `/own` it has a login of its own,
 * keeps the token in its own cookie, and lets its pages ask nobody but itself.
 */
async function application() {
  let innkeeper;
  const server = createServer(async (request, response) => {
    const token = /boats=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
    if (request.url === "/own/session") {
      const headers = { cookie: `innkeeper=${token}` };
      const answer = await fetch(`${innkeeper}/session`, { method: request.method, headers });
      return response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    }
    const own = request.url === "/own";
    const asks = own ? "'self'" : innkeeper;
    const more = own ? 'data-session="/own/session" data-live="off" data-sign-in="/own/sign-in"' : "";
    const policy = `default-src 'none'; img-src data:; script-src ${innkeeper}; connect-src ${asks}; base-uri 'none'`;
    const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <title>Boats</title><link rel="icon" href="data:,"><script src="${innkeeper}/innkeeper.js" ${more} defer></script></head>
      <body><main><h1>Boats</h1><label>Guest <input></label></main></body></html>`;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy }).end(page);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  const host = `127.0.0.1:${server.address().port}`;
  return { host, url: `http://${host}/`, of: (url) => (innkeeper = url), stop };
}

/** What a browser does to a tab that is in the background for long: it is told so, and then nothing runs in it. */
async function sleeper(context, page) {
  const debug = await context.newCDPSession(page);
  await debug.send("Debugger.enable");
  const looks = (state) =>
    page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  const sleep = async () => {
    await looks("hidden");
    const paused = new Promise((resolve) => debug.once("Debugger.paused", resolve));
    await debug.send("Debugger.pause");
    // It stops before the next line that would run: this one.
    page.evaluate(() => {});
    await paused;
  };
  const wake = async () => {
    await debug.send("Debugger.resume");
    await looks("visible");
  };
  return { sleep, wake };
}

const warning = (page) => page.getByRole("alertdialog", { name: "Are you still there?" });
const cover = (page) => page.getByRole("dialog", { name: "You are signed out" });

describe("an application with the script", { concurrency: 2 }, () => {
  let server;
  let boats;
  before(async () => {
    boats = await application();
    server = await serve({ POLICY__IDLE_TIMEOUT: `${IDLE}s`, NEXT_HOSTS: boats.host });
    boats.of(server.url);
  });
  after(async () => {
    boats.stop();
    await server.stop();
  });

  /** Somebody who is signed in, at a page of the application. */
  async function at(person, options) {
    const here = await device(server, { hosts: [new URL(boats.url).origin], ...options });
    await signIn(here, person);
    await here.page.goto(boats.url);
    return here;
  }

  for (const width of WIDTHS) {
    it(`warns, lets its person stay, and says why it is over (${width} px)`, async () => {
      const person = await server.person();
      const here = await at(person, { width });
      const { page } = here;
      const field = page.getByLabel("Guest");
      await field.focus();
      const before = (await server.liveSessions(person))[0].last_active_at;
      await warning(page).waitFor();
      const stay = warning(page).getByRole("button", { name: "Stay signed in" });
      await stay.and(page.locator(":focus")).waitFor();
      assert.match(await warning(page).getByRole("timer").innerText(), /^00:0[0-2]$/);
      await stay.click();
      await warning(page).waitFor({ state: "detached" });
      await field.and(page.locator(":focus")).waitFor();
      assert.ok((await server.liveSessions(person))[0].last_active_at > before);
      // Again, until nobody answers.
      await warning(page).waitFor();
      assert.equal((await server.ended(person)).reason, "idle");
      await cover(page).getByText(`You were signed out after ${IDLE} seconds of inactivity.`).waitFor();
      await cover(page).getByRole("link", { name: "Sign in again" }).and(page.locator(":focus")).waitFor();
      await sound(page, "script-covered");
      assert.equal(await page.getByLabel("Guest").isVisible(), false, "nor on paper");
      for (let n = 0; n < 3; n += 1) await page.keyboard.press("Escape");
      assert.ok(await cover(page).isVisible());
      await here.quiet();
    });
  }

  /** The same with a clock that the story moves, for the page and for what the server says. */
  async function withClock(person, lives, more = {}) {
    const here = await device(server, { width: 1280, hosts: [new URL(boats.url).origin] });
    await signIn(here, person);
    const asked = { GET: 0, POST: 0, all: 0 };
    const clock = { now: 0, ends: lives };
    await here.context.route(`${server.url}/account/live*`, (route) => route.abort());
    await here.context.route(`${server.url}/session`, async (route) => {
      asked.all += 1;
      if (clock.says) return route.fulfill(clock.says);
      const answer = await route.fetch();
      const state = await answer.json();
      asked[route.request().method()] += 1;
      if (route.request().method() === "POST" && clock.ends > clock.now) clock.ends = clock.now + lives;
      const live = clock.ends > clock.now;
      const over = { live: false, reason: "idle", sentence: "You were signed out.", words: state.words };
      const remaining_ms = clock.ends - clock.now;
      const json = live ? { ...state, live, remaining_ms, warn_ms: 120_000, extensible: true, ...more } : over;
      await route.fulfill({ response: answer, json });
    });
    await here.context.clock.install();
    const pass = async (ms, way = "runFor") => {
      clock.now += ms;
      await here.context.clock[way](ms);
    };
    await here.page.goto(boats.url);
    await here.page.waitForFunction(() => window.innkeeper.remaining() > 0);
    return { here, pass, asked, clock };
  }

  const MINUTE = 60_000;

  it("warns two minutes before the end in every tab, and whoever stays in one stays in all", async () => {
    const { here, pass } = await withClock(await server.person(), 20 * MINUTE);
    const tabs = [here.page, await here.context.newPage()];
    await tabs[1].goto(boats.url);
    await tabs[1].waitForFunction(() => window.innkeeper.remaining() > 0);
    await pass(17 * MINUTE);
    for (const tab of tabs) assert.equal(await warning(tab).count(), 0);
    await pass(MINUTE + 1000);
    for (const tab of tabs) await warning(tab).waitFor();
    await sound(tabs[0], "script-warned");
    await warning(tabs[1]).getByRole("button", { name: "Stay signed in" }).click();
    for (const tab of tabs) await warning(tab).waitFor({ state: "detached" });
    assert.ok((await tabs[0].evaluate(() => window.innkeeper.remaining())) > 19 * MINUTE);
    await here.context.close();
  });

  it("finds out after a sleep that it is over, and never keeps a session alive by itself", async () => {
    const { here, pass, asked } = await withClock(await server.person(), 20 * MINUTE);
    await pass(15 * MINUTE);
    assert.equal(asked.POST, 0);
    await pass(8 * 60 * MINUTE, "fastForward");
    await cover(here.page).waitFor();
    assert.equal(asked.POST, 0);
    await here.context.close();
  });

  it("reports what somebody does, once a minute at most", async () => {
    const { here, pass, asked } = await withClock(await server.person(), 20 * MINUTE);
    const type = (text) => here.page.getByLabel("Guest").pressSequentially(text);
    await type("Mira");
    assert.equal(asked.POST, 0, "the page was opened a moment ago");
    await pass(2 * MINUTE);
    await type("Ono");
    await here.page.waitForFunction(() => window.innkeeper.remaining() > 19.5 * 60_000);
    assert.equal(asked.POST, 1);
    await here.context.close();
  });

  it("says of the longest time of a session that nothing moves it, once", async () => {
    const { here, pass, asked } = await withClock(await server.person(), 20 * MINUTE, { extensible: false });
    await pass(18 * MINUTE + 1000);
    await warning(here.page).getByText("as long as a session may").waitFor();
    await warning(here.page).getByRole("button", { name: "I have seen it" }).click();
    await warning(here.page).waitFor({ state: "detached" });
    await pass(MINUTE, "fastForward");
    assert.equal(await warning(here.page).count(), 0);
    await pass(MINUTE + 1000, "fastForward");
    await cover(here.page).waitFor();
    assert.equal(asked.POST, 0);
    await here.context.close();
  });

  it("says nobody is signed out while the server does not answer, and asks less and less often", async () => {
    const { here, pass, asked, clock } = await withClock(await server.person(), 20 * MINUTE);
    const headers = { "access-control-allow-origin": new URL(boats.url).origin, "access-control-allow-credentials": "true" };
    for (const body of ["{}", '{"status":"maintenance"}', "no JSON"]) {
      clock.says = { status: 200, headers, contentType: "application/json", body };
      await pass(5 * MINUTE);
      await here.page.evaluate(() => dispatchEvent(new Event("online")));
      await pass(1000);
    }
    clock.says = { status: 503, headers, body: "" };
    await pass(10 * MINUTE, "fastForward");
    const before = asked.all;
    await pass(10 * MINUTE);
    assert.ok(asked.all - before < 20, `${asked.all - before} questions in ten minutes`);
    assert.equal(await here.page.locator("dialog").count(), 0);
    clock.says = null;
    await pass(2 * MINUTE);
    await cover(here.page).waitFor();
    await here.context.close();
  });

  it("lets the application say both in its own way", async () => {
    const { here, pass } = await withClock(await server.person(), 20 * MINUTE);
    await here.page.evaluate(() => {
      window.told = [];
      window.innkeeper.onEnding((event) => {
        event.preventDefault();
        window.told.push("ending");
      });
      window.innkeeper.onEnded((event) => {
        event.preventDefault();
        window.told.push(event.detail.reason);
      });
    });
    await pass(18 * MINUTE + 1000);
    await here.page.waitForFunction(() => window.told.length === 1);
    await pass(3 * MINUTE, "fastForward");
    await here.page.waitForFunction(() => window.told.length === 2);
    assert.deepEqual(await here.page.evaluate(() => window.told), ["ending", "idle"]);
    assert.equal(await here.page.locator("dialog").count(), 0);
    await here.context.close();
  });

  it("is covered within a second when the session ends elsewhere", async () => {
    const person = await server.person();
    const here = await device(server, { width: 1280, hosts: [new URL(boats.url).origin] });
    await signIn(here, person);
    const open = here.context.waitForEvent("response", {
      predicate: (what) => new URL(what.url()).pathname === "/account/live",
    });
    await here.page.goto(boats.url);
    await open;
    await server.end((await server.liveSessions(person))[0]);
    await cover(here.page).getByText("The application that you were signed in to, or whoever runs it, ended this session.").waitFor();
    await here.quiet();
  });

  it("asks an application with a login of its own, and nobody else", async () => {
    const { session, token } = await server.signedIn(await server.person());
    const here = await device(server, { width: 390, hosts: [new URL(boats.url).origin] });
    await here.context.addCookies([{ name: "boats", value: token, url: boats.url, httpOnly: true }]);
    const asked = [];
    here.context.on("request", (request) => asked.push(request.url()));
    const { page } = here;
    await page.goto(`${boats.url}own`);
    await warning(page).waitFor();
    const answered = page.waitForResponse((answer) => answer.request().method() === "POST");
    await warning(page).getByRole("button", { name: "Stay signed in" }).click();
    const { remaining_ms } = await (await answered).json();
    assert.ok(remaining_ms > (IDLE - 1) * 1000, `${remaining_ms} ms`);
    await warning(page).waitFor({ state: "detached" });
    await server.end(session);
    await cover(page).getByText("The application that you were signed in to, or whoever runs it, ended this session.").waitFor();
    const again = cover(page).getByRole("link", { name: "Sign in again" });
    assert.equal(await again.evaluate((link) => link.href), `${boats.url}own/sign-in`);
    const elsewhere = asked.filter((url) => !url.startsWith(boats.url));
    assert.deepEqual(elsewhere, [`${server.url}/innkeeper.js`]);
    await here.quiet();
  });

  it("knows in a tab that was asleep in the background what became of its session meanwhile", async () => {
    const person = await server.person();
    const here = await at(person, { width: 1280 });
    const tabs = [here.page, await here.context.newPage()];
    await tabs[1].goto(boats.url);
    const { sleep, wake } = await sleeper(here.context, tabs[0]);
    const left = await tabs[0].evaluate(() => window.innkeeper.remaining());
    const since = Date.now();
    await sleep();
    await warning(tabs[1]).getByRole("button", { name: "Stay signed in" }).click();
    await warning(tabs[1]).waitFor({ state: "detached" });
    await wake();
    // It hears from the other tab that somebody stayed.
    const moved = ([left, since]) => window.innkeeper.remaining() > left - (Date.now() - since) + 1000;
    await tabs[0].waitForFunction(moved, [left, since]);
    assert.equal(await tabs[0].locator("dialog").count(), 0);
    await sleep();
    await tabs[1].close();
    assert.equal((await server.ended(person)).reason, "idle");
    await wake();
    // Nobody else is there to tell it: it asks.
    await cover(tabs[0]).getByText(`You were signed out after ${IDLE} seconds of inactivity.`).waitFor();
    await here.quiet();
  });

  it("leaves the application alone where no script runs", async () => {
    const here = await at(await server.person(), { width: 390, javaScriptEnabled: false });
    assert.equal(await here.page.locator("h1").innerText(), "Boats");
    assert.equal(await here.page.locator("dialog").count(), 0);
    await here.quiet();
  });
});

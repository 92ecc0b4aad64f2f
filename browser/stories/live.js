// What an open page says by itself: that its session is over, that a list has changed, that somebody was refused.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { DEVICES, WIDTHS, device, signIn, press, sound } from "../lib/browser.js";
import { serve } from "../lib/server.js";

const BY_APPLICATION = "The application that you were signed in to, or whoever runs it, ended this session.";
const ENDED_ELSEWHERE =
  "This session was ended from another device, by you or by somebody who signs in with your login.";

/** Whoever looks at a page sees it within a second; where other work takes the processor it may be a little more. */
const WITHIN_MS = 3000;

const cover = (page) => page.getByRole("dialog", { name: "You are signed out" });
const rows = (page) => page.locator("section[aria-labelledby=live] li.row");

/** The stream of a page is open: the server has said whose it is. */
async function listening(one) {
  await one.context.waitForEvent("response", { predicate: isStream });
}
const isStream = (what) => new URL(what.url()).pathname === "/account/live";

describe("an open page", { concurrency: 2 }, () => {
  let server;
  before(async () => {
    server = await serve({ POLICY__SESSIONS_PER_USER: "3" });
  });
  after(() => server.stop());

  /** Somebody at a page whose stream is open. */
  async function at(path, person, options) {
    const one = await device(server, options);
    await signIn(one, person);
    const open = listening(one);
    await one.page.goto(path);
    await open;
    return one;
  }

  for (const width of WIDTHS) {
    it(`is covered when its session ends, and says why and by whom (${width} px)`, async (t) => {
      const person = await server.person();
      const here = await at("/account/security", person, { width });
      const { page } = here;
      const [session] = await server.liveSessions(person);
      await server.end(session);
      const ended = performance.now();
      await cover(page).waitFor();
      const took = performance.now() - ended;
      t.diagnostic(`covered ${Math.round(took)} ms after the answer to the end`);
      assert.ok(took < WITHIN_MS, `${took} ms`);
      assert.match(await cover(page).innerText(), new RegExp(BY_APPLICATION));
      assert.match(await cover(page).locator("time").innerText(), /^\d+ \w+ \d{4}, \d\d:\d\d AEST \(Brisbane\)$/);
      const link = cover(page).getByRole("link", { name: "Sign in again" });
      await link.and(page.locator(":focus")).waitFor();
      await sound(page, "covered");
      for (let n = 0; n < 3; n += 1) await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
      assert.ok(await cover(page).isVisible());
      assert.equal(await page.evaluate(() => document.activeElement.closest("main, header")), null);

      await link.click();
      await page.locator("#told-why").waitFor();
      assert.equal(await page.locator("#told-why").innerText(), BY_APPLICATION);
      await page.getByLabel("E-mail address").fill(person.email);
      await page.getByLabel("Password").fill(person.password);
      await press(page, page.getByRole("button", { name: "Sign in" }));
      assert.equal(new URL(page.url()).pathname, "/account/security");
      await here.quiet();
    });

    it(`shows the list as it is, and whoever is in the middle of something stays there (${width} px)`, async () => {
      const person = await server.person();
      const here = await at("/account/sessions", person, { width });
      const { page } = here;
      const list = await rows(page).count();
      assert.equal(list, 1);
      const own = rows(page).filter({ hasText: "This device" });
      const more = own.locator("details.more summary");
      await more.click();
      const phone = await server.started(person, DEVICES.phone, "phone");
      await rows(page).nth(1).waitFor();
      await more.and(page.locator(":focus")).waitFor();
      assert.equal(await own.locator("details.more[open]").count(), 1);
      assert.equal(await page.locator("details.more[open]").count(), 1);

      await own.getByRole("link", { name: "Give it a name" }).click();
      const dialog = page.getByRole("dialog", { name: "Name of the device" });
      const field = dialog.getByLabel("Name");
      await field.fill("Front d");
      const laptop = await server.started(person, DEVICES.laptop, "laptop");
      await page.waitForFunction(() => document.querySelectorAll("section[aria-labelledby=live] li.row").length === 3);
      await field.and(page.locator(":focus")).waitFor();
      await page.keyboard.type("esk");
      await press(page, dialog.getByRole("button", { name: "Save" }));
      assert.ok(await rows(page).getByText("Front desk").isVisible());
      await sound(page, "list-refreshed");

      // The button that has the focus goes with its row.
      const gone = rows(page).filter({ hasText: "Safari on iPhone" });
      await gone.getByRole("button", { name: "Terminate" }).focus();
      await server.end(phone);
      await gone.waitFor({ state: "detached" });
      await page.locator("main:focus").waitFor();
      // Nothing that the page did by itself was activity.
      const times = (await server.liveSessions(person)).find(({ id }) => id !== laptop.id);
      assert.ok(times.last_active_at <= (await page.evaluate(() => new Date(performance.timeOrigin + 2000).toISOString())));
      await here.quiet();
    });
  }

  for (const width of WIDTHS) {
    it(`says quietly that somebody was refused (${width} px)`, async () => {
      const person = await server.person();
      const here = await at("/account", person, { width });
      for (const name of ["phone", "laptop"]) await server.started(person, DEVICES[name], name);
      const stranger = await device(server, { width, userAgent: DEVICES.laptop });
      const isRefused = async () => {
        await stranger.page.goto("/sign-in");
        assert.equal((await signIn(stranger, person)).status(), 409);
      };
      await isRefused();
      const { page } = here;
      const banner = page.getByRole("status");
      await banner.getByText("Somebody tried to sign in as you").waitFor();
      await sound(page, "refused-banner");
      await isRefused();
      await banner.getByText("2 times").waitFor();
      await banner.getByRole("button", { name: "Close" }).click();
      await banner.waitFor({ state: "hidden" });
      await isRefused();
      await banner.getByText("3 times").waitFor();
      await banner.getByRole("link").click();
      await page.waitForURL("**/account/security");
      await here.quiet();
      await stranger.quiet();
    });
  }

  it("shares one stream with the other tabs of its browser, and all of them are covered", async () => {
    const person = await server.person();
    const here = await device(server, { width: 1280 });
    const streams = new Set();
    here.context.on("request", (request) => isStream(request) && streams.add(request));
    for (const end of ["requestfinished", "requestfailed"]) here.context.on(end, (request) => streams.delete(request));
    const open = () => [...streams].filter((request) => !request.frame().page().isClosed()).length;
    await signIn(here, person);
    const tabs = [here.page, await here.context.newPage(), await here.context.newPage()];
    for (const tab of tabs) {
      const opened = listening(here);
      await tab.goto("/account/sessions");
      await opened;
    }
    await server.started(person, DEVICES.phone, "phone");
    for (const tab of tabs) await rows(tab).nth(1).waitFor();
    assert.equal(open(), 1);
    // The tab that reads the stream is closed, and another one goes on.
    const opened = listening(here);
    await tabs.pop().close();
    await opened;
    await server.started(person, DEVICES.laptop, "laptop");
    for (const tab of tabs) await rows(tab).nth(2).waitFor();
    assert.equal(open(), 1);
    for (const session of await server.liveSessions(person)) await server.end(session);
    for (const tab of tabs) await cover(tab).waitFor();
    await here.quiet();
  });

  it("is uncovered when its person signs in again in another tab, and not when somebody else does", async () => {
    const [person, other] = [await server.person(), await server.person()];
    const here = await at("/account/security/password", person, { width: 1280 });
    const { page } = here;
    await page.getByLabel("New password").fill("half a pass");
    const [session] = await server.liveSessions(person);
    await server.end(session);
    await cover(page).waitFor();

    const tab = { ...here, page: await here.context.newPage() };
    await tab.page.goto("/account");
    assert.equal(await tab.page.locator("#told-why").innerText(), BY_APPLICATION);
    await signIn(tab, person);
    await cover(page).waitFor({ state: "hidden" });
    assert.equal(await page.getByLabel("New password").inputValue(), "half a pass");

    await press(tab.page, tab.page.locator("header").getByRole("button", { name: "Sign out" }));
    await cover(page).getByText("You signed out.").waitFor();
    await signIn(tab, other);
    await cover(page).getByText("Somebody else is signed in in this browser now.").waitFor();
    await cover(page).getByRole("link", { name: "Load this page as they see it" }).click();
    await page.waitForLoadState("load");
    assert.equal(await cover(page).count(), 0);
    await here.quiet();
  });

  it("never covers the tab in which somebody signs out themselves", async () => {
    const person = await server.person();
    const here = await at("/account", person, { width: 1280 });
    const { page } = here;
    await page.evaluate(() => {
      new MutationObserver(() => sessionStorage.setItem("covered", "yes")).observe(document.body, { childList: true });
    });
    await press(page, page.locator("header").getByRole("button", { name: "Sign out" }));
    assert.equal(await page.evaluate(() => sessionStorage.getItem("covered")), null);
    await here.quiet();
  });

  it("says the same on a reload where no script runs", async () => {
    const person = await server.person();
    const here = await device(server, { width: 390, javaScriptEnabled: false });
    const { page } = here;
    await signIn(here, person);
    await page.goto("/account/sessions");
    const phone = await device(server, { width: 390, userAgent: DEVICES.phone });
    await signIn(phone, person);
    assert.equal(await page.locator("dialog:visible, #told:visible").count(), 0);
    await page.reload();
    assert.equal(await rows(page).count(), 2);
    await phone.page.goto("/account/sessions/end-others");
    await press(phone.page, phone.page.locator("main").getByRole("button", { name: "End all other sessions" }));
    await page.reload();
    assert.equal(await page.locator("#told-why").innerText(), ENDED_ELSEWHERE);
    await here.quiet();
    await phone.quiet();
  });
});

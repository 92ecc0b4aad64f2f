// The page of active sessions: seeing them, ending one, ending the others; with script, without, by keyboard alone.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { DEVICES, WIDTHS, device, signIn, press, sound } from "../lib/browser.js";
import { serve } from "../lib/server.js";

const ENDED_ELSEWHERE =
  "This session was ended from another device, by you or by somebody who signs in with your login.";

const ALREADY_OVER = "That session was already over.";

describe("active sessions", { concurrency: 2 }, () => {
  let server;
  before(async () => {
    server = await serve({ POLICY__SESSIONS_PER_USER: "3" });
  });
  after(() => server.stop());

  /** Somebody signed in on two devices, or three, the first of which looks at its sessions. */
  async function devices(width, count, more = {}) {
    const person = await server.person();
    const all = [];
    for (const userAgent of [DEVICES.office, DEVICES.phone, DEVICES.laptop].slice(0, count)) {
      const one = await device(server, { width, userAgent, ...(all.length ? {} : more) });
      await signIn(one, person);
      all.push(one);
    }
    await all[0].page.goto("/account/sessions");
    return [person, ...all];
  }

  const rows = (page) => page.locator("section[aria-labelledby=live] li.row");

  async function isTold(one) {
    await one.page.goto("/account");
    assert.equal(await one.page.locator("#told-why").innerText(), ENDED_ELSEWHERE);
    assert.ok(await one.page.locator("main time").first().isVisible());
  }

  for (const width of WIDTHS) {
    it(`one is ended through the dialog, and its browser is told why (${width} px)`, async () => {
      const [person, here, phone] = await devices(width, 2);
      const { page } = here;
      assert.equal(await rows(page).count(), 2);
      const own = rows(page).filter({ hasText: "This device" });
      assert.equal(await own.count(), 1);
      assert.match(await own.innerText(), /Chrome on Windows[^]*Last active\s+Active now/);
      await sound(page, "sessions-two");

      const open = rows(page).filter({ hasText: "Safari on iPhone" }).getByRole("button", { name: "Terminate" });
      const dialog = page.getByRole("dialog", { name: "End this session?" });
      await open.click();
      await dialog.waitFor();
      await sound(page, "dialog");
      await dialog.getByRole("link", { name: "Cancel" }).click();
      await dialog.waitFor({ state: "hidden" });
      assert.equal((await server.liveSessions(person)).length, 2);

      await open.click();
      await press(page, dialog.getByRole("button", { name: "Terminate" }));
      const notice = page.getByRole("status");
      assert.equal(await notice.innerText(), "The session on Safari on iPhone has ended. Whoever used it is told why.");
      await notice.and(page.locator(":focus")).waitFor();
      assert.equal(await rows(page).count(), 1);
      await sound(page, "sessions-after");

      await isTold(phone);
      await sound(phone.page, "told-why");
      assert.equal((await signIn(phone, person)).status(), 303);
      await here.quiet();
      await phone.quiet();
    });

    it(`all others are ended at once (${width} px)`, async () => {
      const [person, here, phone, laptop] = await devices(width, 3);
      const { page } = here;
      await page.getByRole("button", { name: "End all other sessions" }).first().click();
      const dialog = page.getByRole("dialog", { name: "End all other sessions?" });
      await sound(page, "dialog-others");
      await press(page, dialog.getByRole("button", { name: "End all other sessions" }));
      const notice = page.getByRole("status");
      assert.equal(await notice.innerText(), "2 other sessions have ended.");
      await notice.and(page.locator(":focus")).waitFor();
      assert.equal(await rows(page).count(), 1);
      assert.equal((await server.liveSessions(person)).length, 1);
      await isTold(phone);
      await isTold(laptop);
      for (const one of [here, phone, laptop]) await one.quiet();
    });

    it(`without script the same is asked on a page of its own (${width} px)`, async () => {
      const [person, here, phone, laptop] = await devices(width, 3, { javaScriptEnabled: false });
      const { page } = here;
      await rows(page).filter({ hasText: "Safari on iPhone" }).getByRole("button", { name: "Terminate" }).click();
      await page.waitForURL("**/terminate?");
      assert.equal(await page.locator("h1").innerText(), "End this session?");
      assert.match(await page.locator("main").innerText(), /Safari on iPhone/);
      await press(page, page.locator("main").getByRole("button", { name: "Terminate" }));
      assert.match(await page.getByRole("status").innerText(), /^The session on Safari on iPhone has ended/);
      await isTold(phone);

      await page.getByRole("button", { name: "End all other sessions" }).click();
      await page.waitForURL("**/end-others?");
      await press(page, page.locator("main").getByRole("button", { name: "End all other sessions" }));
      assert.equal(await page.getByRole("status").innerText(), "1 other session has ended.");
      await isTold(laptop);
      await press(page, page.locator("header").getByRole("button", { name: "Sign out" }));
      assert.equal((await server.liveSessions(person)).length, 0);
      for (const one of [here, phone, laptop]) await one.quiet();
    });

    it(`what is pressed twice was already over (${width} px)`, async () => {
      const [person, here, phone] = await devices(width, 2);
      const { page, context } = here;
      const question = await rows(page).locator("form[action$=terminate]").getAttribute("action");
      const stale = { ...here, page: await context.newPage() };
      // A tab that hears of the end and does not get the list anew, as on a connection that comes and goes.
      await stale.page.route("**/account/sessions", (route) =>
        route.request().resourceType() === "fetch" ? route.fulfill({ body: "" }) : route.continue(),
      );
      await stale.page.goto("/account/sessions");
      const terminate = async ({ page }) => {
        await rows(page).getByRole("button", { name: "Terminate" }).click();
        await press(page, page.getByRole("dialog").getByRole("button", { name: "Terminate" }));
        return page.getByRole("status").innerText();
      };
      assert.match(await terminate(here), /^The session on Safari on iPhone has ended/);
      // Another tab still shows the row; the page before, as the browser's button brings it back, does not.
      assert.equal(await terminate(stale), ALREADY_OVER);
      await sound(stale.page, "already-over");
      await page.goBack();
      await page.waitForURL("**/account/sessions");
      assert.equal(await rows(page).count(), 1);
      // Nor is the question asked any more on the page of its own.
      await page.goto(question);
      assert.equal(await page.getByRole("status").innerText(), ALREADY_OVER);
      assert.equal((await server.liveSessions(person)).length, 1);
      await here.quiet();
      await phone.quiet();
    });

    it(`the session at hand ends as a sign-out (${width} px)`, async () => {
      const [person, here, phone] = await devices(width, 2);
      const { page } = here;
      const before = await server.liveSessions(person);
      const own = rows(page).filter({ hasText: "This device" });
      assert.equal(await own.getByRole("button", { name: "Terminate" }).count(), 0);
      await press(page, own.getByRole("button", { name: "Sign out" }));
      assert.equal(new URL(page.url()).pathname, "/signed-out");
      const [left, ...more] = await server.liveSessions(person);
      assert.equal(more.length, 0);
      assert.equal(await server.endOf(before.find(({ id }) => id !== left.id)), "signed_out");
      await page.goBack();
      await page.waitForLoadState();
      await page.goto("/account");
      assert.equal(await page.getByRole("heading", { name: "Your account" }).count(), 0);
      await here.quiet();
      await phone.quiet();
    });

    it(`the pages that ask are whole (${width} px)`, async () => {
      const [, here, phone] = await devices(width, 2);
      const { page } = here;
      await page.goto(await page.locator("form[data-dialog=terminate]", { hasText: "Terminate" }).getAttribute("action"));
      await sound(page, "confirm");
      await page.goto("/account/sessions/end-others");
      await sound(page, "confirm-others");
      await here.quiet();
      await phone.quiet();
    });

    it(`everything is done by keyboard alone, and the focus is always seen (${width} px)`, async () => {
      const person = await server.person();
      const phone = await device(server, { width, userAgent: DEVICES.phone });
      await signIn(phone, person);
      const here = await device(server, { width });
      const { page } = here;
      await page.goto("/sign-in");
      await tabTo(page, "E-mail address");
      await page.keyboard.type(person.email);
      await tabTo(page, "Password");
      await page.keyboard.type(person.password);
      await page.keyboard.press("Enter");
      await page.waitForURL("**/account");
      await tabTo(page, "Skip to content");
      await tabTo(page, "Your menu");
      await page.keyboard.press("Enter");
      const menu = page.locator("details.menu .drop");
      await menu.waitFor();
      await tabTo(page, "Account");
      await page.keyboard.press("Escape");
      await menu.waitFor({ state: "hidden" });
      assert.equal(await focused(page), "Your menu");
      await tabTo(page, "Active sessions");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/account/sessions");

      await tabTo(page, "IP address");
      const address = rows(page).first().locator("details code");
      assert.ok(await address.isHidden());
      await page.keyboard.press("Enter");
      await address.waitFor();
      assert.equal(await address.innerText(), "127.0.0.1");
      await page.keyboard.press("Space");
      await address.waitFor({ state: "hidden" });

      await tabTo(page, "Terminate");
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog");
      await dialog.waitFor();
      assert.equal(await focused(page), "Cancel");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      assert.equal(await focused(page), "Terminate");
      await page.keyboard.press("Enter");
      await dialog.waitFor();
      await page.keyboard.press("Shift+Tab");
      assert.equal(await focused(page), "Terminate");
      await page.keyboard.press("Enter");
      await page.locator("#notice:focus").waitFor();
      assert.match(await focused(page), /^The session on Safari on iPhone has ended/);
      await isTold(phone);
      await here.quiet();
      await phone.quiet();
    });
  }
});

/** Presses Tab until what is called `name` has the focus. */
async function tabTo(page, name) {
  const passed = [];
  while (passed.length < 30) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (now === name) return;
    passed.push(now);
  }
  assert.fail(`${name} is not reached by Tab: ${passed.join(", ")}`);
}

/** What has the focus, which has to be seen: within the window, and with an outline. */
async function focused(page) {
  const found = await page.evaluate(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const name = element.labels?.[0]?.innerText ?? element.getAttribute("aria-label") ?? element.innerText;
    return {
      name: name.trim(),
      outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
      inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
  });
  assert.deepEqual(found, { ...found, outlined: true, inside: true });
  return found.name;
}

// What time does to a session: inactivity ends it, and a sign-in of long ago does not suffice to end others.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { DEVICES, WIDTHS, device, signIn, press, sound } from "../lib/browser.js";
import { serve } from "../lib/server.js";

describe("inactivity", { concurrency: 2 }, () => {
  let server;
  before(async () => {
    server = await serve({ POLICY__IDLE_TIMEOUT: "2s" });
  });
  after(() => server.stop());

  for (const width of WIDTHS) {
    it(`covers the page that is open and says why, and so does whatever is tried next (${width} px)`, async () => {
      const person = await server.person();
      const here = await device(server, { width });
      const { page } = here;
      await signIn(here, person);
      assert.equal((await server.ended(person)).reason, "idle");

      const cover = page.getByRole("dialog", { name: "You are signed out" });
      await cover.getByText("You were signed out after 2 seconds of inactivity.").waitFor();
      await cover.getByRole("link", { name: "Sign in again" }).click();
      await page.locator("#told-why").waitFor();
      assert.equal(await page.locator("#told-why").innerText(), "You were signed out after 2 seconds of inactivity.");
      await sound(page, "told-why-idle");
      // The place is free: another browser gets in now.
      const phone = await device(server, { width, userAgent: DEVICES.phone });
      assert.equal((await signIn(phone, person)).status(), 303);
      await here.quiet();
      await phone.quiet();
    });
  }
});

describe("step-up", { concurrency: 2 }, () => {
  const WITHIN_MS = 3000;
  let server;
  before(async () => {
    const within = `${WITHIN_MS / 1000}s`;
    server = await serve({ POLICY__STEP_UP_WITHIN: within, POLICY__SESSIONS_PER_USER: "3" });
  });
  after(() => server.stop());

  for (const width of WIDTHS) {
    it(`a sign-in of long ago asks for the password before it ends another session (${width} px)`, async () => {
      const person = await server.person();
      const phone = await device(server, { width, userAgent: DEVICES.phone });
      await signIn(phone, person);
      const here = await device(server, { width });
      const { page } = here;
      await signIn(here, person);
      await page.goto("/account/sessions");
      // The page was loaded after the sign-in, so the sign-in is at least as old.
      await page.waitForFunction((ms) => performance.now() > ms, WITHIN_MS);

      await page.getByRole("button", { name: "Terminate" }).click();
      const ask = page.getByRole("dialog").getByRole("button", { name: "Terminate" });
      await press(page, ask);
      assert.equal(await page.locator("h1").innerText(), "Confirm that it is you");
      assert.equal((await server.liveSessions(person)).length, 2);
      await sound(page, "step-up");
      const confirm = page.getByRole("button", { name: "Confirm" });
      await page.getByLabel("Password").fill("not this one");
      assert.equal((await press(page, confirm)).status(), 401);
      assert.ok(await page.getByRole("alert").isVisible());
      await sound(page, "step-up-wrong");
      await page.getByLabel("Password").fill(person.password);
      await press(page, confirm);
      assert.equal(await page.locator("h1").innerText(), "End this session?");
      await press(page, page.locator("main").getByRole("button", { name: "Terminate" }));
      assert.match(await page.getByRole("status").innerText(), /has ended/);
      assert.equal((await server.liveSessions(person)).length, 1);
      await here.quiet();
      await phone.quiet();
    });
  }
});

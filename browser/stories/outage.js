// The store fails under people who are signed in: they are told that it is not them, and nobody is signed out by it.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { DEVICES, WIDTHS, device, signIn, press, sound } from "../lib/browser.js";
import { serveOnFailingDisk } from "../lib/server.js";

describe("a store that fails", () => {
  let server;
  let disk;
  before(async () => {
    ({ server, disk } = await serveOnFailingDisk({ POLICY__SESSIONS_PER_USER: "3" }));
  });
  after(() => server.stop());

  for (const width of WIDTHS) {
    it(`signs nobody out, and says so (${width} px)`, async () => {
      const person = await server.person();
      const here = await device(server, { width, fails: [503] });
      const phone = await device(server, { width, userAgent: DEVICES.phone, fails: [503] });
      await signIn(phone, person);
      await signIn(here, person);
      const { page } = here;
      await page.goto("/account/sessions");
      const cookies = await here.context.cookies();
      const nobodyIsSignedOut = async (where) => {
        assert.match(await where.locator("main").innerText(), /nobody has been signed out/);
        assert.match(await where.locator("h1").innerText(), /Not available right now/);
      };

      await disk(false);
      await page.getByRole("button", { name: "Terminate" }).click();
      const ended = await press(page, page.getByRole("dialog").getByRole("button", { name: "Terminate" }));
      assert.equal(ended.status(), 503);
      await nobodyIsSignedOut(page);
      await sound(page, "outage");
      const laptop = await device(server, { width, userAgent: DEVICES.laptop, fails: [503] });
      assert.equal((await signIn(laptop, person)).status(), 503);
      await nobodyIsSignedOut(laptop.page);
      await press(phone.page, phone.page.locator("header").getByRole("button", { name: "Sign out" }));
      await nobodyIsSignedOut(phone.page);
      // Looking needs no write at once; whether it did or not, nobody is sent to sign in.
      assert.ok([200, 503].includes((await phone.page.goto("/account")).status()));
      assert.equal(new URL(phone.page.url()).pathname, "/account");

      await disk(true);
      // What the page advises: the same cookies as before, and the same two sessions.
      assert.deepEqual(await here.context.cookies(), cookies);
      await page.goto("/account/sessions");
      assert.equal(await page.locator("section[aria-labelledby=live] li.row").count(), 2);
      await phone.page.goto("/account");
      assert.equal(new URL(phone.page.url()).pathname, "/account");
      assert.equal(await phone.page.locator("h1").innerText(), "Your account");
      assert.equal((await server.liveSessions(person)).length, 2);
      for (const one of [here, phone, laptop]) await one.quiet();
    });
  }
});

// People for whom pages are easily broken, on every page that they can reach: without script, and with names that are
// written from right to left.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { DEVICES, WIDTHS, device, signIn, press, sound } from "../lib/browser.js";
import { structure } from "../lib/checks.js";
import { serve } from "../lib/server.js";
import { walk } from "../lib/walk.js";

/** An Arabic and a Hebrew name; the second is followed by signs that have no direction of their own. */
const NAMES = { 390: "ليلى حداد", 1280: "דנה לוי (12)" };

describe("every page that can be reached", { concurrency: 2 }, () => {
  let server;
  before(async () => {
    server = await serve({ POLICY__SESSIONS_PER_USER: "3" });
  });
  after(() => server.stop());

  for (const width of WIDTHS) {
    it(`works without script (${width} px)`, async () => {
      const person = await server.person();
      const phone = await device(server, { width, userAgent: DEVICES.phone });
      await signIn(phone, person);
      const here = await device(server, { width, javaScriptEnabled: false });
      const { page } = here;
      await signIn(here, person);
      const visited = await walk(page, "/account", async (address, kind) => {
        assert.equal((await page.goto(address)).status(), 200, kind);
        assert.equal(await page.locator("h1").count(), 1, kind);
        const ways = page.locator("main").getByRole("button").or(page.locator("main a"));
        assert.ok((await ways.filter({ visible: true }).count()) > 0, kind);
        // Nothing that needs the script is shown to whoever has none.
        assert.equal(await page.locator("dialog:visible").count(), 0, kind);
      });
      for (const kind of ["/account", "/account/sessions", "/account/sessions/s_…/terminate"]) {
        assert.ok(visited.includes(kind), `${kind} is not among ${visited}`);
      }
      await press(page, page.locator("header").getByRole("button", { name: "Sign out" }));
      assert.equal(await page.locator("#told-why").innerText(), "You are not signed in in this browser.");
      assert.equal((await server.liveSessions(person)).length, 1);
      await here.quiet();
      await phone.quiet();
    });

    it(`is not turned around by a name (${width} px)`, async () => {
      const name = NAMES[width];
      const person = await server.person(name, `${name} ✈`);
      const phone = await device(server, { width, userAgent: DEVICES.phone });
      await signIn(phone, person);
      const here = await device(server, { width });
      const { page } = here;
      await signIn(here, person);
      let seen = 0;
      await walk(page, "/account", async (address, kind) => {
        await page.goto(address);
        assert.equal(await page.evaluate(() => getComputedStyle(document.body).direction), "ltr", kind);
        // A public page names nobody.
        if (!kind.startsWith("/account")) return;
        const menu = page.locator("details.menu");
        await menu.evaluate((menu) => (menu.open = true));
        assert.ok(await menu.getByText(name).isVisible(), kind);
        // The name starts at the same side as everything else in the menu.
        const [words, role] = await menu.locator(".drop p > *").evaluateAll((parts) =>
          parts.map((part) => {
            const range = document.createRange();
            range.selectNodeContents(part);
            return range.getBoundingClientRect().left;
          }),
        );
        assert.ok(Math.abs(words - role) < 2, `${kind}: the name at ${words}, the role at ${role}`);
        assert.deepEqual(await structure(page), [], kind);
        seen += 1;
        if (seen === 1) await sound(page, `right-to-left`);
      });
      await here.quiet();
      await phone.quiet();
    });
  }
});

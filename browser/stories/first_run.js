// The first run: the link that the server prints, and whoever opens it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WIDTHS, device, press, signIn, sound } from "../lib/browser.js";
import { PASSWORD, serveAnew } from "../lib/server.js";

const heading = (page) => page.locator("h1").innerText();

describe("the first run", () => {
  for (const width of WIDTHS) {
    it(`makes whoever has the printed link administrator, once (${width} px)`, async () => {
      const server = await serveAnew();
      const here = await device(server, { width, fails: [410, 422] });
      const { page } = here;
      await page.goto(server.link);
      assert.equal(await heading(page), "Make the first administrator");
      await sound(page, "setup");
      await page.getByLabel("E-mail address").fill("ada@help.example");
      await page.getByLabel("Your name").fill("Ada");
      await page.getByLabel("Password").fill("password");
      const button = page.getByRole("button", { name: "Make me administrator" });
      assert.equal((await press(page, button)).status(), 422);
      assert.equal(await page.getByLabel("E-mail address").inputValue(), "ada@help.example");
      await sound(page, "setup-refused");
      await page.getByLabel("Password").fill(PASSWORD);
      assert.equal((await press(page, button)).status(), 303);
      assert.equal(await heading(page), "Your account");
      await page.goto("/support");
      assert.equal(await heading(page), "Support");

      const late = await device(server, { width, fails: [410] });
      await late.page.goto(server.link);
      assert.equal(await heading(late.page), "This link is over");
      await sound(late.page, "setup-gone");
      await late.quiet();
      await press(page, page.locator("header").getByRole("button", { name: "Sign out" }));
      await signIn(here, { email: "ada@help.example", password: PASSWORD });
      assert.equal(await heading(page), "Your account");
      await here.quiet();
      await server.stop();
    });
  }
});

// A forgotten password: asked for, mailed, set anew by the link, and used.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { WIDTHS, device, press, signIn, sound } from "../lib/browser.js";
import { mailServer } from "../lib/mail.js";
import { serve } from "../lib/server.js";

const heading = (page) => page.locator("h1").innerText();

describe("a forgotten password", () => {
  let mail;
  let server;
  before(async () => {
    mail = await mailServer();
    server = await serve(mail.settings);
  });
  after(async () => {
    await server.stop();
    mail.stop();
  });

  for (const width of WIDTHS) {
    it(`is set anew by the link that is mailed (${width} px)`, async () => {
      const person = await server.person();
      const office = await device(server, { width });
      await signIn(office, person);
      const lost = await device(server, { width, fails: [410, 422] });
      const { page } = lost;
      await page.goto("/sign-in");
      await page.getByRole("link", { name: "Forgotten the password?" }).click();
      await sound(page, "forgot");
      await page.getByLabel("E-mail address").fill(person.email);
      await press(page, page.getByRole("button", { name: "Send the link" }));
      await page.getByText("a mail with a link is on its way").waitFor();
      await sound(page, "forgot-asked");

      const [link] = await mail.mailed(person.email, /http:\S+\/reset\?code=[\w-]{43}/);
      assert.ok(link.startsWith(server.url), link);
      await page.goto(link);
      assert.equal(await heading(page), "Set a new password");
      assert.ok(await page.getByText(person.email).isVisible());
      await sound(page, "reset");
      const field = page.getByLabel("New password");
      await page.getByRole("button", { name: "Show what is typed" }).click();
      assert.equal(await field.getAttribute("type"), "text");
      await field.fill("password");
      assert.equal((await press(page, page.getByRole("button", { name: "Set the password" }))).status(), 422);
      await sound(page, "reset-refused");
      await field.fill("terns above the old pier");
      assert.equal((await press(page, page.getByRole("button", { name: "Set the password" }))).status(), 200);
      assert.ok(await page.getByText("Your new password is set").isVisible());
      assert.equal((await server.ended(person)).reason, "password_reset");
      await sound(page, "reset-done");
      assert.equal(await page.getByLabel("E-mail address").inputValue(), person.email);
      await page.getByLabel("Password").fill("terns above the old pier");
      await press(page, page.getByRole("button", { name: "Sign in", exact: true }));
      assert.equal(await heading(page), "Your account");

      await page.goto(link);
      assert.equal(await heading(page), "This link does not work");
      await sound(page, "reset-gone");
      await mail.mailed(person.email, /The password of your login was changed/);
      await lost.quiet();
      await office.quiet();
    });
  }

  it("is set anew without script, too", async () => {
    const person = await server.person();
    const plain = await device(server, { width: 390, javaScriptEnabled: false });
    await plain.page.goto("/forgot");
    await plain.page.getByLabel("E-mail address").fill(person.email);
    await press(plain.page, plain.page.getByRole("button", { name: "Send the link" }));
    const [link] = await mail.mailed(person.email, /http:\S+\/reset\?code=[\w-]{43}/);
    await plain.page.goto(link);
    assert.ok(await plain.page.getByRole("button", { name: "Show what is typed" }).isHidden());
    await plain.page.getByLabel("New password").fill("terns above the old pier");
    await press(plain.page, plain.page.getByRole("button", { name: "Set the password" }));
    await signIn(plain, { ...person, password: "terns above the old pier" });
    assert.equal(await heading(plain.page), "Your account");
    await plain.quiet();
  });
});

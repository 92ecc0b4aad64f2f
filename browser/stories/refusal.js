// One person, one session: the rule as two browsers meet it, on the demo that a stranger starts.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { DEVICES, WIDTHS, device, signIn, press, sound } from "../lib/browser.js";
import { demo } from "../lib/server.js";

const SENTENCE =
  "You are already logged in. Only one session per user is valid. Please contact support if you think this is an error.";

/** Somebody of the demo for each width, and another one who closes their browser. */
const PEOPLE = {
  390: ["maya@noosa-kayak.example", "oscar@freo-harbour.example"],
  1280: ["priya@freo-harbour.example", "elena@lisboa-tram.example"],
};

describe("one person, one session", { concurrency: 2 }, () => {
  let server;
  let password;
  before(async () => {
    server = await demo();
    password = server.said.find((line) => line.includes("password: ")).split("password: ")[1];
  });
  after(() => server.stop());

  it("every address that the demo prints can be opened", async () => {
    const addresses = server.said.join(" ").match(/http:\S+/g);
    assert.ok(addresses.length >= 3, server.said.join("\n"));
    for (const address of addresses) {
      const answer = await fetch(address);
      assert.ok(answer.status === 200 || answer.status === 401, `${answer.status} ${address}`);
    }
  });

  for (const width of WIDTHS) {
    it(`a second browser is refused until the first signs out (${width} px)`, async () => {
      const login = { email: PEOPLE[width][0], password };
      const first = await device(server, { width });
      const second = await device(server, { width, userAgent: DEVICES.phone });
      await first.page.goto("/sign-in");
      await sound(first.page, "sign-in");
      assert.equal((await signIn(first, { ...login, password: "not this one" })).status(), 401);
      await sound(first.page, "sign-in-wrong");
      await signIn(first, login);
      assert.equal(await first.page.locator("h1").innerText(), "Your account");

      const refused = await signIn(second, login);
      assert.equal(refused.status(), 409);
      assert.equal(await second.page.locator("#refusal").innerText(), SENTENCE);
      assert.equal(await second.page.getByRole("alert").innerText(), SENTENCE);
      assert.match(await second.page.locator("main").innerText(), /Reference R-[0-9A-Z]{4}-[0-9A-Z]{4}/);
      assert.deepEqual(await second.page.locator("time").count(), 0);
      await sound(second.page, width === 390 ? "refusal-owner" : "refusal-staff");

      await first.page.goto("/account/sessions");
      assert.ok(await first.page.getByRole("heading", { name: "Refused sign-in" }).isVisible());
      await press(first.page, first.page.locator("header").getByRole("button", { name: "Sign out" }));
      assert.equal(await first.page.locator("#told-why").innerText(), "You are not signed in in this browser.");
      await sound(first.page, "signed-out");

      await second.page.getByRole("link", { name: "Try to sign in again" }).click();
      await second.page.waitForURL("**/sign-in");
      await signIn(second, login);
      assert.equal(await second.page.locator("h1").innerText(), "Your account");
      await first.quiet();
      await second.quiet();
    });
  }

  it("the same browser after closing gets in at once, another one does not", async () => {
    const width = 390;
    const login = { email: PEOPLE[width][1], password };
    const before = await device(server, { width });
    await signIn(before, login);
    // Closing the browser takes the session cookie, which ends with it, and leaves the device cookie.
    const cookies = await before.context.cookies();
    const kept = cookies.filter((cookie) => cookie.expires > 0);
    assert.deepEqual([cookies.length, kept.map((cookie) => cookie.name)], [2, ["innkeeper-device"]]);
    await before.quiet();

    const other = await device(server, { width, userAgent: DEVICES.phone });
    assert.equal((await signIn(other, login)).status(), 409);
    const again = await device(server, { width });
    await again.context.addCookies(kept);
    assert.equal((await signIn(again, login)).status(), 303);
    assert.equal(await again.page.locator("h1").innerText(), "Your account");
    await other.quiet();
    await again.quiet();
  });

  for (const width of WIDTHS) {
    it(`the sessions of somebody with several devices (${width} px)`, async () => {
      const here = await device(server, { width });
      const login = { email: width === 390 ? "ines@lisboa-tram.example" : "joao@lisboa-tram.example", password };
      await signIn(here, login);
      await sound(here.page, "account");
      if (width === 390) await here.page.goto("/account/sessions");
      else await here.page.getByRole("navigation").getByRole("link", { name: "Active sessions" }).click();
      await here.page.waitForURL("**/account/sessions");
      assert.ok(await here.page.locator("li.row", { hasText: "This device" }).getByText("Last active").isVisible());
      await sound(here.page, "sessions-demo");
      await here.page.locator("summary[aria-label='Your menu']").click();
      await sound(here.page, "menu");
      assert.equal((await here.page.goto("/account/nowhere")).status(), 404);
      await sound(here.page, "error-404");
      await here.quiet();
    });
  }

  for (const width of WIDTHS) {
    it(`the description of the API (${width} px)`, async () => {
      const here = await device(server, { width });
      assert.equal((await here.page.goto("/api/docs")).status(), 200);
      await sound(here.page, "api-docs");
      await here.quiet();
    });
  }
});

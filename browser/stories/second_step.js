// A code after the password, and what it is good for: nobody gets in without it, and whoever has it continues here what
// they have begun elsewhere.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it, before, after } from "node:test";
import { DEVICES, WIDTHS, device, signIn, press, sound } from "../lib/browser.js";
import { serve } from "../lib/server.js";

/** What an authenticator app shows, so many half minutes from now (RFC 6238). Each code works once, so each is later. */
function code(key, later) {
  const bits = [...key.replaceAll(" ", "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter));
  const bytes = bits.map((five) => five.toString(2).padStart(5, "0")).join("").match(/.{8}/g);
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const mac = createHmac("sha1", Buffer.from(bytes.map((byte) => parseInt(byte, 2)))).update(step).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

describe("a second step at sign-in", { concurrency: 2 }, () => {
  let server;
  before(async () => {
    server = await serve();
  });
  after(() => server.stop());

  for (const width of WIDTHS) {
    it(`is set up, asked for, and lets its person continue here (${width} px)`, async () => {
      const person = await server.person();
      const phone = await device(server, { width, userAgent: DEVICES.phone, fails: [422] });
      await signIn(phone, person);
      await phone.page.goto("/account/security");
      await phone.page.getByRole("link", { name: "Set up an app" }).click();
      assert.ok(await phone.page.getByRole("img", { name: "Picture for the camera" }).isVisible());
      await sound(phone.page, "totp");
      await phone.page.getByText("No camera at hand?").click();
      const key = await phone.page.locator("details code").innerText();
      const field = phone.page.getByLabel("Code from your app");
      await field.fill("000000");
      await press(phone.page, phone.page.getByRole("button", { name: "Turn it on" }));
      assert.match(await phone.page.getByRole("alert").innerText(), /This code does not fit/);
      await sound(phone.page, "totp-wrong");
      await field.fill(code(key, -1));
      await press(phone.page, phone.page.getByRole("button", { name: "Turn it on" }));
      const recovery = await phone.page.locator(".codes code").allInnerTexts();
      assert.equal(recovery.length, 10);
      await sound(phone.page, "recovery-codes");
      await phone.page.getByRole("link", { name: "I have kept them" }).click();
      await phone.page.getByText("10 are left.").waitFor();
      await sound(phone.page, "security-factor");

      const desk = await device(server, { width });
      await signIn(desk, person);
      assert.equal(await desk.page.locator("h1").innerText(), "One more step");
      await sound(desk.page, "second-step");
      const answer = desk.page.getByLabel("Code from your app");
      assert.ok(await answer.evaluate((input) => input === document.activeElement));
      await answer.fill("000000");
      await press(desk.page, desk.page.getByRole("button", { name: "Sign in" }));
      assert.match(await desk.page.getByRole("alert").innerText(), /This code is wrong/);
      await answer.fill(code(key, 0));
      assert.equal((await press(desk.page, desk.page.getByRole("button", { name: "Sign in" }))).status(), 409);
      assert.match(await desk.page.locator("#refusal").innerText(), /^You are already logged in\./);
      await sound(desk.page, "refusal-you");
      await desk.page.getByRole("link", { name: "Continue here and end the other session" }).click();
      await desk.page.getByText("Safari on iPhone").waitFor();
      await sound(desk.page, "take-over");
      await press(desk.page, desk.page.getByRole("button", { name: "End it and continue here" }));
      assert.equal(await desk.page.locator("h1").innerText(), "Your account");

      const cover = phone.page.getByRole("dialog", { name: "You are signed out" });
      await cover.getByText(/another device/).waitFor();
      assert.equal((await server.ended(person)).reason, "taken_over");
      await phone.quiet();
      await desk.quiet();
    });
  }

  it("takes a recovery code instead, also without script", async () => {
    const person = await server.person();
    const here = await device(server, { width: 390 });
    await signIn(here, person);
    await here.page.goto("/account/security/totp");
    await here.page.getByText("No camera at hand?").click();
    const key = await here.page.locator("details code").innerText();
    await here.page.getByLabel("Code from your app").fill(code(key, -1));
    await press(here.page, here.page.getByRole("button", { name: "Turn it on" }));
    const [recovery] = await here.page.locator(".codes code").allInnerTexts();
    await here.quiet();

    const plain = await device(server, { width: 390, javaScriptEnabled: false });
    const lost = await device(server, { width: 390, userAgent: DEVICES.laptop, javaScriptEnabled: false });
    await signIn(plain, person);
    await plain.page.getByText("Use a recovery code instead").click();
    await plain.page.getByLabel("Recovery code").fill(recovery.toUpperCase());
    const answered = await press(plain.page, plain.page.getByRole("button", { name: "Use the recovery code" }));
    assert.equal(answered.status(), 409, "everything was proved, and somebody is there");
    await signIn(lost, person);
    await lost.page.getByText("Use a recovery code instead").click();
    await lost.page.getByLabel("Recovery code").fill(recovery);
    await press(lost.page, lost.page.getByRole("button", { name: "Use the recovery code" }));
    assert.match(await lost.page.getByRole("alert").innerText(), /was used before/);
    await plain.quiet();
    await lost.quiet();
  });
});

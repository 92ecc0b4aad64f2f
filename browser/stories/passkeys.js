// Passkeys, with a device that Chromium plays itself: added, used in place of the password and after it.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { WIDTHS, device, press, signIn, sound } from "../lib/browser.js";
import { serveAtLocalhost } from "../lib/server.js";

const ADD = "/account/security/passkeys";

/** Gives a page a device that keeps passkeys, and sees who sits there. */
async function withDevice({ page, context }) {
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    ctap2Version: "ctap2_1",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  const sees = (isUserVerified) => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  const answers = (enabled) => devtools.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
  const keys = async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  return { sees, answers, keys };
}

/** Presses a button whose script asks the server first what to ask, and waits for the answer to what it then sends. */
async function made(page, path, button) {
  const answered = page.waitForResponse((answer) => new URL(answer.url()).pathname === path);
  const loaded = page.waitForEvent("load");
  await button.click();
  const [answer] = await Promise.all([answered, loaded]);
  return answer;
}

const heading = (page) => page.locator("h1").innerText();

describe("passkeys", () => {
  let server;
  before(async () => {
    server = await serveAtLocalhost();
  });
  after(() => server.stop());

  for (const width of WIDTHS) {
    it(`a passkey is added, and signs in alone and after the password (${width} px)`, async () => {
      const person = await server.person();
      const here = await device(server, { width });
      const { page } = here;
      const held = await withDevice(here);
      await signIn(here, person);
      await page.goto("/account/security");
      await sound(page, "security-no-passkey");
      await page.getByRole("link", { name: "Add a passkey" }).click();
      await page.waitForURL("**/account/security/passkeys");
      assert.ok(await page.getByText("A passkey needs script").isHidden());
      await sound(page, "passkey-add");
      await page.getByLabel("Name of the passkey").fill("Jetty key");
      const added = await made(page, ADD, page.getByRole("button", { name: "Create the passkey" }));
      assert.equal(added.status(), 200);
      assert.equal(await page.locator("li code").count(), 10);
      const [{ isResidentCredential, rpId }] = await held.keys();
      assert.deepEqual([isResidentCredential, rpId], [true, "localhost"]);
      await page.goto("/account/security");
      assert.ok(await page.getByText("Jetty key").isVisible());
      await sound(page, "security-with-passkey");

      // In place of the password. The offer in the field for the address would answer by itself otherwise.
      await held.answers(false);
      await press(page, page.locator("header").getByRole("button", { name: "Sign out" }));
      await page.goto("/sign-in");
      const button = page.getByRole("button", { name: "Sign in with a passkey" });
      await button.waitFor();
      await sound(page, "sign-in-with-passkey");
      await held.sees(false);
      await held.answers(true);
      await button.click();
      await page.getByText("Your browser gave no passkey. Try again.").waitFor();
      await sound(page, "sign-in-no-passkey");
      await held.sees(true);
      assert.equal((await made(page, "/sign-in/passkey", button)).status(), 303);
      assert.equal(await heading(page), "Your account");

      // After the password.
      await held.answers(false);
      await press(page, page.locator("header").getByRole("button", { name: "Sign out" }));
      await signIn(here, person);
      assert.equal(await heading(page), "One more step");
      await sound(page, "second-step-by-passkey");
      await held.answers(true);
      const done = await made(page, "/sign-in/second-step", page.getByRole("button", { name: "Use a passkey" }));
      assert.equal(done.status(), 303);
      assert.equal(await heading(page), "Your account");
      await here.quiet();
    });
  }

  for (const width of WIDTHS) {
    it(`a passkey is set up on the way in where the account requires one (${width} px)`, async () => {
      const person = await server.person("Alex Ono", "Reef Day Tours", { second_factor: "required" });
      const here = await device(server, { width });
      const { page } = here;
      const held = await withDevice(here);
      await signIn(here, person);
      assert.equal(await heading(page), "Set up a second step");
      assert.ok(await page.getByText("A passkey needs script").isHidden());
      await sound(page, "set-up-with-passkey");
      await held.sees(false);
      await page.getByRole("button", { name: "Create the passkey" }).click();
      await page.getByText("Your browser gave no passkey. Try again.").waitFor();
      // Whoever loads the page again may go on.
      await page.reload();
      await held.sees(true);
      const done = await made(page, "/sign-in/set-up", page.getByRole("button", { name: "Create the passkey" }));
      assert.equal(done.status(), 200);
      assert.equal(await page.locator("li code").count(), 10);
      assert.ok(await page.getByText("The passkey is there.").isVisible());
      await sound(page, "set-up-codes-of-passkey");
      await press(page, page.getByRole("button", { name: "I have kept them: sign in" }));
      assert.equal(await heading(page), "Your account");
      await page.goto("/account/security");
      assert.ok(await page.getByText("10 are left.").isVisible());
      await here.quiet();
    });
  }

  it("a set-up that is over says so when the passkey is asked for", async () => {
    const person = await server.person("Alex Ono", "Reef Day Tours", { second_factor: "required" });
    const here = await device(server, { width: 390 });
    const { page, context } = here;
    await withDevice(here);
    await signIn(here, person);
    await context.clearCookies();
    await made(page, "/sign-in/set-up", page.getByRole("button", { name: "Create the passkey" }));
    assert.ok(await page.getByText("This sign-in is over. Begin again with your password.").isVisible());
    await here.quiet();
  });

  it("the field for the address offers the passkey by itself where the browser can", async () => {
    const person = await server.person();
    const here = await device(server, { width: 390 });
    const { page } = here;
    await withDevice(here);
    await signIn(here, person);
    await page.goto("/account/security/passkeys");
    await made(page, ADD, page.getByRole("button", { name: "Create the passkey" }));
    await press(page, page.locator("header").getByRole("button", { name: "Sign out" }));
    const offered = page.waitForURL("**/account");
    await page.goto("/sign-in").catch(() => {});
    await offered;
    assert.equal(await heading(page), "Your account");
    await here.quiet();
  });

  it("without script the pages say what to do instead", async () => {
    const person = await server.person();
    const here = await device(server, { width: 390 });
    await withDevice(here);
    await signIn(here, person);
    await here.page.goto("/account/security/passkeys");
    await made(here.page, ADD, here.page.getByRole("button", { name: "Create the passkey" }));
    await press(here.page, here.page.locator("header").getByRole("button", { name: "Sign out" }));

    const plain = await device(server, { width: 390, javaScriptEnabled: false });
    await plain.page.goto("/sign-in");
    assert.ok(await plain.page.getByRole("button", { name: "Sign in with a passkey" }).isHidden());
    await signIn(plain, person);
    assert.equal(await heading(plain.page), "One more step");
    assert.ok(await plain.page.getByText("use one of your recovery codes").isVisible());
    assert.ok(await plain.page.getByRole("button", { name: "Use a passkey" }).isHidden());
    await here.quiet();
    await plain.quiet();
  });
});

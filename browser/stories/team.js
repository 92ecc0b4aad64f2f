// The people of an account: invited, joined, looked after, ended and removed, as all of them see it; and the plan that has
// room for them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it, before, after } from "node:test";
import { DEVICES, WIDTHS, device, signIn, press, sound } from "../lib/browser.js";
import { structure, targets } from "../lib/checks.js";
import { PASSWORD, serve } from "../lib/server.js";

const ENDED_BY_OWNER = "The owner of your account ended this session.";
const REMOVED = "Your login was removed from the account, which ended your session.";
const GONE = "That login is removed and opens nothing any more.";

const isStream = (response) => new URL(response.url()).pathname === "/account/live";
const cover = (page) => page.getByRole("dialog", { name: "You are signed out" });
const main = (page) => page.locator("main");

describe("the people of an account", { concurrency: 2 }, () => {
  let server;
  before(async () => {
    server = await serve();
  });
  after(() => server.stop());

  /** Opens a page, and waits until it is told what happens. */
  async function open({ context, page }, path) {
    const listening = context.waitForEvent("response", { predicate: isStream });
    await page.goto(path);
    await listening;
  }

  /** The page is whole, and what is on it can be read and pressed. */
  async function whole(page, name) {
    await sound(page, name);
    assert.deepEqual([...(await structure(page)), ...(await targets(page))], [], name);
  }

  /** The owner invites somebody by the form. Resolves with the link. */
  async function invite({ page }, email, role = "Staff") {
    await page.goto("/account/staff");
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Role").selectOption({ label: role });
    assert.equal((await press(page, page.getByRole("button", { name: "Make the link" }))).status(), 201);
    assert.equal(await page.locator("h1").innerText(), "Invitation made");
    return page.getByLabel("Link").inputValue();
  }

  /** Somebody opens the link in a browser of their own, and joins. */
  async function join({ page }, link, name) {
    await page.goto(link);
    assert.equal(await page.locator("h1").innerText(), "You are invited");
    await page.getByLabel("Your name").fill(name);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    return press(page, page.getByRole("button", { name: "Join and sign in" }));
  }

  for (const width of WIDTHS) {
    it(`somebody is invited, joins, is seen, ended and removed (${width} px)`, async () => {
      const owner = await server.person("Mia Tran");
      const email = `noa-${width}@reef.example`;
      const here = await device(server, { width, permissions: ["clipboard-read", "clipboard-write"] });
      const { page } = here;
      await signIn(here, owner);
      const link = await invite(here, email);
      await whole(page, "invited");
      await page.getByRole("button", { name: "Copy the link" }).click();
      await page.getByRole("button", { name: "Copied" }).waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
      assert.equal(new URL(link).origin, server.url);

      const phone = await device(server, { width, userAgent: DEVICES.phone });
      await phone.page.goto(link);
      assert.match(await main(phone.page).innerText(), new RegExp(`${email}[^]*It works until`));
      await whole(phone.page, "invitation");
      assert.equal((await join(phone, link, "Noa Lee")).status(), 303);
      assert.equal(new URL(phone.page.url()).pathname, "/account");
      assert.match(await main(phone.page).innerText(), /Noa Lee[^]*Staff/);
      // Nobody else joins by it.
      const late = await device(server, { width, userAgent: DEVICES.laptop, fails: [410] });
      assert.equal((await late.page.goto(link)).status(), 410);
      await whole(late.page, "invitation-gone");
      await late.quiet();

      await open(here, "/account/staff/sessions");
      const group = (name) => page.getByRole("region", { name });
      assert.match(await group("Mia Tran").innerText(), /Owner[^]*Chrome on Windows[^]*This device/);
      assert.match(await group("Noa Lee").innerText(), /Staff[^]*Safari on iPhone[^]*Private network/);
      await whole(page, "team-two");
      await press(phone.page, phone.page.locator("header").getByRole("button", { name: "Sign out" }));
      await group("Noa Lee").waitFor({ state: "detached" });
      assert.equal(await page.evaluate(() => performance.getEntriesByType("navigation").length), 1);

      await signIn(phone, { email, password: PASSWORD });
      await open(phone, "/account/sessions");
      await group("Noa Lee").getByRole("link", { name: "Terminate" }).click();
      await page.waitForURL("**/terminate");
      assert.match(await main(page).innerText(), /Noa Lee[^]*Safari on iPhone[^]*by your role/);
      await whole(page, "team-confirm");
      await press(page, main(page).getByRole("button", { name: "Terminate" }));
      assert.equal(await page.getByRole("status").innerText(), "The session has ended. Whoever used it is told why.");
      await cover(phone.page).getByText(ENDED_BY_OWNER).waitFor();
      await sound(phone.page, "covered-by-owner");

      await cover(phone.page).getByRole("link", { name: "Sign in again" }).click();
      await phone.page.locator("#told-why").waitFor();
      await phone.page.getByLabel("E-mail address").fill(email);
      await phone.page.getByLabel("Password").fill(PASSWORD);
      const listening = phone.context.waitForEvent("response", { predicate: isStream });
      await press(phone.page, phone.page.getByRole("button", { name: "Sign in" }));
      await listening;
      await page.goto("/account/staff");
      assert.match(await page.locator("li.person", { hasText: "Noa Lee" }).innerText(), /Staff[^]*Signed in now/);
      await whole(page, "staff-two");
      await page.locator("li.person", { hasText: "Noa Lee" }).getByRole("link", { name: "Open" }).click();
      await page.locator("h1", { hasText: "Noa Lee" }).waitFor();
      await whole(page, "person");
      await page.getByRole("link", { name: "Remove" }).click();
      await page.locator("h1", { hasText: "Remove this login?" }).waitFor();
      await whole(page, "person-remove");
      await press(page, main(page).getByRole("button", { name: "Remove" }));
      assert.equal(await page.getByRole("status").innerText(), GONE);
      assert.equal(await page.locator("li.person", { hasText: "Noa Lee" }).count(), 0);
      await cover(phone.page).getByText(REMOVED).waitFor();
      await phone.page.reload();
      assert.equal(await phone.page.locator("#told-why").innerText(), REMOVED);
      await sound(phone.page, "told-removed");
      assert.equal((await signIn(phone, { email, password: PASSWORD })).status(), 401);
      await here.quiet();
      await phone.quiet();
    });

    it(`whoever is refused finds the plans, changes theirs, and reads of it (${width} px)`, async () => {
      const owner = await server.person("Mia Tran");
      const here = await device(server, { width, acceptDownloads: true });
      const { page } = here;
      await signIn(here, owner);
      const phone = await device(server, { width, userAgent: DEVICES.phone });
      assert.equal((await signIn(phone, owner)).status(), 409);
      const plans = await phone.page.getByRole("link", { name: "Compare the plans with staff logins" }).getAttribute("href");
      assert.equal(new URL(plans, phone.page.url()).pathname, "/account/plans");
      await phone.quiet();

      await page.goto(plans);
      const card = (name) => page.locator("li.plan", { has: page.getByRole("heading", { name }) });
      assert.match(await card("Team").innerText(), /Your plan/);
      await whole(page, "plans");
      await card("Business").getByRole("link", { name: "Choose this plan" }).click();
      await page.locator("h1", { hasText: "Change the plan?" }).waitFor();
      await whole(page, "plan-change");
      await press(page, main(page).getByRole("button", { name: "Change the plan" }));
      assert.equal(await page.getByRole("status").innerText(), "Your plan is now Business.");
      assert.match(await card("Business").innerText(), /Your plan/);
      await whole(page, "plans-after");
      await page.goto("/account/billing");
      await whole(page, "billing");

      await page.goto("/account/activity");
      await page.getByRole("link", { name: "The whole account" }).click();
      await page.locator("h1", { hasText: "History of the account" }).waitFor();
      const told = await main(page).innerText();
      assert.match(told, /Business[^]*by you/);
      assert.match(told, /Sign-in refused[^]*R-[0-9A-Z]{4}-[0-9A-Z]{4}[^]*Safari on iPhone/);
      await whole(page, "history-account");
      const downloading = page.waitForEvent("download");
      await page.getByRole("link", { name: "Download as CSV" }).click();
      const file = readFileSync(await (await downloading).path(), "utf8");
      const [head, ...records] = file.replace(/^\ufeff/, "").trim().split("\r\n");
      assert.match(head, /^"?time"?,"?event"?,/);
      for (const kind of ["account.plan_changed", "sign_in.refused", "session.started", "user.created"]) {
        assert.ok(records.some((record) => record.includes(kind)), `${kind} is not in\n${file}`);
      }
      await here.quiet();
    });
  }

  it("is looked after without script, too", async () => {
    const width = 390;
    const owner = await server.person("Mia Tran");
    const email = "noa-plain@reef.example";
    const plain = { width, javaScriptEnabled: false };
    const here = await device(server, plain);
    const { page } = here;
    await signIn(here, owner);
    const link = await invite(here, email, "Manager");
    // What only the script could do is not offered.
    assert.equal(await page.getByRole("button", { name: "Copy the link" }).count(), 0);

    const phone = await device(server, { ...plain, userAgent: DEVICES.phone });
    assert.equal((await join(phone, link, "Noa Lee")).status(), 303);
    assert.match(await main(phone.page).innerText(), /Noa Lee[^]*Manager/);
    // A manager sees the team, and cannot end what is the owner's.
    await phone.page.goto("/account/staff/sessions");
    assert.match(await phone.page.getByRole("region", { name: "Mia Tran" }).innerText(), /Only an owner can end this\./);

    await page.goto("/account/staff");
    await page.locator("li.person", { hasText: "Noa Lee" }).getByRole("link", { name: "Open" }).click();
    await page.getByRole("link", { name: "Remove" }).click();
    await press(page, main(page).getByRole("button", { name: "Remove" }));
    assert.equal(await page.getByRole("status").innerText(), GONE);
    await phone.page.reload();
    assert.equal(await phone.page.locator("#told-why").innerText(), REMOVED);
    await here.quiet();
    await phone.quiet();
  });
});

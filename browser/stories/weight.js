// What a page costs whoever waits for it on a boat: every byte that it loads, before any compression.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { DEVICES, device, press, signIn } from "../lib/browser.js";
import { serve } from "../lib/server.js";
import { walk } from "../lib/walk.js";

const MOST_BYTES = 75_000;

/** The description of the API is read by developers at their desks, and is as long as the API is large. */
const MOST_BYTES_OF_DESCRIPTION = 100_000;

/** As many rows as somebody with a busy week has. */
const LIVE = 20;
const ENDED = 20;

describe("the weight of pages", () => {
  let server;
  before(async () => {
    server = await serve({ POLICY__SESSIONS_PER_USER: String(LIVE + 5) });
  });
  after(() => server.stop());

  it("is small, and all of it comes from us", async (t) => {
    const person = await server.person();
    const agents = Object.values(DEVICES);
    const start = (n) => server.started(person, agents[n % agents.length], `device-${n}`);
    for (let n = 0; n < ENDED; n += 1) await server.end(await start(n));
    for (let n = 1; n < LIVE; n += 1) await start(ENDED + n);

    const here = await device(server, { width: 1280 });
    const { page, context } = here;
    const loads = await context.newCDPSession(page);
    await loads.send("Network.setCacheDisabled", { cacheDisabled: true });
    const heavy = [];
    /** Weighs what loads until `open` has opened a page, and the icon, which a browser without a window leaves out. */
    const weigh = async (name, open, most = MOST_BYTES) => {
      const answers = [];
      // What a page asks once it is there, nobody waits for; and its stream has no end.
      const asked = ["eventsource", "fetch"];
      const note = (answer) => !asked.includes(answer.request().resourceType()) && answers.push(answer);
      page.on("response", note);
      await open();
      await page.waitForLoadState("load");
      page.off("response", note);
      const icon = new URL(await page.locator("link[rel=icon]").getAttribute("href"), page.url()).href;
      const parts = { icon: (await (await page.request.get(icon)).body()).length };
      for (const answer of answers) {
        const redirects = answer.status() >= 300 && answer.status() < 400;
        const part = answer.request().resourceType();
        if (!redirects && answer.url() !== icon) parts[part] = (parts[part] ?? 0) + (await answer.body()).length;
      }
      const sum = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
      const told = Object.entries(parts).map(([part, bytes]) => `${part} ${bytes}`);
      t.diagnostic(`${String(sum).padStart(6)} bytes  ${name} (${told.join(", ")})`);
      if (sum > most) heavy.push(`${name}: ${sum} bytes, and at most ${most} are good`);
    };

    await weigh("/sign-in", () => page.goto("/sign-in"));
    await weigh("/sign-in with a wrong password", () => signIn(here, { ...person, password: "not this one" }));
    await signIn(here, person);
    const visited = await walk(page, "/account", (address, kind) => weigh(kind, () => page.goto(address)));
    assert.ok(visited.includes("/account/sessions"), `${visited}`);
    await page.goto("/account/sessions");
    const inGerman = page.getByRole("button", { name: "Deutsch" });
    await weigh("/account/sessions in German", () => press(page, inGerman));
    assert.equal(await page.locator("html").getAttribute("lang"), "de");
    await press(page, page.getByRole("button", { name: "English" }));
    assert.equal(await page.locator("section[aria-labelledby=live] li.row").count(), LIVE);
    assert.equal(await page.locator("section[aria-labelledby=ended] li.row").count(), ENDED);
    await weigh("a page that does not exist", () => page.goto("/account/nowhere"));
    await weigh("/api/docs", () => page.goto("/api/docs"), MOST_BYTES_OF_DESCRIPTION);
    await page.goto("/account");
    await weigh("/signed-out", () => press(page, page.locator("header").getByRole("button", { name: "Sign out" })));
    const busy = await server.person();
    for (let n = 0; n < LIVE + 5; n += 1) await server.started(busy, DEVICES.phone, `busy-${n}`);
    await weigh("a refusal", () => signIn(here, busy));
    assert.ok(await page.locator("#refusal").isVisible());
    await here.quiet();
    if (heavy.length > 0) assert.fail(heavy.join("\n"));
  });
});

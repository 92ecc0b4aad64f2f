// Every page in each of its states, looked at as different people do: on a small window, with large text, in the dark,
// with the colours of their system, on paper, without motion.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { device } from "../lib/browser.js";
import * as checks from "../lib/checks.js";
import { STATES, states } from "../lib/states.js";

const WIDTHS = [320, 390, 1280];

/** The narrowest and the widest layout: what axe and the outline of a page find does not depend on what is in between. */
const READ_AT = [320, 1280];

/** How much is said of one state: what is wrong in one row is wrong in all of them. */
const MOST_SAID = 8;

describe("every state of every page", { concurrency: 2 }, () => {
  let server;
  before(async () => {
    server = await states();
  });
  after(() => server.stop());

  /** Opens each state in one window, and says of all what `check` found. */
  async function each(options, check, prepare = async () => {}) {
    assert.ok(STATES.length > 20, `only ${STATES.length} states were rendered`);
    const here = await device(server, options);
    const { page } = here;
    await prepare(here);
    const found = [];
    for (const name of STATES) {
      await page.goto(`/${name}.html`);
      // What can be opened in place is looked at open.
      await page.evaluate(() => document.querySelectorAll("main details").forEach((more) => (more.open = true)));
      const wrong = [...new Set(await check(page, name))];
      found.push(...wrong.slice(0, MOST_SAID).map((what) => `${name}: ${what}`));
      if (wrong.length > MOST_SAID) found.push(`${name}: and ${wrong.length - MOST_SAID} more`);
    }
    await here.quiet();
    // Not compared with an empty list, since a comparison would cut it short.
    if (found.length > 0) assert.fail(found.join("\n"));
  }

  /** The first question of a page and the last: of the others each is like the first. */
  async function inDialogs(page, check) {
    const found = [];
    const ids = await page.locator("dialog").evaluateAll((dialogs) => dialogs.map(({ id }) => id));
    for (const id of new Set([ids.at(0), ids.at(-1)])) {
      if (!id) continue;
      await page.evaluate((id) => document.getElementById(id).showModal(), id);
      found.push(...(await check(`[id="${id}"]`)));
      await page.evaluate((id) => document.getElementById(id).close(), id);
    }
    return found;
  }

  for (const width of WIDTHS) {
    it(`is whole (${width} px)`, () =>
      each({ width }, async (page) => [
        ...(await checks.sticksOut(page)),
        ...(await checks.targets(page)),
        ...(READ_AT.includes(width) ? await checks.structure(page) : []),
        ...(READ_AT.includes(width) ? await checks.axe(page) : []),
        ...(await inDialogs(page, async (dialog) => [
          ...(await checks.sticksOut(page)),
          ...(await checks.targets(page)),
          ...(READ_AT.includes(width) ? await checks.axe(page, dialog) : []),
        ])),
      ]));

    it(`is whole when text is twice as large (${width} px)`, () =>
      each(
        { width },
        async (page) => {
          const large = await page.evaluate(() => getComputedStyle(document.documentElement).fontSize);
          assert.equal(large, "32px");
          const inDialog = await inDialogs(page, () => checks.sticksOut(page));
          return [...(await checks.sticksOut(page)), ...inDialog];
        },
        async ({ context, page }) => {
          // The setting of the browser, by which media queries grow as well.
          const settings = await context.newCDPSession(page);
          await settings.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
        },
      ));
  }

  it("can be read in the dark", () => each({ width: 1280, colorScheme: "dark" }, (page) => checks.contrast(page)));

  it("can be used with the colours of the system", () =>
    each({ width: 1280 }, async (page) => [
      ...(await checks.forcedColours(page)),
      ...(await inDialogs(page, () => checks.forcedColours(page))),
    ]));

  it("says the same on paper", async () => {
    let said = 0;
    await each({ width: 1280 }, async (page) => {
      const { found, onScreen } = await checks.paper(page);
      said += onScreen;
      return found;
    });
    assert.ok(said > STATES.length, `only ${said} texts were compared`);
  });

  it("does not move for whoever asked for that", () =>
    each({ width: 1280, reducedMotion: "reduce" }, (page) => checks.still(page)));
});

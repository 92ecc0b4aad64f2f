// Every page in each of its states, looked at as different people do: on a small window, with large text, in the dark,
// with the colours of their system, on paper, without motion.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { device } from "../lib/browser.js";
import * as checks from "../lib/checks.js";
import { STATES, states } from "../lib/states.js";

const WIDTHS = [320, 390, 1280];

/** The narrowest and the widest layout: what axe and the outline of a page find does not depend on what is in between. */
const READ_AT = [320, 1280];

/** How many windows go through the states at once. */
const WINDOWS = 2;

/** How much is said of one state: what is wrong in one row is wrong in all of them. */
const MOST_SAID = 8;

const wholeAt = (width) => `is whole (${width} px)`;
const largeAt = (width) => `is whole when text is twice as large (${width} px)`;
const DARK = "can be read in the dark";
const SYSTEM = "can be used with the colours of the system";
const PAPER = "says the same on paper";
const STILL = "does not move for whoever asked for that";

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

async function resize(page, width) {
  await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
  assert.equal(await page.evaluate(() => innerWidth), width);
}

/** Nothing sticks out, all can be pressed, and where it is read, all can be read. */
async function whole(page, width) {
  const read = READ_AT.includes(width);
  return [
    ...(await checks.sticksOut(page)),
    ...(await checks.targets(page)),
    ...(read ? await checks.structure(page) : []),
    ...(read ? await checks.axe(page) : []),
    ...(await inDialogs(page, async (dialog) => [
      ...(await checks.sticksOut(page)),
      ...(await checks.targets(page)),
      ...(read ? await checks.axe(page, dialog) : []),
    ])),
  ];
}

async function dark(page) {
  await page.emulateMedia({ colorScheme: "dark" });
  const found = await checks.contrast(page);
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}

/** A browser's window that shows one state after the other, each in every way that people look at it. */
async function open(server) {
  const here = await device(server, { width: 1280, reducedMotion: "reduce" });
  const { context, page } = here;
  await page.addInitScript(checks.AXE);
  // The setting of the browser, by which media queries grow as well.
  const settings = await context.newCDPSession(page);
  const text = async (standard) => {
    await settings.send("Page.setFontSizes", { fontSizes: { standard, fixed: (standard * 13) / 16 } });
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize), `${standard}px`);
  };

  /** Resolves with what is wrong in a state, by aspect, and how much of it was compared with paper. */
  async function look(name) {
    const wrong = {};
    await page.goto(`/${name}.html`);
    // What can be opened in place is looked at open.
    await page.evaluate(() => document.querySelectorAll("main details").forEach((more) => (more.open = true)));
    for (const width of WIDTHS) {
      await resize(page, width);
      wrong[wholeAt(width)] = await whole(page, width);
    }
    wrong[DARK] = await dark(page);
    wrong[SYSTEM] = await checks.forcedColours(page);
    wrong[SYSTEM].push(...(await inDialogs(page, () => checks.forcedColours(page))));
    const { found, onScreen } = await checks.paper(page);
    wrong[PAPER] = found;
    wrong[STILL] = await checks.still(page);
    await text(32);
    for (const width of WIDTHS.toReversed()) {
      await resize(page, width);
      wrong[largeAt(width)] = await checks.sticksOut(page);
      wrong[largeAt(width)].push(...(await inDialogs(page, () => checks.sticksOut(page))));
    }
    await text(16);
    return { wrong, onScreen };
  }

  return { look, quiet: here.quiet };
}

/** Goes once through all of them. Resolves with what is wrong, by aspect, and how much was compared with paper. */
async function walk() {
  assert.ok(STATES.length > 20, `only ${STATES.length} states were rendered`);
  const server = await states();
  const left = STATES.toReversed();
  const found = {};
  let said = 0;
  const go = async () => {
    const { look, quiet } = await open(server);
    while (left.length > 0) {
      const name = left.pop();
      const { wrong, onScreen } = await look(name);
      said += onScreen;
      for (const [aspect, all] of Object.entries(wrong)) {
        const once = [...new Set(all)];
        found[aspect] ??= [];
        found[aspect].push(...once.slice(0, MOST_SAID).map((what) => `${name}: ${what}`));
        if (once.length > MOST_SAID) found[aspect].push(`${name}: and ${once.length - MOST_SAID} more`);
      }
    }
    return quiet();
  };
  // What one window stumbles over must not hide what the others found.
  const ended = await Promise.allSettled(Array.from({ length: WINDOWS }, go));
  server.stop();
  const failures = ended.flatMap(({ reason }) => reason ?? []);
  return { found, said, failures };
}

describe("every state of every page", () => {
  let walked;
  const once = () => (walked ??= walk());

  for (const aspect of [...WIDTHS.map(wholeAt), ...WIDTHS.map(largeAt), DARK, SYSTEM, PAPER, STILL]) {
    it(aspect, async () => {
      const wrong = (await once()).found[aspect] ?? [];
      // Not compared with an empty list, since a comparison would cut it short.
      if (wrong.length > 0) assert.fail(wrong.join("\n"));
    });
  }

  it("is quiet, and can be looked at to the end", async () => {
    const [failure] = (await once()).failures;
    if (failure) throw failure;
  });

  it("has texts that were compared with paper", async () => {
    const { said } = await once();
    assert.ok(said > STATES.length, `only ${said} texts were compared`);
  });
});

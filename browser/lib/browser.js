// One Chromium, and a context for each browser that a story speaks of. Each is watched while it is used.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { axe, contrast, sticksOut } from "./checks.js";

export const WIDTHS = [390, 1280];

/** What people come with. The second of two devices is told apart by it in the list. */
export const DEVICES = {
  office:
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  phone:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  laptop: "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
};

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Set to a folder to look at the pages: each state is drawn there, light and dark. */
const shots = process.env.INNKEEPER_BROWSER_SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

let running;

/** The one browser. */
export function launch() {
  running ??= chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  return running;
}

export async function close() {
  if (running) await (await running).close();
}

/** What Chromium itself writes to the console about an answer that is meant to be one. */
const FAILED = /^Failed to load resource: the server responded with a status of (\d+) /;
const EXPECTED = [401, 403, 404, 409];

/**
 * A browser of its own: cookies, window, device. `hosts` are the other origins that the story itself opens, and `fails`
 * the further answers that it brings about.
 * Nothing that a page does wrong is let pass: `quiet` fails if it wrote to the console, asked another host for
 * something, or did what its content security policy forbids.
 */
export async function device(server, { width, userAgent = DEVICES.office, hosts = [], fails = [], ...more }) {
  const browser = await launch();
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: { width, height: width < 600 ? 844 : 900 },
    userAgent,
    reducedMotion: "reduce",
    ...more,
  });
  context.setDefaultTimeout(10_000);
  const wrong = [];
  const own = [server.url, ...hosts];
  context.on("console", (message) => {
    const [, status] = message.text().match(FAILED) ?? [];
    if (![...EXPECTED, ...fails].includes(Number(status))) wrong.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => wrong.push(`script: ${error.error()}`));
  context.on("request", (request) => {
    if (!own.includes(new URL(request.url()).origin)) wrong.push(`request to ${request.url()}`);
  });
  if (more.javaScriptEnabled !== false) {
    await context.exposeFunction("innkeeperStoryViolation", (what) => wrong.push(`policy: ${what}`));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        window.innkeeperStoryViolation(`${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }
  const page = await context.newPage();
  const quiet = async () => {
    assert.deepEqual(wrong, []);
    await context.close();
  };
  return { context, page, quiet, server };
}

/** Signs in by the form, as a person does. Resolves with the answer to it. */
export async function signIn({ page }, { email, password }) {
  if (!new URL(page.url() === "about:blank" ? "http://nowhere" : page.url()).pathname.match(/sign-in|signed-out/)) {
    await page.goto("/sign-in");
  }
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  return press(page, page.getByRole("button", { name: "Sign in", exact: true }));
}

/** Presses a button that sends a form, and waits for the answer, and for the page that follows. */
export async function press(page, button) {
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  const loaded = page.waitForEvent("load");
  await button.click();
  const [answer] = await Promise.all([answered, loaded]);
  return answer;
}

/** The page is whole in this state: nothing sticks out at the side, and axe finds nothing, in light and in dark. */
export async function sound(page, name) {
  const { width } = page.viewportSize();
  const found = [...(await sticksOut(page)), ...(await axe(page))];
  await drawn(page, `${name}-${width}-light`);
  await page.emulateMedia({ colorScheme: "dark" });
  found.push(...(await contrast(page)));
  await drawn(page, `${name}-${width}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  assert.deepEqual(found, [], `${name} at ${width} px`);
}

async function drawn(page, name) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}

// Takes the pictures of the README: `script/screenshots`. Each is cropped to what the page says, light and dark.

import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DEVICES, close, device, signIn } from "./lib/browser.js";
import { demo } from "./lib/server.js";

/** Pictures are part of the repository for ever, so they are small. */
const MOST_BYTES = 150_000;

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });

const server = await demo();
const password = server.said.find((line) => line.includes("password: ")).split("password: ")[1];

/** Room that is left around what is taken. */
const MARGIN = 24;

/** Takes a page as it is, light and dark: what is around `within`, down to `below` the end of `last`. */
async function take({ page }, name, { last = "main", within = "html", below = MARGIN } = {}) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(() => document.activeElement.blur());
    const around = await page.locator(within).boundingBox();
    const end = await page.locator(last).last().boundingBox();
    const x = Math.max(0, Math.floor(around.x - MARGIN));
    const y = Math.max(0, Math.floor(around.y - MARGIN));
    const width = Math.min(page.viewportSize().width - x, Math.ceil(around.width + 2 * MARGIN));
    const clip = { x, y, width, height: Math.ceil(end.y + end.height + below) - y };
    const path = join(folder, `${name}-${scheme}.png`);
    await page.screenshot({ path, clip, fullPage: true });
    const { size } = statSync(path);
    console.log(`${path}: ${clip.width} by ${clip.height} px, ${size} bytes`);
    if (size > MOST_BYTES) throw new Error(`${path} has more than ${MOST_BYTES} bytes`);
  }
}

try {
  const login = { email: "ines@lisboa-tram.example", password };
  const here = await device(server, { width: 1280 });
  await here.page.goto("/sign-in");
  await take(here, "sign-in", { within: "main" });
  await signIn(here, login);
  await take(here, "account");
  await here.page.goto("/account/sessions");
  const rows = "section[aria-labelledby=live] li.row";
  await take(here, "sessions", { last: `${rows} >> nth=3`, below: 0 });
  const question = here.page.getByRole("button", { name: "Terminate" }).first();
  await question.click();
  await take(here, "terminate", { last: `${rows} >> nth=3`, below: 0 });
  await here.quiet();

  const phone = await device(server, { width: 390, userAgent: DEVICES.phone });
  await signIn(phone, login);
  await phone.page.goto("/account/sessions");
  await take(phone, "sessions-phone", { last: `${rows} >> nth=1`, below: 0 });
  await phone.quiet();

  const refused = await device(server, { width: 1280 });
  await refused.page.goto("/sign-in");
  await signIn(refused, { email: "tom@freo-harbour.example", password });
  await take(refused, "refusal", { within: "main" });
  await refused.quiet();
} finally {
  await close();
  await server.stop();
}

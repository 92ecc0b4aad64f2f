// Where a sign-in may lead: what the server lets through, read by the browser's own parser of addresses.

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";
import { device } from "../lib/browser.js";
import { serve } from "../lib/server.js";

/** Hosts to which the server is told that people may be sent. */
const HOSTS = ["app.reef.example", "desk.reef.example:8443", "bücher.example"];

/** How many texts are made up, and how many are asked about at once. */
const MADE_UP = 2_500;
const AT_ONCE = 50;

/** The same texts in every run, so that one that fails can be looked at. */
const SEED = 0x1d2c3b4a;

/** What leads somewhere, and where: `$` stands for the server's own address. */
const GOOD = [
  ["/", "$/"],
  ["/account/sessions?state=live#top", "$/account/sessions?state=live#top"],
  ["/a/../b", "$/b"],
  ["/boats/%2Fkayak?day=1&boat=Coral%20Queen", "$/boats/%2Fkayak?day=1&boat=Coral%20Queen"],
  ["/a b/é?q=ü", "$/a%20b/%C3%A9?q=%C3%BC"],
  ["/@evil.example", "$/@evil.example"],
  ["/out?to=https://evil.example//x", "$/out?to=https://evil.example//x"],
  ["$/account", "$/account"],
  ["https://app.reef.example", "https://app.reef.example/"],
  ["http://app.reef.example/day?d=1#x", "http://app.reef.example/day?d=1#x"],
  ["HTTPS://APP.REEF.EXAMPLE:443/", "https://app.reef.example/"],
  ["https://desk.reef.example:8443/a", "https://desk.reef.example:8443/a"],
  ["https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"],
  ["https://BÜCHER.example/", "https://xn--bcher-kva.example/"],
];

/** What leads nowhere. */
const BAD = [
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "\t//evil.example",
  " //evil.example",
  "/.//evil.example",
  "/a/..//evil.example",
  "/%2e%2e//evil.example",
  "https:evil.example",
  "https:/evil.example",
  "https:///evil.example",
  "https:\\\\evil.example",
  "https://evil.example",
  "https://evil.example\\@app.reef.example",
  "https://app.reef.example@evil.example",
  "https://app.reef.example:443@evil.example/",
  "https://app.reef.example.evil.example",
  "https://app.reef.example%2eevil.example",
  "https://evil.example#@app.reef.example",
  "https://evil.example?app.reef.example",
  "https://app.reef.example:8080/",
  "https://desk.reef.example/",
  "https://app.reef。example.evil.example/",
  "ht\ntps://evil.example",
  "javascript:alert(1)",
  "java\tscript:alert(1)",
  "data:text/html,x",
  "blob:https://app.reef.example/x",
  "ftp://app.reef.example/",
  "view-source:https://app.reef.example",
  "evil.example",
  "?next=//evil.example",
  "#//evil.example",
  "/".repeat(3_000),
  `/${"a".repeat(3_000)}`,
];

/** Numbers below `n`, the same for the same seed (mulberry32). */
function dice(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** Texts of the parts that parsers differ about, most of them with a beginning that could be let through. */
function madeUp(own) {
  const below = dice(SEED);
  const hosts = ["evil.example", "app.reef.example", "desk.reef.example", "bücher.example", "xn--bcher-kva.example", own.host];
  const parts = [
    ...["/", "//", "\\", "\\\\", ".", "..", "/./", "/../", "%2e", "%2F", "%5c", "%09", "%0a", "%00", "%40", "%3a", "%", "%zz", "%25"],
    ...["@", ":", ":8443", ":443", ":80", `:${own.port}`, "?", "#", "&", "=", ";", " ", "\t", "\n", "\r", "\0", "\u007f", "\u0085"],
    ...["https:", "http:", "https://", "http://", "HTTPS://", "javascript:", "data:", "file:///", "ws://", "blob:", "about:"],
    ...["。", "．", "／", "＼", "：", "＠", "é", "ß", "ﬀ", "\u00ad", "\u200b", "\u202e", "\ufeff", "\u2028", "👩‍🚀", "\ud800", "[", "]", "[::1]"],
    ...["a", "x".repeat(40), "127.0.0.1", "2130706433", "0x7f.1", "localhost", "user:pass@", "next", "<", ">", '"', "'", "`", "|", "^", "{"],
    ...hosts,
  ];
  const starts = ["", "/", "//", "/a", "https://", "http://", `${own.origin}`, `${own.origin}/`];
  starts.push(...hosts.map((host) => `https://${host}`), ...hosts.map((host) => `http://${host}/`));
  return Array.from({ length: MADE_UP }, () => {
    let text = starts[below(starts.length)];
    for (let count = below(7); count > 0; count -= 1) text += parts[below(parts.length)];
    // Some at the limit of what is read at all.
    return below(200) === 0 ? text + "a".repeat(2_048 - text.length + below(3) - 1) : text;
  });
}

describe("where a sign-in may lead", () => {
  let server;
  before(async () => {
    server = await serve({ NEXT_HOSTS: HOSTS.join(",") });
  });
  after(() => server.stop());

  it("is read by the browser as the server reads it", async () => {
    const own = new URL(server.url);
    const here = (text) => text.replaceAll("$", server.url);
    const texts = [...GOOD.map(([text]) => here(text)), ...BAD, ...madeUp(own)];
    const { page, quiet } = await device(server, { width: 1280 });
    await page.goto("/sign-in");
    const read = await page.evaluate(readByServerAndBrowser, { texts, atOnce: AT_ONCE });
    await quiet();

    for (const [at, [text, leads]] of GOOD.entries()) {
      assert.equal(read[at].leads, here(leads), JSON.stringify(text));
    }
    const bad = read.slice(GOOD.length, GOOD.length + BAD.length);
    assert.deepEqual(bad.filter(({ next }) => next !== ""), []);

    const origins = new Set([own.origin, "https://desk.reef.example:8443", "http://desk.reef.example:8443"]);
    for (const host of ["app.reef.example", "xn--bcher-kva.example"]) origins.add(`https://${host}`).add(`http://${host}`);
    const through = read.filter(({ next }) => next !== "");
    for (const { text, next, leads, origin, meant, name } of through) {
      const told = JSON.stringify({ text, next, leads, meant });
      assert.ok(origins.has(origin), told);
      assert.equal(name, "", told);
      assert.match(next, /^[!-~]+$/, told);
      // What was let through is what the browser would have made of the text itself.
      assert.equal(leads, meant, told);
    }
    assert.ok(through.length > MADE_UP / 10, `${through.length} of ${texts.length} were let through`);
    assert.ok(through.length < texts.length / 2, `${through.length} of ${texts.length} were let through`);
  });
});

/** Runs in the page: asks the server what it makes of each text, and the browser where that leads. */
async function readByServerAndBrowser({ texts, atOnce }) {
  const parser = new DOMParser();
  const readOne = async (text) => {
    const answer = await fetch(`/sign-in?${new URLSearchParams({ next: text })}`);
    const form = parser.parseFromString(await answer.text(), "text/html").querySelector('form[action$="/sign-in"]');
    const next = form.querySelector('input[name="next"]').value;
    const parsed = next === "" ? null : new URL(next, location.origin);
    const meant = next === "" ? null : new URL(text, location.origin).href;
    return { text, next, leads: parsed?.href, origin: parsed?.origin, meant, name: `${parsed?.username ?? ""}${parsed?.password ?? ""}` };
  };
  const read = [];
  for (let at = 0; at < texts.length; at += atOnce) {
    read.push(...(await Promise.all(texts.slice(at, at + atOnce).map(readOne))));
  }
  return read;
}

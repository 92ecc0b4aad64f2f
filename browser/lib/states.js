// Every page in each of its states, as the tests render them, served with the headers that pages have.

import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

/** Where `browser/run` had them rendered. */
export const RENDERED = process.env.INNKEEPER_BROWSER_STATES;
if (!RENDERED) throw new Error("start the stories with browser/run");

const KINDS = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

/** What `src/web/headers.rs` sends with a page; the nonce is the one that the samples hold. */
const POLICY =
  "default-src 'none'; script-src 'nonce-bm9uY2U'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/** The names of the states. */
export const STATES = readdirSync(RENDERED)
  .filter((file) => extname(file) === ".html")
  .map((file) => file.slice(0, -".html".length))
  .sort();

/** Serves them: `sessions-many` is at `/sessions-many.html`. */
export async function states() {
  const files = new Map(readdirSync(RENDERED).map((file) => [`/${file}`, readFileSync(join(RENDERED, file))]));
  const server = createServer(({ url }, response) => {
    const text = files.get(url);
    if (!text) return response.writeHead(404).end();
    const type = `${KINDS[extname(url)]}; charset=utf-8`;
    response.writeHead(200, { "content-type": type, "content-security-policy": POLICY }).end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

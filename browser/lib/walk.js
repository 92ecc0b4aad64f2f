// Walking through all pages that somebody can reach by links and questions, whatever pages there are.

/** An address without what differs from row to row: of pages that differ by an id alone, one is visited. */
const kind = (address) => new URL(address).pathname.replace(/\/s_[a-z0-9]+/, "/s_…");

/**
 * Visits every page that is reached from `from` by links and by buttons that lead to a question, each once.
 * `visit` gets the address and what kind of page it is, and leaves the page loaded.
 */
export async function walk(page, from, visit) {
  const waiting = [new URL(from, page.url()).href];
  const visited = new Map(waiting.map((address) => [kind(address), address]));
  while (waiting.length > 0) {
    const address = waiting.shift();
    await visit(address, kind(address));
    // Told by their attributes, since without script a page cannot be asked for more. A file is no page.
    const links = await page.locator("a[href]:not([download]), form[method=get]").all();
    for (const link of links) {
      const to = (await link.getAttribute("href")) ?? (await link.getAttribute("action"));
      const next = new URL(to, page.url());
      next.hash = "";
      if (next.origin !== new URL(page.url()).origin || visited.has(kind(next))) continue;
      visited.set(kind(next), next.href);
      waiting.push(next.href);
    }
  }
  return [...visited.keys()];
}

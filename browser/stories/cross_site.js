// Another site has a person's browser send our forms: nothing changes, whether it is a sister origin or a stranger.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it, before, after } from "node:test";
import { DEVICES, device, signIn, press } from "../lib/browser.js";
import { serve } from "../lib/server.js";

describe("another site", { concurrency: 2 }, () => {
  let server;
  let evil;
  let attacker;
  before(async () => {
    server = await serve({ POLICY__SESSIONS_PER_USER: "3" });
    attacker = await server.person("Mallory");
    evil = createServer((request, response) => {
      const form = (path, fields = "") =>
        `<form method="post" action="${server.url}${path}">${fields}<button>${path}</button></form>`;
      const login = `<input name="email" value="${attacker.email}"><input name="password" value="${attacker.password}">`;
      const forms = [form("/sign-in", login), form("/sign-out"), form("/account/sessions/end-others")];
      response.setHeader("content-type", "text/html");
      response.end(`<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Prizes</title>${forms.join("")}`);
    });
    await new Promise((resolve) => evil.listen(0, resolve));
  });
  after(async () => {
    evil.close();
    evil.closeAllConnections();
    await server.stop();
  });

  // On 127.0.0.1 it is the same site, so that the browser sends our cookies along; on localhost it is another.
  for (const host of ["127.0.0.1", "localhost"]) {
    it(`cannot sign in, sign out or end sessions from ${host}`, async () => {
      const person = await server.person();
      const phone = await device(server, { width: 390, userAgent: DEVICES.phone });
      await signIn(phone, person);
      const origin = `http://${host}:${evil.address().port}`;
      const here = await device(server, { width: 1280, hosts: [origin, "null"] });
      const { page } = here;
      await signIn(here, person);
      const cookies = await here.context.cookies();
      for (const path of ["/sign-in", "/sign-out", "/account/sessions/end-others"]) {
        await page.goto(origin);
        const answer = await press(page, page.getByRole("button", { name: path, exact: true }));
        assert.equal(answer.status(), 403, path);
        assert.equal(await page.locator("h1").innerText(), "Not allowed");
        assert.deepEqual(await here.context.cookies(), cookies);
      }
      assert.equal((await server.liveSessions(person)).length, 2);
      assert.equal((await server.liveSessions(attacker)).length, 0);
      await page.goto("/account");
      assert.match(await page.locator("main").innerText(), /Alex Ono/);
      await here.quiet();
      await phone.quiet();
    });
  }
});

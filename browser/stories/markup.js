// Whether what we send is HTML, CSS and SVG by their own rules, as the Nu Html Checker reads them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, extname, join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { RENDERED } from "../lib/states.js";
import { serve } from "../lib/server.js";

const CHECKER = createRequire(import.meta.url).resolve("vnu-jar/build/dist/vnu.jar");

/** What the checker says of these files, as text. One run for all: most of its time is its start. */
async function said(files) {
  const args = ["-jar", CHECKER, "--stdout", "--exit-zero-always", "--format", "json", "--also-check-css", "--also-check-svg"];
  const { stdout } = await promisify(execFile)("java", [...args, ...files], { maxBuffer: 1 << 26 });
  const told = ({ url, lastLine, type, subType, message, extract }) =>
    `${basename(url)}:${lastLine} ${subType ?? type}: ${message} ${JSON.stringify(extract ?? "")}`;
  return JSON.parse(stdout).messages.map(told);
}

it("every page, the style and the icon are valid, without an error or a warning", async () => {
  const server = await serve();
  const docs = join(RENDERED, "live-api-docs.htm");
  writeFileSync(docs, await (await fetch(`${server.url}/api/docs`)).text());
  await server.stop();
  const files = readdirSync(RENDERED).filter((file) => [".html", ".htm", ".css", ".svg"].includes(extname(file)));
  assert.ok(files.length > 20, `only ${files}`);
  const found = await said(files.map((file) => join(RENDERED, file)));
  if (found.length > 0) assert.fail(found.join("\n"));
});

it("the checker finds what is wrong", async () => {
  const wrong = [
    ["wrong.htm", '<!doctype html><html lang="en"><title>x</title><h1>x</h1><p><div></div></p>', /wrong\.htm:.* error: No “p”/],
    ["warned.htm", '<!doctype html><html lang="en"><title>x</title><h2>x</h2>', /warned\.htm:.* warning: .*level of 1/],
    ["wrong.css", "a { colr: red }", /wrong\.css:.* error: CSS: “colr”/],
    ["wrong.svg", '<svg xmlns="http://www.w3.org/2000/svg"><circle q="1"/></svg>', /wrong\.svg:.* error: /],
  ].map(([name, text, told]) => ({ file: join(process.env.INNKEEPER_BROWSER_FOLDER, name), text, told }));
  for (const { file, text } of wrong) writeFileSync(file, text);
  const found = await said(wrong.map(({ file }) => file));
  for (const { told } of wrong) assert.ok(found.some((line) => told.test(line)), `${told}: ${found.join("\n")}`);
});

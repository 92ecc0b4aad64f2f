// Innkeeper itself, as its own process on a free port of 127.0.0.1 with a store that is thrown away.

import { spawn, execFile } from "node:child_process";
import { appendFileSync, mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** Where `browser/run` built it, and the folder that is gone at the end. */
const { INNKEEPER_BIN: program, INNKEEPER_BROWSER_FOLDER: folder } = process.env;
if (!program || !folder) throw new Error("start the stories with browser/run");

export const PASSWORD = "herons over the estuary";

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a server, and resolves when it has said what `ready` matches on its standard output. */
async function start(args, env, ready) {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  // `browser/run` stops by this list whatever is left.
  appendFileSync(join(folder, "pids"), `${child.pid}\n`);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const said = [];
  const isReady = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      said.push(line);
      if (ready.test(line)) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`innkeeper ${args[0]} ended with ${code}:\n${said.join("\n")}`)));
  });
  await isReady;
  const stop = async () => {
    child.kill("SIGTERM");
    const code = await ended;
    if (code !== 0) throw new Error(`innkeeper ${args[0]} ended with ${code}`);
  };
  return { said, stop };
}

function environment(more = {}) {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, ...more };
}

/** The demo, as a stranger starts it; `said` is what they read. */
export async function demo() {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { said, stop } = await start(["demo", "--listen", url.slice("http://".length)], environment(), /service key/);
  return { url, said, stop };
}

/** `innkeeper serve` on an empty store, with settings such as `{ POLICY__IDLE_TIMEOUT: "2s" }`. */
export async function serve(settings = {}) {
  const address = `127.0.0.1:${await freePort()}`;
  const env = environment({
    INNKEEPER_LISTEN: address,
    INNKEEPER_STORE: `sqlite:${join(mkdtempSync(join(folder, "store-")), "innkeeper.db")}`,
    INNKEEPER_LOG__FILTER: "warn",
  });
  for (const [name, value] of Object.entries(settings)) env[`INNKEEPER_${name}`] = value;
  const { stop } = await start(["serve"], env, /listening on/);
  const scopes = "sessions,directory,events";
  const created = await promisify(execFile)(program, ["key", "create", "--name", "stories", "--scopes", scopes], { env });
  const server = new Server(`http://${address}`, created.stdout.trim(), stop);
  await server.put("/accounts/reef", { name: "Reef Day Tours", plan: "team", time_zone: "Australia/Brisbane" });
  await server.put("/users/owner", { account_id: "reef", role: "owner", name: "Mia Tran" });
  return server;
}

class Server {
  #key;
  #people = 0;

  constructor(url, key, stop) {
    Object.assign(this, { url, stop });
    this.#key = key;
  }

  #fetch(path, more = {}) {
    const headers = { authorization: `Bearer ${this.#key}`, ...more.headers };
    return fetch(`${this.url}/api/v1${path}`, { ...more, headers });
  }

  async put(path, fields) {
    const headers = { "content-type": "application/json" };
    const answer = await this.#fetch(path, { method: "PUT", headers, body: JSON.stringify(fields) });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  }

  /** Somebody new who can sign in; each story has people of its own. */
  async person(name = "Alex Ono") {
    this.#people += 1;
    const id = `person-${this.#people}`;
    const account = `reef-${this.#people}`;
    await this.put(`/accounts/${account}`, { name: "Reef Day Tours", plan: "team", time_zone: "Australia/Brisbane" });
    const login = { email: `${id}@reef.example`, password: PASSWORD };
    await this.put(`/users/${id}`, { account_id: account, role: "owner", name, ...login });
    return { id, ...login };
  }

  /** How many live sessions somebody has. Support looking at a session is no activity, and neither is this. */
  async liveSessions(person) {
    const answer = await this.#fetch(`/users/${person.id}/sessions`);
    return (await answer.json()).items;
  }

  /** Waits for the end of somebody's session, as an application that follows the events is told of it. */
  async ended(person) {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]);
    const answer = await this.#fetch("/events", { headers: { accept: "text/event-stream" }, signal });
    let text = "";
    try {
      for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
        text += part;
        const lines = text.split("\n");
        text = lines.pop();
        for (const line of lines.filter((line) => line.startsWith("data: "))) {
          const event = JSON.parse(line.slice("data: ".length));
          if (event.user_id === person.id && event.type === "session.ended") return event;
        }
      }
      throw new Error("the stream of events ended");
    } finally {
      stop.abort();
    }
  }
}

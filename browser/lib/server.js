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

/**
 * Starts a server, and resolves when it has said what `ready` matches on its standard output.
 * What it is started by, such as `["sh", "-c", …]`, has to become it, so that the process is the server's.
 */
async function start(args, env, ready, by = []) {
  const [first, ...rest] = [...by, program, ...args];
  const child = spawn(first, rest, { env, stdio: ["ignore", "pipe", by.length ? "pipe" : "inherit"] });
  let logged = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => (logged += text));
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
    if (code !== 0) throw new Error(`innkeeper ${args[0]} ended with ${code}\n${logged}`);
  };
  return { said, stop, pid: child.pid };
}

function environment(more = {}) {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, ...more };
}

/**
 * The same on a disk that can be made to fail: `disk(false)` lets no byte be written to any file, `disk(true)` mends it.
 * The kernel's limit on the size of files does it, which needs neither a disk of our own nor the rights to mount one.
 */
export async function serveOnFailingDisk(settings = {}) {
  // The signal that comes with a refused write would end the process; a disk that fails sends none.
  const server = await serve(settings, ["sh", "-c", 'trap "" XFSZ; exec "$0" "$@"']);
  const disk = (works) => {
    const soft = works ? "unlimited" : "0";
    return promisify(execFile)("prlimit", ["--pid", String(server.pid), `--fsize=${soft}:`]);
  };
  return { server, disk };
}

/** The demo, as a stranger starts it; `said` is what they read. */
export async function demo() {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { said, stop } = await start(["demo", "--listen", url.slice("http://".length)], environment(), /service key/);
  return { url, said, stop };
}

/** `innkeeper serve` at an address where passkeys work, which an IP address is not. */
export function serveAtLocalhost(settings = {}) {
  return serve(settings, [], "localhost");
}

/** `innkeeper serve` on an empty store in which nobody is yet, and the `link` that it prints for whoever is first. */
export async function serveAnew() {
  const { url, env } = await emptyStore();
  const ready = /setup\?code=/;
  const { said, stop } = await start(["serve"], env, ready);
  return { url, link: said.find((line) => ready.test(line)).trim(), stop };
}

/** `innkeeper serve` on an empty store, with settings such as `{ POLICY__IDLE_TIMEOUT: "2s" }`. */
export async function serve(settings = {}, by = [], host = "127.0.0.1") {
  const { url, env } = await emptyStore(settings, host);
  const { stop, pid } = await start(["serve"], env, /listening on/, by);
  const scopes = "sessions,directory,events";
  const created = await promisify(execFile)(program, ["key", "create", "--name", "stories", "--scopes", scopes], { env });
  const server = new Server(url, created.stdout.trim(), { stop, pid });
  await server.put("/accounts/reef", { name: "Reef Day Tours", plan: "team", time_zone: "Australia/Brisbane" });
  await server.put("/users/owner", { account_id: "reef", role: "owner", name: "Mia Tran" });
  return server;
}

/** Where a server will be, and what it is started with so that its store is empty. */
async function emptyStore(settings = {}, host = "127.0.0.1") {
  const address = `127.0.0.1:${await freePort()}`;
  const env = environment({
    INNKEEPER_LISTEN: address,
    INNKEEPER_STORE: `sqlite:${join(mkdtempSync(join(folder, "store-")), "innkeeper.db")}`,
    INNKEEPER_LOG__FILTER: "warn",
  });
  const url = `http://${address.replace("127.0.0.1", host)}`;
  if (host !== "127.0.0.1") env.INNKEEPER_PUBLIC_URL = url;
  for (const [name, value] of Object.entries(settings)) env[`INNKEEPER_${name}`] = value;
  return { url, env };
}

class Server {
  #key;
  #people = 0;

  constructor(url, key, process) {
    Object.assign(this, { url, ...process });
    this.#key = key;
  }

  #fetch(path, more = {}) {
    const headers = { authorization: `Bearer ${this.#key}`, ...more.headers };
    return fetch(`${this.url}/api/v1${path}`, { ...more, headers });
  }

  async #send(method, path, fields) {
    const headers = { "content-type": "application/json" };
    const answer = await this.#fetch(path, { method, headers, body: fields && JSON.stringify(fields) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  }

  put(path, fields) {
    return this.#send("PUT", path, fields);
  }

  /** Signs somebody in on a device of its own, as an application does. Resolves with the session and its token. */
  signedIn(person, user_agent, device_id) {
    const client = { ip: "203.0.113.7", user_agent, device_id };
    return this.#send("POST", "/sessions", { user_id: person.id, client, methods: ["pwd"] });
  }

  /** The same. Resolves with the session alone. */
  async started(person, user_agent, device_id) {
    return (await this.signedIn(person, user_agent, device_id)).session;
  }

  /** Ends a session, as an application does. */
  end(session) {
    return this.#send("DELETE", `/sessions/${session.id}`);
  }

  /** How and why a session ended, or that it did not. */
  async endOf(session) {
    return (await this.#send("GET", `/sessions/${session.id}`)).end_reason;
  }

  /** Somebody new who can sign in; each story has people of its own, and each of them an account. */
  async person(name = "Alex Ono", accountName = "Reef Day Tours", fields = {}) {
    this.#people += 1;
    const id = `person-${this.#people}`;
    const account = `reef-${this.#people}`;
    await this.put(`/accounts/${account}`, { name: accountName, plan: "team", time_zone: "Australia/Brisbane", ...fields });
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

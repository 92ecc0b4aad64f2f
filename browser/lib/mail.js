// A mail server that keeps what it gets: as much of SMTP as a mail needs that comes unencrypted from this machine.

import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** What lines of a mail say, where its letters were put as quoted-printable (RFC 2045). */
function plain(text) {
  const bytes = text.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** Starts one on a free port. `settings` have Innkeeper send by it; `mailed` waits for a mail to somebody that fits. */
export async function mailServer() {
  const got = [];
  const waiting = new Set();
  const arrived = (mail) => {
    got.push(mail);
    for (const look of waiting) look();
  };
  const server = createServer((socket) => {
    const say = (line) => socket.write(`${line}\r\n`);
    let to = [];
    let data;
    socket.on("error", () => {});
    createInterface({ input: socket }).on("line", (line) => {
      if (data) {
        if (line !== ".") return void data.push(line.replace(/^\./, ""));
        arrived({ to, text: plain(data.join("\n")) });
        [to, data] = [[], undefined];
        return say("250 taken");
      }
      const [verb] = line.toUpperCase().split(/[ :]/);
      if (verb === "RCPT") to.push(line.match(/<(.*)>/)[1]);
      if (verb === "DATA") data = [];
      say({ DATA: "354 go on", QUIT: "221 bye" }[verb] ?? "250 mail.test");
      if (verb === "QUIT") socket.end();
    });
    say("220 mail.test");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const settings = {
    MAIL__SERVER: `smtp://127.0.0.1:${server.address().port}`,
    MAIL__TLS: "none",
    MAIL__FROM: "The desk <desk@reef.example>",
  };
  const mailed = (to, fits) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no mail to ${to} that fits ${fits}`)), 20_000);
      const look = () => {
        const found = got.filter((mail) => mail.to.includes(to)).map(({ text }) => text.match(fits));
        const match = found.find((match) => match);
        if (!match) return;
        clearTimeout(late);
        waiting.delete(look);
        resolve(match);
      };
      waiting.add(look);
      look();
    });
  return { settings, mailed, stop: () => server.close() };
}

//! Real reverse proxies with the examples as they are shipped, an application that says what it received, and something
//! that stands in for Innkeeper where Innkeeper would have to be broken.

#![expect(clippy::unwrap_used, reason = "a helper that meets what it does not expect should stop right there")]

use crate::server::{Running, SOON, eventually};
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// No answer takes so long unless something hangs: what proxies are told to wait, and then some.
const ANSWER_WITHIN: Duration = Duration::from_secs(25);

/// A proxy that has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Debian's nginx.
    Nginx,
    /// Debian's Caddy, which is years old.
    CaddyOfDebian,
    /// A current Caddy.
    Caddy,
    /// A current Traefik.
    Traefik,
}

impl Kind {
    /// Where `.ci/run setup` puts it.
    pub(crate) fn binary(self) -> Option<PathBuf> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/servers").join(match self {
            Kind::Nginx => "debian/usr/sbin/nginx",
            Kind::CaddyOfDebian => "debian/usr/bin/caddy",
            Kind::Caddy => "bin/caddy",
            Kind::Traefik => "bin/traefik",
        });
        if !path.exists() {
            let required = std::env::var_os("INNKEEPER_TEST_REQUIRE_ALL").is_some_and(|value| !value.is_empty());
            assert!(!required, "INNKEEPER_TEST_REQUIRE_ALL is set, and {self:?} is not here");
            eprintln!("SKIPPED: {self:?} is not here (.ci/run setup), so nothing is asked through it");
            return None;
        }
        Some(path)
    }
}

/// The host of the examples.
pub(crate) const HOST: &str = "app.example";

/// Where the three parts of an installation are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    /// The host that people ask for.
    pub(crate) host: &'static str,
    /// The proxy.
    pub(crate) front: SocketAddr,
    /// Innkeeper, or what stands in for it.
    pub(crate) authority: SocketAddr,
    /// The application.
    pub(crate) app: SocketAddr,
}

/// What a test breaks: in which example, which text, and what stands in its place.
pub(crate) type Breaks<'a> = &'a [(&'static str, &'static str, &'static str)];

/// A running proxy. Dropped, it is gone.
pub(crate) struct Proxy {
    _process: Running,
    folder: TempDir,
}

impl Proxy {
    /// Starts one with its example, in which only host, ports and paths are replaced, and what the test breaks; and waits
    /// until it asks the authority.
    pub(crate) fn start(kind: Kind, binary: &Path, places: Places, breaks: Breaks<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let command = configured(kind, Command::new(binary), at, (places, breaks));
        let log = fs::File::create(at.join("log")).unwrap();
        let proxy = Self { _process: Running(spawned(command, log)), folder };
        let answers = || {
            let asked = Ask::get("/auth/session-policy").of(places.host).to(places.front);
            asked.is_ok_and(|answer| answer.status == 200 && !answer.is_from_app())
        };
        assert!(eventually(SOON, answers), "{kind:?} does not start: {}", proxy.log());
        proxy
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn spawned(mut command: Command, log: fs::File) -> std::process::Child {
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

fn configured(kind: Kind, mut command: Command, at: &Path, (places, breaks): (Places, Breaks<'_>)) -> Command {
    let shipped = |name: &str| {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)).unwrap();
        let is_about_places = name != "traefik/traefik.yml";
        let with = replaced(&text, "127.0.0.1:8080", &places.authority.to_string(), is_about_places);
        let with = replaced(&with, "127.0.0.1:3000", &places.app.to_string(), is_about_places);
        let with = with.replace(HOST, places.host);
        let broken = breaks.iter().filter(|(of, ..)| *of == name);
        broken.fold(with, |text, (_, what, with)| replaced(&text, what, with, true))
    };
    let write = |name: &str, text: String| {
        fs::write(at.join(name), text).unwrap();
        at.join(name).display().to_string()
    };
    let front = places.front;
    match kind {
        Kind::Nginx => {
            let site = write(
                "innkeeper.conf",
                replaced(&shipped("nginx/innkeeper.conf"), "listen 80;", &format!("listen {front};"), true),
            );
            let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|name| format!("{name}_temp_path {}/{name};", at.display()))
                .concat();
            let main = write(
                "nginx.conf",
                format!(
                    "daemon off; master_process off; pid {}/pid; events {{}} http {{ access_log off; {paths} include {site}; }}",
                    at.display()
                ),
            );
            command.args(["-e", "stderr", "-c", &main]);
        }
        Kind::Caddy | Kind::CaddyOfDebian => {
            let site = replaced(
                &shipped("caddy/Caddyfile"),
                &format!("http://{} {{", places.host),
                &format!("http://{}:{} {{", places.host, front.port()),
                true,
            );
            let site = write("innkeeper.caddy", site);
            let main = format!("{{\nadmin off\ndefault_bind 127.0.0.1\n}}\nimport {site}\n");
            command.args(["run", "--adapter", "caddyfile", "--config", &write("Caddyfile", main)]);
            command.env("HOME", at).env("XDG_DATA_HOME", at).env("XDG_CONFIG_HOME", at);
        }
        Kind::Traefik => {
            let dynamic = write("dynamic.yml", shipped("traefik/dynamic.yml"));
            let fixed = replaced(&shipped("traefik/traefik.yml"), "\":80\"", &format!("\"{front}\""), true);
            let fixed = replaced(&fixed, "/etc/traefik/dynamic.yml", &dynamic, true);
            // As nobody asked for it, no new version is looked for.
            command.args(["--configFile", &write("traefik.yml", fixed)]);
            command.current_dir(at);
        }
    }
    command
}

/// The text with one thing replaced wherever it stands, which must be somewhere.
fn replaced(text: &str, what: &str, with: &str, is_there: bool) -> String {
    assert_eq!(text.contains(what), is_there, "{what:?} in an example");
    text.replace(what, with)
}

/// A request, written as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    host: &'static str,
    line: String,
    head: String,
}

impl Ask {
    /// A request for a page, as a browser makes it.
    pub(crate) fn get(path: &str) -> Self {
        Self::bare(&format!("GET {path}")).with("Accept: text/html,*/*;q=0.8")
    }

    /// A request without any headers of a browser.
    pub(crate) fn bare(line: &str) -> Self {
        Self { host: HOST, line: line.into(), head: String::new() }
    }

    /// Of this host.
    pub(crate) fn of(self, host: &'static str) -> Self {
        Self { host, ..self }
    }

    /// With a further line in its head.
    pub(crate) fn with(mut self, line: &str) -> Self {
        self.head.push_str(line);
        self.head.push_str("\r\n");
        self
    }

    /// With this session.
    pub(crate) fn signed_in(self, token: &str) -> Self {
        self.with(&format!("Cookie: theme=dark; innkeeper={token}"))
    }

    /// Sends it, and a body of so many bytes that follows, and reads the answer to its end.
    pub(crate) fn send(&self, to: SocketAddr, body: &[u8], times: usize) -> io::Result<Answer> {
        let mut stream = self.open(to)?;
        for _ in 0..times {
            stream.write_all(body)?;
        }
        let mut stream = BufReader::new(stream);
        let head = head(&mut stream).ok_or(io::ErrorKind::UnexpectedEof)?;
        let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let mut body = Vec::new();
        let length = values(&head, "content-length").first().and_then(|length| length.parse().ok());
        if !self.line.starts_with("HEAD ") {
            stream.take(length.unwrap_or(u64::MAX)).read_to_end(&mut body)?;
        }
        Ok(Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Sends it without a body.
    pub(crate) fn to(&self, to: SocketAddr) -> io::Result<Answer> {
        self.send(to, b"", 0)
    }

    /// Sends the head, and leaves the connection open.
    pub(crate) fn open(&self, to: SocketAddr) -> io::Result<TcpStream> {
        let Self { host, line, head } = self;
        let mut stream = TcpStream::connect_timeout(&to, ANSWER_WITHIN)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        stream.set_write_timeout(Some(ANSWER_WITHIN))?;
        let close = if head.contains("Connection:") { "" } else { "Connection: close\r\n" };
        let host = format!("Host: {host}:{}\r\n", to.port());
        stream.write_all(format!("{line} HTTP/1.1\r\n{host}{close}{head}\r\n").as_bytes())?;
        Ok(stream)
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// Status line and headers.
    pub(crate) head: String,
    /// The body as it came.
    pub(crate) body: String,
}

impl Answer {
    /// The values of a header.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        values(&self.head, name)
    }

    /// Where it sends the browser.
    pub(crate) fn location(&self) -> &str {
        self.values("location").first().copied().unwrap_or_default()
    }

    /// Whether the application made it, which then got what the body says.
    pub(crate) fn is_from_app(&self) -> bool {
        self.values("made-by") == ["the application"]
    }
}

/// The values of a header of a head, by its very name but for capitals.
pub(crate) fn values<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines.filter(|(is, _)| is.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
}

/// Every header of a head that some application would take for one of these, sorted.
pub(crate) fn taken_for(head: &str, prefix: &str) -> Vec<(String, String)> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let named = lines.map(|(name, value)| (name.to_ascii_lowercase().replace('_', "-"), value.trim().to_owned()));
    let mut found: Vec<_> = named.filter(|(name, _)| name.starts_with(prefix)).collect();
    found.sort();
    found
}

/// What a listener of a test does with a connection whose head it has read.
type Answering = dyn Fn(&str, &mut BufReader<TcpStream>) -> io::Result<()> + Send + Sync;

/// A small server: the application, or what stands in for Innkeeper.
pub(crate) struct Small {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Small {
    fn start(answer: Box<Answering>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let small = Self { address: listener.local_addr().unwrap(), heads: Arc::default() };
        let (heads, answer) = (small.heads.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (heads, answer) = (heads.clone(), answer.clone());
                std::thread::spawn(move || {
                    let mut stream = BufReader::new(stream);
                    while let Some(head) = head(&mut stream) {
                        heads.lock().unwrap().push(head.clone());
                        if answer(&head, &mut stream).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        small
    }

    /// The application: it says which head it got and how much body. With an upgrade it says everything back.
    pub(crate) fn app() -> Self {
        Self::start(Box::new(|head, stream| {
            if values(head, "upgrade") == ["websocket"] {
                let switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                                 Made-By: the application\r\n\r\n";
                stream.get_mut().write_all(switching.as_bytes())?;
                let mut back = stream.get_ref().try_clone()?;
                return io::copy(stream, &mut back).and(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            let length = body(head, stream)?;
            let said = format!("{head}\r\n{length} bytes");
            let answer =
                format!("HTTP/1.1 200 OK\r\nMade-By: the application\r\nContent-Length: {}\r\n\r\n{said}", said.len());
            stream.get_mut().write_all(answer.as_bytes())
        }))
    }

    /// Stands in for Innkeeper: to everything but questions about requests it answers 200, and to those what it is told,
    /// or nothing at all.
    pub(crate) fn authority(answer: Arc<Mutex<Option<String>>>) -> Self {
        Self::start(Box::new(move |head, stream| {
            body(head, stream)?;
            let told = match head.contains(" /auth/forward-auth") {
                false => Some("200 OK\r\nContent-Length: 0\r\n".to_owned()),
                true => answer.lock().unwrap().clone(),
            };
            match told {
                Some(told) => {
                    stream.get_mut().write_all(format!("HTTP/1.1 {told}Made-By: the stand-in\r\n\r\n").as_bytes())
                }
                // Whoever asked gives up, and closes.
                None => stream.read_to_end(&mut Vec::new()).and(Err(io::ErrorKind::TimedOut.into())),
            }
        }))
    }

    /// The heads of the requests that it got, since this was asked last.
    pub(crate) fn got(&self) -> Vec<String> {
        std::mem::take(&mut *self.heads.lock().unwrap())
    }
}

fn head(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = Vec::new();
    loop {
        let before = head.len();
        stream.read_until(b'\n', &mut head).ok().filter(|read| *read > 0)?;
        if matches!(&head[before..], b"\r\n" | b"\n") {
            return Some(String::from_utf8_lossy(&head[..before]).into_owned());
        }
    }
}

/// Reads a body to its end, and says how long it was.
fn body(head: &str, stream: &mut BufReader<TcpStream>) -> io::Result<u64> {
    if let [length] = values(head, "content-length")[..] {
        let length = length.parse().unwrap();
        return io::copy(&mut stream.by_ref().take(length), &mut io::sink());
    }
    let mut length = 0;
    if values(head, "transfer-encoding") == ["chunked"] {
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let chunk = u64::from_str_radix(line.trim(), 16).unwrap();
            io::copy(&mut stream.by_ref().take(chunk + 2), &mut io::sink())?;
            if chunk == 0 {
                return Ok(length);
            }
            length += chunk;
        }
    }
    Ok(length)
}

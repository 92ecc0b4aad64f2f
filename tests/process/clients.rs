//! The clients, and the applications that are shown with them, as they are shipped: run beside a real server, which ends
//! sessions, stops and stands still meanwhile.

#![expect(clippy::unwrap_used, reason = "a helper that meets what it does not expect should stop right there")]

use crate::cluster::free_port;
use crate::http::{Answer, Api, request};
use crate::server::{Running, SOON, Server, done, eventually};
use innkeeper::domain::activity::{Counted, RequestSigns, counts};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SENTENCE: &str = "You are already logged in. Only one session per user is valid. Please contact support if you \
                        think this is an error.";

const KAI: &str = "user=kai&password=tide+tables+at+dawn";
const LOU: &str = "user=lou&password=a+lantern+in+the+window";

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Whether `.ci/run setup` has put this where it puts what the clients need.
fn is_there(name: &str) -> bool {
    let is_there = place(name).exists();
    if !is_there {
        let required = std::env::var_os("INNKEEPER_TEST_REQUIRE_ALL").is_some_and(|value| !value.is_empty());
        assert!(!required, "INNKEEPER_TEST_REQUIRE_ALL is set, and there is no {name}");
        eprintln!("SKIPPED: there is no {name} (.ci/run setup), so a client is not tried");
    }
    is_there
}

fn python() -> Option<Command> {
    let python = "target/python-clients/bin/python";
    is_there(python).then(|| {
        let mut command = Command::new(place(python));
        // Nothing is written beside the sources.
        command.env("PYTHONPATH", place("clients/python")).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    })
}

/// Runs a command that must succeed, with something on standard input.
fn succeeds(command: &mut Command, input: &str) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).into_owned());
    assert!(output.status.success(), "{command:?}: {}", said.concat());
}

/// The description of the API, in a file.
fn description(folder: &Path) -> PathBuf {
    let path = folder.join("openapi.json");
    std::fs::write(&path, done(folder, &["openapi"])).unwrap();
    path
}

/// Requests, and whether they are activity: what the clients have to say of them as well.
fn requests() -> Vec<(&'static str, Value, &'static str)> {
    let accepts = ["", "text/html", "*/*", "a/b, Text/HTML;level=1", "text/html; q=0.0", "application/xhtml+xml;Q = 0"];
    let modes = ["", "navigate", "cors"];
    let mut requests = Vec::new();
    for method in ["GET", "HEAD", "OPTIONS", "POST", "DELETE"] {
        for mark in ["", "counted", "none", "Counted"] {
            for (accept, mode) in accepts.iter().flat_map(|accept| modes.map(|mode| (*accept, mode))) {
                for (dest, purpose) in [("", ""), ("document", ""), ("iframe", ""), ("document", "prefetch")] {
                    let sent = |value: &'static str| Some(value).filter(|value| !value.is_empty());
                    let signs = RequestSigns {
                        method,
                        mark: sent(mark),
                        path: None,
                        fetch_mode: sent(mode),
                        fetch_dest: sent(dest),
                        fetch_other: false,
                        purpose: sent(purpose),
                        accept: sent(accept),
                    };
                    let mut headers = json!({
                        "innkeeper-activity": signs.mark, "sec-fetch-mode": signs.fetch_mode, "accept": signs.accept,
                        "sec-fetch-dest": signs.fetch_dest, "sec-purpose": signs.purpose,
                    });
                    headers.as_object_mut().unwrap().retain(|_, value| !value.is_null());
                    let says = if counts(&signs) == Counted::Counted { "counted" } else { "none" };
                    requests.push((method, headers, says));
                }
            }
        }
    }
    requests
}

/// A server, with what an application is told of it.
struct Beside {
    folder: tempfile::TempDir,
    server: Option<Server>,
    api: Api,
}

impl Beside {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), &[]);
        let api = server.api(folder.path());
        Self { folder, server: Some(server), api }
    }

    fn told(&self, command: &mut Command) {
        command.env("INNKEEPER_URL", format!("http://{}", self.api.address)).env("INNKEEPER_KEY", &self.api.key);
    }

    fn does(&self, arguments: &[&str]) {
        done(self.folder.path(), arguments);
    }

    fn stop(&mut self) {
        let server = self.server.take().unwrap();
        server.terminate();
        server.wait();
    }

    fn start_again(&mut self) {
        let address = self.api.address.to_string();
        self.server = Some(Server::start(self.folder.path(), &[("INNKEEPER_LISTEN", &address)]));
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.server.as_ref().unwrap().pid()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Lets the server stand still, which its threads do a moment after they were told to.
    fn stand_still(&self) {
        self.signal(Signal::STOP);
        let threads = format!("/proc/{}/task", self.server.as_ref().unwrap().pid());
        let stands = |thread: std::io::Result<std::fs::DirEntry>| {
            let said = thread.and_then(|thread| std::fs::read_to_string(thread.path().join("stat")));
            said.is_ok_and(|said| said.rsplit(')').next().unwrap().starts_with(" T"))
        };
        assert!(eventually(SOON, || std::fs::read_dir(&threads).unwrap().all(stands)));
    }

    /// The latest session of a user.
    fn session(&self, user: &str) -> Value {
        let answer = self.api.call("GET", &format!("/users/{user}/sessions?state=all"), None).unwrap();
        answer.json["items"][0].clone()
    }
}

/// Somebody's browser at an application: its cookies, and nothing else.
struct Browser {
    address: SocketAddr,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn asks(&mut self, (method, path): (&str, &str), head: &str, form: &str) -> Answer {
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = if pairs.is_empty() { String::new() } else { format!("cookie: {}\r\n", pairs.join("; ")) };
        let head = format!("{cookies}{head}content-type: application/x-www-form-urlencoded\r\n");
        let answer = request(self.address, (method, path), (&head, form)).unwrap();
        for set in answer.head.lines().filter(|line| line.to_ascii_lowercase().starts_with("set-cookie: ")) {
            let (name, rest) = set["set-cookie: ".len()..].split_once('=').unwrap();
            let (value, attributes) = rest.split_once("; ").unwrap();
            self.cookies.retain(|(kept, _)| kept != name);
            if !value.trim_matches('"').is_empty() {
                assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"), "{set}");
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    fn opens(&mut self) -> Answer {
        self.asks(("GET", "/"), "accept: text/html\r\n", "")
    }

    fn polls(&mut self) -> Answer {
        self.asks(("GET", "/time-left"), "accept: application/json\r\nsec-fetch-mode: cors\r\n", "")
    }

    fn signs_in(&mut self, form: &str) -> Answer {
        self.asks(("POST", "/sign-in"), "", form)
    }

    fn is_at(&mut self, user: &str) -> bool {
        let answer = self.opens();
        answer.status == 200 && answer.text.contains(&format!("Tours of {user}"))
    }
}

/// What an example has to do, whichever it is.
fn lives_by_the_rules(mut example: Command) {
    let mut beside = Beside::start();
    beside.does(&["account", "put", "reef", "--name", "Reef Tours", "--plan", "team"]);
    beside.does(&["user", "put", "kai", "--account", "reef", "--role", "owner"]);
    beside.does(&["user", "put", "lou", "--account", "reef", "--role", "staff"]);
    beside.told(&mut example);
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let log = std::fs::File::create(beside.folder.path().join("example.log")).unwrap();
    example.env("PORT", address.port().to_string()).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    let _running = Running(example.spawn().unwrap());
    let somebody = || Browser { address, cookies: Vec::new() };
    let is_up = || request(address, ("GET", "/"), ("", "")).is_ok_and(|answer| answer.status == 401);
    assert!(eventually(SOON, is_up), "{}", std::fs::read_to_string(beside.folder.path().join("example.log")).unwrap());

    sessions_are_innkeepers(&beside, &somebody);
    an_outage_signs_nobody_out(&mut beside, &somebody);
}

fn sessions_are_innkeepers(beside: &Beside, somebody: &dyn Fn() -> Browser) {
    let (mut first, mut second) = (somebody(), somebody());
    for wrong in ["user=kai&password=x", "user=nobody&password=tide+tables+at+dawn", "user=kai", ""] {
        assert_eq!(first.signs_in(wrong).status / 100, 4, "{wrong}");
    }
    assert!(first.cookies.is_empty());
    assert_eq!(first.signs_in(KAI).status, 303);
    assert!(first.is_at("kai"));
    let session = beside.session("kai");
    assert_eq!((&session["ip"], &session["methods"]), (&json!("127.0.0.1"), &json!(["pwd"])));
    let refused = second.signs_in(KAI);
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains(SENTENCE) && refused.text.contains("Reference: R-"), "{}", refused.text);
    assert!(second.cookies.is_empty() && !second.is_at("kai") && first.is_at("kai"));

    // Counted, the whole time would be left after each poll.
    assert!(eventually(SOON, || first.polls().json["remaining_ms"].as_i64().unwrap() < 20 * 60_000));
    let deadline = || beside.session("kai")["idle_deadline"].as_str().unwrap().to_owned();
    let before = deadline();
    assert!(eventually(SOON, || first.is_at("kai") && deadline() > before), "a page that is opened is activity");

    // A browser that has lost its session takes its own place back.
    let earlier = first.cookies.iter().find(|(name, _)| name == "app-session").unwrap().clone();
    first.cookies.retain(|(name, _)| name != "app-session");
    assert_eq!(first.signs_in(KAI).status, 303);
    second.cookies = vec![earlier];
    assert!(first.is_at("kai") && !second.is_at("kai"));

    let forged = first.asks(("POST", "/sign-out"), "sec-fetch-site: cross-site\r\n", "");
    assert_eq!(forged.status, 403);
    assert!(first.is_at("kai"));

    beside.does(&["session", "end", "--user", "kai"]);
    let polled = first.polls();
    assert_eq!((polled.status, &polled.json["reason"]), (401, &json!("terminated_by_api")));
    let told = first.opens();
    assert!(told.status == 401 && told.text.contains("Your session is over."), "{} {}", told.status, told.text);
    assert!(!first.cookies.iter().any(|(name, _)| name == "app-session"));

    // Whoever signs in in the browser of somebody else ends their session.
    assert_eq!(first.signs_in(KAI).status, 303);
    assert_eq!(first.signs_in(LOU).status, 303);
    assert!(first.is_at("lou") && beside.session("kai")["end_reason"] == "signed_out");
    assert_eq!(first.asks(("POST", "/sign-out"), "", "").status / 100, 3);
    assert_eq!(beside.session("lou")["end_reason"], "signed_out");
    assert!(!first.is_at("lou"));

    beside.does(&["user", "suspend", "lou"]);
    assert_eq!(first.signs_in(LOU).status, 403);
}

fn an_outage_signs_nobody_out(beside: &mut Beside, somebody: &dyn Fn() -> Browser) {
    let (mut inside, mut outside) = (somebody(), somebody());
    assert_eq!(inside.signs_in(KAI).status, 303);
    let before = inside.cookies.clone();
    let mut is_an_outage = |inside: &mut Browser| {
        for asked in [("GET", "/"), ("GET", "/time-left"), ("POST", "/sign-out")] {
            let answer = inside.asks(asked, "accept: text/html\r\n", "");
            let is_said = answer.status == 503 && answer.head.to_ascii_lowercase().contains("retry-after: 2");
            assert!(is_said, "{asked:?}: {}\n{}", answer.head, answer.text);
        }
        assert_eq!(outside.signs_in(KAI).status, 503);
        assert_eq!(inside.cookies, before, "no cookie is touched");
    };
    beside.stand_still();
    is_an_outage(&mut inside);
    beside.signal(Signal::CONT);
    assert!(eventually(SOON, || inside.is_at("kai")));
    beside.stop();
    is_an_outage(&mut inside);
    beside.start_again();
    assert!(inside.is_at("kai"));
}

#[test]
fn the_example_in_flask_lives_by_the_rules() {
    let Some(mut example) = python() else { return };
    example.arg(place("examples/flask/app.py"));
    lives_by_the_rules(example);
}

#[test]
fn the_example_in_express_lives_by_the_rules() {
    if is_there("examples/express/node_modules") {
        let mut example = Command::new("node");
        example.arg(place("examples/express/app.js"));
        lives_by_the_rules(example);
    }
}

#[test]
fn the_example_in_axum_lives_by_the_rules() {
    // Whoever runs these tests alone has not built it.
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--locked", "--example", "axum"]).current_dir(place(""));
    succeeds(&mut build, "");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| place("target"), PathBuf::from);
    lives_by_the_rules(Command::new(target.join("debug/examples/axum")));
}

#[test]
fn the_client_for_python_does_what_it_says() {
    let Some(mut tests) = python() else { return };
    let beside = Beside::start();
    beside.told(&mut tests);
    succeeds(tests.args(["-W", "error"]).arg(place("clients/python/tests.py")), "");
}

#[test]
fn the_client_for_python_is_typed_and_conforms_to_the_description() {
    let (Some(mut types), Some(mut conforms)) = (python(), python()) else { return };
    succeeds(types.args(["-m", "mypy"]).current_dir(place("clients/python")), "");
    let folder = tempfile::tempdir().unwrap();
    conforms.arg(place("clients/python/conforms.py")).arg(description(folder.path()));
    succeeds(&mut conforms, &json!(requests()).to_string());
}

#[test]
fn the_client_for_typescript_does_what_it_says() {
    if is_there("clients/typescript/node_modules") {
        let beside = Beside::start();
        let mut tests = Command::new("node");
        beside.told(&mut tests);
        succeeds(tests.arg("--test").arg(place("clients/typescript/tests.js")), "");
    }
}

#[test]
fn the_client_for_typescript_is_typed_and_conforms_to_the_description() {
    if !is_there("clients/typescript/node_modules") {
        return;
    }
    let tool = |name: &str| {
        let mut command = Command::new(place("clients/typescript/node_modules/.bin").join(name));
        command.current_dir(place("clients/typescript"));
        command
    };
    let folder = tempfile::tempdir().unwrap();
    let described = place("target/clients/openapi.d.ts");
    succeeds(tool("openapi-typescript").arg(description(folder.path())).arg("--output").arg(described), "");
    succeeds(tool("tsc").args(["--project", "."]), "");
    let mut activity = Command::new("node");
    activity.arg(place("clients/typescript/conforms.js"));
    succeeds(&mut activity, &json!(requests()).to_string());
}

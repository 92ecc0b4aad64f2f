//! One server process of a test, in a folder of its own, and the commands beside it.

use crate::http::{Api, get};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_innkeeper");

/// How long a process may take for what it does in a fraction of a second when the machine is not busy.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// Asks again and again until the answer is yes; false where it never is in time.
pub(crate) fn eventually(within: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let end = innkeeper::clock::monotonic_millis() + i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
    loop {
        if is_so() {
            return true;
        }
        if innkeeper::clock::monotonic_millis() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Watches how long the machine stands still: whoever says that something was too slow must know that it was not that.
pub(crate) struct Stalls {
    longest: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Stalls {
    /// Starts to watch.
    pub(crate) fn watch() -> Self {
        let watcher = Self { longest: Arc::default(), stop: Arc::default() };
        let (longest, stop) = (watcher.longest.clone(), watcher.stop.clone());
        std::thread::spawn(move || {
            let mut before = innkeeper::clock::monotonic_millis();
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(10));
                let now = innkeeper::clock::monotonic_millis();
                longest.fetch_max(u64::try_from(now - before).unwrap_or_default(), Ordering::Relaxed);
                before = now;
            }
        });
        watcher
    }

    /// How long it stood still at worst.
    pub(crate) fn longest(&self) -> Duration {
        Duration::from_millis(self.longest.load(Ordering::Relaxed))
    }
}

impl Drop for Stalls {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// A command in a folder, without any configuration of whoever runs the tests.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("INNKEEPER_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("the binary can be started")
}

/// Runs a command that gets something on standard input.
pub(crate) fn run_with(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = command(folder, arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be started");
    child.stdin.take().expect("standard input is a pipe").write_all(input.as_bytes()).expect("it is read");
    child.wait_with_output().expect("the command ends")
}

/// Runs a command that must succeed, and gives what it prints.
pub(crate) fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
    String::from_utf8(output.stdout).expect("answers are UTF-8")
}

/// What a command said on standard error.
pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A process of ours. Dropped, it is killed: this one and no other.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running server.
pub(crate) struct Server {
    child: Running,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    said: BufReader<ChildStdout>,
    log: std::path::PathBuf,
}

impl Server {
    /// Starts one, on a port that the system picks, and waits until it listens.
    pub(crate) fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let log = folder.join("server.log");
        let errors = File::options().create(true).append(true).open(&log).expect("the log can be written");
        let mut command = command(folder, &["serve"]);
        command.env("INNKEEPER_LISTEN", "127.0.0.1:0").envs(settings.iter().copied());
        let child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("the binary can be started");
        let mut child = Running(child);
        let mut line = String::new();
        let mut said = BufReader::new(child.0.stdout.take().expect("standard output is a pipe"));
        said.read_line(&mut line).expect("the server says where it listens");
        let address = line.trim().strip_prefix("listening on ").and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("no address in {line:?}; {}", read(&log)));
        Self { child, address, said, log }
    }

    /// Starts one on a database of a server, with a folder of its own.
    pub(crate) fn on(store: &str, settings: &[(&str, &str)]) -> (TempDir, Self) {
        let folder = folder_for(store);
        let server = Self::start(folder.path(), settings);
        (folder, server)
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        read(&self.log)
    }

    /// The next line that it says on standard output.
    pub(crate) fn says(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("it says something");
        line
    }

    /// Asks it to stop, and gives what else it has said on standard output.
    pub(crate) fn rest(mut self) -> String {
        self.terminate();
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).expect("it says text");
        rest
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Whether it answers.
    pub(crate) fn is_ready(&self) -> bool {
        get(self.address, "/readyz").is_ok_and(|answer| answer.status == 200)
    }

    /// Kills it as a power cut of its process would.
    pub(crate) fn kill(mut self) {
        self.child.0.kill().expect("it runs");
        self.child.0.wait().expect("it is ours");
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child.0), Signal::TERM).expect("it runs");
    }

    /// Waits until it has stopped.
    pub(crate) fn wait(mut self) -> ExitStatus {
        let mut status = None;
        let stopped = eventually(SOON, || {
            status = self.child.0.try_wait().expect("it is ours");
            status.is_some()
        });
        assert!(stopped, "it does not stop: {}", self.log());
        status.expect("it has stopped")
    }

    /// A key for its API, made beside it.
    pub(crate) fn api(&self, folder: &Path) -> Api {
        let key = done(folder, &["key", "create", "--name", "test", "--scopes", "sessions,directory"]);
        Api { address: self.address, key: key.trim().to_owned() }
    }
}

/// A folder whose commands and servers use this store.
pub(crate) fn folder_for(store: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("innkeeper.toml"), format!("store = {store:?}\n")).expect("it can be written");
    folder
}

fn read(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap_or_default()
}

/// An account with so many users, `u0` and on.
pub(crate) fn people(api: &Api, count: usize) {
    let account = json!({ "name": "Reef Rafting", "plan": "business" });
    let put = api.call("PUT", "/accounts/reef", Some(&account)).expect("the server answers");
    assert_eq!(put.status, 201, "{}", put.text);
    for n in 0..count {
        let role = if n == 0 { "owner" } else { "staff" };
        let user = json!({ "account_id": "reef", "role": role });
        let put = api.call("PUT", &format!("/users/u{n}"), Some(&user)).expect("the server answers");
        assert_eq!(put.status, 201, "{}", put.text);
    }
}

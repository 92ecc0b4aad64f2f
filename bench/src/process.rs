//! Servers that are started for the run and stopped with it, whatever ends it.

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to stop before it is made to.
const STOP_MAX: Duration = Duration::from_secs(20);

/// A server of ours.
pub struct Server {
    name: String,
    child: Child,
    stop_by: Signal,
    /// Where it listens.
    pub address: SocketAddr,
}

/// How a server is started.
pub struct Start<'c> {
    /// What it is called here.
    pub name: &'c str,
    /// Program, arguments and environment.
    pub command: &'c Command,
    /// As whom it runs, if not as we do.
    pub user: Option<&'c str>,
    /// What stops it.
    pub stop_by: Signal,
}

impl<'c> Start<'c> {
    /// The usual way.
    pub fn new(name: &'c str, command: &'c Command) -> Self {
        Self { name, command, user: None, stop_by: Signal::TERM }
    }

    /// Starts a server that prints its address on standard output once it listens. What it logs goes to a file in the
    /// folder.
    pub fn listening(self, folder: &Path) -> anyhow::Result<Server> {
        let mut child = self.spawn(folder)?;
        let out = child.stdout.take().context("standard output is ours")?;
        let mut lines = BufReader::new(out).lines();
        let address = loop {
            let Some(line) = lines.next().transpose()? else { bail!("{}", self.ended(folder)) };
            if let Some(address) = address_in(&line) {
                break address;
            }
        };
        // Whatever else it prints must find a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Server { name: self.name.into(), child, stop_by: self.stop_by, address })
    }

    /// Starts a server that is told its address, and waits until it is ready.
    pub fn at(self, address: SocketAddr, folder: &Path, ready: impl Fn() -> bool) -> anyhow::Result<Server> {
        let child = self.spawn(folder)?;
        let mut server = Server { name: self.name.into(), child, stop_by: self.stop_by, address };
        let started = Instant::now();
        while !ready() {
            if server.child.try_wait()?.is_some() || started.elapsed() > STOP_MAX {
                bail!("{}", self.ended(folder));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    fn ended(&self, folder: &Path) -> String {
        let log = fs::read_to_string(folder.join(format!("{}.log", self.name))).unwrap_or_default();
        format!("{} does not get ready:\n{log}", self.name)
    }

    /// Starts a process that is told to stop when this one is gone, even if this one is killed.
    fn spawn(&self, folder: &Path) -> anyhow::Result<Child> {
        let mut leashed = Command::new("setpriv");
        leashed.args(["--pdeathsig", if self.stop_by == Signal::INT { "INT" } else { "TERM" }]);
        if let Some(user) = self.user {
            leashed.args(["--reuid", user, "--regid", user, "--clear-groups"]);
        }
        leashed.arg("--").arg(self.command.get_program()).args(self.command.get_args());
        clean(&mut leashed);
        for (key, value) in self.command.get_envs() {
            match value {
                Some(value) => leashed.env(key, value),
                None => leashed.env_remove(key),
            };
        }
        if let Some(place) = self.command.get_current_dir() {
            leashed.current_dir(place);
        }
        let log = File::create(folder.join(format!("{}.log", self.name)))?;
        leashed.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        leashed.spawn().with_context(|| format!("{} does not start: {:?}", self.name, self.command.get_program()))
    }
}

/// Takes from a command what the caller's environment says about Innkeeper: it is measured as it comes.
fn clean(command: &mut Command) {
    let ours = std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("INNKEEPER_"));
    for (key, _) in ours {
        command.env_remove(key);
    }
}

/// An address of this machine where nobody listens.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Server {
    /// Processor time that it and its children have used.
    pub fn cpu(&self) -> Duration {
        cpu_of_tree(self.child.id())
    }

    /// Memory that belongs to it alone, in bytes: no file, nothing shared.
    pub fn private_memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib: u64 = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok()).context("RssAnon")?;
        Ok(kib * 1024)
    }

    fn end(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            kill_process(pid, self.stop_by).ok();
        }
        let asked = Instant::now();
        while asked.elapsed() < STOP_MAX {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        eprintln!("{} did not stop when asked to", self.name);
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.split_whitespace().find_map(|word| word.trim_start_matches("http://").parse().ok())
}

/// Processor time of a process and everything it started that still runs.
fn cpu_of_tree(root: u32) -> Duration {
    let mut known: Vec<(u32, u32, u64)> = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse() else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // The second field is a name in parentheses, which may hold anything; the third comes after the last of them.
        let Some((_, rest)) = stat.rsplit_once(')') else { continue };
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        known.push((pid, number(4) as u32, number(14) + number(15)));
    }
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(&parent) = tree.get(next) {
        tree.extend(known.iter().filter(|(_, of, _)| *of == parent).map(|(pid, ..)| *pid));
        next += 1;
    }
    let ticks: u64 = known.iter().filter(|(pid, ..)| tree.contains(pid)).map(|(.., ticks)| ticks).sum();
    Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Runs a command to its end and gives what it printed.
pub fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{:?} does not start", command.get_program()))?;
    if !output.status.success() {
        bail!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

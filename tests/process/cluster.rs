//! A PostgreSQL of one test's own, where the test does something to the server: stops it, gives it a certificate, follows
//! it. Tests that only need a database share one server.

use crate::shared::{ask, instead_of_root, programs, run};
use rustix::process::{Pid, Signal, kill_process};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

/// A server in a folder of its own, reachable by a socket in there and on a port of 127.0.0.1. Dropped, it is stopped.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    /// A shell that stops the server and removes the folder when its input is closed, which is also the case when this
    /// process ends, however it ends.
    shell: Child,
}

/// A port that nobody has. Each is given out once, so that two tests never wait for the same one.
pub(crate) fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = listener.local_addr().expect("it has an address").port();
        if GIVEN.swap(port, Ordering::SeqCst) != port {
            return port;
        }
    }
}

/// A command that is run as the user of the database where this is root.
pub(crate) fn as_postgres(command: &mut Command) -> &mut Command {
    if let Some((user, group)) = instead_of_root() {
        command.uid(user).gid(group);
    }
    command
}

/// A folder that the user of the database may write.
pub(crate) fn folder() -> PathBuf {
    let folder = tempfile::Builder::new().prefix("innkeeper-cluster-").tempdir().expect("a folder can be made").keep();
    if let Some((user, group)) = instead_of_root() {
        std::os::unix::fs::chown(&folder, Some(user), Some(group)).expect("it can be given away");
    }
    folder
}

impl Cluster {
    /// Starts one with these lines in its configuration; `None` where there is no PostgreSQL, which is said.
    pub(crate) fn start(settings: &str) -> Option<Self> {
        let programs = available()?;
        let folder = folder();
        let mut init = Command::new(programs.join("initdb"));
        init.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"]);
        init.arg(folder.join("data")).current_dir(&folder);
        run(init);
        Some(Self::launch(programs, folder, settings))
    }

    /// Starts one that follows this one.
    pub(crate) fn follower(&self, name: &str) -> Self {
        let folder = folder();
        let mut copy = Command::new(self.programs.join("pg_basebackup"));
        let way = format!("host={} port={} user=postgres application_name={name}", self.folder.display(), self.port);
        copy.args(["--checkpoint=fast", "--no-sync", "--wal-method=stream", "--write-recovery-conf", "-d", &way, "-D"]);
        copy.arg(folder.join("data")).current_dir(&folder);
        run(copy);
        Self::launch(self.programs.clone(), folder, "")
    }

    fn launch(programs: PathBuf, folder: PathBuf, settings: &str) -> Self {
        let port = free_port();
        let conf = folder.join("data/postgresql.conf");
        let mut text = std::fs::read_to_string(&conf).expect("initdb has written it");
        text.push_str(&format!(
            "\nport = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nmax_connections = 100\n\
             {settings}\n",
            folder.display()
        ));
        std::fs::write(&conf, text).expect("it can be written");
        // A test that failed may have left it standing still.
        let script = "read -r _; pid=$(head -n 1 \"$1/data/postmaster.pid\") && kill -QUIT \"$pid\" && \
                      kill -CONT \"$pid\" $(cat \"/proc/$pid/task/$pid/children\"); \
                      for _ in $(seq 100); do [ -e \"$1/data/postmaster.pid\" ] || break; sleep 0.05; done; rm -rf \"$1\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "stop-postgres"]).arg(&folder).stdin(Stdio::piped()).process_group(0);
        let shell = shell.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("there is a shell");
        let cluster = Self { programs, folder, port, shell };
        cluster.start_again();
        cluster
    }

    /// Starts it, and waits until it takes connections.
    pub(crate) fn start_again(&self) {
        self.control(&["start", "--wait", "--silent", "-l", &self.folder.join("log").display().to_string()]);
    }

    /// Stops it: `immediate` as a crash does, `fast` in order.
    pub(crate) fn stop(&self, mode: &str) {
        self.control(&["stop", "--wait", "--silent", "-m", mode]);
    }

    /// Lets all of it stand still, or go on, as a machine does that is suspended: connections stay, and nothing answers.
    pub(crate) fn signal_all(&self, signal: Signal) {
        let main = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("it runs");
        let main: i32 = main.lines().next().and_then(|pid| pid.parse().ok()).expect("its number is first");
        let children = std::fs::read_to_string(format!("/proc/{main}/task/{main}/children")).expect("it runs");
        let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        for pid in std::iter::once(main).chain(children) {
            // A child may have ended meanwhile.
            let _ = kill_process(Pid::from_raw(pid).expect("it is no process of the system"), signal);
        }
    }

    /// Lets it read its configuration anew.
    pub(crate) fn reload(&self, settings: &str) {
        for line in settings.lines() {
            self.sql("postgres", &format!("ALTER SYSTEM SET {line}"));
        }
        self.control(&["reload", "--silent"]);
    }

    fn control(&self, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join("pg_ctl"));
        command.args(arguments).arg("-D").arg(self.folder.join("data")).current_dir(&self.folder);
        run(command);
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The address of a database of it, by its socket.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@/{database}?host={}&port={}", self.folder.display(), self.port)
    }

    /// Says something to it, and gives what it answers, a line for each row.
    pub(crate) fn sql(&self, database: &str, text: &str) -> String {
        ask(&self.url(database), text)
    }
}

/// PostgreSQL's programs; `None` where there are none, which is said, and fails where nothing may be skipped.
pub(crate) fn available() -> Option<PathBuf> {
    let programs = programs();
    if programs.is_none() {
        let required = std::env::var_os("INNKEEPER_TEST_REQUIRE_ALL").is_some_and(|value| !value.is_empty());
        assert!(!required, "INNKEEPER_TEST_REQUIRE_ALL is set, and there is no PostgreSQL here");
        eprintln!("SKIPPED: there is no PostgreSQL here (Debian: postgresql-15), so nothing is tried on it");
    }
    programs
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

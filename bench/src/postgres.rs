//! A PostgreSQL of our own: in the folder of the run, on a unix socket only, durable as it comes.

use crate::process::{Server, Start, run};
use anyhow::{Context, ensure};
use rustix::process::Signal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where Debian keeps the programs of version 15.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// What differs from the defaults: memory for a machine of this century, and checkpoints far enough apart that a run of
/// minutes has few of them. Durability stays as it comes: `fsync`, `full_page_writes` and `synchronous_commit` are on.
const SETTINGS: &[&str] =
    &["listen_addresses=", "shared_buffers=2GB", "max_wal_size=4GB", "checkpoint_timeout=15min", "max_connections=200"];

/// A running cluster.
pub struct Cluster {
    /// Its postmaster.
    pub server: Server,
    sockets: PathBuf,
}

impl Cluster {
    /// Makes and starts a cluster below this folder. PostgreSQL refuses to run as root, so root lends it a user.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let user = rustix::process::getuid().is_root().then_some("postgres");
        let (data, sockets) = (folder.join("postgres"), folder.join("sockets"));
        for place in [&data, &sockets] {
            let mut make = Command::new("install");
            make.args(["-d", "-m", "0700"]).args(user.iter().flat_map(|user| ["-o", user])).arg(place);
            run(&mut make)?;
        }
        let mut initdb = match user {
            Some(user) => {
                let mut lent = Command::new("setpriv");
                lent.args(["--reuid", user, "--regid", user, "--clear-groups", "--"]);
                lent.arg(format!("{PROGRAMS}/initdb"));
                lent
            }
            None => Command::new(format!("{PROGRAMS}/initdb")),
        };
        initdb.current_dir("/").args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale"]);
        run(initdb.arg("-D").arg(&data))?;
        let mut postgres = Command::new(format!("{PROGRAMS}/postgres"));
        postgres.current_dir("/").arg("-D").arg(&data).arg("-k").arg(&sockets);
        postgres.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let start = Start { name: "postgres", command: &postgres, user, stop_by: Signal::INT };
        let ready = || psql(&sockets, "postgres", "SELECT 1").is_ok();
        let server = start.at(SocketAddr::from(([127, 0, 0, 1], 0)), folder, ready)?;
        Ok(Self { server, sockets })
    }

    /// Makes a database and gives its address.
    pub fn database(&self, name: &str) -> anyhow::Result<String> {
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\""))?;
        Ok(format!("postgres://postgres@/{name}?host={}", self.sockets.display()))
    }

    /// Runs a statement and gives what it answers, unadorned.
    pub fn sql(&self, database: &str, statement: &str) -> anyhow::Result<String> {
        psql(&self.sockets, database, statement)
    }

    /// Feeds a database with what a program prints.
    pub fn feed(&self, database: &str, program: &mut Command) -> anyhow::Result<()> {
        let mut source = program.stdout(Stdio::piped()).spawn()?;
        let out = source.stdout.take().context("standard output is ours")?;
        let mut psql = command(&self.sockets, database);
        run(psql.args(["-v", "ON_ERROR_STOP=1"]).stdin(out))?;
        ensure!(source.wait()?.success(), "{program:?} failed");
        Ok(())
    }
}

fn psql(sockets: &Path, database: &str, statement: &str) -> anyhow::Result<String> {
    run(command(sockets, database).args(["-At", "-c", statement]))
}

fn command(sockets: &Path, database: &str) -> Command {
    let mut psql = Command::new("psql");
    psql.args(["-X", "-q", "-U", "postgres", "-d", database]).arg("-h").arg(sockets);
    psql
}

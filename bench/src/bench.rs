//! What a run shares: how much is measured, where the programs are, which servers are up.

use crate::process::{Server, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Live sessions in the store.
    pub sessions: i64,
    /// Requests for one figure of the sessions page.
    pub pages: usize,
}

impl Plan {
    /// Everything, within 40 minutes.
    pub fn full() -> Self {
        Self { sessions: 1_000_000, pages: 4_000 }
    }

    /// As much as fits into 6 minutes.
    pub fn quick() -> Self {
        Self { pages: 1_000, ..Self::full() }
    }
}

/// A run.
pub struct Bench {
    /// How much is measured.
    pub plan: Plan,
    /// Where stores and logs go; whoever started us removes it.
    pub folder: PathBuf,
    /// The built product.
    pub innkeeper: PathBuf,
    servers: Vec<(String, Server)>,
}

impl Bench {
    /// A run that keeps its files in this folder.
    pub fn new(plan: Plan, folder: PathBuf, innkeeper: PathBuf) -> Self {
        Self { plan, folder, innkeeper, servers: Vec::new() }
    }

    /// The yardstick: it runs from the first time that somebody asks for it until the end.
    pub fn hello(&mut self) -> anyhow::Result<&Server> {
        self.once("hello", |bench| {
            let mut command = Command::new(sibling("hello")?);
            command.arg("127.0.0.1:0");
            Server::start("hello", &command, &bench.folder)
        })
    }

    /// Innkeeper over a SQLite file with [`Plan::sessions`].
    pub fn on_sqlite(&mut self) -> anyhow::Result<&Server> {
        self.once("innkeeper-sqlite", |bench| {
            let file = bench.folder.join("sqlite.db");
            let store = format!("sqlite:{}", file.display());
            bench.seeded(&store, &file, bench.plan.sessions)?;
            Server::start("innkeeper-sqlite", &bench.serve(&store), &bench.folder)
        })
    }

    fn once(&mut self, name: &str, start: impl FnOnce(&Self) -> anyhow::Result<Server>) -> anyhow::Result<&Server> {
        if !self.servers.iter().any(|(known, _)| known == name) {
            let server = start(self)?;
            self.servers.push((name.into(), server));
        }
        let found = self.servers.iter().find(|(known, _)| known == name);
        Ok(found.map(|(_, server)| server).expect("it was started above, or before"))
    }

    fn seeded(&self, store: &str, file: &Path, sessions: i64) -> anyhow::Result<()> {
        run(Command::new(&self.innkeeper).arg("migrate").env("INNKEEPER_STORE", store))?;
        run(Command::new(sibling("seed")?).arg(file).arg(sessions.to_string()))?;
        Ok(())
    }

    /// Innkeeper as it is measured: as it comes, but for the address, the log, and metrics, which are on.
    fn serve(&self, store: &str) -> Command {
        let mut command = Command::new(&self.innkeeper);
        command.arg("serve").current_dir(&self.folder);
        command.env("INNKEEPER_STORE", store).env("INNKEEPER_LISTEN", "127.0.0.1:0");
        command.env("INNKEEPER_METRICS_LISTEN", "127.0.0.1:0").env("INNKEEPER_LOG__FILTER", "warn");
        command
    }
}

/// A program that was built beside this one.
fn sibling(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

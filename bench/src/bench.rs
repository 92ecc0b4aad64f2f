//! What a run shares: how much is measured, where the programs are, which servers and stores there are.

use crate::postgres::Cluster;
use crate::process::{Server, Start, run};
use crate::report::Checked;
use crate::store::{Engine, Store};
use crate::world;
use anyhow::Context;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::Instant;

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Over which databases.
    pub engines: Vec<Engine>,
    /// Live sessions in the store.
    pub sessions: i64,
    /// Live sessions in the stores that admissions are measured in.
    pub admission_sessions: i64,
    /// Live sessions in the store that is compared with one of 1,000; none where growth is not measured.
    pub grown: Option<i64>,
    /// How often each thing is measured, in turn with the others.
    pub rounds: u64,
    /// Seconds of one measure.
    pub seconds: u64,
    /// Seconds for which it is asked before the first round, while caches fill.
    pub warm_up: u64,
    /// Seconds of the yardstick beside it.
    pub hello_seconds: u64,
    /// Seconds at one rate of the open loop.
    pub open_seconds: u64,
    /// Seconds for which sign-ins are offered.
    pub sign_in_seconds: u64,
    /// Requests for one figure of the sessions page.
    pub pages: usize,
    /// Sessions that are ended to see when that is visible.
    pub ends: u64,
}

impl Plan {
    /// Everything, within 40 minutes.
    pub fn full() -> Self {
        Self {
            engines: vec![Engine::Sqlite, Engine::Postgres],
            sessions: 1_000_000,
            admission_sessions: 1_000_000,
            grown: Some(10_000_000),
            rounds: 5,
            seconds: 4,
            warm_up: 8,
            hello_seconds: 2,
            open_seconds: 15,
            sign_in_seconds: 30,
            pages: 4_000,
            ends: 5_000,
        }
    }

    /// As much as fits into 6 minutes.
    pub fn quick() -> Self {
        Self {
            admission_sessions: 100_000,
            grown: None,
            rounds: 2,
            seconds: 2,
            warm_up: 3,
            hello_seconds: 1,
            open_seconds: 4,
            sign_in_seconds: 10,
            pages: 1_000,
            ends: 300,
            ..Self::full()
        }
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
    /// The folder of the benchmark itself, with the peers in it.
    pub source: PathBuf,
    /// Requests a second at saturation, by what was asked: the open loop goes by them.
    pub saturation: BTreeMap<String, f64>,
    /// Everybody who was asked at saturation.
    pub checked: Vec<Checked>,
    servers: BTreeMap<String, Rc<Server>>,
    stores: BTreeMap<String, Rc<Store>>,
    cluster: Option<Rc<Cluster>>,
}

impl Bench {
    /// A run that keeps its files in this folder.
    pub fn new(plan: Plan, folder: PathBuf, innkeeper: PathBuf, source: PathBuf) -> Self {
        let (saturation, servers, stores) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { plan, folder, innkeeper, source, saturation, checked: Vec::new(), servers, stores, cluster: None }
    }

    /// The yardstick.
    pub fn hello(&mut self) -> anyhow::Result<Rc<Server>> {
        self.server("hello", |bench| {
            let mut command = Command::new(sibling("hello")?);
            command.arg("127.0.0.1:0");
            Start::new("hello", &command).listening(&bench.folder)
        })
    }

    /// The store of this name, filled when it is first asked for.
    pub fn store(&mut self, engine: Engine, name: &str, sessions: i64) -> anyhow::Result<Rc<Store>> {
        let key = format!("{}-{name}", engine.name().to_lowercase());
        if let Some(store) = self.stores.get(&key) {
            return Ok(store.clone());
        }
        let started = Instant::now();
        let store = match engine {
            Engine::Sqlite => Store::sqlite(&self.innkeeper, self.folder.join(format!("{key}.db")), sessions),
            Engine::Postgres => {
                let cluster = self.cluster()?;
                Store::postgres(&self.innkeeper, cluster, name, sessions)
            }
        };
        let store = Rc::new(store.with_context(|| format!("filling {key} with {sessions} sessions"))?);
        eprintln!("({key} filled with {sessions} sessions: {} s)", started.elapsed().as_secs());
        self.stores.insert(key, store.clone());
        Ok(store)
    }

    /// The PostgreSQL of this run.
    pub fn cluster(&mut self) -> anyhow::Result<Rc<Cluster>> {
        if self.cluster.is_none() {
            self.cluster = Some(Rc::new(Cluster::start(&self.folder)?));
        }
        self.cluster.clone().context("it was started above, or before")
    }

    /// A node over a store. It is measured as it comes, but for its address, the log, and metrics, which are on.
    pub fn node(&mut self, store: &Store, name: &str) -> anyhow::Result<Rc<Server>> {
        self.server(name, |bench| {
            let mut command = Command::new(&bench.innkeeper);
            command.arg("serve").current_dir(&bench.folder);
            command.env("INNKEEPER_STORE", &store.url).env("INNKEEPER_LISTEN", "127.0.0.1:0");
            command.env("INNKEEPER_METRICS_LISTEN", "127.0.0.1:0").env("INNKEEPER_LOG__FILTER", "warn");
            Start::new(name, &command).listening(&bench.folder)
        })
    }

    /// The store with [`Plan::sessions`], and a node over it: what most families measure.
    pub fn main(&mut self, engine: Engine) -> anyhow::Result<(Rc<Store>, Rc<Server>)> {
        let store = self.store(engine, "main", self.plan.sessions)?;
        let node = self.node(&store, &format!("innkeeper-{}", engine.name().to_lowercase()))?;
        Ok((store, node))
    }

    /// A server of this name, started when it is first asked for; it runs until the end, or until [`Bench::stop`].
    pub fn server(
        &mut self,
        name: &str,
        start: impl FnOnce(&mut Self) -> anyhow::Result<Server>,
    ) -> anyhow::Result<Rc<Server>> {
        if let Some(server) = self.servers.get(name) {
            return Ok(server.clone());
        }
        let server = Rc::new(start(self)?);
        self.servers.insert(name.into(), server.clone());
        Ok(server)
    }

    /// Lets go of a server, which stops once nobody else has it.
    pub fn stop(&mut self, name: &str) {
        self.servers.remove(name);
    }

    /// A service key for an application.
    pub fn key(&self, store: &Store) -> anyhow::Result<String> {
        let mut create = Command::new(&self.innkeeper);
        create.args(["key", "create", "--name", "bench", "--scopes", "sessions"]).env("INNKEEPER_STORE", &store.url);
        Ok(run(&mut create)?.trim().to_owned())
    }

    /// A file with the tokens of the first so many sessions, one a line.
    pub fn tokens(&self, sessions: i64) -> anyhow::Result<PathBuf> {
        self.lines(&format!("tokens-{sessions}"), (1..=sessions).map(world::token))
    }

    /// A file with the ids of the first so many users, one a line.
    pub fn users(&self, users: i64) -> anyhow::Result<PathBuf> {
        self.lines(&format!("users-{users}"), (1..=users).map(world::user_id))
    }

    /// A file with these lines, written once.
    pub fn lines(&self, name: &str, lines: impl Iterator<Item = String>) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        if !path.exists() {
            let mut file = BufWriter::new(File::create(&path)?);
            for line in lines {
                writeln!(file, "{line}")?;
            }
            file.flush()?;
        }
        Ok(path)
    }

    /// The databases over which Innkeeper is measured.
    pub fn engines(&self) -> Vec<Engine> {
        self.plan.engines.clone()
    }
}

/// A program that was built beside this one.
pub fn sibling(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// The bytes of files whose names begin so.
pub fn bytes_of(folder: &Path, prefix: &str) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

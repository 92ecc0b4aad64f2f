//! Stores that are filled for the run.

use crate::bench::sibling;
use crate::postgres::Cluster;
use crate::process::run;
use anyhow::Context;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file, held by one process.
    Sqlite,
    /// A server, shared by any number of nodes.
    Postgres,
}

impl Engine {
    /// Its name in rows.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }
}

/// A store with the installation of `world` in it.
pub struct Store {
    /// Which database.
    pub engine: Engine,
    /// What `INNKEEPER_STORE` is set to.
    pub url: String,
    /// How many live sessions it was filled with.
    pub sessions: i64,
    at: Place,
}

enum Place {
    File(PathBuf),
    Database(Rc<Cluster>, String),
}

/// The tables that hold a session, its token and its times.
const OF_A_SESSION: [&str; 3] = ["sessions", "session_tokens", "session_activity"];

impl Store {
    /// A file.
    pub fn sqlite(innkeeper: &Path, file: PathBuf, sessions: i64) -> anyhow::Result<Self> {
        let url = format!("sqlite:{}", file.display());
        migrate(innkeeper, &url)?;
        run(Command::new(sibling("seed")?).arg(&file).arg(sessions.to_string()))?;
        Ok(Self { engine: Engine::Sqlite, url, sessions, at: Place::File(file) })
    }

    /// A database.
    pub fn postgres(innkeeper: &Path, cluster: Rc<Cluster>, name: &str, sessions: i64) -> anyhow::Result<Self> {
        let url = cluster.database(name)?;
        migrate(innkeeper, &url)?;
        cluster.feed(name, Command::new(sibling("seed")?).arg("-").arg(sessions.to_string()))?;
        // As autovacuum would soon, but not in the middle of a measure.
        cluster.sql(name, "VACUUM (ANALYZE)")?;
        cluster.sql(name, "CHECKPOINT")?;
        Ok(Self { engine: Engine::Postgres, url, sessions, at: Place::Database(cluster, name.into()) })
    }

    /// Bytes of the whole store: everybody, their devices and what happened, with all indexes.
    pub fn bytes(&self) -> anyhow::Result<i64> {
        match &self.at {
            Place::File(file) => Ok(i64::try_from(std::fs::metadata(file)?.len())?),
            Place::Database(cluster, name) => {
                let said = cluster.sql(name, "SELECT pg_database_size(current_database())")?;
                said.trim().parse().with_context(|| format!("psql said {said}"))
            }
        }
    }

    /// Bytes of the tables that hold a session, and of all their indexes, by the name of the table or index.
    pub fn disk_of_sessions(&self) -> anyhow::Result<Vec<(String, i64)>> {
        match &self.at {
            Place::File(file) => {
                let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                let mut sizes = connection.prepare(
                    "SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE AND name IN \
                     (SELECT name FROM sqlite_schema WHERE tbl_name IN (?1, ?2, ?3)) ORDER BY name",
                )?;
                let sizes = sizes.query_map(OF_A_SESSION, |row| Ok((row.get(0)?, row.get(1)?)))?;
                Ok(sizes.collect::<Result<_, _>>()?)
            }
            Place::Database(cluster, name) => {
                let tables = OF_A_SESSION.map(|table| format!("'{table}'")).join(", ");
                let sizes = format!(
                    "SELECT relname, pg_relation_size(c.oid) FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid \
                     WHERE coalesce(i.indrelid, c.oid)::regclass::text IN ({tables}) ORDER BY relname"
                );
                let said = cluster.sql(name, &sizes)?;
                let size = |line: &str| {
                    let (name, size) = line.split_once('|')?;
                    Some((name.to_owned(), size.parse().ok()?))
                };
                said.lines().map(|line| size(line).with_context(|| format!("psql said {line}"))).collect()
            }
        }
    }
}

fn migrate(innkeeper: &Path, url: &str) -> anyhow::Result<()> {
    run(Command::new(innkeeper).arg("migrate").env("INNKEEPER_STORE", url))?;
    Ok(())
}

//! Opens what the configuration names: the store, the database of places, and the authority over both.

use super::StartError;
use crate::client::geo::{Credit, GeoDatabase};
use crate::clock::TimeSource;
use crate::config::{Config, Replication, StoreUrl};
use crate::password::Breached;
use crate::service::{Beside, Innkeeper, ServiceError};
use crate::store::postgres::{Connector, Options, PostgresStore, Tables};
use crate::store::sqlite::{LockError, SqliteStore, StoreLock};
use crate::store::{Store, StoreError};
use crate::web::app::App;
use anyhow::Context;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The right to use the store. Of a file one process has it at a time; a server lets in any number.
#[derive(Debug)]
pub(crate) enum Held {
    /// The file, and its lock.
    File(PathBuf, StoreLock),
    /// The way to the server.
    Server(Connector),
}

impl Held {
    /// Takes it, without waiting.
    pub(crate) fn take(config: &Config) -> Result<Self, StartError> {
        match &config.store.url {
            StoreUrl::Sqlite(path) => {
                let lock = StoreLock::take(path).map_err(in_use)?;
                Ok(Held::File(path.clone(), lock))
            }
            StoreUrl::Postgres(url) => connector(url).map(Held::Server),
        }
    }
}

/// The way to a server.
pub(crate) fn connector(url: &str) -> Result<Connector, StartError> {
    Connector::parse(url).map_err(|error| StartError::Refused(error.into()))
}

/// Says of a lock that somebody holds what to do about it.
pub(crate) fn in_use(error: LockError) -> StartError {
    match error {
        LockError::Held { path, pid } => StartError::failed(format!(
            "the store {path} is in use by process {pid}, and one process holds it at a time; stop that process, or set \
             store to another file"
        )),
        other => StartError::Failed(other.into()),
    }
}

/// The database of places, if one is configured.
pub(crate) fn geo(config: &Config) -> anyhow::Result<Option<GeoDatabase>> {
    let geo = &config.geo;
    if geo.database.is_empty() {
        return Ok(None);
    }
    let opened = GeoDatabase::open(&geo.database);
    let opened = opened.context("geo.database cannot be used; mend the file, or take the setting out")?;
    let url = geo.credit_url.as_ref().map(ToString::to_string);
    Ok(Some(opened.with_credit(geo.credit.clone().map(|text| Credit { text, url }))))
}

/// The list of breached passwords, if one is configured.
fn breached(config: &Config) -> anyhow::Result<Option<Breached>> {
    let Some(path) = &config.passwords.breached_file else { return Ok(None) };
    let opened = Breached::open(path).with_context(|| {
        format!("passwords.breached_file cannot be used: {}; mend the file, or take the setting out", path.display())
    })?;
    Ok(Some(opened))
}

/// Opens the store, brought up to date, and starts the authority over it. Must be called within a tokio runtime.
pub(crate) async fn app(config: &Config, held: Held, geo: Option<GeoDatabase>) -> Result<App, StartError> {
    let breached = breached(config)?;
    let store = store(config, held, TimeSource::Own).await;
    let store = store.with_context(|| format!("the store {} could not be opened", config.store.url))?;
    let innkeeper = Innkeeper::start_with(store, config, Beside { geo, breached, ..Beside::default() });
    App::new(innkeeper, config).map_err(|error| StartError::Refused(error.into()))
}

/// The link that makes the first administrator, while there is no user.
pub(crate) async fn setup_link(app: &App) -> Result<Option<String>, ServiceError> {
    let code = app.innkeeper().offer_setup().await?;
    Ok(code.map(|code| format!("{}setup?code={}", app.site().public_url, code.reveal())))
}

/// Opens the store, brought up to date. Must be called within a tokio runtime.
pub(crate) async fn store(config: &Config, held: Held, time: TimeSource) -> Result<Arc<dyn Store>, StoreError> {
    match held {
        Held::File(path, lock) => {
            create_private(&path);
            Ok(Arc::new(SqliteStore::open(&path, lock, time)?))
        }
        Held::Server(connector) => {
            let options = Options { named_statements: config.store.named_statements };
            Ok(Arc::new(PostgresStore::open(connector, time, options).await?))
        }
    }
}

/// A file that is yet to be is made its owner's alone, whatever the process lets others do with its files; those that
/// SQLite puts beside it take after it. Whether it can be made, opening it says.
fn create_private(path: &Path) {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).ok();
}

/// Refuses a database with the tables of another version: nodes of that version may be at work on them, and a command
/// about one user is no moment to change them.
pub(crate) async fn see_that_tables_fit(config: &Config, connector: &Connector) -> Result<(), StartError> {
    let url = &config.store.url;
    match connector.tables().await.with_context(|| format!("the store {url} could not be opened"))? {
        Tables::Missing | Tables::AsNeeded => Ok(()),
        Tables::Older => Err(StartError::failed(format!(
            "the tables of {url} are older than this program; use the version that its nodes run, or bring the tables up \
             to date with innkeeper migrate"
        ))),
        Tables::Newer => Err(StartError::failed(format!(
            "the tables of {url} are newer than this program; use the version that its nodes run"
        ))),
    }
}

/// Refuses a database that can lose what it acknowledges, where the configuration is strict about that.
pub(crate) async fn see_that_it_is_durable(config: &Config, held: &Held) -> Result<(), StartError> {
    let (Held::Server(connector), Replication::Strict) = (held, config.store.replication) else { return Ok(()) };
    let durability = connector.durability().await;
    let durability = durability.with_context(|| format!("the store {} could not be opened", config.store.url))?;
    match &durability.problems()[..] {
        [] => Ok(()),
        problems => Err(StartError::failed(format!(
            "store.replication is strict, and what the database acknowledges can be lost:\n  {}",
            problems.join("\n  ")
        ))),
    }
}

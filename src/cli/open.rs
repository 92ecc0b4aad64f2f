//! Opens what the configuration names: the store behind its lock, the database of places, and the authority over both.

use super::Failure;
use crate::client::geo::{Credit, GeoDatabase};
use crate::clock::TimeSource;
use crate::config::{Config, StoreUrl};
use crate::service::Innkeeper;
use crate::store::sqlite::{LockError, SqliteStore, StoreLock};
use crate::web::app::App;
use anyhow::Context;
use std::path::Path;
use std::sync::Arc;

/// The file that holds everything.
///
/// # Errors
/// Where the configuration names a store that this build cannot use.
pub(super) fn store_path(config: &Config) -> Result<&Path, Failure> {
    match &config.store.url {
        StoreUrl::Sqlite(path) => Ok(path),
        StoreUrl::Postgres(_) => Err(Failure::usage(format!(
            "this build keeps its sessions in SQLite and cannot use {}; set store to sqlite:PATH, or leave it out for \
             sqlite:innkeeper.db",
            config.store.url
        ))),
    }
}

/// Says of a lock that somebody holds what to do about it.
pub(super) fn in_use(error: LockError) -> Failure {
    match error {
        LockError::Held { path, pid } => Failure::failed(format!(
            "the store {path} is in use by process {pid}, and one process holds it at a time; stop that process, or set \
             store to another file"
        )),
        other => Failure::Failed(other.into()),
    }
}

/// The database of places, if one is configured.
pub(super) fn geo(config: &Config) -> anyhow::Result<Option<GeoDatabase>> {
    let geo = &config.geo;
    if geo.database.is_empty() {
        return Ok(None);
    }
    let opened = GeoDatabase::open(&geo.database);
    let opened = opened.context("geo.database cannot be used; mend the file, or take the setting out")?;
    let url = geo.credit_url.as_ref().map(ToString::to_string);
    Ok(Some(opened.with_credit(geo.credit.clone().map(|text| Credit { text, url }))))
}

/// Opens the store, brought up to date, and starts the authority over it. Must be called within a tokio runtime.
pub(super) fn app(config: &Config, lock: StoreLock, geo: Option<GeoDatabase>) -> Result<App, Failure> {
    let path = store_path(config)?;
    let store = SqliteStore::open(path, lock, TimeSource::Own)
        .with_context(|| format!("the store {} could not be opened", path.display()))?;
    let innkeeper = Innkeeper::start(Arc::new(store), config, geo);
    App::new(innkeeper, config).map_err(|error| Failure::Usage(error.into()))
}

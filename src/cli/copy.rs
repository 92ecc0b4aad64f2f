//! `innkeeper store copy`: moves an installation from SQLite to PostgreSQL.

use super::table::{self, Column};
use super::{Failure, say};
use crate::clock::TimeSource;
use crate::config::{Config, StoreSettings, StoreUrl};
use crate::start::open::{self, Held};
use crate::store::copy::{Copied, CopyError, copy};
use anyhow::Context;
use clap::Subcommand;
use serde_json::{Value, json};

const COPIED: &[Column] = &[("TABLE", "/table"), ("ROWS", "/rows"), ("SHA-256 ON BOTH SIDES", "/sha256")];

/// Commands about the store as a whole.
#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Move everything from a SQLite file into an empty PostgreSQL database; sessions live on there.
    ///
    /// The file's server must be stopped. It takes one transaction: interrupted, nothing is there, and it starts anew.
    /// What has arrived is read back and compared before it is kept.
    Copy {
        /// The file: sqlite:PATH.
        #[arg(long, value_name = "STORE")]
        from: String,
        /// The database: postgres://… [default: the configured store, where a password is out of sight].
        #[arg(long, value_name = "STORE")]
        to: Option<String>,
    },
}

impl StoreCommand {
    pub(super) fn run(self, config: &Config, as_json: bool) -> Result<(), Failure> {
        let StoreCommand::Copy { from, to } = self;
        // Not by the command line's own reader, which shows what it refuses, and a password with it.
        let read = |name: &str, text: &str| {
            StoreUrl::parse(text).map_err(|fault| Failure::usage(format!("{name} names no store: {fault}")))
        };
        let from = read("--from", &from)?;
        let to = to.map_or(Ok(config.store.url.clone()), |to| read("--to", &to))?;
        let with = |url: StoreUrl| Config { store: StoreSettings { url, ..config.store.clone() }, ..config.clone() };
        let (StoreUrl::Sqlite(path), StoreUrl::Postgres(_)) = (&from, &to) else {
            return Err(Failure::usage(format!(
                "a copy leads from sqlite:PATH to postgres://…, and not from {from} to {to}"
            )));
        };
        if !path.exists() {
            return Err(Failure::failed(format!("there is no file {}", path.display())));
        }
        let (Held::File(_, lock), Held::Server(connector)) =
            (Held::take(&with(from.clone()))?, Held::take(&with(to.clone()))?)
        else {
            return Err(Failure::usage("a copy leads from a file to a server"));
        };
        let runtime = super::runtime()?;
        let copied = runtime.block_on(async {
            // Opening it brings its tables up to date.
            drop(
                open::store(&with(to.clone()), Held::Server(connector.clone()), TimeSource::Own)
                    .await
                    .with_context(|| format!("the store {to} could not be opened"))?,
            );
            copy(path, &lock, &connector).await.map_err(failure)
        })?;
        tell(&copied, (&from, &to), as_json);
        Ok(())
    }
}

fn failure(error: CopyError) -> Failure {
    Failure::Failed(error.into())
}

fn tell(copied: &[Copied], (from, to): (&StoreUrl, &StoreUrl), as_json: bool) {
    let row = |copied: &Copied| json!({ "table": copied.table, "rows": copied.rows, "sha256": copied.digest });
    let rows: Vec<Value> = copied.iter().map(row).collect();
    if as_json {
        say(format_args!("{:#}", json!({ "from": from.to_string(), "to": to.to_string(), "tables": rows })));
        return;
    }
    say(table::table(COPIED, &rows));
    say(format_args!(
        "Everything is in {to} now. Start the servers with that store, and keep {from} out of their reach: it goes no \
         further."
    ));
}

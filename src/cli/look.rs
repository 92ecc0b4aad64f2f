//! Commands that look, and those that prepare and keep: `check-config`, `migrate`, `backup`.

use super::call::{Call, Show};
use super::{Failure, Settings, say};
use crate::config::{Config, StoreUrl};
use crate::start::open::{self, Held};
use anyhow::Context;
use axum::http::Method;
use serde_json::{Value, json};
use std::path::Path;

/// Prints the configuration as it holds, or everything that is wrong with it.
pub(super) fn check_config(settings: &Settings, as_json: bool) -> Result<(), Failure> {
    let config = match settings.load() {
        Ok(config) => config,
        Err(Failure::Usage(error)) if as_json => {
            let problems = error.downcast_ref::<crate::config::ConfigError>().map_or(&[][..], |error| error.problems());
            let problem = |problem: &crate::config::Problem| json!({ "place": problem.place.to_string(), "key": problem.key, "what": problem.what });
            let problems: Vec<Value> = problems.iter().map(problem).collect();
            say(format_args!("{:#}", json!({ "problems": problems })));
            return Err(Failure::Usage(error));
        }
        Err(failure) => return Err(failure),
    };
    if let StoreUrl::Postgres(url) = &config.store.url {
        open::connector(url)?;
    }
    if as_json {
        say(format_args!("{:#}", config.to_json()));
    } else {
        say(config.describe().trim_end());
    }
    Ok(())
}

/// Creates the store or brings it up to date.
pub(super) fn migrate(config: &Config) -> Result<(), Failure> {
    let held = Held::take(config)?;
    let runtime = super::runtime()?;
    let opened = runtime.block_on(async { open::app(config, held, None).await.map(drop) });
    drop(runtime);
    opened?;
    say(format_args!("{} is up to date", config.store.url));
    Ok(())
}

/// Writes a consistent copy, beside a running server too.
pub(super) fn backup(config: &Config, to: &Path, as_json: bool) -> Result<(), Failure> {
    if let StoreUrl::Postgres(_) = &config.store.url {
        return Err(Failure::usage(
            "a PostgreSQL database is backed up with its own tools: pg_dump writes a copy as of one moment, \
             pg_basebackup with archived WAL one that can be brought back to any moment",
        ));
    }
    // The server has another current folder.
    let to = std::path::absolute(to).context("the path of the copy has no beginning")?;
    let Some(path) = to.to_str() else { return Err(Failure::usage("the path of the copy must be UTF-8 text")) };
    let call = Call::new(Method::POST, "/operator/backup", Show::Done(format!("wrote {path}")));
    call.with(json!({ "path": path })).run(config, as_json)
}

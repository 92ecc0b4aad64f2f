//! Commands that look: `check-config`, `doctor`, `openapi`; and those that prepare and keep: `migrate`, `backup`.

use super::call::{Call, Show};
use super::{Failure, Settings, open, say, table};
use crate::config::Config;
use crate::store::sqlite::StoreLock;
use anyhow::Context;
use axum::http::Method;
use clap::ValueEnum;
use serde_json::{Value, json};
use std::path::Path;

/// What `doctor` looks at.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Topic {
    /// The store: its settings, its size, its clock, its disk.
    Db,
}

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
    open::store_path(&config)?;
    if as_json {
        say(format_args!("{:#}", config.to_json()));
    } else {
        say(config.describe().trim_end());
    }
    Ok(())
}

/// Prints how the store is; what an operator should mend makes it fail.
pub(super) fn doctor(config: &Config, topic: Topic, as_json: bool) -> Result<(), Failure> {
    let Topic::Db = topic;
    let health = Call::get("/operator/health", Show::Lines(&[])).ask(config)?;
    let problems = health["problems"].as_array().cloned().unwrap_or_default();
    if as_json {
        say(format_args!("{health:#}"));
    } else {
        say(described(&health, &problems));
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::Told) }
}

fn described(health: &Value, problems: &[Value]) -> String {
    let text =
        |value: &Value| table::harmless(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str());
    let mut lines = vec![format!("{} at {}", text(&health["engine"]), text(&health["location"]))];
    let facts = health["facts"].as_array().map(Vec::as_slice).unwrap_or_default();
    lines.extend(facts.iter().map(|fact| format!("{}: {}", text(&fact["name"]), text(&fact["value"]))));
    lines.extend(problems.iter().map(|problem| format!("PROBLEM: {}", text(problem))));
    if problems.is_empty() {
        lines.push("No problem found.".into());
    }
    lines.join("\n")
}

/// Creates the store or brings it up to date.
pub(super) fn migrate(config: &Config) -> Result<(), Failure> {
    let lock = StoreLock::take(open::store_path(config)?).map_err(open::in_use)?;
    let runtime = super::runtime()?;
    let opened = runtime.block_on(async { open::app(config, lock, None).map(drop) });
    drop(runtime);
    opened?;
    say(format_args!("{} is up to date", config.store));
    Ok(())
}

/// Writes a consistent copy, beside a running server too.
pub(super) fn backup(config: &Config, to: &Path, as_json: bool) -> Result<(), Failure> {
    // The server has another current folder.
    let to = std::path::absolute(to).context("the path of the copy has no beginning")?;
    let Some(path) = to.to_str() else { return Err(Failure::usage("the path of the copy must be UTF-8 text")) };
    let call = Call::new(Method::POST, "/operator/backup", Show::Done(format!("wrote {path}")));
    call.with(json!({ "path": path })).run(config, as_json)
}

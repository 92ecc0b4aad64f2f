//! The command line: one file per group of commands.
//!
//! Standard output carries the answer and nothing else, standard error what went wrong. Exit codes: 0 done, 1 failed,
//! 2 the command line or the configuration is wrong.

mod failure;

mod open;

mod serve;

use crate::config::{Config, environment};
use anyhow::Context;
use clap::{Args, Parser, Subcommand};
pub use failure::Failure;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Innkeeper decides who is signed in: one person, one session.
#[derive(Debug, Parser)]
#[command(name = "innkeeper", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Settings {
    /// Configuration file [default: what INNKEEPER_CONFIG names, else innkeeper.toml in this folder if there is one].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Settings {
    fn load(&self) -> Result<Config, Failure> {
        Ok(Config::load(self.config.as_deref(), environment())?)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or SIGINT.
    Serve,
}

/// Runs what the process was called for.
pub fn main() -> ExitCode {
    // What we create holds sessions and password hashes, so it is its owner's alone.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { settings, command } = cli;
    match command {
        Command::Serve => serve::run(&settings.load()?),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    Ok(built.context("the threads that serve requests could not be started")?)
}

/// Writes a line of the answer. A reader that has gone away is no failure of ours.
fn say(line: impl fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

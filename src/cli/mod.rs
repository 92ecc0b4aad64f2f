//! The command line: one file per group of commands.
//!
//! Standard output carries the answer and nothing else, standard error what went wrong. Exit codes: 0 done, 1 failed,
//! 2 the command line or the configuration is wrong.

mod failure;

mod serve;

mod demo;

mod data;

mod webhook;

mod mail;

mod call;

mod link;

mod table;

mod look;

mod doctor;

mod proxy;

mod copy;

use crate::config::{Config, environment};
use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use copy::StoreCommand;
use data::{AccountCommand, KeyCommand, SessionCommand, UserCommand};
use doctor::Asked;
pub use failure::Failure;
use mail::MailCommand;
use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use webhook::WebhookCommand;

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
    /// Print JSON, for scripts.
    #[arg(long, global = true)]
    json: bool,
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
    /// Try it out: a throw-away store with sample operators, on 127.0.0.1.
    Demo {
        /// Where to listen.
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = listen_address)]
        listen: SocketAddr,
    },
    /// Create the store, or bring its tables up to date.
    Migrate,
    /// Print the configuration as it holds, or everything that is wrong with it.
    CheckConfig,
    /// Look for what an operator can get wrong, and say how to mend it; exit code 1 if there is something.
    Doctor(Asked),
    /// Write a consistent copy of the store to a path where nothing is yet, beside a running server too.
    Backup {
        /// Where to.
        path: PathBuf,
    },
    /// The store as a whole.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Accounts: the organisations whose people sign in.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Users: the people of an account.
    #[command(subcommand)]
    User(UserCommand),
    /// Sessions: list, show and end them.
    #[command(subcommand)]
    Session(SessionCommand),
    /// Service keys: what applications authenticate with.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Webhooks: addresses to which events are sent.
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Mail: how it looks, and whether it arrives.
    #[command(subcommand)]
    Mail(MailCommand),
    /// Print the OpenAPI document of the JSON API.
    Openapi,
}

fn listen_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "write an IP address and a port, such as 127.0.0.1:8090")
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
    let json = settings.json;
    let call = match command {
        Command::Serve => return serve::run(&settings.load()?),
        Command::Demo { listen } => return demo::run(listen),
        Command::Migrate => return look::migrate(&settings.load()?),
        Command::CheckConfig => return look::check_config(&settings, json),
        Command::Doctor(asked) => return doctor::run(&settings.load()?, asked, json),
        Command::Backup { path } => return look::backup(&settings.load()?, &path, json),
        Command::Store(command) => return command.run(&settings.load()?, json),
        Command::Mail(command) => return command.run(&settings.load()?, json),
        Command::Openapi => {
            say(crate::web::api::openapi_json());
            return Ok(());
        }
        Command::Account(command) => command.call(),
        Command::User(command) => command.call()?,
        Command::Session(command) => command.call(),
        Command::Key(command) => command.call(),
        Command::Webhook(command) => command.call(),
    };
    call.run(&settings.load()?, json)
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    Ok(built.context("the threads that serve requests could not be started")?)
}

/// Writes a line of the answer. A reader that has gone away is no failure of ours.
fn say(line: impl fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn assert_explained(command: &clap::Command) {
        assert!(command.get_about().is_some(), "{} has no help", command.get_name());
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{} of {} has no help", argument.get_id(), command.get_name());
        }
        command.get_subcommands().for_each(assert_explained);
    }

    #[test]
    fn every_command_and_argument_is_explained() {
        let command = Cli::command();
        command.clone().debug_assert();
        assert_explained(&command);
    }

    #[test]
    fn a_password_is_never_an_argument() {
        fn arguments(command: &clap::Command) -> Vec<String> {
            let own = command.get_arguments().filter(|argument| argument.get_action().takes_values());
            let own = own.map(|argument| argument.get_id().to_string());
            own.chain(command.get_subcommands().flat_map(arguments)).collect()
        }
        let taken = arguments(&Cli::command());
        assert!(taken.len() > 10, "{taken:?}");
        assert!(!taken.iter().any(|name| ["password", "secret", "token"].iter().any(|word| name.contains(word))));
    }
}

//! Commands about accounts, users, sessions and keys. Each comes to one [`Call`].

use super::Failure;
use super::call::{Call, Show};
use super::table::Column;
use crate::domain::id::{AccountId, KeyId, NotAnId, SessionId, UserId};
use anyhow::Context;
use axum::http::Method;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use std::io::Read;

const KEY: &[Column] =
    &[("ID", "/id"), ("NAME", "/name"), ("SCOPES", "/scopes"), ("CREATED", "/created_at"), ("REVOKED", "/revoked_at")];

const ACCOUNT: &[Column] =
    &[("ID", "/id"), ("NAME", "/name"), ("PLAN", "/plan"), ("TIME ZONE", "/time_zone"), ("STATUS", "/status")];

const USER: &[Column] = &[
    ("ID", "/id"),
    ("ACCOUNT", "/account_id"),
    ("ROLE", "/role"),
    ("NAME", "/name"),
    ("EMAIL", "/email"),
    ("STATUS", "/status"),
];

const SESSION: &[Column] = &[
    ("ID", "/id"),
    ("USER", "/user_id"),
    ("BROWSER", "/device/browser"),
    ("SYSTEM", "/device/system"),
    ("IP", "/ip"),
    ("SIGNED IN", "/created_at"),
    ("LAST ACTIVE", "/last_active_at"),
    ("ENDED", "/ended_at"),
    ("REASON", "/end_reason"),
];

/// What somebody is told who asks for a password to be read and gives none.
const NOT_GIVEN: &str = "standard input is empty: give the password there, or leave --password-stdin out";

/// Longest password that is read; far above what the rules take.
const PASSWORD_BYTES_MAX: u64 = 64 * 1024;

/// Commands about service keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Create a key for an application; prints the key, which is shown this once.
    Create {
        /// What people call it, such as the application's name.
        #[arg(long)]
        name: String,
        /// What it may do, separated by commas.
        #[arg(long, required = true, value_delimiter = ',', value_parser = ["sessions", "directory", "events", "admin"])]
        scopes: Vec<String>,
    },
    /// List every key, without its secret.
    List,
    /// Revoke a key: from the answer on it opens nothing.
    Revoke {
        /// The key's id, as in the list.
        #[arg(value_parser = key_id)]
        id: KeyId,
    },
}

/// Commands about accounts.
#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Create an account, or change the given fields of one.
    Put {
        /// The account's id; may be your own.
        #[arg(value_parser = account_id)]
        id: AccountId,
        /// What people read; needed for a new account.
        #[arg(long)]
        name: Option<String>,
        /// Code of its plan; needed for a new account.
        #[arg(long)]
        plan: Option<String>,
        /// IANA name of the time zone in which its people read times, such as Australia/Brisbane.
        #[arg(long)]
        time_zone: Option<String>,
        /// Whether it may be used; suspending it ends every session.
        #[arg(long, value_parser = ["active", "suspended"])]
        status: Option<String>,
        /// Whether its people need a second factor, from their next sign-in on.
        #[arg(long, value_parser = ["optional", "required"])]
        second_factor: Option<String>,
    },
    /// Show an account.
    Show {
        /// The account's id.
        #[arg(value_parser = account_id)]
        id: AccountId,
    },
    /// List every account.
    List,
}

/// Commands about users.
#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Create a user, or change the given fields of one.
    Put(PutUser),
    /// Create somebody who belongs to no account: support or an administrator. Their password is read from standard
    /// input.
    Create(CreateUser),
    /// Show a user of an account.
    Show {
        /// The user's id.
        #[arg(value_parser = user_id)]
        id: UserId,
    },
    /// List the users of an account, or those who belong to none.
    #[command(override_usage = "innkeeper user list --account <ACCOUNT>\n       innkeeper user list --system")]
    List {
        /// The account's id.
        #[arg(long, value_parser = account_id, required_unless_present = "system", conflicts_with = "system")]
        account: Option<AccountId>,
        /// Support and administrators, who belong to no account.
        #[arg(long)]
        system: bool,
    },
    /// Suspend a user: their sessions end, and they cannot sign in.
    Suspend {
        /// The user's id.
        #[arg(value_parser = user_id)]
        id: UserId,
    },
    /// Let a suspended user sign in again.
    Reinstate {
        /// The user's id.
        #[arg(value_parser = user_id)]
        id: UserId,
    },
    /// Take away the second factors and recovery codes of somebody who has lost them: their sessions end.
    ResetFactors {
        /// The user's id.
        #[arg(value_parser = user_id)]
        id: UserId,
        /// Somebody who belongs to no account: support or an administrator.
        #[arg(long)]
        system: bool,
    },
    /// Remove a user: their sessions end, and their staff login is free again.
    Remove {
        /// The user's id.
        #[arg(value_parser = user_id)]
        id: UserId,
        /// Somebody who belongs to no account: support or an administrator.
        #[arg(long)]
        system: bool,
    },
}

/// What `user create` takes.
#[derive(Debug, Args)]
pub(super) struct CreateUser {
    /// What they may do.
    #[arg(long, value_name = "ROLE", value_parser = ["support", "admin"])]
    system: String,
    /// Address to sign in with.
    #[arg(long)]
    email: String,
    /// What people read.
    #[arg(long)]
    name: Option<String>,
    /// Their id; one is made without it.
    #[arg(long, value_parser = user_id)]
    id: Option<UserId>,
}

/// What `user put` takes.
#[derive(Debug, Args)]
pub(super) struct PutUser {
    /// The user's id; may be your own.
    #[arg(value_parser = user_id)]
    id: UserId,
    /// Their account; needed for a new user, and fixed from then on.
    #[arg(long, value_parser = account_id)]
    account: Option<AccountId>,
    /// What they may do; needed for a new user.
    #[arg(long, value_parser = ["owner", "manager", "staff"])]
    role: Option<String>,
    /// Address to sign in with; an empty one takes it away.
    #[arg(long)]
    email: Option<String>,
    /// What people read; an empty one takes it away.
    #[arg(long)]
    name: Option<String>,
    /// Read a password from standard input; a new one ends the user's sessions.
    #[arg(long)]
    password_stdin: bool,
}

/// Commands about sessions.
#[derive(Debug, Subcommand)]
pub(super) enum SessionCommand {
    /// List the sessions of a user or an account, newest first.
    List {
        #[command(flatten)]
        of: Whose,
        /// Which of them.
        #[arg(long, default_value = "live", value_parser = ["live", "ended", "all"])]
        state: String,
    },
    /// Show a session.
    Show {
        /// The session's id.
        #[arg(value_parser = session_id)]
        id: SessionId,
    },
    /// End one session, or every session of a user or an account.
    #[command(
        override_usage = "innkeeper session end <ID>\n       innkeeper session end --user <USER>\n       innkeeper session end --account <ACCOUNT>"
    )]
    End {
        /// The session's id.
        #[arg(value_parser = session_id, required_unless_present_any = ["user", "account"], conflicts_with_all = ["user", "account"])]
        id: Option<SessionId>,
        /// Every session of this user.
        #[arg(long, value_parser = user_id, conflicts_with = "account")]
        user: Option<UserId>,
        /// Every session of this account.
        #[arg(long, value_parser = account_id)]
        account: Option<AccountId>,
    },
}

/// Whose sessions.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Whose {
    /// Those of this user.
    #[arg(long, value_parser = user_id)]
    user: Option<UserId>,
    /// Those of everybody in this account.
    #[arg(long, value_parser = account_id)]
    account: Option<AccountId>,
}

fn account_id(text: &str) -> Result<AccountId, String> {
    AccountId::new(text).map_err(|error: NotAnId| error.to_string())
}

fn user_id(text: &str) -> Result<UserId, String> {
    UserId::new(text).map_err(|error: NotAnId| error.to_string())
}

fn session_id(text: &str) -> Result<SessionId, String> {
    SessionId::new(text).map_err(|error: NotAnId| error.to_string())
}

fn key_id(text: &str) -> Result<KeyId, String> {
    KeyId::new(text).map_err(|error: NotAnId| error.to_string())
}

impl KeyCommand {
    pub(super) fn call(self) -> Call {
        match self {
            KeyCommand::Create { name, scopes } => Call::new(Method::POST, "/operator/keys", Show::Only("key"))
                .with(json!({ "name": name, "scopes": scopes })),
            KeyCommand::List => Call::get("/operator/keys", Show::Table(KEY)),
            KeyCommand::Revoke { id } => {
                Call::new(Method::DELETE, format!("/operator/keys/{id}"), Show::Done(format!("revoked {id}")))
            }
        }
    }
}

impl AccountCommand {
    pub(super) fn call(self) -> Call {
        match self {
            AccountCommand::Put { id, name, plan, time_zone, status, second_factor } => {
                let fields = [
                    ("name", name),
                    ("plan", plan),
                    ("time_zone", time_zone),
                    ("status", status),
                    ("second_factor", second_factor),
                ];
                Call::new(Method::PUT, format!("/accounts/{id}"), Show::Lines(ACCOUNT)).with(given(fields))
            }
            AccountCommand::Show { id } => Call::get(format!("/accounts/{id}"), Show::Lines(ACCOUNT)),
            AccountCommand::List => Call::get("/accounts", Show::Table(ACCOUNT)),
        }
    }
}

impl UserCommand {
    pub(super) fn call(self) -> Result<Call, Failure> {
        let patch = |id: UserId, status: &str| {
            Call::new(Method::PATCH, format!("/users/{id}"), Show::Lines(USER)).with(json!({ "status": status }))
        };
        Ok(match self {
            UserCommand::Put(put) => put.call()?,
            UserCommand::Create(create) => create.call()?,
            UserCommand::Show { id } => Call::get(format!("/users/{id}"), Show::Lines(USER)),
            UserCommand::List { account: None, .. } => Call::get("/operator/users", Show::Table(USER)),
            UserCommand::List { account: Some(account), .. } => {
                Call::get(format!("/accounts/{account}/users"), Show::Table(USER))
            }
            UserCommand::Suspend { id } => patch(id, "suspended"),
            UserCommand::Reinstate { id } => patch(id, "active"),
            UserCommand::ResetFactors { id, system } => {
                let users = if system { "/operator/users" } else { "/users" };
                let done = Show::Done(format!("{id} has no second factor any more"));
                Call::new(Method::DELETE, format!("{users}/{id}/factors"), done)
            }
            UserCommand::Remove { id, system } => {
                let users = if system { "/operator/users" } else { "/users" };
                Call::new(Method::DELETE, format!("{users}/{id}"), Show::Done(format!("removed {id}")))
            }
        })
    }
}

impl CreateUser {
    fn call(self) -> Result<Call, Failure> {
        let Self { system, email, name, id } = self;
        let password = password_from(std::io::stdin(), "standard input is empty: give their password there")?;
        let (system, email, password) = (Some(system), Some(email), Some(password));
        let chosen = id.map(UserId::into_string);
        let fields = [("role", system), ("email", email), ("password", password), ("name", name), ("id", chosen)];
        let body = given(fields);
        Ok(Call::new(Method::POST, "/operator/users", Show::Lines(USER)).with(body))
    }
}

impl PutUser {
    fn call(self) -> Result<Call, Failure> {
        let Self { id, account, role, email, name, password_stdin } = self;
        let password = if password_stdin { Some(password_from(std::io::stdin(), NOT_GIVEN)?) } else { None };
        let account = account.map(|account| account.to_string());
        let mut body = given([("account_id", account), ("role", role), ("password", password)]);
        for (field, text) in [("email", email), ("name", name)] {
            if let Some(text) = text {
                body[field] = if text.is_empty() { Value::Null } else { Value::String(text) };
            }
        }
        Ok(Call::new(Method::PUT, format!("/users/{id}"), Show::Lines(USER)).with(body))
    }
}

impl SessionCommand {
    pub(super) fn call(self) -> Call {
        match self {
            SessionCommand::List { of, state } => {
                let of = whose(of.user.as_ref(), of.account.as_ref());
                Call::get(format!("{of}/sessions?state={state}"), Show::Table(SESSION))
            }
            SessionCommand::Show { id } => Call::get(format!("/sessions/{id}"), Show::Lines(SESSION)),
            SessionCommand::End { id: Some(id), .. } => {
                Call::new(Method::DELETE, format!("/sessions/{id}"), Show::Done(format!("ended {id}")))
            }
            SessionCommand::End { id: None, user, account } => {
                let of = whose(user.as_ref(), account.as_ref());
                Call::new(Method::DELETE, format!("{of}/sessions"), Show::Ended)
            }
        }
    }
}

fn whose(user: Option<&UserId>, account: Option<&AccountId>) -> String {
    match (user, account) {
        (Some(user), _) => format!("/users/{user}"),
        (None, account) => format!("/accounts/{}", account.map(AccountId::as_str).unwrap_or_default()),
    }
}

/// The fields that were given.
fn given<const N: usize>(fields: [(&str, Option<String>); N]) -> Value {
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
    Value::Object(given.collect::<Map<_, _>>())
}

/// A password as standard input gives it, without the line's end.
fn password_from(input: impl Read, empty: &'static str) -> Result<String, Failure> {
    let mut text = String::new();
    input
        .take(PASSWORD_BYTES_MAX)
        .read_to_string(&mut text)
        .context("the password could not be read from standard input; it must be UTF-8 text")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(Failure::usage(empty));
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_everything_but_the_end_of_its_line() {
        for (input, expected) in
            [("tide  pool ", "tide  pool "), ("tide\n", "tide"), ("tide\r\n", "tide"), ("a\nb\n", "a\nb")]
        {
            assert_eq!(password_from(input.as_bytes(), NOT_GIVEN).ok().as_deref(), Some(expected));
        }
        assert!(matches!(password_from("\n".as_bytes(), NOT_GIVEN), Err(Failure::Usage(_))));
        assert!(matches!(password_from(&b"\xff"[..], NOT_GIVEN), Err(Failure::Failed(_))));
    }
}

//! Where sessions are kept: a file or a server, and what is asked of a server.

use super::reader::Fault;
use std::fmt;
use std::path::PathBuf;

/// Where sessions are kept, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// The file or the server.
    pub url: StoreUrl,
    /// What to make of standbys that may lack what was acknowledged. PostgreSQL only.
    pub replication: Replication,
    /// Whether a connection is ours alone, so that statements are kept on it under names. Not so behind a pooler that
    /// hands connections around between transactions. PostgreSQL only.
    pub named_statements: bool,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { url: StoreUrl::Sqlite("innkeeper.db".into()), replication: Replication::Warn, named_statements: true }
    }
}

/// What to make of a PostgreSQL that can lose what it has acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replication {
    /// Start, and say so in the log, in `doctor db`, in readiness and in metrics.
    Warn,
    /// Do not start.
    Strict,
}

impl Replication {
    /// The name in configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Replication::Warn => "warn",
            Replication::Strict => "strict",
        }
    }
}

/// Where sessions are kept. `Debug` and `Display` hide a password.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// An embedded SQLite database in this file.
    Sqlite(PathBuf),
    /// A PostgreSQL database at this address, as it was written, password and all.
    Postgres(String),
}

impl StoreUrl {
    /// Reads `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// What is wrong with the text, without showing it: there may be a password in it.
    pub fn parse(text: &str) -> Result<Self, String> {
        store(text).map_err(|fault| format!("it {fault}"))
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            StoreUrl::Postgres(address) => f.write_str(&masked(address)),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

/// Hides passwords in an address, before the host and among the parameters. Where the address is odd it hides too much
/// rather than too little.
fn masked(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
    // The last sign, because a password that nobody percent-encoded may hold further ones.
    let (user, rest) = match rest.rsplit_once('@') {
        None => (String::new(), rest),
        Some((login, rest)) => match login.split_once(':') {
            Some((user, _)) => (format!("{user}:***@"), rest),
            None => (format!("{login}@"), rest),
        },
    };
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let mut text = format!("{scheme}://{user}{place}");
    for (n, parameter) in parameters.split('&').filter(|p| !p.is_empty()).enumerate() {
        text.push(if n == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            // A name may be percent-encoded too, so only plain names that are no password are shown with their value.
            Some((name, _)) if name.to_ascii_lowercase().contains("pass") || name.contains('%') => {
                text.push_str(name);
                text.push_str("=***");
            }
            _ => text.push_str(parameter),
        }
    }
    text
}

/// Reads `sqlite:PATH` or `postgres://…`. No fault shows the text: it may hold a password.
pub(super) fn store(text: &str) -> Result<StoreUrl, Fault> {
    if text.chars().any(char::is_control) {
        return Err("has a control character in it".into());
    }
    if let Some(path) = text.strip_prefix("sqlite:") {
        return match path {
            "" => Err("names no file after sqlite:".into()),
            // A store that forgets would break every promise about what was acknowledged.
            ":memory:" => Err("is sqlite::memory:, which keeps nothing".into()),
            path if path.starts_with("//") => Err("has slashes after sqlite: as an address would".into()),
            path => Ok(StoreUrl::Sqlite(path.into())),
        };
    }
    match text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://")) {
        Some("") => Err("names no server after the scheme".into()),
        Some(_) => Ok(StoreUrl::Postgres(text.into())),
        None => Err("begins with neither sqlite: nor postgres://".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_store_is_a_file_or_a_server() {
        assert_eq!(store("sqlite:a b.db"), Ok(StoreUrl::Sqlite("a b.db".into())));
        assert_eq!(store("sqlite:/var/lib/i.db"), Ok(StoreUrl::Sqlite("/var/lib/i.db".into())));
        assert_eq!(store("postgresql://h/db"), Ok(StoreUrl::Postgres("postgresql://h/db".into())));
        for bad in ["", "sqlite:", "sqlite::memory:", "sqlite:///x", "postgres://", "mysql://h/d", "i.db", "sqlite:a\n"]
        {
            assert!(store(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_store_shows_no_password() {
        for (address, seen) in [
            ("postgres://u:hunter2@h:5432/db", "postgres://u:***@h:5432/db"),
            ("postgres://u:hun@ter2@h/db", "postgres://u:***@h/db"),
            ("postgres://u:hun?hunter2@h/db", "postgres://u:***@h/db"),
            (
                "postgresql:///db?host=/run&password=hunter2&sslmode=require",
                "postgresql:///db?host=/run&password=***&sslmode=require",
            ),
            ("postgres://h/db?p%61ssword=hunter2", "postgres://h/db?p%61ssword=***"),
            ("postgres://u@h/db", "postgres://u@h/db"),
        ] {
            let store = store(address).unwrap();
            assert_eq!(store.to_string(), seen);
            assert!(!format!("{store:?}").contains("hunter2"), "{store:?}");
        }
    }

    proptest! {
        #[test]
        fn no_store_panics_or_is_shown_with_its_password(text in any::<String>()) {
            let _ = store(&text).map(|store| format!("{store} {store:?}"));
        }

        #[test]
        fn masking_hides_every_password(user in "[a-z]{1,5}", secret in "[A-Z@:/?&=#%]{8,20}", host in "[a-z]{1,5}") {
            let address = format!("postgres://{user}:{secret}@{host}/db");
            prop_assert!(!masked(&address).contains(secret.trim_end_matches('@')), "{}", masked(&address));
        }
    }
}

//! What is wrong with a configuration, where, and what to write instead.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file; line and column count from 1, columns in characters.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// Line of the value, or of the key where the key is wrong.
        line: usize,
        /// Column likewise.
        column: usize,
    },
    /// In the environment variable of this name.
    Variable(String),
    /// Nowhere: it is missing, or follows from other settings.
    Whole,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { path, line, column } => {
                write!(f, "{}:{line}:{column}", path.display().to_string().escape_debug())
            }
            Place::Variable(name) => write!(f, "{}", name.escape_debug()),
            Place::Whole => f.write_str("configuration"),
        }
    }
}

/// One thing wrong with the configuration. Its texts hold no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was found.
    pub place: Place,
    /// The setting, such as `policy.idle_timeout`; `None` where the file cannot be read as TOML at all.
    pub key: Option<String>,
    /// What is wrong and what to write instead, as whole sentences that name the setting.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Why there is no configuration to run with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was asked for, or that exists, cannot be read.
    #[error("the configuration file {} could not be read; --config or INNKEEPER_CONFIG names another", .path.display())]
    Read {
        /// The file as it was named.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The settings contradict the rules; every problem found, down the file and then through the variables.
    #[error("{}", list(.0))]
    Refused(Vec<Problem>),
}

impl ConfigError {
    /// The problems with the settings; empty where the file could not be read.
    pub fn problems(&self) -> &[Problem] {
        match self {
            ConfigError::Read { .. } => &[],
            ConfigError::Refused(problems) => problems,
        }
    }
}

fn list(problems: &[Problem]) -> String {
    match problems {
        [only] => only.to_string(),
        several => {
            let mut text = format!("the configuration has {} problems:", several.len());
            for problem in several {
                text.push_str("\n  ");
                text.push_str(&problem.to_string());
            }
            text
        }
    }
}

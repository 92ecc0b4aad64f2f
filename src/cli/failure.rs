//! How a command fails: what it says, and the exit code that scripts read.

use crate::config::ConfigError;
use crate::start::StartError;
use std::fmt;
use std::process::ExitCode;

/// A command did not do what it was asked to do.
pub enum Failure {
    /// The command line or the configuration asks for what cannot be: exit code 2.
    Usage(anyhow::Error),
    /// What was asked for went wrong: exit code 1.
    Failed(anyhow::Error),
    /// Went wrong, and the answer on standard output says what: exit code 1 without a further word.
    Told,
}

impl Failure {
    /// Something that the caller can mend by asking otherwise.
    pub(super) fn usage(sentence: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Failure::Usage(anyhow::Error::msg(sentence))
    }

    /// Something that went wrong.
    pub(super) fn failed(sentence: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Failure::Failed(anyhow::Error::msg(sentence))
    }

    /// The same, after what it was about.
    pub(super) fn about(self, what: impl fmt::Display + Send + Sync + 'static) -> Self {
        match self {
            Failure::Usage(error) => Failure::Usage(error.context(what)),
            Failure::Failed(error) => Failure::Failed(error.context(what)),
            Failure::Told => Failure::Told,
        }
    }

    /// Says on standard error what went wrong, with every cause, and gives the exit code.
    pub(super) fn tell(&self) -> ExitCode {
        let (error, code) = match self {
            Failure::Usage(error) => (error, 2),
            Failure::Failed(error) => (error, 1),
            Failure::Told => return ExitCode::from(1),
        };
        eprintln!("innkeeper: {error}");
        for cause in error.chain().skip(1) {
            eprintln!("  because: {cause}");
        }
        ExitCode::from(code)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::Failed(error)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Refused(error) => Failure::Usage(error),
            StartError::Failed(error) => Failure::Failed(error),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::Usage(error.into())
    }
}

//! Starts an installation from its configuration, for the command line and for applications that have it in their own
//! process: [`open`] (store and authority), [`background`] (what runs beside requests).

pub(crate) mod background;

pub(crate) mod open;

use std::fmt;

/// Why an installation could not be started, or stopped as it should.
#[derive(Debug)]
pub(crate) enum StartError {
    /// The configuration asks for what cannot be.
    Refused(anyhow::Error),
    /// What was asked for went wrong.
    Failed(anyhow::Error),
}

impl StartError {
    /// Something that went wrong.
    fn failed(sentence: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        StartError::Failed(anyhow::Error::msg(sentence))
    }
}

impl From<anyhow::Error> for StartError {
    fn from(error: anyhow::Error) -> Self {
        StartError::Failed(error)
    }
}

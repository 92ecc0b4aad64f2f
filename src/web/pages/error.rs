//! What somebody sees when a request fails: what happened and what to do. Never a cause from inside.

use super::Chrome;
use crate::web::text::{self, ErrorWords};
use askama::Template;

/// The error page of any status.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The status that the answer has.
    pub status: u16,
    /// Its words.
    pub words: ErrorWords,
}

impl ErrorPage {
    /// The page of a status, in the words of the catalogue.
    pub fn new(chrome: Chrome, status: u16) -> Self {
        Self { words: text::error(chrome.language, status), chrome, status }
    }
}

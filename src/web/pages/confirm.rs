//! Questions before something ends, for browsers without script. With script the sessions page asks in a dialog.

use super::Chrome;
use super::sessions::SessionRow;
use crate::web::text;
use askama::Template;

/// `/account/sessions/{id}/terminate`: "End this session?"
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_terminate.html")]
pub struct ConfirmTerminatePage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The session in question.
    pub session: SessionRow,
}

/// `/account/sessions/end-others`: "End all other sessions?"
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_end_others.html")]
pub struct ConfirmEndOthersPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// How many would end.
    pub others: usize,
}

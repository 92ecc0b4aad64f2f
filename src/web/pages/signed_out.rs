//! The page for somebody whose session is over: why, since when, and the form to sign in again.

use super::Chrome;
use super::sign_in::SignInForm;
use crate::web::moment::When;
use crate::web::text;
use askama::Template;

/// The signed-out page.
#[derive(Clone, Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Who did it and why, see [`text::told_why`].
    pub sentence: String,
    /// When the session ended; `None` where that is now, as after signing out.
    pub at: Option<EndedAt>,
    /// The form to sign in again.
    pub form: SignInForm,
}

/// When a session ended, in the account's zone.
#[derive(Clone, Debug)]
pub struct EndedAt {
    /// Seen from now and for machines.
    pub when: When,
    /// Date, time and zone in full, see [`crate::web::moment::absolute`].
    pub absolute: String,
}

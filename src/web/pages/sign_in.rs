//! `/sign-in`: the form, and why somebody is asked to fill it in.

use super::Chrome;
use crate::web::text;
use askama::Template;

/// The sign-in page.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Why they are here, such as "You were signed out after 20 minutes of inactivity."
    pub notice: Option<String>,
    /// The form.
    pub form: SignInForm,
}

/// The form, which the signed-out page has too.
#[derive(Clone, Debug, Default)]
pub struct SignInForm {
    /// The address, as it was given last.
    pub email: String,
    /// Where to go afterwards, already found safe; empty for the account page.
    pub next: String,
    /// What was wrong with the last attempt: [`text::WRONG_CREDENTIALS`] or [`text::too_many_attempts`].
    pub problem: Option<String>,
}

//! `/account/step-up`: the password once more, before something sensitive.

use super::Chrome;
use crate::web::text;
use askama::Template;

/// The step-up page.
#[derive(Clone, Debug, Template)]
#[template(path = "step_up.html")]
pub struct StepUpPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The address or id of the person, for them and for their password manager.
    pub login: String,
    /// Why it is asked, see [`text::step_up_why`].
    pub why: String,
    /// The path to go to afterwards, already found safe.
    pub then: String,
    /// What was wrong with the last attempt, such as [`text::WRONG_PASSWORD`].
    pub problem: Option<String>,
}

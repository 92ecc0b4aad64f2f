//! What somebody is told who has just chosen a password that is easy to guess: it is taken, and what would be better.

use super::Chrome;
use super::answer::html;
use crate::password::{Strength, Weakness};
use crate::web::extract::Visit;
use crate::web::text::Language;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};

/// The page with the advice. It follows what was done, which stays done.
#[derive(Clone, Debug, Template)]
#[template(path = "password_advice.html")]
pub struct PasswordAdvicePage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What was done.
    pub done: Option<String>,
    /// How hard the password is to guess, of [`Self::of`].
    pub value: u8,
    /// The most there is.
    pub of: u8,
    /// The same in words.
    pub strength: String,
    /// What makes it easy, in words.
    pub weakness: Option<String>,
    /// Where those go who keep it.
    pub next: String,
}

impl PasswordAdvicePage {
    /// The page for a password of this strength.
    pub(super) fn new(chrome: Chrome, done: String, (strength, next): (Strength, String)) -> Self {
        let language = chrome.language;
        Self {
            done: Some(done),
            // A meter that shows nothing says nothing.
            value: strength.score + 1,
            of: Strength::SCORE_MAX + 1,
            strength: strength_word(language, strength),
            weakness: strength.weakness.map(|weakness| weakness_word(language, weakness)),
            next,
            chrome: Chrome { here: None, ..chrome },
        }
    }
}

fn strength_word(language: Language, strength: Strength) -> String {
    language.say(match strength.score {
        0 => "strength-none",
        1 => "strength-little",
        2 => "strength-some",
        _ => "strength-enough",
    })
}

fn weakness_word(language: Language, weakness: Weakness) -> String {
    language.say(match weakness {
        Weakness::Common => "weakness-common",
        Weakness::Word => "weakness-word",
        Weakness::Name => "weakness-name",
        Weakness::Keys => "weakness-keys",
        Weakness::Repeats => "weakness-repeats",
        Weakness::Sequence => "weakness-sequence",
        Weakness::Date => "weakness-date",
    })
}

/// The page, where this password needs advice. It answers the form itself: no address may say that a password is weak,
/// since addresses are kept by proxies and browsers.
pub(super) async fn advice(
    visit: &Visit,
    (typed, known): (&str, &[&str]),
    page: impl FnOnce(Strength) -> PasswordAdvicePage,
) -> Option<Response<Body>> {
    let strength = visit.app.innkeeper().strength_of(typed, known).await?;
    strength.is_weak().then(|| html(StatusCode::OK, &page(strength)))
}

//! The page for somebody whose session is over: why, since when, and the form to sign in again.

use super::Chrome;
use super::answer::{Answer, html, see_other};
use super::sign_in::{SignInForm, with_form};
use crate::domain::activity::Counted;
use crate::web::extract::{OverSession, Visit, Visitor};
use crate::web::moment::{Reader, When};
use crate::web::text;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use std::convert::Infallible;

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
    /// Date, time and zone in full, see [`Reader::absolute`].
    pub absolute: String,
}

/// What is told to the person whose session is over.
pub(super) struct Why {
    /// Who did it and why, see [`text::told_why`].
    pub(super) sentence: String,
    /// When.
    pub(super) at: EndedAt,
}

/// Why a session is over, in the words of its browser.
pub(super) fn why(over: &OverSession) -> Why {
    let OverSession { visit, view, at, reason, now, zone } = over;
    // What the session itself had, whatever the policy says by now.
    let facts = text::EndFacts {
        idle_timeout: view.activity.idle_deadline.since(view.activity.last_active_at),
        absolute_lifetime: view.absolute_deadline.since(view.created_at),
        by: view.ended_by_role,
    };
    let reader = Reader { language: visit.language(), zone, now: *now };
    Why {
        sentence: text::told_why(reader.language, *reason, &facts),
        at: EndedAt { when: reader.when(*at), absolute: reader.absolute(*at) },
    }
}

/// The page that tells why a session is over. Where a person asked for it, that uses it up: the cookie goes.
pub(crate) fn told_why(status: StatusCode, over: &OverSession, next: &str) -> Response<Body> {
    let visit = &over.visit;
    let Why { sentence, at } = why(over);
    let page = SignedOutPage {
        // Once it was shown it is used up: whoever left it for another language would not come back to it.
        chrome: Chrome { here: None, ..visit.chrome() },
        sentence,
        at: Some(at),
        form: SignInForm::new(visit, Some(next)),
    };
    let page = with_form(visit, html(status, &page));
    if visit.counted() == Counted::Counted { visit.without_session(page) } else { page }
}

/// `POST /sign-out`. Harmless without a session.
pub(super) async fn sign_out(Ok(visit): Result<Visit, Infallible>) -> Answer {
    if let Some(token) = visit.browser().session {
        visit.app.innkeeper().sign_out(token).await?;
    }
    Ok(visit.without_session(see_other(&visit.address("/signed-out"))))
}

/// `/signed-out`: what follows a sign-out, and says only what it finds.
pub(super) async fn show(visitor: Visitor) -> Response<Body> {
    let visit = match visitor {
        Visitor::SignedIn(signed_in) => return see_other(&signed_in.visit.address("/account")),
        Visitor::Over(over) => return told_why(StatusCode::OK, &over, ""),
        Visitor::Nobody(visit) => visit,
    };
    let page = SignedOutPage {
        chrome: visit.chrome(),
        sentence: visit.language().say("not-signed-in"),
        at: None,
        form: SignInForm::default(),
    };
    with_form(&visit, html(StatusCode::OK, &page))
}

//! `/sign-in/second-step`: the code of somebody whose password was right.

use super::Chrome;
use super::answer::{Answer, html};
use super::sign_in::{answered, begin_again, told};
use crate::service::{Continued, SignInRefusal};
use crate::web::extract::{FormOf, QueryOf, Visit};
use crate::web::metrics::SignedIn;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;

/// The page that asks for a code.
#[derive(Clone, Debug, Template)]
#[template(path = "second_step.html")]
pub struct SecondStepPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Where to go afterwards, already found safe; empty for the account page.
    pub next: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
}

/// The query of `GET /sign-in/second-step`.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    pub(super) next: Option<String>,
}

/// The fields of `POST /sign-in/second-step`.
#[derive(Deserialize)]
pub(super) struct CodeFields {
    code: String,
    next: Option<String>,
}

/// `GET /sign-in/second-step`.
pub(super) async fn show(Ok(visit): Result<Visit, Infallible>, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let next = wanted.next.as_deref();
    Ok(match visit.pending() {
        Some(pending) if visit.app.innkeeper().awaits_code(pending).await? => {
            page(&visit, StatusCode::OK, (next, None))
        }
        _ => begin_again(&visit, next),
    })
}

/// `POST /sign-in/second-step`.
pub(super) async fn go_on(
    Ok(visit): Result<Visit, Infallible>,
    FormOf(CodeFields { code, next }): FormOf<CodeFields>,
) -> Answer {
    let next = next.as_deref();
    let Some(ask) = continued(&visit) else { return Ok(begin_again(&visit, next)) };
    let outcome = visit.app.innkeeper().sign_in_by_code(ask, &code).await;
    visit.app.metrics().signed_in(SignedIn::of_person(&outcome));
    Ok(match outcome? {
        // The password or the person is no longer what it was: nothing is left to go on with.
        Err(SignInRefusal::WrongCredentials) => told(&visit, (StatusCode::UNAUTHORIZED, "wrong-credentials"), next),
        outcome => answered(&visit, next, outcome, |status, problem| page(&visit, status, (next, Some(problem)))),
    })
}

/// What comes with a request of somebody who is signing in; `None` where their browser carries nothing of it.
pub(super) fn continued(visit: &Visit) -> Option<Continued> {
    Some(Continued { pending: visit.pending()?, browser: visit.browser(), client: visit.client() })
}

fn page(visit: &Visit, status: StatusCode, (next, problem): (Option<&str>, Option<String>)) -> Response<Body> {
    html(status, &SecondStepPage { chrome: visit.chrome(), next: visit.safe_next(next), problem })
}

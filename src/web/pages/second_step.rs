//! `/sign-in/second-step`: the code or the passkey of somebody whose password was right.

use super::Chrome;
use super::answer::{Answer, html, not_found};
use super::passkeys::question;
use super::sign_in::{answered, begin_again, told};
use crate::service::{Continued, Given, SecondWays, SignInRefusal};
use crate::web::extract::{FormOf, QueryOf, Visit};
use crate::web::metrics::SignedIn;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;

/// The page that asks for a code or a passkey.
#[derive(Clone, Debug, Template)]
#[template(path = "second_step.html")]
pub struct SecondStepPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What they may go on with, besides a recovery code.
    pub ways: SecondWays,
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
    code: Option<String>,
    answer: Option<String>,
    next: Option<String>,
}

/// `GET /sign-in/second-step`.
pub(super) async fn show(Ok(visit): Result<Visit, Infallible>, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let next = wanted.next.as_deref();
    let Some(pending) = visit.pending() else { return Ok(begin_again(&visit, next)) };
    Ok(match visit.app.innkeeper().second_ways(pending, visit.browser().device).await? {
        Some(ways) => page(&visit, StatusCode::OK, (ways, next, None)),
        None => begin_again(&visit, next),
    })
}

/// `POST /sign-in/second-step`.
pub(super) async fn go_on(
    Ok(visit): Result<Visit, Infallible>,
    FormOf(CodeFields { code, answer, next }): FormOf<CodeFields>,
) -> Answer {
    let innkeeper = visit.app.innkeeper();
    let next = next.as_deref();
    let Some(ask) = continued(&visit) else { return Ok(begin_again(&visit, next)) };
    let (pending, code) = (ask.pending, code.unwrap_or_default());
    let given = answer.as_deref().map_or(Given::Code(&code), Given::Passkey);
    let outcome = innkeeper.sign_in_by_second(ask, given).await;
    visit.app.metrics().signed_in(SignedIn::of_person(&outcome));
    let outcome = match outcome? {
        // The password or the person is no longer what it was: nothing is left to go on with.
        Err(SignInRefusal::WrongCredentials) => {
            return Ok(told(&visit, (StatusCode::UNAUTHORIZED, "wrong-credentials"), next));
        }
        outcome => outcome,
    };
    // Whoever may try again is asked anew.
    let ways = match &outcome {
        Ok(_) => None,
        Err(_) => innkeeper.second_ways(pending, visit.browser().device).await?,
    };
    Ok(answered(&visit, next, outcome, |status, problem| match ways {
        Some(ways) => page(&visit, status, (ways, next, Some(problem))),
        None => begin_again(&visit, next),
    }))
}

/// `POST /sign-in/second-step/options`.
pub(super) async fn options(Ok(visit): Result<Visit, Infallible>) -> Answer {
    let pending = visit.pending().ok_or_else(not_found)?;
    question(visit.app.innkeeper().ask_second_passkey(pending).await?)
}

/// What comes with a request of somebody who is signing in; `None` where their browser carries nothing of it.
pub(super) fn continued(visit: &Visit) -> Option<Continued> {
    Some(Continued { pending: visit.pending()?, browser: visit.browser(), client: visit.client() })
}

fn page(
    visit: &Visit,
    status: StatusCode,
    (ways, next, problem): (SecondWays, Option<&str>, Option<String>),
) -> Response<Body> {
    let problem = problem.or_else(|| ways.codes_spent.then(|| visit.language().say("codes-spent")));
    html(status, &SecondStepPage { chrome: visit.chrome(), ways, next: visit.safe_next(next), problem })
}

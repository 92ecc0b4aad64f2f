//! `/account/security/passkeys`, which adds a passkey, and `/sign-in/passkey`, which takes one in place of a password.

use super::Chrome;
use super::answer::{Answer, barred, html, later, not_found};
use super::factors::{Added, Typed, Words, added_or};
use super::sign_in::{again_with_form, answered};
use super::step_up::is_fresh;
use crate::service::Barred;
use crate::web::extract::{FormOf, QueryOf, SignedIn, Visit};
use crate::web::metrics;
use crate::web::problem::Problem;
use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use std::convert::Infallible;

const PASSKEYS: &str = "/account/security/passkeys";

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The page that adds a passkey.
#[derive(Clone, Debug, Template)]
#[template(path = "passkey.html")]
pub struct PasskeyPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The name, as it was given last.
    pub name: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
}

/// The fields of `POST /account/security/passkeys`.
#[derive(Deserialize)]
pub(super) struct PasskeyFields {
    name: String,
    answer: String,
}

/// The fields of `POST /sign-in/passkey`.
#[derive(Deserialize)]
pub(super) struct AnswerFields {
    answer: String,
    next: Option<String>,
}

/// `GET /account/security/passkeys`.
pub(super) async fn ask(signed_in: SignedIn, QueryOf(typed): QueryOf<Typed>) -> Answer {
    if !is_fresh(&signed_in) {
        return typed.barred(&signed_in, (Barred::NeedsStepUp, PASSKEYS));
    }
    let name = typed.name_or(signed_in.visit.language(), "passkey-name-given");
    page(&signed_in, StatusCode::OK, (name, None))
}

/// `POST /account/security/passkeys`.
pub(super) async fn add(signed_in: SignedIn, FormOf(PasskeyFields { name, answer }): FormOf<PasskeyFields>) -> Answer {
    let added = signed_in.visit.app.innkeeper().add_passkey(&signed_in.view, (&name, &answer)).await?;
    let words = Words { here: PASSKEYS, done: "passkey-added", wrong: "passkey-not-made", over: "passkey-over" };
    match added_or(&signed_in, added, (&name, &words))? {
        Added::Answered(answer) => Ok(answer),
        Added::Again(status, problem) => page(&signed_in, status, (name, Some(problem))),
    }
}

fn page(signed_in: &SignedIn, status: StatusCode, (name, problem): (String, Option<String>)) -> Answer {
    match signed_in.visit.app.innkeeper().takes_passkeys() {
        true => Ok(html(status, &PasskeyPage { chrome: signed_in.chrome(), name, problem })),
        false => Err(not_found()),
    }
}

/// What a browser is asked, for the script of a page. Each page has an address for it that is posted to, since every
/// question is kept until it was answered.
pub(super) fn question(asked: Option<String>) -> Answer {
    Ok(([(CONTENT_TYPE, JSON)], asked.ok_or_else(not_found)?).into_response())
}

/// `POST /account/security/passkeys/options`.
pub(super) async fn options_of_new(signed_in: SignedIn) -> Answer {
    if !is_fresh(&signed_in) {
        return barred(&signed_in, Barred::NeedsStepUp, PASSKEYS);
    }
    question(signed_in.visit.app.innkeeper().ask_new_passkey(&signed_in.view).await?)
}

/// `POST /sign-in/passkey/options`.
pub(super) async fn options(Ok(visit): Result<Visit, Infallible>) -> Answer {
    match visit.app.innkeeper().ask_anybodys_passkey(visit.client().ip).await? {
        Ok(asked) => question(asked),
        Err(wait) => {
            let detail =
                "Your network has asked for so many passkeys that it has to wait. A password works all the same.";
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_often", detail);
            Ok(later(wait, problem.into_response()))
        }
    }
}

/// `POST /sign-in/passkey`.
pub(super) async fn sign_in(
    Ok(visit): Result<Visit, Infallible>,
    FormOf(AnswerFields { answer, next }): FormOf<AnswerFields>,
) -> Answer {
    let outcome = visit.app.innkeeper().sign_in_by_passkey((visit.browser(), &visit.client()), &answer).await;
    visit.app.metrics().signed_in(metrics::SignedIn::of_person(&outcome));
    let next = next.as_deref();
    let again = |status, problem| again_with_form(&visit, status, (String::new(), next, problem));
    Ok(answered(&visit, next, outcome?, again))
}

//! `/account/security/passkeys`, which adds a passkey, and `/sign-in/passkey`, which takes one in place of a password.

use super::Chrome;
use super::answer::{Answer, html, not_found, see_other};
use super::factors::{SECURITY, Typed, codes_page};
use super::sign_in::{again_with_form, answered};
use super::step_up::is_fresh;
use crate::service::{Barred, FactorRefusal};
use crate::web::extract::{FormOf, QueryOf, SignedIn, Visit, with_query};
use crate::web::metrics;
use askama::Template;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
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
    /// What the browser is asked, as JSON.
    pub options: String,
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
    page(&signed_in, StatusCode::OK, (name, None)).await
}

/// `POST /account/security/passkeys`.
pub(super) async fn add(signed_in: SignedIn, FormOf(PasskeyFields { name, answer }): FormOf<PasskeyFields>) -> Answer {
    let (innkeeper, language) = (signed_in.visit.app.innkeeper(), signed_in.visit.language());
    let (status, key) = match innkeeper.add_passkey(&signed_in.view, (&name, &answer)).await? {
        Ok(added) if added.codes.is_empty() => {
            return Ok(see_other(&with_query(&signed_in.visit.address(SECURITY), "done", "passkey-added")));
        }
        Ok(added) => {
            let notice = language.count("passkey-added", added.ended);
            return Ok(codes_page(&signed_in, Some(notice), &added.codes));
        }
        Err(FactorRefusal::Barred(why)) => {
            return Typed { name: Some(name) }.barred(&signed_in, (why, PASSKEYS));
        }
        Err(FactorRefusal::NotMade | FactorRefusal::WrongCode) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "passkey-not-made")
        }
        Err(FactorRefusal::NotAName) => (StatusCode::UNPROCESSABLE_ENTITY, "factor-name-refused"),
        Err(FactorRefusal::Over) => (StatusCode::CONFLICT, "passkey-over"),
        // Somebody has one that is called so: this one, added a moment ago.
        Err(FactorRefusal::NotFound | FactorRefusal::Required) => (StatusCode::CONFLICT, "passkey-known"),
        Err(FactorRefusal::TooMany) => (StatusCode::CONFLICT, "factors-too-many"),
    };
    page(&signed_in, status, (name, Some(language.say(key)))).await
}

async fn page(signed_in: &SignedIn, status: StatusCode, (name, problem): (String, Option<String>)) -> Answer {
    let asked = signed_in.visit.app.innkeeper().ask_new_passkey(&signed_in.view).await?;
    let options = asked.ok_or_else(not_found)?;
    Ok(html(status, &PasskeyPage { chrome: signed_in.chrome(), options, name, problem }))
}

/// `POST /sign-in/passkey/options`: what the browser is asked, for the script of the sign-in page. A post, since every
/// question is kept until it was answered.
pub(super) async fn options(Ok(visit): Result<Visit, Infallible>) -> Answer {
    let asked = visit.app.innkeeper().ask_anybodys_passkey().await?;
    Ok(([(CONTENT_TYPE, JSON)], asked.ok_or_else(not_found)?).into_response())
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
    let answer: Response<Body> = answered(&visit, next, outcome?, again);
    Ok(answer)
}

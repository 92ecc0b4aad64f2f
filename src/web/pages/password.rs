//! `/account/security/password`: changing one's own password. Every other session ends, and this one gets a new token.

use super::Chrome;
use super::answer::{Answer, BUSY_FOR, barred, html, later, see_other, throttled, with_token};
use super::password_advice::{PasswordAdvicePage, advice};
use crate::service::{Barred, PasswordChange, PasswordChangeRefusal};
use crate::web::extract::{FormOf, SignedIn, with_query};
use crate::web::text;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;

/// The page that changes the password.
#[derive(Clone, Debug, Template)]
#[template(path = "password.html")]
pub struct PasswordPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The address or id of the person, for them and for their password manager.
    pub login: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
}

/// The fields of `POST /account/security/password`.
#[derive(Deserialize)]
pub(super) struct PasswordFields {
    current: String,
    new: String,
}

/// `GET /account/security/password`.
pub(super) async fn show(signed_in: SignedIn) -> Response<Body> {
    page(&signed_in, StatusCode::OK, None)
}

/// `POST /account/security/password`.
pub(super) async fn change(signed_in: SignedIn, FormOf(fields): FormOf<PasswordFields>) -> Answer {
    let visit = &signed_in.visit;
    let language = visit.language();
    // Whoever is signed in came with a token.
    let Some(token) = visit.browser().session else { return Ok(see_other(&visit.address("/sign-in"))) };
    let new = fields.new.clone();
    let ask = PasswordChange { current: fields.current, new: fields.new };
    let wrong = |status, sentence: String| page(&signed_in, status, Some(sentence));
    Ok(match visit.app.innkeeper().change_password(&signed_in.view, token, ask).await? {
        Ok(changed) => {
            let answer = done(&signed_in, changed.ended, &new).await;
            with_token(visit, answer, &changed.token)
        }
        Err(PasswordChangeRefusal::NeedsStepUp) => {
            return barred(&signed_in, Barred::NeedsStepUp, "/account/security/password");
        }
        // The page that they are sent to tells them why.
        Err(PasswordChangeRefusal::SessionOver) => see_other(&visit.address("/account/security")),
        Err(PasswordChangeRefusal::WrongPassword) => wrong(StatusCode::UNAUTHORIZED, language.say("password-wrong")),
        Err(PasswordChangeRefusal::Unchanged) => {
            wrong(StatusCode::UNPROCESSABLE_ENTITY, language.say("password-unchanged"))
        }
        Err(PasswordChangeRefusal::Password(refusal)) => {
            wrong(StatusCode::UNPROCESSABLE_ENTITY, text::password_refused(language, refusal))
        }
        Err(PasswordChangeRefusal::Busy) => {
            later(BUSY_FOR, wrong(StatusCode::TOO_MANY_REQUESTS, language.say("sign-in-busy")))
        }
        Err(PasswordChangeRefusal::Throttled(wait)) => {
            later(wait, wrong(StatusCode::TOO_MANY_REQUESTS, throttled(language, wait)))
        }
    })
}

/// What follows a change: the page from which they came, or advice first.
async fn done(signed_in: &SignedIn, ended: u64, new: &str) -> Response<Body> {
    let (visit, user) = (&signed_in.visit, &signed_in.session.user);
    let security = visit.address("/account/security");
    let known: Vec<&str> = [user.email.as_deref(), user.name.as_deref()].into_iter().flatten().collect();
    let said = visit.language().count("password-changed", ended);
    let page = |strength| PasswordAdvicePage::new(signed_in.chrome(), said, (strength, security.clone()));
    let advised = advice(visit, (new, &known), page).await;
    advised.unwrap_or_else(|| see_other(&with_query(&security, "password_changed", &ended.to_string())))
}

fn page(signed_in: &SignedIn, status: StatusCode, problem: Option<String>) -> Response<Body> {
    let user = &signed_in.session.user;
    let login = user.email.clone().unwrap_or_else(|| user.id.to_string());
    html(status, &PasswordPage { chrome: signed_in.chrome(), login, problem })
}

//! `/forgot` and `/reset`: a mail to whoever has forgotten their password, and where its link leads.

use super::Chrome;
use super::answer::{Answer, BUSY_FOR, html, later};
use super::sign_in::{SignInForm, SignInPage, with_form};
use crate::secret::ResetCode;
use crate::service::ResetRefusal;
use crate::web::extract::{FormOf, QueryOf, Visit};
use crate::web::text;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;

/// The page for whoever has forgotten their password.
#[derive(Clone, Debug, Template)]
#[template(path = "forgot.html")]
pub struct ForgotPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Whether mail is sent at all.
    pub mails: bool,
    /// Whether it was asked for: then it says what comes of it, whoever the login is of.
    pub asked: bool,
}

/// The page on which a password is set anew.
#[derive(Clone, Debug, Template)]
#[template(path = "reset.html")]
pub struct ResetPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The address or id of the person, for them and for their password manager.
    pub login: String,
    /// The code of the link.
    pub code: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
}

/// The page of a link that is worth nothing.
#[derive(Clone, Debug, Template)]
#[template(path = "reset_gone.html")]
pub struct ResetGonePage {
    /// What surrounds it.
    pub chrome: Chrome,
}

/// The fields of `POST /forgot`.
#[derive(Deserialize)]
pub(super) struct ForgotFields {
    email: String,
}

/// The query of `GET /reset`.
#[derive(Default, Deserialize)]
pub(super) struct Linked {
    #[serde(default)]
    code: String,
}

/// The fields of `POST /reset`.
#[derive(Deserialize)]
pub(super) struct ResetFields {
    code: String,
    new: String,
}

/// `GET /forgot`.
pub(super) async fn ask(Ok(visit): Result<Visit, Infallible>) -> Response<Body> {
    forgot(&visit, false)
}

/// `POST /forgot`.
pub(super) async fn send(
    Ok(visit): Result<Visit, Infallible>,
    FormOf(ForgotFields { email }): FormOf<ForgotFields>,
) -> Answer {
    visit.app.innkeeper().ask_reset(&email, visit.client().ip).await?;
    Ok(forgot(&visit, true))
}

fn forgot(visit: &Visit, asked: bool) -> Response<Body> {
    let mails = visit.app.innkeeper().sends_mail();
    html(StatusCode::OK, &ForgotPage { chrome: visit.chrome(), mails, asked })
}

/// `GET /reset`.
pub(super) async fn show(Ok(visit): Result<Visit, Infallible>, QueryOf(linked): QueryOf<Linked>) -> Answer {
    page(&visit, StatusCode::OK, (linked.code, None)).await
}

/// `POST /reset`.
pub(super) async fn reset(
    Ok(visit): Result<Visit, Infallible>,
    FormOf(ResetFields { code, new }): FormOf<ResetFields>,
) -> Answer {
    let language = visit.language();
    let Some(hash) = ResetCode::hash_presented(&code) else { return Ok(gone(&visit)) };
    match visit.app.innkeeper().reset_password(hash, new).await? {
        Ok(user) => {
            let form = SignInForm {
                email: user.email.unwrap_or_default(),
                done: Some(language.say("reset-done")),
                ..SignInForm::new(&visit, None)
            };
            Ok(with_form(&visit, html(StatusCode::OK, &SignInPage { chrome: visit.chrome(), form })))
        }
        Err(ResetRefusal::Gone) => Ok(gone(&visit)),
        Err(ResetRefusal::Password(refusal)) => {
            let problem = Some(text::password_refused(language, refusal));
            page(&visit, StatusCode::UNPROCESSABLE_ENTITY, (code, problem)).await
        }
        Err(ResetRefusal::Busy) => {
            let busy = Some(language.say("sign-in-busy"));
            Ok(later(BUSY_FOR, page(&visit, StatusCode::TOO_MANY_REQUESTS, (code, busy)).await?))
        }
    }
}

async fn page(visit: &Visit, status: StatusCode, (code, problem): (String, Option<String>)) -> Answer {
    let Some(hash) = ResetCode::hash_presented(&code) else { return Ok(gone(visit)) };
    let Some(user) = visit.app.innkeeper().reset_of(hash).await? else { return Ok(gone(visit)) };
    let login = user.email.clone().unwrap_or_else(|| user.id.to_string());
    Ok(html(status, &ResetPage { chrome: visit.chrome(), login, code, problem }))
}

fn gone(visit: &Visit) -> Response<Body> {
    html(StatusCode::GONE, &ResetGonePage { chrome: visit.chrome() })
}

//! `/sign-in/set-up`: the first second factor of somebody whose account requires one, on the way in.

use super::Chrome;
use super::answer::{Answer, html, not_found};
use super::factors::{AppSecret, CodesPage};
use super::passkeys::question;
use super::second_step::{Wanted, continued};
use super::sign_in::{answered, begin_again, going_on};
use crate::domain::factor::FactorName;
use crate::secret::RecoveryCode;
use crate::service::Given;
use crate::web::extract::{FormOf, QueryOf, Visit};
use crate::web::metrics::SignedIn;
use crate::web::problem::Problem;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;

/// The page that has an app or a passkey set up.
#[derive(Clone, Debug, Template)]
#[template(path = "set_up.html")]
pub struct SetUpPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What the app is given.
    pub given: AppSecret,
    /// Whether a passkey may be made instead.
    pub passkeys: bool,
    /// Where to go afterwards, already found safe; empty for the account page.
    pub next: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
}

/// The fields of `POST /sign-in/set-up`.
#[derive(Deserialize)]
pub(super) struct SetUpFields {
    code: Option<String>,
    answer: Option<String>,
    next: Option<String>,
}

/// `GET /sign-in/set-up`.
pub(super) async fn show(Ok(visit): Result<Visit, Infallible>, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let page = page(&visit, StatusCode::OK, (wanted.next.as_deref(), None)).await?;
    Ok(page.unwrap_or_else(|| begin_again(&visit, wanted.next.as_deref())))
}

/// `POST /sign-in/set-up`. The recovery codes come before the session, so that nobody misses them.
pub(super) async fn set_up(
    Ok(visit): Result<Visit, Infallible>,
    FormOf(SetUpFields { code, answer, next }): FormOf<SetUpFields>,
) -> Answer {
    let next = next.as_deref();
    let Some(ask) = continued(&visit) else { return Ok(begin_again(&visit, next)) };
    let (code, language) = (code.unwrap_or_default(), visit.language());
    let (given, name, done, wrong) = match &answer {
        Some(answer) => (Given::Passkey(answer), "passkey-name-given", "set-up-done-passkey", "passkey-not-made"),
        None => (Given::Code(&code), "factor-name-given", "set-up-done", "totp-wrong-code"),
    };
    let Some(name) = FactorName::typed(&language.say(name)) else { return Ok(begin_again(&visit, next)) };
    let refusal = match visit.app.innkeeper().set_up_required(ask, (name, given)).await? {
        Ok((codes, pending)) => {
            let page = CodesPage {
                chrome: visit.chrome(),
                notice: Some(language.say(done)),
                codes: codes.iter().map(RecoveryCode::reveal).collect(),
                signing_in: Some(visit.safe_next(next)),
            };
            return Ok(going_on(&visit, html(StatusCode::OK, &page), &pending));
        }
        Err(refusal) => refusal,
    };
    visit.app.metrics().signed_in(SignedIn::Refused);
    let again = page(&visit, StatusCode::UNAUTHORIZED, (next, Some(language.say(wrong)))).await?;
    Ok(answered(&visit, next, Err(refusal), |_, _| again.unwrap_or_else(|| begin_again(&visit, next))))
}

/// `POST /sign-in/set-up/options`: what a browser is asked so that it makes a passkey.
pub(super) async fn options(Ok(visit): Result<Visit, Infallible>) -> Answer {
    let pending = visit.pending().ok_or_else(not_found)?;
    question(visit.app.innkeeper().ask_required_passkey(pending).await?)
}

async fn page(
    visit: &Visit,
    status: StatusCode,
    (next, problem): (Option<&str>, Option<String>),
) -> Result<Option<Response<Body>>, Problem> {
    let Some(pending) = visit.pending() else { return Ok(None) };
    let Some((user, secret)) = visit.app.innkeeper().required_set_up(pending).await? else { return Ok(None) };
    let login = user.email.as_deref().unwrap_or(user.id.as_str());
    let given = AppSecret::new(visit, &secret, login);
    let passkeys = visit.app.innkeeper().takes_passkeys();
    let page = SetUpPage { chrome: visit.chrome(), given, passkeys, next: visit.safe_next(next), problem };
    Ok(Some(html(status, &page)))
}

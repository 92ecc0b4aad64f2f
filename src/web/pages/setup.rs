//! `/setup`: where the link leads that the server prints while there is no user, and the first administrator is made.

use super::Chrome;
use super::answer::{Answer, BUSY_FOR, html, later};
use super::invitation::joined;
use super::sign_in::{SignInForm, SignInPage, with_form};
use crate::domain::time::Timestamp;
use crate::domain::user::{NAME_LENGTH_MAX, is_name};
use crate::secret::SetupCode;
use crate::service::{SetUp, SetUpRefusal};
use crate::web::extract::{FormOf, QueryOf, Visit};
use crate::web::moment::Reader;
use crate::web::problem::Problem;
use crate::web::text;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;

/// Longest address that is shown again in the form, in characters.
const EMAIL_LENGTH_MAX: usize = 254;

/// The page on which the first administrator is made.
#[derive(Clone, Debug, Template)]
#[template(path = "setup.html")]
pub struct SetupPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Until when it can be, in words.
    pub until: String,
    /// The code of the link.
    pub code: String,
    /// The address, as it was given last.
    pub email: String,
    /// The name, as it was given last.
    pub name: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
}

/// The page of a link that is worth nothing.
#[derive(Clone, Debug, Template)]
#[template(path = "setup_gone.html")]
pub struct SetupGonePage {
    /// What surrounds it.
    pub chrome: Chrome,
}

/// The query of `GET /setup`.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    code: Option<String>,
}

/// The fields of `POST /setup`.
#[derive(Deserialize)]
pub(super) struct SetupFields {
    code: String,
    email: String,
    name: String,
    password: String,
}

/// `GET /setup`.
pub(super) async fn show(Ok(visit): Result<Visit, Infallible>, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let code = asked.code.unwrap_or_default();
    let Some(until) = works_until(&visit, &code).await? else { return Ok(gone(&visit)) };
    Ok(with_form(&visit, html(StatusCode::OK, &page(&visit, until, code))))
}

async fn works_until(visit: &Visit, code: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(code) = SetupCode::hash_presented(code) else { return Ok(None) };
    Ok(visit.app.innkeeper().setup_works_until(code).await?)
}

fn gone(visit: &Visit) -> Response<Body> {
    html(StatusCode::GONE, &SetupGonePage { chrome: Chrome { here: None, ..visit.chrome() } })
}

fn page(visit: &Visit, until: Timestamp, code: String) -> SetupPage {
    let language = visit.language();
    // Nobody has said yet where they are.
    let until = Reader { language, zone: "UTC", now: until }.absolute(until);
    SetupPage {
        chrome: visit.chrome(),
        until: language.tell("setup-until", &[("until", until.into())]),
        code,
        email: String::new(),
        name: String::new(),
        problem: None,
    }
}

/// `POST /setup`.
pub(super) async fn set_up(Ok(visit): Result<Visit, Infallible>, FormOf(fields): FormOf<SetupFields>) -> Answer {
    let language = visit.language();
    let Some(until) = works_until(&visit, &fields.code).await? else { return Ok(gone(&visit)) };
    let Some(code) = SetupCode::hash_presented(&fields.code) else { return Ok(gone(&visit)) };
    let name: String = fields.name.trim().chars().take(NAME_LENGTH_MAX).collect();
    let email: String = fields.email.chars().take(EMAIL_LENGTH_MAX).collect();
    let again = |status, problem: String| {
        let page = page(&visit, until, fields.code.clone());
        let (name, email) = (name.clone(), email.clone());
        with_form(&visit, html(status, &SetupPage { name, email, problem: Some(problem), ..page }))
    };
    if !name.is_empty() && !is_name(&name) {
        return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, language.say("join-name-refused")));
    }
    let ask = SetUp {
        code,
        email: fields.email.clone(),
        name: Some(name.clone()).filter(|name| !name.is_empty()),
        password: fields.password.clone(),
        browser: visit.browser(),
        client: visit.client(),
    };
    Ok(match visit.app.innkeeper().set_up(ask).await? {
        Ok(started) => {
            let known = [email.as_str(), name.as_str()];
            joined(&visit, "advice-set-up", (&started, &fields.password, &known)).await
        }
        Err(SetUpRefusal::Gone) => gone(&visit),
        Err(SetUpRefusal::NotAnEmail) => again(StatusCode::UNPROCESSABLE_ENTITY, language.say("setup-email-refused")),
        Err(SetUpRefusal::Password(refusal)) => {
            again(StatusCode::UNPROCESSABLE_ENTITY, text::password_refused(language, refusal))
        }
        Err(SetUpRefusal::DoneNotSignedIn) => {
            let form = SignInForm { email, problem: Some(language.say("setup-done-sign-in")), ..SignInForm::default() };
            with_form(&visit, html(StatusCode::OK, &SignInPage { chrome: visit.chrome(), form }))
        }
        Err(SetUpRefusal::Busy) => later(BUSY_FOR, again(StatusCode::TOO_MANY_REQUESTS, language.say("sign-in-busy"))),
    })
}

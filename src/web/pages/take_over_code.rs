//! `/sign-in/take-over/mail` and `/sign-in/take-over/code`: somebody who was refused shows by a code that is mailed to them
//! that it is them.

use super::Chrome;
use super::answer::{Answer, html, later, see_other, throttled};
use super::second_step::{Wanted, continued};
use super::sign_in::{again_with_form, begin_again, going_on, with_next};
use crate::service::{MAIL_CODE_VALID, SignInRefusal};
use crate::web::extract::{FormOf, QueryOf, Visit};
use crate::web::moment::duration;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;

/// The page that asks for the code.
#[derive(Clone, Debug, Template)]
#[template(path = "take_over_code.html")]
pub struct TakeOverCodePage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Where the code was mailed.
    pub email: String,
    /// How long it works.
    pub text: String,
    /// Where to go afterwards, already found safe; empty for the account page.
    pub next: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
}

/// The fields of `POST /sign-in/take-over/code`.
#[derive(Deserialize)]
pub(super) struct CodeFields {
    #[serde(default)]
    code: String,
    next: Option<String>,
}

/// `POST /sign-in/take-over/mail`.
pub(super) async fn send(Ok(visit): Result<Visit, Infallible>, FormOf(wanted): FormOf<Wanted>) -> Answer {
    let next = wanted.next.as_deref();
    let Some(ask) = continued(&visit) else { return Ok(begin_again(&visit, next)) };
    Ok(match visit.app.innkeeper().ask_take_over_code(ask).await? {
        Ok(pending) => going_on(&visit, see_other(&with_next(&visit, "/sign-in/take-over/code", next)), &pending),
        Err(SignInRefusal::Throttled(wait)) => {
            let problem = throttled(visit.language(), wait);
            later(wait, again_with_form(&visit, StatusCode::TOO_MANY_REQUESTS, (String::new(), next, problem)))
        }
        Err(_) => over(&visit, next),
    })
}

/// `GET /sign-in/take-over/code`.
pub(super) async fn show(Ok(visit): Result<Visit, Infallible>, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    page(&visit, StatusCode::OK, (wanted.next.as_deref(), None)).await
}

/// `POST /sign-in/take-over/code`.
pub(super) async fn go_on(
    Ok(visit): Result<Visit, Infallible>,
    FormOf(CodeFields { code, next }): FormOf<CodeFields>,
) -> Answer {
    let next = next.as_deref();
    let Some(ask) = continued(&visit) else { return Ok(begin_again(&visit, next)) };
    Ok(match visit.app.innkeeper().prove_by_mail(ask, &code).await? {
        Ok(pending) => going_on(&visit, see_other(&with_next(&visit, "/sign-in/take-over", next)), &pending),
        Err(SignInRefusal::WrongCode) => {
            page(&visit, StatusCode::UNAUTHORIZED, (next, Some("mailed-code-wrong"))).await?
        }
        Err(_) => over(&visit, next),
    })
}

/// What was begun is over. Nothing is said of cookies: of two presses of a button the other answer has brought a new one.
fn over(visit: &Visit, next: Option<&str>) -> Response<Body> {
    again_with_form(visit, StatusCode::UNAUTHORIZED, (String::new(), next, visit.language().say("sign-in-over")))
}

async fn page(visit: &Visit, status: StatusCode, (next, problem): (Option<&str>, Option<&str>)) -> Answer {
    let mailed_to = match visit.pending() {
        Some(pending) => visit.app.innkeeper().code_mailed_to(pending).await?,
        None => None,
    };
    let Some(email) = mailed_to else { return Ok(begin_again(visit, next)) };
    let language = visit.language();
    let page = TakeOverCodePage {
        chrome: visit.chrome(),
        email,
        text: language.tell("mailed-code-text", &[("within", duration(language, MAIL_CODE_VALID).into())]),
        next: visit.safe_next(next),
        problem: problem.map(|key| language.say(key)),
    };
    Ok(html(status, &page))
}

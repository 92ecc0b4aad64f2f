//! `/sign-in`: the form, and what comes of it.

use super::Chrome;
use super::answer::{Answer, BUSY_FOR, html, later, see_other, throttled};
use super::refusal::RefusalPage;
use super::signed_out::told_why;
use crate::secret::PendingToken;
use crate::service::{SignIn, SignInRefusal, SignedInNow, TakeOver};
use crate::web::extract::{FormOf, QueryOf, Visit, Visitor, with_query};
use crate::web::metrics::SignedIn;
use askama::Template;
use axum::body::Body;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;

/// Asks Chromium's browsers for what their user agent no longer says, in time for the sign-in itself.
const ACCEPT_CH: HeaderName = HeaderName::from_static("accept-ch");
const HINTS: HeaderValue = HeaderValue::from_static("Sec-CH-UA-Platform-Version, Sec-CH-UA-Model");

/// Longest address that is shown again in the form, in characters.
const EMAIL_LENGTH_MAX: usize = 254;

/// The sign-in page.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The form.
    pub form: SignInForm,
}

/// The form, which the signed-out page has too.
#[derive(Clone, Debug, Default)]
pub struct SignInForm {
    /// The address, as it was given last.
    pub email: String,
    /// Where to go afterwards, already found safe; empty for the account page.
    pub next: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
    /// What was just done.
    pub done: Option<String>,
    /// Whether passkeys are taken in place of it.
    pub passkeys: bool,
    /// Whether a mail helps who has forgotten their password.
    pub mails: bool,
}

impl SignInForm {
    /// An empty form that leads to `next`, if that may be led to.
    pub(super) fn new(visit: &Visit, next: Option<&str>) -> Self {
        let innkeeper = visit.app.innkeeper();
        let (passkeys, mails) = (innkeeper.takes_passkeys(), innkeeper.sends_mail());
        Self { next: visit.safe_next(next), passkeys, mails, ..Self::default() }
    }
}

/// The query of `GET /sign-in`.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    next: Option<String>,
}

/// The fields of `POST /sign-in`.
#[derive(Deserialize)]
pub(super) struct SignInFields {
    email: String,
    password: String,
    next: Option<String>,
}

/// What every page with the form brings along.
pub(super) fn with_form(visit: &Visit, mut page: Response<Body>) -> Response<Body> {
    page.headers_mut().insert(ACCEPT_CH, HINTS);
    visit.with_device(page)
}

/// `GET /sign-in`.
pub(super) async fn show(visitor: Visitor, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let next = wanted.next.as_deref();
    let visit = match visitor {
        Visitor::SignedIn(signed_in) => return Ok(see_other(&way_on(&signed_in.visit, next))),
        Visitor::Over(over) => return Ok(told_why(StatusCode::OK, &over, next.unwrap_or_default())),
        Visitor::Nobody(visit) => visit,
    };
    let page = SignInPage { chrome: visit.chrome_of_sign_in().await?, form: SignInForm::new(&visit, next) };
    Ok(with_form(&visit, html(StatusCode::OK, &page)))
}

/// `POST /sign-in`.
pub(super) async fn sign_in(
    Ok(visit): Result<Visit, Infallible>,
    FormOf(SignInFields { email, password, next }): FormOf<SignInFields>,
) -> Answer {
    let shown: String = email.chars().take(EMAIL_LENGTH_MAX).collect();
    let ask = SignIn { email, password, browser: visit.browser(), client: visit.client() };
    let again = |status, problem| again_with_form(&visit, status, (shown, next.as_deref(), problem));
    let outcome = visit.app.innkeeper().sign_in(ask).await;
    visit.app.metrics().signed_in(SignedIn::of_person(&outcome));
    Ok(answered(&visit, next.as_deref(), outcome?, again))
}

/// The form once more, with the address as it was given and what was wrong.
pub(super) fn again_with_form(
    visit: &Visit,
    status: StatusCode,
    (email, next, problem): (String, Option<&str>, String),
) -> Response<Body> {
    let form = SignInForm { email, problem: Some(problem), ..SignInForm::new(visit, next) };
    let here = Some(with_query(&visit.address("/sign-in"), "next", &form.next));
    with_form(visit, html(status, &SignInPage { chrome: Chrome { here, ..visit.chrome() }, form }))
}

/// What comes of a sign-in, at whichever step it is; `again` asks for the same once more and says what was wrong.
pub(super) fn answered(
    visit: &Visit,
    next: Option<&str>,
    outcome: Result<SignedInNow, SignInRefusal>,
    again: impl FnOnce(StatusCode, String) -> Response<Body>,
) -> Response<Body> {
    let language = visit.language();
    let with_next = |path: &str| with_next(visit, path, next);
    match outcome {
        Ok(started) => signed_in(visit, next, &started),
        Err(SignInRefusal::FactorNeeded(pending)) => {
            going_on(visit, see_other(&with_next("/sign-in/second-step")), &pending)
        }
        Err(SignInRefusal::SetUpNeeded(pending)) => going_on(visit, see_other(&with_next("/sign-in/set-up")), &pending),
        Err(SignInRefusal::WrongCredentials) => again(StatusCode::UNAUTHORIZED, language.say("wrong-credentials")),
        Err(SignInRefusal::WrongCode) => again(StatusCode::UNAUTHORIZED, language.say("wrong-code")),
        Err(SignInRefusal::WrongPasskey) => again(StatusCode::UNAUTHORIZED, language.say("wrong-passkey")),
        Err(SignInRefusal::Over) => begin_again(visit, next),
        Err(SignInRefusal::Busy) => later(BUSY_FOR, again(StatusCode::TOO_MANY_REQUESTS, language.say("sign-in-busy"))),
        Err(SignInRefusal::Throttled(wait)) => {
            later(wait, again(StatusCode::TOO_MANY_REQUESTS, throttled(language, wait)))
        }
        Err(SignInRefusal::CodesSpent) => again(StatusCode::TOO_MANY_REQUESTS, language.say("codes-spent")),
        Err(SignInRefusal::AlreadyLoggedIn { reference, role, idle_timeout, pending, take_over }) => {
            let form = SignInForm::new(visit, next);
            let page = RefusalPage::new(visit.chrome(), (&reference, role, idle_timeout), form.next);
            let page = RefusalPage {
                continue_url: (take_over == TakeOver::Offered).then(|| with_next("/sign-in/take-over")),
                by_mail: take_over == TakeOver::ByMail,
                too_many: take_over == TakeOver::TooMany,
                goes_on: pending.is_some(),
                ..page
            };
            let page = visit.with_device(html(StatusCode::CONFLICT, &page));
            match pending {
                Some(pending) => going_on(visit, page, &pending),
                None => without_pending(visit, page),
            }
        }
    }
}

/// The address of a further step, with where they want to go, if that may be led to.
pub(super) fn with_next(visit: &Visit, path: &str, next: Option<&str>) -> String {
    match visit.app.site().next(next) {
        Some(next) => with_query(&visit.address(path), "next", next.as_str()),
        None => visit.address(path),
    }
}

/// The sign-in page, for somebody who has to begin again.
pub(super) fn begin_again(visit: &Visit, next: Option<&str>) -> Response<Body> {
    told(visit, (StatusCode::UNAUTHORIZED, "sign-in-over"), next)
}

/// The sign-in page with a sentence.
pub(super) fn told(visit: &Visit, (status, key): (StatusCode, &str), next: Option<&str>) -> Response<Body> {
    let page = again_with_form(visit, status, (String::new(), next, visit.language().say(key)));
    without_pending(visit, page)
}

/// Gives the browser what it goes on with.
pub(super) fn going_on(visit: &Visit, mut answer: Response<Body>, pending: &PendingToken) -> Response<Body> {
    answer.headers_mut().append(SET_COOKIE, visit.app.site().cookies.set_pending(pending.reveal()));
    answer
}

/// Takes from the browser what it went on with, if there is something.
fn without_pending(visit: &Visit, mut answer: Response<Body>) -> Response<Body> {
    if visit.pending().is_some() {
        answer.headers_mut().append(SET_COOKIE, visit.app.site().cookies.clear_pending());
    }
    answer
}

pub(super) fn signed_in(visit: &Visit, next: Option<&str>, started: &SignedInNow) -> Response<Body> {
    with_session(visit, see_other(&way_on(visit, next)), started)
}

/// An answer to somebody whose session has just started.
pub(super) fn with_session(visit: &Visit, answer: Response<Body>, started: &SignedInNow) -> Response<Body> {
    let mut answer = without_pending(visit, answer);
    let cookies = &visit.app.site().cookies;
    answer.headers_mut().append(SET_COOKIE, cookies.set_session(started.token.reveal()));
    answer.headers_mut().append(SET_COOKIE, cookies.set_device(started.device.reveal()));
    answer
}

/// Where somebody goes who is signed in.
fn way_on(visit: &Visit, next: Option<&str>) -> String {
    let site = visit.app.site();
    site.next(next).map_or_else(|| site.landing(), |next| next.to_string())
}

//! `/account/security/email` and `/confirm-email`: somebody shows that they read what is mailed to their address.

use super::Chrome;
use super::answer::{Answer, html, later, see_other, throttled};
use crate::secret::ConfirmationCode;
use crate::service::MailRefusal;
use crate::web::extract::{FormOf, QueryOf, SignedIn, Visit};
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;

/// The page that says that a mail is on its way, or why none is.
#[derive(Clone, Debug, Template)]
#[template(path = "email_asked.html")]
pub struct EmailAskedPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Where the mail goes; `None` where none is sent.
    pub sent_to: Option<String>,
    /// Why none is sent.
    pub problem: Option<String>,
}

/// The page to which the link of the mail leads.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_email.html")]
pub struct ConfirmEmailPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The address; `None` where the link is worth nothing.
    pub email: Option<String>,
    /// The code of the link.
    pub code: String,
    /// Whether it has been confirmed just now.
    pub done: bool,
}

/// What the link carries, in the query of `GET /confirm-email` and in the form of its `POST`.
#[derive(Default, Deserialize)]
pub(super) struct Linked {
    #[serde(default)]
    code: String,
}

/// `POST /account/security/email`.
pub(super) async fn send(signed_in: SignedIn) -> Answer {
    let (visit, language) = (&signed_in.visit, signed_in.visit.language());
    let outcome = visit.app.innkeeper().ask_confirmation(&signed_in.view, &visit.client()).await?;
    let page = |sent_to, problem| EmailAskedPage { chrome: signed_in.chrome(), sent_to, problem };
    Ok(match outcome {
        Ok(email) => html(StatusCode::OK, &page(Some(email), None)),
        Err(MailRefusal::NothingToConfirm) => see_other(&visit.address("/account/security")),
        Err(MailRefusal::NoMail) => html(StatusCode::CONFLICT, &page(None, Some(language.say("email-no-mail")))),
        Err(MailRefusal::Throttled(wait)) => {
            let problem = Some(throttled(language, wait));
            later(wait, html(StatusCode::TOO_MANY_REQUESTS, &page(None, problem)))
        }
    })
}

/// `GET /confirm-email`. It confirms nothing by itself: what looks through mails opens links, too.
pub(super) async fn show(Ok(visit): Result<Visit, Infallible>, QueryOf(Linked { code }): QueryOf<Linked>) -> Answer {
    let user = match ConfirmationCode::hash_presented(&code) {
        Some(hash) => visit.app.innkeeper().confirmation_of(hash).await?,
        None => None,
    };
    Ok(page(&visit, (user.and_then(|user| user.email), code), false))
}

/// `POST /confirm-email`.
pub(super) async fn confirm(Ok(visit): Result<Visit, Infallible>, FormOf(Linked { code }): FormOf<Linked>) -> Answer {
    let user = match ConfirmationCode::hash_presented(&code) {
        Some(hash) => visit.app.innkeeper().confirm_email(hash).await?,
        None => None,
    };
    Ok(page(&visit, (user.and_then(|user| user.email), code), true))
}

fn page(visit: &Visit, (email, code): (Option<String>, String), done: bool) -> Response<Body> {
    let status = if email.is_some() { StatusCode::OK } else { StatusCode::GONE };
    html(status, &ConfirmEmailPage { chrome: visit.chrome(), done: done && email.is_some(), email, code })
}

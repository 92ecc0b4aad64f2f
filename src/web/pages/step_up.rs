//! `/account/step-up`: the password once more, or a passkey, before something sensitive.

use super::Chrome;
use super::answer::{Answer, BUSY_FOR, html, later, see_other, throttled, with_token};
use super::passkeys::question;
use crate::domain::factor::FactorKind;
use crate::service::StepUpRefusal;
use crate::web::extract::{FormOf, QueryOf, SignedIn};
use crate::web::moment::duration;
use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use std::time::Duration;

/// The step-up page.
#[derive(Clone, Debug, Template)]
#[template(path = "step_up.html")]
pub struct StepUpPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The address or id of the person, for them and for their password manager.
    pub login: String,
    /// Why it is asked, with how old a proof may be.
    pub why: String,
    /// Whether a code is asked for, too.
    pub with_code: bool,
    /// Whether that may be one of an app, and not only a recovery code.
    pub with_app: bool,
    /// Whether a passkey will do instead of all that.
    pub passkey: bool,
    /// The path to go to afterwards, already found safe.
    pub then: String,
    /// What was wrong with the last attempt, such as a wrong password.
    pub problem: Option<String>,
}

/// The query of `GET /account/step-up`.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    then: Option<String>,
}

/// The fields of `POST /account/step-up`.
#[derive(Deserialize)]
pub(super) struct StepUpFields {
    #[serde(default)]
    password: String,
    answer: Option<String>,
    code: Option<String>,
    then: Option<String>,
}

/// `GET /account/step-up`.
pub(super) async fn show(signed_in: SignedIn, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let then = way_on(&signed_in, wanted.then.as_deref());
    // Whoever comes back to the question with a fresh proof has nothing to answer.
    if is_fresh(&signed_in) {
        return Ok(see_other(&then));
    }
    page(&signed_in, StatusCode::OK, (then, None)).await
}

/// Whether their last proof is young enough for what is sensitive. Looked at again under the lock.
pub(super) fn is_fresh(signed_in: &SignedIn) -> bool {
    signed_in.session.now < signed_in.view.proved_at + within(signed_in)
}

/// `POST /account/step-up`.
pub(super) async fn step_up(signed_in: SignedIn, FormOf(fields): FormOf<StepUpFields>) -> Answer {
    let then = way_on(&signed_in, fields.then.as_deref());
    let (innkeeper, language) = (signed_in.visit.app.innkeeper(), signed_in.visit.language());
    let (code, browser) = (fields.code.unwrap_or_default(), signed_in.visit.browser());
    let outcome = match fields.answer {
        Some(answer) => innkeeper.step_up_by_passkey(&signed_in.view, &answer, browser).await?,
        None => innkeeper.step_up_by_password(&signed_in.session.id, (fields.password, &code), browser).await?,
    };
    Ok(match outcome {
        Ok(token) => with_token(&signed_in.visit, see_other(&then), &token),
        // Whose session has ended meanwhile is told so there. Where another page was faster, the browser has got its cookie
        // with that answer, and keeps it: this one says nothing about cookies.
        Err(StepUpRefusal::SessionOver) => see_other(&then),
        Err(StepUpRefusal::WrongPassword) => {
            page(&signed_in, StatusCode::UNAUTHORIZED, (then, Some(language.say("wrong-password")))).await?
        }
        Err(StepUpRefusal::WrongCode) => {
            page(&signed_in, StatusCode::UNAUTHORIZED, (then, Some(language.say("wrong-code")))).await?
        }
        Err(StepUpRefusal::WrongPasskey) => {
            page(&signed_in, StatusCode::UNAUTHORIZED, (then, Some(language.say("wrong-passkey")))).await?
        }
        Err(StepUpRefusal::CodesSpent) => {
            page(&signed_in, StatusCode::TOO_MANY_REQUESTS, (then, Some(language.say("codes-spent-within")))).await?
        }
        Err(StepUpRefusal::Busy) => {
            let busy = Some(language.say("sign-in-busy"));
            later(BUSY_FOR, page(&signed_in, StatusCode::TOO_MANY_REQUESTS, (then, busy)).await?)
        }
        Err(StepUpRefusal::Throttled(wait)) => {
            let problem = Some(throttled(language, wait));
            later(wait, page(&signed_in, StatusCode::TOO_MANY_REQUESTS, (then, problem)).await?)
        }
    })
}

/// `POST /account/step-up/options`.
pub(super) async fn options(signed_in: SignedIn) -> Answer {
    question(signed_in.visit.app.innkeeper().ask_own_passkey(&signed_in.view).await?)
}

async fn page(signed_in: &SignedIn, status: StatusCode, (then, problem): (String, Option<String>)) -> Answer {
    let innkeeper = signed_in.visit.app.innkeeper();
    let factors = innkeeper.factors(signed_in.view.user_no).await?;
    let has = |kind| factors.iter().any(|factor| factor.kind == kind);
    let (user, language) = (&signed_in.session.user, signed_in.visit.language());
    let page = StepUpPage {
        chrome: signed_in.chrome(),
        login: user.email.clone().unwrap_or_else(|| user.id.to_string()),
        why: language.tell("step-up-why", &[("within", duration(language, within(signed_in)).into())]),
        with_code: !factors.is_empty(),
        with_app: has(FactorKind::Totp),
        passkey: has(FactorKind::Passkey) && innkeeper.takes_passkeys(),
        then,
        problem,
    };
    Ok(html(status, &page))
}

/// How old a proof may be for what is sensitive.
fn within(signed_in: &SignedIn) -> Duration {
    let plan = signed_in.account.as_ref().map_or("", |account| &account.plan);
    signed_in.visit.app.innkeeper().policies().of(plan, signed_in.session.now).step_up_within
}

/// Only our own account and support pages ask for a step-up, so it leads nowhere else.
fn way_on(signed_in: &SignedIn, then: Option<&str>) -> String {
    let own = ["/account/", "/support/"].map(|path| signed_in.visit.address(path));
    let is_own = |then: &str| own.iter().any(|path| then.starts_with(path));
    let then = signed_in.visit.app.site().next(then).filter(|then| is_own(then.as_str()));
    then.map_or_else(|| signed_in.visit.address("/account/sessions"), |then| then.to_string())
}

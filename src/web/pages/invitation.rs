//! `/invitation`: where the link of an invitation leads, and whoever was invited joins with a name and a password.

use super::Chrome;
use super::answer::{Answer, BUSY_FOR, html, later, see_other};
use super::password_advice::{PasswordAdvicePage, advice};
use super::sign_in::{SignInForm, SignInPage, going_on, signed_in, with_form, with_session};
use crate::domain::account::Account;
use crate::domain::invitation::Invitation;
use crate::domain::user::{NAME_LENGTH_MAX, is_name};
use crate::secret::InvitationCode;
use crate::service::{Join, JoinRefusal, SignedInNow};
use crate::web::extract::{FormOf, QueryOf, Visit, Visitor};
use crate::web::moment::Reader;
use crate::web::text;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;

/// The page on which somebody joins.
#[derive(Clone, Debug, Template)]
#[template(path = "invitation.html")]
pub struct InvitationPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Who invites: the account's name.
    pub account: String,
    /// The address that will be their login.
    pub email: String,
    /// What their role will be called.
    pub role: String,
    /// Until when, in words.
    pub until: String,
    /// The code of the link.
    pub code: String,
    /// The name, as it was given last.
    pub name: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
    /// Who is signed in in this browser, and would not be any more.
    pub instead_of: Option<String>,
}

/// The page of an invitation that is worth nothing.
#[derive(Clone, Debug, Template)]
#[template(path = "invitation_gone.html")]
pub struct InvitationGonePage {
    /// What surrounds it.
    pub chrome: Chrome,
}

/// The query of `GET /invitation`.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    code: Option<String>,
}

/// The fields of `POST /invitation`.
#[derive(Deserialize)]
pub(super) struct JoinFields {
    code: String,
    name: String,
    password: String,
}

/// `GET /invitation`.
pub(super) async fn show(visitor: Visitor, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let (visit, instead_of) = who_is_there(&visitor);
    let code = asked.code.unwrap_or_default();
    let Some((invitation, account)) = found(visit, &code).await? else { return Ok(gone(visit)) };
    let page = page(visit, (&invitation, &account), code);
    Ok(with_form(visit, html(StatusCode::OK, &InvitationPage { instead_of, ..page })))
}

/// The visit, and who is signed in in this browser.
fn who_is_there(visitor: &Visitor) -> (&Visit, Option<String>) {
    match visitor {
        Visitor::SignedIn(signed_in) => (&signed_in.visit, Some(signed_in.called().to_owned())),
        Visitor::Over(over) => (&over.visit, None),
        Visitor::Nobody(visit) => (visit, None),
    }
}

async fn found(visit: &Visit, code: &str) -> Result<Option<(Invitation, Account)>, crate::web::problem::Problem> {
    let Some(code) = InvitationCode::hash_presented(code) else { return Ok(None) };
    Ok(visit.app.innkeeper().invitation(&code).await?)
}

fn gone(visit: &Visit) -> Response<Body> {
    html(StatusCode::GONE, &InvitationGonePage { chrome: Chrome { here: None, ..visit.chrome() } })
}

fn page(visit: &Visit, (invitation, account): (&Invitation, &Account), code: String) -> InvitationPage {
    let language = visit.language();
    let reader = Reader { language, zone: &account.time_zone, now: invitation.created_at };
    let until = reader.absolute(invitation.expires_at);
    InvitationPage {
        chrome: visit.chrome(),
        account: account.name.clone(),
        email: invitation.email.clone(),
        role: text::role(language, invitation.role),
        until: language.tell("invited-until", &[("until", until.into())]),
        code,
        name: String::new(),
        problem: None,
        instead_of: None,
    }
}

/// What follows for somebody who is new and signed in: the account page, or advice on their password first.
pub(super) async fn joined(
    visit: &Visit,
    done: &str,
    (started, password, known): (&SignedInNow, &str, &[&str]),
) -> Response<Body> {
    let page = |strength| {
        let next = visit.address("/account");
        PasswordAdvicePage::new(visit.chrome(), visit.language().say(done), (strength, next))
    };
    match advice(visit, (password, known), page).await {
        Some(page) => with_session(visit, page, started),
        None => signed_in(visit, None, started),
    }
}

/// `POST /invitation`.
pub(super) async fn join(visitor: Visitor, FormOf(fields): FormOf<JoinFields>) -> Answer {
    let (visit, instead_of) = who_is_there(&visitor);
    let language = visit.language();
    let Some((invitation, account)) = found(visit, &fields.code).await? else { return Ok(gone(visit)) };
    let Some(code) = InvitationCode::hash_presented(&fields.code) else { return Ok(gone(visit)) };
    let name: String = fields.name.trim().chars().take(NAME_LENGTH_MAX).collect();
    let named = name.is_empty() || is_name(&name);
    let again = |status, problem: String| {
        let page = page(visit, (&invitation, &account), fields.code.clone());
        let (name, instead_of) = (name.clone(), instead_of.clone());
        let page = InvitationPage { name, instead_of, problem: Some(problem), ..page };
        with_form(visit, html(status, &page))
    };
    if !named {
        return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, language.say("join-name-refused")));
    }
    let ask = Join {
        code,
        name: Some(name.clone()).filter(|name| !name.is_empty()),
        password: fields.password.clone(),
        browser: visit.browser(),
        client: visit.client(),
    };
    Ok(match visit.app.innkeeper().join(ask).await? {
        Ok(started) => {
            let known = [invitation.email.as_str(), account.name.as_str(), name.as_str()];
            joined(visit, "advice-joined", (&started, &fields.password, &known)).await
        }
        Err(JoinRefusal::Gone) => gone(visit),
        Err(JoinRefusal::Password(refusal)) => {
            again(StatusCode::UNPROCESSABLE_ENTITY, text::password_refused(language, refusal))
        }
        Err(JoinRefusal::EmailTaken) => again(StatusCode::CONFLICT, language.say("join-email-taken")),
        Err(JoinRefusal::AccountSuspended) => again(StatusCode::CONFLICT, language.say("join-suspended")),
        Err(JoinRefusal::NoStaffLoginLeft) => again(StatusCode::CONFLICT, language.say("join-full")),
        Err(JoinRefusal::SetUpNeeded(pending)) => {
            going_on(visit, see_other(&visit.address("/sign-in/set-up")), &pending)
        }
        Err(JoinRefusal::JoinedNotSignedIn) => {
            let problem = Some(language.say("join-done-sign-in"));
            let form = SignInForm { email: invitation.email.clone(), problem, ..SignInForm::default() };
            with_form(visit, html(StatusCode::OK, &SignInPage { chrome: visit.chrome(), form }))
        }
        Err(JoinRefusal::Busy) => later(BUSY_FOR, again(StatusCode::TOO_MANY_REQUESTS, language.say("sign-in-busy"))),
    })
}

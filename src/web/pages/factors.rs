//! `/account/security/…`: setting a second factor up, taking one away, and the recovery codes beside them.

use super::Chrome;
use super::answer::{Answer, barred, barred_typed, html, not_found, see_other};
use super::step_up::is_fresh;
use crate::domain::device::DEVICE_NAME_LENGTH_MAX;
use crate::domain::factor::{Factor, FactorKind, FactorState};
use crate::domain::id::FactorId;
use crate::secret::RecoveryCode;
use crate::service::{Barred, FactorAdded, FactorRefusal};
use crate::totp;
use crate::web::extract::{FormOf, QueryOf, SignedIn, Visit, with_query};
use crate::web::moment::{Reader, When};
use crate::web::problem::Problem;
use crate::web::qr::{Qr, qr};
use crate::web::text::Language;
use askama::Template;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Response, StatusCode};
use serde::Deserialize;

const SECURITY: &str = "/account/security";
const TOTP: &str = "/account/security/totp";
const CODES: &str = "/account/security/recovery-codes";

/// The page that sets an app up.
#[derive(Clone, Debug, Template)]
#[template(path = "totp.html")]
pub struct TotpPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What the app is given.
    pub given: AppSecret,
    /// The name, as it was given last.
    pub name: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
}

/// What an app is given that is set up.
#[derive(Clone, Debug)]
pub struct AppSecret {
    /// What it reads with its camera.
    pub qr: Option<Qr>,
    /// The same for an app on this device.
    pub address: String,
    /// The secret, as it is typed.
    pub spelt: String,
}

impl AppSecret {
    pub(super) fn new(visit: &Visit, secret: &FactorState, login: &str) -> Self {
        let issuer = visit.app.site().public_url.host_str().unwrap_or("Innkeeper");
        let address = totp::address(&secret.0, issuer, login).unwrap_or_default();
        Self { qr: qr(&address), address, spelt: totp::spelt(&secret.0) }
    }
}

/// The page that shows recovery codes, this once.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery_codes.html")]
pub struct CodesPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What was done before they were made.
    pub notice: Option<String>,
    /// The codes.
    pub codes: Vec<String>,
    /// Where to go afterwards, of somebody who is not signed in yet: already found safe, empty for the account page.
    pub signing_in: Option<String>,
}

/// The page that asks before something is taken away or replaced.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_factor.html")]
pub struct ConfirmFactorPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The factor that goes; `None` where the recovery codes are replaced.
    pub factor: Option<FactorRow>,
    /// Why it stays.
    pub problem: Option<String>,
}

/// A second factor.
#[derive(Clone, Debug)]
pub struct FactorRow {
    /// Its public id.
    pub id: String,
    /// What it is, in words.
    pub kind: String,
    /// Whether it is a passkey, and else an app.
    pub is_passkey: bool,
    /// What its user calls it.
    pub name: String,
    /// Since when they have it.
    pub added: When,
    /// When it proved something last.
    pub used: Option<When>,
}

impl FactorRow {
    pub(super) fn new(reader: &Reader<'_>, factor: &Factor) -> Self {
        Self {
            id: factor.id.to_string(),
            kind: reader.language.say(&format!("factor-kind-{}", factor.kind.as_str())),
            is_passkey: factor.kind == FactorKind::Passkey,
            name: factor.name.clone(),
            added: reader.when(factor.created_at),
            used: factor.last_used_at.map(|at| reader.when(at)),
        }
    }
}

/// The fields of `POST /account/security/totp`.
#[derive(Deserialize)]
pub(super) struct TotpFields {
    name: String,
    code: String,
}

/// The query of a page that asks for a factor: what was typed before a step-up.
#[derive(Default, Deserialize)]
pub(super) struct Typed {
    pub(super) name: Option<String>,
}

impl Typed {
    /// The name that was typed, or the one that is offered.
    pub(super) fn name_or(self, language: Language, key: &str) -> String {
        self.name.map_or_else(|| language.say(key), |name| name.chars().take(DEVICE_NAME_LENGTH_MAX).collect())
    }

    /// What stands in the way, and the way back to the page at this path.
    pub(super) fn barred(&self, signed_in: &SignedIn, (why, path): (Barred, &str)) -> Answer {
        let name = self.name.as_deref().map(|name| ("name", name));
        barred_typed(signed_in, why, (path, name.as_slice()))
    }
}

/// `GET /account/security/totp`.
pub(super) async fn ask_totp(signed_in: SignedIn, QueryOf(typed): QueryOf<Typed>) -> Answer {
    if !is_fresh(&signed_in) {
        return typed.barred(&signed_in, (Barred::NeedsStepUp, TOTP));
    }
    let name = typed.name_or(signed_in.visit.language(), "factor-name-given");
    totp_page(&signed_in, StatusCode::OK, (name, None)).await
}

/// `POST /account/security/totp`.
pub(super) async fn add_totp(signed_in: SignedIn, FormOf(TotpFields { name, code }): FormOf<TotpFields>) -> Answer {
    let added = signed_in.visit.app.innkeeper().add_totp(&signed_in.view, (&name, &code)).await?;
    let words = Words { here: TOTP, done: "factor-added", wrong: "totp-wrong-code", over: "totp-over" };
    match added_or(&signed_in, added, (&name, &words))? {
        Added::Answered(answer) => Ok(answer),
        Added::Again(status, problem) => totp_page(&signed_in, status, (name, Some(problem))).await,
    }
}

/// Where a second factor of some kind is set up, and the keys of what is said of it.
pub(super) struct Words {
    pub(super) here: &'static str,
    pub(super) done: &'static str,
    /// What came proves nothing.
    pub(super) wrong: &'static str,
    /// What was asked is no longer open.
    pub(super) over: &'static str,
}

/// What comes of a second factor that was to be set up.
pub(super) enum Added {
    /// It is, or somebody may not.
    Answered(Response<Body>),
    /// The page once more, with what was wrong.
    Again(StatusCode, String),
}

/// What is answered to whoever sets a second factor up, of whichever kind.
pub(super) fn added_or(
    signed_in: &SignedIn,
    added: Result<FactorAdded, FactorRefusal>,
    (name, words): (&str, &Words),
) -> Result<Added, Problem> {
    let language = signed_in.visit.language();
    let (status, key) = match added {
        Ok(added) if added.codes.is_empty() => {
            let security = signed_in.visit.address(SECURITY);
            return Ok(Added::Answered(see_other(&with_query(&security, "done", words.done))));
        }
        Ok(added) => {
            let notice = language.count(words.done, added.ended);
            return Ok(Added::Answered(codes_page(signed_in, Some(notice), &added.codes)));
        }
        Err(FactorRefusal::Barred(why)) => {
            return Typed { name: Some(name.to_owned()) }.barred(signed_in, (why, words.here)).map(Added::Answered);
        }
        Err(FactorRefusal::WrongCode | FactorRefusal::NotMade) => (StatusCode::UNPROCESSABLE_ENTITY, words.wrong),
        Err(FactorRefusal::NotAName) => (StatusCode::UNPROCESSABLE_ENTITY, "factor-name-refused"),
        Err(FactorRefusal::Over) => (StatusCode::CONFLICT, words.over),
        Err(FactorRefusal::TooMany) => (StatusCode::CONFLICT, "factors-too-many"),
        // Of what is added, only a passkey can be one that somebody has: this one, added a moment ago.
        Err(FactorRefusal::NotFound | FactorRefusal::Required) => (StatusCode::CONFLICT, "passkey-known"),
    };
    Ok(Added::Again(status, language.say(key)))
}

async fn totp_page(signed_in: &SignedIn, status: StatusCode, (name, problem): (String, Option<String>)) -> Answer {
    let secret = signed_in.visit.app.innkeeper().totp_set_up(&signed_in.view).await?;
    let user = &signed_in.session.user;
    let login = user.email.as_deref().unwrap_or(user.id.as_str());
    let given = AppSecret::new(&signed_in.visit, &secret, login);
    Ok(html(status, &TotpPage { chrome: signed_in.chrome(), given, name, problem }))
}

/// `GET /account/security/factors/{id}/remove`.
pub(super) async fn ask_remove(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let factor = own(&signed_in, &id).await?;
    if !is_fresh(&signed_in) {
        return barred(&signed_in, Barred::NeedsStepUp, &format!("{SECURITY}/factors/{id}/remove"));
    }
    let factor = Some(FactorRow::new(&signed_in.reader(), &factor));
    Ok(html(StatusCode::OK, &ConfirmFactorPage { chrome: signed_in.chrome(), factor, problem: None }))
}

/// `POST /account/security/factors/{id}/remove`.
pub(super) async fn remove(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let factor = own(&signed_in, &id).await?;
    match signed_in.visit.app.innkeeper().remove_factor(&signed_in.view, &factor.id).await? {
        Ok(_) => {
            let done = if factor.kind == FactorKind::Passkey { "passkey-removed" } else { "factor-removed" };
            Ok(see_other(&with_query(&signed_in.visit.address(SECURITY), "done", done)))
        }
        Err(FactorRefusal::Barred(why)) => barred(&signed_in, why, &format!("{SECURITY}/factors/{id}/remove")),
        Err(FactorRefusal::Required) => {
            let (chrome, problem) = (signed_in.chrome(), Some(signed_in.visit.language().say("factor-required")));
            let factor = Some(FactorRow::new(&signed_in.reader(), &factor));
            Ok(html(StatusCode::CONFLICT, &ConfirmFactorPage { chrome, factor, problem }))
        }
        Err(_) => Err(not_found()),
    }
}

/// `GET /account/security/recovery-codes`.
pub(super) async fn ask_codes(signed_in: SignedIn) -> Answer {
    if !is_fresh(&signed_in) {
        return barred(&signed_in, Barred::NeedsStepUp, CODES);
    }
    Ok(html(StatusCode::OK, &ConfirmFactorPage { chrome: signed_in.chrome(), factor: None, problem: None }))
}

/// `POST /account/security/recovery-codes`.
pub(super) async fn make_codes(signed_in: SignedIn) -> Answer {
    match signed_in.visit.app.innkeeper().make_recovery_codes(&signed_in.view).await? {
        Ok(codes) => Ok(codes_page(&signed_in, None, &codes)),
        Err(FactorRefusal::Barred(why)) => barred(&signed_in, why, CODES),
        // Whoever has no second factor is shown how to get one.
        Err(_) => Ok(see_other(&signed_in.visit.address(SECURITY))),
    }
}

async fn own(signed_in: &SignedIn, id: &str) -> Result<Factor, Problem> {
    let id = FactorId::new(id).map_err(|_| not_found())?;
    let factors = signed_in.visit.app.innkeeper().factors(signed_in.view.user_no).await?;
    factors.into_iter().find(|factor| factor.id == id).ok_or_else(not_found)
}

fn codes_page(signed_in: &SignedIn, notice: Option<String>, codes: &[RecoveryCode]) -> Response<Body> {
    let codes = codes.iter().map(RecoveryCode::reveal).collect();
    html(StatusCode::OK, &CodesPage { chrome: signed_in.chrome(), notice, codes, signing_in: None })
}

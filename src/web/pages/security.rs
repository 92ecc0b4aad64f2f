//! `/account/security`: the last sign-ins, refused attempts since, and the ways to the sessions and to the password.

use super::Chrome;
use super::answer::{Answer, html};
use super::device::DeviceWords;
use super::factors::FactorRow;
use super::history::just_done_by_oneself;
use super::sessions::{JUST_NOW, own};
use crate::domain::event::kind;
use crate::service::StateFilter;
use crate::web::extract::{QueryOf, SignedIn};
use crate::web::moment::When;
use crate::web::problem::Problem;
use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

/// How many sign-ins the page shows, besides the one that the person is in.
const SIGN_INS: u16 = 2;

/// Most live sessions that are counted.
const LIVE_MAX: u16 = 200;

/// The security page.
#[derive(Clone, Debug, Template)]
#[template(path = "security.html")]
pub struct SecurityPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What an action just did; it takes the focus.
    pub notice: Option<String>,
    /// The last sign-ins, newest first.
    pub sign_ins: Vec<SignInRow>,
    /// How many sign-ins were refused since the oldest of these, in words.
    pub refused_count: String,
    /// The last of them.
    pub refused_last: Option<When>,
    /// Their address, if they have one.
    pub email: Option<EmailRow>,
    /// When the password was last set; somebody without one has no say about it here.
    pub password_set: Option<When>,
    /// Their second factors, oldest first.
    pub factors: Vec<FactorRow>,
    /// Whether a passkey can be added.
    pub passkeys: bool,
    /// How many recovery codes are left, in words; `None` without a second factor.
    pub codes_left: Option<String>,
    /// How many live sessions they have, in words.
    pub live: String,
    /// How many of those sessions elsewhere deserve a look, in words.
    pub unfamiliar: Option<String>,
}

/// The address of somebody's login.
#[derive(Clone, Debug)]
pub struct EmailRow {
    /// It.
    pub email: String,
    /// When it was shown that they read what is mailed there.
    pub confirmed: Option<When>,
    /// Whether they can show it by a mail.
    pub can_confirm: bool,
}

/// A sign-in.
#[derive(Clone, Debug)]
pub struct SignInRow {
    /// From what, and where.
    pub device: DeviceWords,
    /// When.
    pub at: When,
    /// Whether it is the one of this very session.
    pub here: bool,
    /// Whether none came after it.
    pub latest: bool,
}

/// The query of `/account/security`.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    password_changed: Option<u16>,
    done: Option<String>,
}

/// `/account/security`.
pub(super) async fn show(signed_in: SignedIn, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let reader = signed_in.reader();
    let language = reader.language;
    let mut sign_ins = own(&signed_in, StateFilter::All, SIGN_INS).await?;
    if sign_ins.iter().all(|view| view.id != signed_in.view.id) {
        sign_ins.push(signed_in.view.clone());
    }
    let live = own(&signed_in, StateFilter::Live, LIVE_MAX).await?;
    let here = &signed_in.session.id;
    let unfamiliar = live.iter().filter(|view| view.unfamiliar && view.id != *here).count() as u64;
    let since = sign_ins.last().map_or(signed_in.view.created_at, |view| view.created_at);
    let refused = signed_in.visit.app.innkeeper().refusals(signed_in.view.user_no, since).await?;
    // Whoever made up the address of this page may have made up that the password has changed.
    let changed_at = signed_in.visit.app.innkeeper().password_changed_at(signed_in.view.user_no).await?;
    let just_changed = changed_at.is_some_and(|at| reader.now < at + JUST_NOW);
    let innkeeper = signed_in.visit.app.innkeeper();
    let factors = innkeeper.factors(signed_in.view.user_no).await?;
    let codes_left = match factors.is_empty() {
        true => None,
        false => Some(innkeeper.recovery_codes_left(signed_in.view.user_no).await?),
    };
    let factor_done = match asked.done.as_deref() {
        Some("factor-added") => Some((kind::FACTOR_ADDED, "factor-added-done")),
        Some("passkey-added") => Some((kind::FACTOR_ADDED, "passkey-added-done")),
        Some("passkey-removed") => Some((kind::FACTOR_REMOVED, "passkey-removed-done")),
        Some("factor-removed") => Some((kind::FACTOR_REMOVED, "factor-removed-done")),
        _ => None,
    };
    let factor_done = match factor_done {
        Some((kind, key)) if !just_done_by_oneself(&signed_in, kind).await?.is_empty() => Some(language.say(key)),
        _ => None,
    };
    let rows = sign_ins.iter().enumerate().map(|(place, view)| SignInRow {
        device: DeviceWords::new(language, view),
        at: reader.when(view.created_at),
        here: view.id == *here,
        latest: place == 0,
    });
    let page = SecurityPage {
        chrome: signed_in.chrome(),
        notice: asked
            .password_changed
            .filter(|_| just_changed)
            .map(|ended| language.count("password-changed", ended.into()))
            .or(factor_done),
        sign_ins: rows.collect(),
        refused_count: language.count("sign-ins-refused-count", refused.count),
        refused_last: refused.last.map(|last| reader.when(last)),
        email: email_row(&signed_in).await?,
        password_set: changed_at.map(|at| reader.when(at)),
        factors: factors.iter().map(|factor| FactorRow::new(&reader, factor)).collect(),
        passkeys: innkeeper.takes_passkeys(),
        codes_left: codes_left.map(|left| language.count("codes-left", left.into())),
        live: language.count("security-sessions-count", live.len() as u64),
        unfamiliar: (unfamiliar > 0).then(|| language.count("security-sessions-unfamiliar", unfamiliar)),
    };
    Ok(html(StatusCode::OK, &page))
}

async fn email_row(signed_in: &SignedIn) -> Result<Option<EmailRow>, Problem> {
    let innkeeper = signed_in.visit.app.innkeeper();
    let Some(user) = innkeeper.user(&signed_in.session.user.id).await? else { return Ok(None) };
    let reader = signed_in.reader();
    Ok(user.email.map(|email| EmailRow {
        email,
        confirmed: user.email_confirmed_at.map(|at| reader.when(at)),
        can_confirm: innkeeper.sends_mail(),
    }))
}

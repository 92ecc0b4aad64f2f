//! `/sign-in/take-over`: what is in the way of somebody who has proved that it is them, and the way to end it and continue
//! here.

use super::Chrome;
use super::answer::{Answer, html};
use super::second_step::{Wanted, continued};
use super::sessions::SessionRow;
use super::sign_in::{answered, begin_again};
use crate::domain::id::SessionId;
use crate::web::extract::{FormOf, QueryOf, Visit};
use crate::web::metrics::SignedIn;
use crate::web::moment::Reader;
use crate::web::problem::Problem;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;

/// The page that lists what is in the way.
#[derive(Clone, Debug, Template)]
#[template(path = "take_over.html")]
pub struct TakeOverPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The sessions, the one that was last active first; none where they have ended meanwhile.
    pub sessions: Vec<SessionRow>,
    /// The zone of the times, in words.
    pub times: String,
    /// Where to go afterwards, already found safe; empty for the account page.
    pub next: String,
}

/// The fields of `POST /sign-in/take-over`. Without a session nothing is ended: they only try again for a place.
#[derive(Deserialize)]
pub(super) struct TakeOverFields {
    #[serde(default)]
    session: String,
    next: Option<String>,
}

/// `GET /sign-in/take-over`.
pub(super) async fn show(Ok(visit): Result<Visit, Infallible>, QueryOf(wanted): QueryOf<Wanted>) -> Answer {
    let page = page(&visit, wanted.next.as_deref()).await?;
    Ok(page.unwrap_or_else(|| begin_again(&visit, wanted.next.as_deref())))
}

/// `POST /sign-in/take-over`.
pub(super) async fn take_over(
    Ok(visit): Result<Visit, Infallible>,
    FormOf(TakeOverFields { session, next }): FormOf<TakeOverFields>,
) -> Answer {
    let next = next.as_deref();
    let Some(ask) = continued(&visit) else { return Ok(begin_again(&visit, next)) };
    let outcome = visit.app.innkeeper().take_over(ask, SessionId::new(session).ok()).await;
    visit.app.metrics().signed_in(SignedIn::of_person(&outcome));
    // Whatever is wrong now, what it was begun with is used up.
    Ok(answered(&visit, next, outcome?, |_, _| begin_again(&visit, next)))
}

async fn page(visit: &Visit, next: Option<&str>) -> Result<Option<Response<Body>>, Problem> {
    let innkeeper = visit.app.innkeeper();
    let Some(pending) = visit.pending() else { return Ok(None) };
    let Some((user, sessions)) = innkeeper.in_the_way(pending).await? else { return Ok(None) };
    let account = match &user.account_id {
        Some(id) => innkeeper.account(id).await?,
        None => None,
    };
    let zone = account.map_or_else(|| "UTC".to_owned(), |account| account.time_zone);
    let reader = Reader { language: visit.language(), zone: &zone, now: innkeeper.now().await? };
    let rows = sessions.iter().map(|view| SessionRow::told(&reader, view, (view.activity, false)));
    let page = TakeOverPage {
        chrome: visit.chrome(),
        sessions: rows.collect(),
        times: visit.language().tell("times-in", &[("zone", reader.zone.into())]),
        next: visit.safe_next(next),
    };
    Ok(Some(html(StatusCode::OK, &page)))
}

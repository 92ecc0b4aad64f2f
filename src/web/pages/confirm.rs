//! Questions before something ends, for browsers without script. With script the sessions page asks in a dialog.

use super::Chrome;
use super::answer::{Answer, barred, html, not_found, see_other};
use super::sessions::{Done, SessionRow, others_of};
use crate::domain::id::SessionId;
use crate::service::{ActedOn, SessionView};
use crate::web::extract::{SignedIn, with_query};
use crate::web::problem::Problem;
use askama::Template;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Response, StatusCode};

/// `/account/sessions/{id}/terminate`: "End this session?"
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_terminate.html")]
pub struct ConfirmTerminatePage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The session in question.
    pub session: SessionRow,
}

impl ConfirmTerminatePage {
    /// Where the answer is sent.
    pub fn action(&self) -> String {
        format!("{}/account/sessions/{}/terminate", self.chrome.base, self.session.id)
    }
}

/// `/account/sessions/end-others`: "End all other sessions?"
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_end_others.html")]
pub struct ConfirmEndOthersPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// How many would end, such as "2 sessions".
    pub count: String,
}

/// `GET /account/sessions/{id}/terminate`.
pub(super) async fn ask_terminate(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let view = own_session(&signed_in, id).await?;
    if view.end.is_some() {
        return Ok(back(&signed_in, &Done::Over(view.id)));
    }
    let session = SessionRow::new(&signed_in, &view);
    Ok(html(StatusCode::OK, &ConfirmTerminatePage { chrome: signed_in.chrome(), session }))
}

/// `POST /account/sessions/{id}/terminate`.
pub(super) async fn terminate(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let view = own_session(&signed_in, id).await?;
    let acted = signed_in.visit.app.innkeeper().terminate(&signed_in.view, &view.id).await?;
    Ok(match acted {
        ActedOn::Ended(_) if view.id == signed_in.session.id => {
            signed_in.visit.without_session(see_other(&signed_in.visit.address("/signed-out")))
        }
        ActedOn::Ended(0) => back(&signed_in, &Done::Over(view.id)),
        ActedOn::Ended(_) => back(&signed_in, &Done::Terminated(view.id)),
        ActedOn::NotFound => return Err(not_found()),
        ActedOn::Barred(why) => {
            return barred(&signed_in, why, &format!("/account/sessions/{}/terminate", view.id));
        }
    })
}

/// `GET /account/sessions/end-others`.
pub(super) async fn ask_end_others(signed_in: SignedIn) -> Answer {
    let others = others_of(&signed_in).await?;
    if others == 0 {
        return Ok(back(&signed_in, &Done::Others(0)));
    }
    let count = signed_in.visit.language().count("sessions-count", others);
    Ok(html(StatusCode::OK, &ConfirmEndOthersPage { count, chrome: signed_in.chrome() }))
}

/// `POST /account/sessions/end-others`.
pub(super) async fn end_others(signed_in: SignedIn) -> Answer {
    Ok(match signed_in.visit.app.innkeeper().end_others(&signed_in.view).await? {
        ActedOn::Ended(count) => back(&signed_in, &Done::Others(u16::try_from(count).unwrap_or(u16::MAX))),
        ActedOn::NotFound => return Err(not_found()),
        ActedOn::Barred(why) => return barred(&signed_in, why, "/account/sessions/end-others"),
    })
}

/// A session of theirs. Somebody else's answers as one that never was.
pub(super) async fn own_session(signed_in: &SignedIn, id: String) -> Result<SessionView, Problem> {
    let id = SessionId::new(id).map_err(|_| not_found())?;
    let found = signed_in.visit.app.innkeeper().session(&id).await?;
    found.filter(|view| view.user_no == signed_in.view.user_no).ok_or_else(not_found)
}

pub(super) fn back(signed_in: &SignedIn, done: &Done) -> Response<Body> {
    see_other(&with_query(&signed_in.visit.address("/account/sessions"), "done", &done.to_string()))
}

/// Their own session ended while they acted: the page they are sent to tells them why.
pub(super) fn actor_over(signed_in: &SignedIn) -> Response<Body> {
    see_other(&signed_in.visit.address("/account/sessions"))
}

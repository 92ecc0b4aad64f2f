//! `/account/sessions/{id}/name`: the name that a person gives the device of a session. With script the sessions page asks
//! in a dialog.

use super::Chrome;
use super::answer::{Answer, html, not_found};
use super::confirm::{actor_over, back, own_session};
use super::sessions::{Done, SessionRow};
use crate::domain::device::DeviceName;
use crate::service::{Named, SessionView};
use crate::web::extract::{FormOf, SignedIn};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;

/// The page that asks for a name.
#[derive(Clone, Debug, Template)]
#[template(path = "name.html")]
pub struct NamePage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// A session of the device.
    pub session: SessionRow,
    /// The name that it has, or that was typed last.
    pub value: String,
    /// What was wrong with the last attempt.
    pub problem: Option<String>,
}

impl NamePage {
    /// Where the name is sent.
    pub fn action(&self) -> String {
        format!("{}/account/sessions/{}/name", self.chrome.base, self.session.id)
    }
}

/// The fields of `POST /account/sessions/{id}/name`.
#[derive(Deserialize)]
pub(super) struct NameFields {
    name: String,
}

/// `GET /account/sessions/{id}/name`.
pub(super) async fn ask(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let view = own_session(&signed_in, id).await?;
    let value = view.device_name.clone().unwrap_or_default();
    Ok(html(StatusCode::OK, &page(&signed_in, &view, (value, None))))
}

/// `POST /account/sessions/{id}/name`. An empty name takes the name away.
pub(super) async fn name(signed_in: SignedIn, Path(id): Path<String>, FormOf(fields): FormOf<NameFields>) -> Answer {
    let view = own_session(&signed_in, id).await?;
    let Ok(name) = DeviceName::typed(&fields.name) else {
        let problem = signed_in.visit.language().say("device-name-refused");
        let page = page(&signed_in, &view, (fields.name, Some(problem)));
        return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let named = signed_in.visit.app.innkeeper().name_device(&signed_in.view, &view.id, name).await?;
    Ok(match named {
        Named::Done => back(&signed_in, &Done::Named(view.id)),
        Named::NotFound => return Err(not_found()),
        Named::ActorOver => actor_over(&signed_in),
    })
}

fn page(signed_in: &SignedIn, view: &SessionView, (value, problem): (String, Option<String>)) -> NamePage {
    NamePage { chrome: signed_in.chrome(), session: SessionRow::new(signed_in, view), value, problem }
}

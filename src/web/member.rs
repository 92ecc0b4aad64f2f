//! Somebody signed in whose role allows what a page is for. A handler names the action in the type of its [`Member`].

use super::app::App;
use super::extract::SignedIn;
use super::needs::{Needs, needs};
use super::problem::Problem;
use crate::domain::permission::{Action, may};
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use std::marker::PhantomData;

needs!(Action: SeeTeam, EndTeamSessions, ManageStaff, ChangePlan, SeeAccountHistory, UseSupport, ManageWebhooks);

/// Somebody signed in who may do `A`. Whoever may not is told so (403).
pub struct Member<A> {
    /// Who.
    pub signed_in: SignedIn,
    action: PhantomData<fn() -> A>,
}

impl<A: Needs<Action>> FromRequestParts<App> for Member<A> {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response<Body>> {
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        if may(signed_in.session.user.role, A::IT) {
            return Ok(Self { signed_in, action: PhantomData });
        }
        Err(not_allowed().into_response())
    }
}

/// What somebody is told whose role does not allow something.
pub fn not_allowed() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "role_not_allowed",
        "Your role does not allow this. Ask an owner of your account.",
    )
}

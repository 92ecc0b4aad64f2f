//! `/sessions`, and those of a user or an account: look at them and end them.

use super::caller::{Caller, Sessions};
use super::fields;
use super::input::{Input, Parameters, PathId, Query, not_an_id};
use super::list::Part;
use super::{refused, view};
use crate::domain::end::EndReason;
use crate::domain::id::{SessionId, SessionNo};
use crate::service::{SessionView, SessionsPage, StateFilter};
use crate::web::app::App;
use crate::web::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Which sessions.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfState {
    /// `live`, `ended` or `all`; `live` if left out.
    #[param(required = false, inline, value_type = StateName)]
    state: StateFilter,
}

/// Which sessions.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the values of a parameter")]
enum StateName {
    Live,
    Ended,
    All,
}

impl Parameters for OfState {
    fn names() -> Vec<&'static str> {
        vec!["state"]
    }

    fn read(value_of: &dyn Fn(&str) -> Option<String>) -> Result<Self, Problem> {
        let state = match value_of("state").as_deref() {
            None | Some("live") => StateFilter::Live,
            Some("ended") => StateFilter::Ended,
            Some("all") => StateFilter::All,
            Some(_) => return Err(Problem::invalid("state", "This has to be one of `live`, `ended`, `all`.")),
        };
        Ok(Self { state })
    }
}

/// Why a session is ended.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Why {
    /// `signed_out` where the person signs out of your application; without it the reason is `terminated_by_api`.
    #[param(required = false, value_type = String, example = "signed_out")]
    reason: EndReason,
}

impl Parameters for Why {
    fn names() -> Vec<&'static str> {
        vec!["reason"]
    }

    fn read(value_of: &dyn Fn(&str) -> Option<String>) -> Result<Self, Problem> {
        match value_of("reason").as_deref() {
            None => Ok(Self { reason: EndReason::TerminatedByApi }),
            Some("signed_out") => Ok(Self { reason: EndReason::SignedOut }),
            Some(_) => Err(Problem::invalid("reason", "This has to be `signed_out`, or left out.")),
        }
    }
}

/// Which session is spared.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Except {
    /// The id of a session that goes on.
    #[param(required = false, value_type = String)]
    except: Option<SessionId>,
}

impl Parameters for Except {
    fn names() -> Vec<&'static str> {
        vec!["except"]
    }

    fn read(value_of: &dyn Fn(&str) -> Option<String>) -> Result<Self, Problem> {
        let except = match value_of("except") {
            Some(text) => Some(SessionId::new(text).map_err(|_| not_an_id("except"))?),
            None => None,
        };
        Ok(Self { except })
    }
}

/// How the user was proved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepUpInput {
    /// Such as `pwd`, `otp` or `hwk`.
    #[schema(min_items = 1, max_items = 8, example = json!(["pwd"]))]
    methods: Vec<String>,
}

/// Get a session, live or over.
#[utoipa::path(
    get, path = "/sessions/{session_id}", tag = "sessions", security(("service_key" = ["sessions"])),
    params(("session_id" = String, Path, description = "The session's public id.")),
    responses(
        (status = 200, description = "The session.", body = view::Session),
        (status = 404, description = "`unknown_session`.", body = Problem),
    )
)]
pub(super) async fn get_session(
    _: Caller<Sessions>,
    State(app): State<App>,
    id: PathId,
) -> Result<Json<view::Session>, Problem> {
    let session = app.innkeeper().session(&id.session()?).await?;
    Ok(Json(session.ok_or_else(refused::unknown_session)?.into()))
}

/// End a session. Harmless where it is over already.
#[utoipa::path(
    delete, path = "/sessions/{session_id}", tag = "sessions", security(("service_key" = ["sessions"])),
    params(("session_id" = String, Path, description = "The session's public id."), Why),
    responses(
        (status = 204, description = "It is over."),
        (status = 404, description = "`unknown_session`.", body = Problem),
    )
)]
pub(super) async fn end_session(
    caller: Caller<Sessions>,
    State(app): State<App>,
    id: PathId,
    Query(Why { reason }): Query<Why>,
) -> Result<StatusCode, Problem> {
    match app.innkeeper().end_session(&id.session()?, reason, caller.actor).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(refused::unknown_session()),
    }
}

/// Say that your application has proved the user of a session again, now.
#[utoipa::path(
    post, path = "/sessions/{session_id}/step-up", tag = "sessions", security(("service_key" = ["sessions"])),
    params(("session_id" = String, Path, description = "The session's public id.")),
    request_body = StepUpInput,
    responses(
        (status = 200, description = "Recorded.", body = view::Session),
        (status = 404, description = "`unknown_session`.", body = Problem),
        (status = 409, description = "`session_over`.", body = Problem),
    )
)]
pub(super) async fn step_up(
    caller: Caller<Sessions>,
    State(app): State<App>,
    id: PathId,
    Input(input): Input<StepUpInput>,
) -> Result<Json<view::Session>, Problem> {
    let id = id.session()?;
    fields::methods(&input.methods)?;
    match app.innkeeper().step_up_session(&id, input.methods, caller.actor).await? {
        None => return Err(refused::unknown_session()),
        Some(false) => return Err(refused::session_over()),
        Some(true) => {}
    }
    let session = app.innkeeper().session(&id).await?;
    Ok(Json(session.ok_or_else(refused::unknown_session)?.into()))
}

/// List a user's sessions, newest first.
#[utoipa::path(
    get, path = "/users/{user_id}/sessions", tag = "sessions", security(("service_key" = ["sessions"])),
    params(("user_id" = String, Path, description = "The user's id."), OfState, Part),
    responses(
        (status = 200, description = "A part of the list.", body = view::Items<view::Session>),
        (status = 404, description = "`unknown_user`.", body = Problem),
    )
)]
pub(super) async fn list_of_user(
    _: Caller<Sessions>,
    State(app): State<App>,
    id: PathId,
    Query(asked): Query<(OfState, Part)>,
) -> Result<Json<view::Items<view::Session>>, Problem> {
    let (OfState { state }, part) = asked;
    let page = page(&part)?;
    let sessions = app.innkeeper().sessions_of_user(&id.user()?, state, page).await?;
    Ok(Json(items(&part, sessions.ok_or_else(refused::unknown_user)?)))
}

/// List an account's sessions, newest first.
#[utoipa::path(
    get, path = "/accounts/{account_id}/sessions", tag = "sessions", security(("service_key" = ["sessions"])),
    params(("account_id" = String, Path, description = "The account's id."), OfState, Part),
    responses(
        (status = 200, description = "A part of the list.", body = view::Items<view::Session>),
        (status = 404, description = "`unknown_account`.", body = Problem),
    )
)]
pub(super) async fn list_of_account(
    _: Caller<Sessions>,
    State(app): State<App>,
    id: PathId,
    Query(asked): Query<(OfState, Part)>,
) -> Result<Json<view::Items<view::Session>>, Problem> {
    let (OfState { state }, part) = asked;
    let page = page(&part)?;
    let sessions = app.innkeeper().sessions_of_account(&id.account()?, state, page).await?;
    Ok(Json(items(&part, sessions.ok_or_else(refused::unknown_account)?)))
}

/// End a user's sessions.
#[utoipa::path(
    delete, path = "/users/{user_id}/sessions", tag = "sessions", security(("service_key" = ["sessions"])),
    params(("user_id" = String, Path, description = "The user's id."), Except),
    responses(
        (status = 200, description = "They are over.", body = view::EndedCount),
        (status = 404, description = "`unknown_user`.", body = Problem),
    )
)]
pub(super) async fn end_of_user(
    caller: Caller<Sessions>,
    State(app): State<App>,
    id: PathId,
    Query(Except { except }): Query<Except>,
) -> Result<Json<view::EndedCount>, Problem> {
    let ended = app.innkeeper().end_sessions_of_user(&id.user()?, except, caller.actor).await?;
    Ok(Json(view::EndedCount { ended: ended.ok_or_else(refused::unknown_user)? }))
}

/// End every session of an account.
#[utoipa::path(
    delete, path = "/accounts/{account_id}/sessions", tag = "sessions", security(("service_key" = ["sessions"])),
    params(("account_id" = String, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "They are over.", body = view::EndedCount),
        (status = 404, description = "`unknown_account`.", body = Problem),
    )
)]
pub(super) async fn end_of_account(
    caller: Caller<Sessions>,
    State(app): State<App>,
    id: PathId,
) -> Result<Json<view::EndedCount>, Problem> {
    let ended = app.innkeeper().end_sessions_of_account(&id.account()?, caller.actor).await?;
    Ok(Json(view::EndedCount { ended: ended.ok_or_else(refused::unknown_account)? }))
}

fn page(part: &Part) -> Result<SessionsPage, Problem> {
    Ok(SessionsPage { before: part.after(read_cursor)?, limit: part.fetch() })
}

fn items(part: &Part, sessions: Vec<SessionView>) -> view::Items<view::Session> {
    part.of(sessions, (|session| cursor(session.no), view::Session::from))
}

/// Callers are not to read anything from it.
fn cursor(no: SessionNo) -> String {
    BASE64URL_NOPAD.encode(&no.0.to_be_bytes())
}

fn read_cursor(text: &str) -> Option<SessionNo> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    Some(SessionNo(i64::from_be_bytes(bytes.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_leads_back_to_its_session() {
        for no in [0, 1, i64::MAX] {
            assert_eq!(read_cursor(&cursor(SessionNo(no))), Some(SessionNo(no)));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_none(text in "[A-Za-z0-9_-]{0,16}|\\PC*") {
            if let Some(no) = read_cursor(&text) {
                prop_assert_eq!(cursor(no), text);
            }
        }
    }
}

//! `POST /sessions` and `POST /sessions/check`: the two calls of an application that signs people in itself.

use super::caller::{Caller, Presented, Sessions};
use super::fields;
use super::input::{Input, not_an_id, object, pairs};
use super::{refused, view};
use crate::client::hints::Hints;
use crate::domain::id::UserId;
use crate::secret::{SessionToken, hash_of};
use crate::service::{CheckAsk, CheckOutcome, Client, NewSession, Scope};
use crate::web::app::App;
use crate::web::metrics::{Checked, SignedIn};
use crate::web::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// Somebody whom your application has proved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StartInput {
    /// Who.
    user_id: String,
    /// What they come from.
    #[serde(default, deserialize_with = "object")]
    client: ClientInput,
    /// How you proved them, such as `pwd`, `otp` or `hwk`.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 8, example = json!(["pwd"]))]
    methods: Option<Vec<String>>,
    /// `replace_oldest`: where every place is taken, the oldest session makes room, whatever the policy says.
    #[serde(default)]
    #[schema(inline)]
    at_limit: Option<AtLimit>,
}

/// What a person comes from, as your application sees it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientInput {
    /// Their address.
    #[serde(default)]
    #[schema(example = "203.0.113.7")]
    ip: Option<String>,
    /// The `User-Agent` header of their browser.
    #[serde(default)]
    #[schema(max_length = 8192)]
    user_agent: Option<String>,
    /// Your own name for their browser. One that is equal to a live session's is the same browser, which takes its own
    /// place back; absent is never the same browser.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 256)]
    device_id: Option<String>,
    /// Their browser's `Sec-CH-UA…` headers, by name.
    #[serde(default, deserialize_with = "pairs")]
    #[schema(value_type = std::collections::HashMap<String, String>, example = json!({"Sec-CH-UA-Platform": "\"Windows\""}))]
    hints: Vec<(String, String)>,
}

/// What to do where every place is taken.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AtLimit {
    ReplaceOldest,
}

/// Start a session for a user whom your application has proved.
#[utoipa::path(
    post, path = "/sessions", tag = "sessions", security(("service_key" = ["sessions"])),
    request_body = StartInput,
    responses(
        (status = 201, description = "Started. The token is told this once.", body = view::StartedSession),
        (status = 403, description = "`user_suspended`: the user or their account is suspended; or `scope_missing`.",
            body = Problem),
        (status = 404, description = "`unknown_user`.", body = Problem),
        (status = 409, description = "`already_logged_in`: every place of the user is taken by a live session. `detail` \
            is what to show to the person, and `reference` what support can look up.", body = Problem),
    )
)]
pub(super) async fn start_session(
    caller: Caller<Sessions>,
    State(app): State<App>,
    Input(input): Input<StartInput>,
) -> Result<(StatusCode, Json<view::StartedSession>), Problem> {
    let ask = asked(input)?;
    let outcome = app.innkeeper().start_session(ask, caller.actor).await;
    app.metrics().signed_in(SignedIn::by_application(&outcome));
    let started = outcome?.map_err(refused::session)?;
    let view = view::StartedSession {
        token: started.token.reveal().to_owned(),
        session: view::Session::from(started.session),
    };
    Ok((StatusCode::CREATED, Json(view)))
}

fn asked(input: StartInput) -> Result<NewSession, Problem> {
    let StartInput { user_id, client, methods, at_limit } = input;
    let user = UserId::new(user_id).map_err(|_| not_an_id("user_id"))?;
    if let Some(methods) = &methods {
        fields::methods(methods)?;
    }
    let ip = client.ip.as_deref().map(|ip| fields::ip("client.ip", ip)).transpose()?;
    client.user_agent.as_deref().map(|text| fields::user_agent("client.user_agent", text)).transpose()?;
    client.device_id.as_deref().map(|text| fields::device_id("client.device_id", text)).transpose()?;
    fields::hints("client.hints", &client.hints)?;
    let hints = Hints::from_pairs(client.hints.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    Ok(NewSession {
        user,
        device: client.device_id.as_deref().map(hash_of),
        client: Client { ip, user_agent: client.user_agent, hints },
        methods: methods.unwrap_or_default(),
        replace_oldest: at_limit.is_some_and(|AtLimit::ReplaceOldest| true),
    })
}

/// A token to check.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckInput {
    /// The session's token, as the person's browser sent it.
    token: String,
    /// Whether the request behind it is activity of a person (`counted`, also if left out), or not (`none`).
    #[serde(default)]
    #[schema(inline)]
    activity: Option<Activity>,
}

/// Whether something counts as activity.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Activity {
    Counted,
    None,
}

/// Ask whether a token is a live session now, and say whether there was activity.
#[utoipa::path(
    post, path = "/sessions/check", tag = "sessions", security(("service_key" = ["sessions"])),
    request_body = CheckInput,
    responses((status = 200, description = "Live or not, and why not.", body = view::Check))
)]
pub(super) async fn check(
    presented: Presented,
    State(app): State<App>,
    input: Result<Input<CheckInput>, Problem>,
) -> Result<Json<view::Check>, Problem> {
    let question = input.as_ref().ok().map(|Input(input)| input);
    let asked = CheckAsk {
        token: question.and_then(|input| SessionToken::hash_presented(&input.token)),
        key: None,
        counted: !matches!(question.and_then(|input| input.activity), Some(Activity::None)),
        origin: true,
    };
    // The key and the token in one look; and whoever may not ask does not hear what is wrong with the question.
    let (_, looked) = presented.look_up(app.innkeeper(), asked, Scope::Sessions).await?;
    input?;
    let outcome = app.innkeeper().conclude(looked).await;
    app.metrics().checked(Checked::of(&outcome));
    Ok(Json(match outcome? {
        CheckOutcome::Live(live) => view::Check::live(*live).expect("the question above asks for the origin"),
        CheckOutcome::Over(_, _, reason) => view::Check::over(Some(reason)),
        CheckOutcome::Unknown => view::Check::over(None),
    }))
}

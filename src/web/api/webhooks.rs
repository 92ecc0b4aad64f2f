//! `/webhooks`: who is sent events, and what became of each.

use super::caller::{Admin, Caller};
use super::input::{Input, Parameters, PathId, Query, given};
use super::list::Part;
use super::view::{Event, Items};
use super::{events, refused};
use crate::domain::event::event_id;
use crate::domain::id::WebhookId;
use crate::domain::webhook::{self, SigningSecret};
use crate::secret;
use crate::service::{self, DeliveriesPage, DeliveryState};
use crate::web::app::App;
use crate::web::moment::rfc3339;
use crate::web::problem::Problem;
use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::{IntoParams, ToSchema};

/// Most kinds that can be named, some of them twice.
const TYPES_MAX: usize = 100;

/// A receiver of events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookInput {
    /// Where events are sent to: an address of the internet that begins with https.
    #[schema(max_length = 2048, example = "https://app.example/hooks")]
    url: String,
    /// The types of events; all of them if it is left out.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_items = 1, example = json!(["session.ended"]))]
    types: Option<Vec<String>>,
}

/// Somebody who is sent events.
#[derive(Serialize, ToSchema)]
pub(super) struct Webhook {
    /// Its id.
    id: String,
    /// Where events are sent to.
    url: String,
    /// The types of events; null: all.
    #[schema(required)]
    types: Option<Vec<String>>,
    /// When it was created.
    #[schema(format = DateTime)]
    created_at: String,
    /// When its receiver said that it is gone; nothing is sent from then on.
    #[schema(required, format = DateTime)]
    disabled_at: Option<String>,
}

impl From<webhook::Webhook> for Webhook {
    fn from(webhook: webhook::Webhook) -> Self {
        Self {
            id: webhook.id.into_string(),
            url: webhook.url,
            types: Some(webhook.types).filter(|types| !types.is_empty()),
            created_at: rfc3339(webhook.created_at),
            disabled_at: webhook.disabled_at.map(rfc3339),
        }
    }
}

/// A webhook with the secret that it has from now on.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookSecret {
    /// The webhook's id.
    id: String,
    /// What signatures are verified with. Told this once.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    secret: String,
}

impl WebhookSecret {
    fn new(id: WebhookId, secret: &SigningSecret) -> Self {
        Self { id: id.into_string(), secret: secret::reveal_signing_secret(secret) }
    }
}

/// What became of an event for a webhook.
#[derive(Serialize, ToSchema)]
pub(super) struct Delivery {
    /// The event's id.
    event_id: String,
    /// What happened.
    #[schema(example = "session.ended")]
    r#type: String,
    /// Whether it has arrived.
    #[schema(schema_with = delivery_state)]
    state: &'static str,
    /// How many tries have an outcome.
    tries: u32,
    /// When it is tried next. While a try is under way, when another one is made if nothing comes of it.
    #[schema(required, format = DateTime)]
    next_try_at: Option<String>,
    /// When it arrived.
    #[schema(required, format = DateTime)]
    delivered_at: Option<String>,
    /// Why the last try did not arrive.
    #[schema(required, example = "answered 500")]
    last_error: Option<String>,
}

impl From<service::DeliveryView> for Delivery {
    fn from(delivery: service::DeliveryView) -> Self {
        Self {
            event_id: event_id(delivery.position.0),
            r#type: delivery.kind,
            state: delivery.state.as_str(),
            tries: delivery.tries,
            next_try_at: delivery.next_try_at.map(rfc3339),
            delivered_at: delivery.delivered_at.map(rfc3339),
            last_error: delivery.last_error,
        }
    }
}

fn delivery_state() -> Object {
    let names = DeliveryState::ALL.map(|state| serde_json::Value::from(state.as_str()));
    let about = "`pending`: it is tried, or tried again; `failed`: it is tried no more.";
    ObjectBuilder::new().schema_type(Type::String).description(Some(about)).enum_values(Some(names)).build()
}

/// Which deliveries.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfState {
    /// `failed`, `pending`, `delivered` or `all`; `failed` if left out.
    #[param(required = false, inline, value_type = StateName)]
    state: Option<DeliveryState>,
}

/// Which deliveries.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the values of a parameter")]
enum StateName {
    Failed,
    Pending,
    Delivered,
    All,
}

impl Parameters for OfState {
    fn names() -> Vec<&'static str> {
        vec!["state"]
    }

    fn read(value_of: &dyn Fn(&str) -> Option<String>) -> Result<Self, Problem> {
        let state =
            match value_of("state").as_deref() {
                None => Some(DeliveryState::Failed),
                Some("all") => None,
                Some(name) => Some(DeliveryState::parse(name).ok_or_else(|| {
                    Problem::invalid("state", "The state is `failed`, `pending`, `delivered` or `all`.")
                })?),
            };
        Ok(Self { state })
    }
}

/// The ids of a webhook and of an event in a path.
#[derive(Debug)]
pub(super) struct DeliveryPath(Option<(String, String)>);

impl FromRequestParts<App> for DeliveryPath {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(Path::<(String, String)>::from_request_parts(parts, app).await.ok().map(|Path(ids)| ids)))
    }
}

/// Send events to an address.
///
/// Every event from now on, of the named types, is sent there in the form of Standard Webhooks. The secret verifies
/// signatures, and is told this once.
#[utoipa::path(
    post, path = "/webhooks", tag = "webhooks", security(("service_key" = ["admin"])),
    request_body = WebhookInput,
    responses(
        (status = 201, description = "Created.", body = WebhookSecret),
        (status = 409, description = "`too_many_webhooks`: there are 20.", body = Problem),
    )
)]
pub(super) async fn create_webhook(
    caller: Caller<Admin>,
    State(app): State<App>,
    Input(input): Input<WebhookInput>,
) -> Result<(StatusCode, Json<WebhookSecret>), Problem> {
    let types = input.types.as_deref();
    if types.is_some_and(|types| types.is_empty() || types.len() > TYPES_MAX) {
        return Err(Problem::invalid("types", "Name 1 to 100 types, or leave the field out for all of them."));
    }
    let created = app.innkeeper().create_webhook(&input.url, types.unwrap_or_default(), caller.actor).await?;
    let (id, secret) = created.map_err(refused::webhook)?;
    Ok((StatusCode::CREATED, Json(WebhookSecret::new(id, &secret))))
}

/// List webhooks, oldest first.
#[utoipa::path(
    get, path = "/webhooks", tag = "webhooks", security(("service_key" = ["admin"])),
    params(Part),
    responses((status = 200, description = "A part of the list.", body = Items<Webhook>))
)]
pub(super) async fn list_webhooks(
    _: Caller<Admin>,
    State(app): State<App>,
    Query(part): Query<Part>,
) -> Result<Json<Items<Webhook>>, Problem> {
    let after = part.after(|text| WebhookId::new(text).ok())?;
    let mut webhooks = app.innkeeper().webhooks().await?;
    if let Some(after) = after {
        let shown = webhooks.iter().position(|webhook| webhook.id == after).map_or(0, |place| place + 1);
        webhooks.drain(..shown);
    }
    Ok(Json(part.of(webhooks, (|webhook| webhook.id.as_str().to_owned(), Webhook::from))))
}

/// Remove a webhook.
///
/// Nothing is sent to it from then on, and its deliveries are forgotten.
#[utoipa::path(
    delete, path = "/webhooks/{webhook_id}", tag = "webhooks", security(("service_key" = ["admin"])),
    params(("webhook_id" = String, Path, description = "The webhook's id.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 404, description = "`unknown_webhook`.", body = Problem),
    )
)]
pub(super) async fn remove_webhook(
    caller: Caller<Admin>,
    State(app): State<App>,
    id: PathId,
) -> Result<StatusCode, Problem> {
    let removed = app.innkeeper().remove_webhook(&id.webhook()?, caller.actor).await?;
    removed.map(|()| StatusCode::NO_CONTENT).map_err(refused::webhook)
}

/// Give a webhook another secret.
///
/// It is told this once. For 24 hours the secret before it signs, too, and each message has two signatures.
#[utoipa::path(
    post, path = "/webhooks/{webhook_id}/rotate-secret", tag = "webhooks", security(("service_key" = ["admin"])),
    params(("webhook_id" = String, Path, description = "The webhook's id.")),
    responses(
        (status = 200, description = "The new secret.", body = WebhookSecret),
        (status = 404, description = "`unknown_webhook`.", body = Problem),
    )
)]
pub(super) async fn rotate_secret(
    caller: Caller<Admin>,
    State(app): State<App>,
    id: PathId,
) -> Result<Json<WebhookSecret>, Problem> {
    let id = id.webhook()?;
    let rotated = app.innkeeper().rotate_webhook(&id, caller.actor).await?;
    let secret = rotated.map_err(refused::webhook)?;
    Ok(Json(WebhookSecret::new(id, &secret)))
}

/// List what became of events for a webhook, those of the newest events first.
#[utoipa::path(
    get, path = "/webhooks/{webhook_id}/deliveries", tag = "webhooks", security(("service_key" = ["admin"])),
    params(("webhook_id" = String, Path, description = "The webhook's id."), Part, OfState),
    responses(
        (status = 200, description = "A part of the list.", body = Items<Delivery>),
        (status = 404, description = "`unknown_webhook`.", body = Problem),
    )
)]
pub(super) async fn list_deliveries(
    _: Caller<Admin>,
    State(app): State<App>,
    id: PathId,
    Query((part, which)): Query<(Part, OfState)>,
) -> Result<Json<Items<Delivery>>, Problem> {
    let page = DeliveriesPage { before: part.after(events::position)?, limit: part.fetch() };
    let listed = app.innkeeper().deliveries(&id.webhook()?, which.state, page).await?;
    let listed = listed.map_err(refused::webhook)?;
    Ok(Json(part.of(listed, (|delivery| event_id(delivery.position.0), Delivery::from))))
}

/// Have a delivery that has failed tried again, from the beginning.
#[utoipa::path(
    post, path = "/webhooks/{webhook_id}/deliveries/{event_id}/retry", tag = "webhooks",
    security(("service_key" = ["admin"])),
    params(
        ("webhook_id" = String, Path, description = "The webhook's id."),
        ("event_id" = String, Path, description = "The event's id."),
    ),
    responses(
        (status = 202, description = "It is tried in a moment."),
        (status = 404, description = "`unknown_webhook`, or `unknown_delivery`: there is none of this event.", body = Problem),
        (status = 409, description = "`not_failed`: it has arrived, or is being tried; `webhook_disabled`.", body = Problem),
    )
)]
pub(super) async fn retry_delivery(
    caller: Caller<Admin>,
    State(app): State<App>,
    DeliveryPath(ids): DeliveryPath,
) -> Result<StatusCode, Problem> {
    let (webhook, event) = ids.unwrap_or_default();
    let webhook = WebhookId::new(webhook).map_err(|_| refused::unknown_webhook())?;
    let event = events::position(&event).ok_or_else(refused::unknown_delivery)?;
    let retried = app.innkeeper().retry_delivery(&webhook, event, caller.actor).await?;
    retried.map(|()| StatusCode::ACCEPTED).map_err(refused::webhook)
}

/// What is sent of an event, by the form of Standard Webhooks.
#[derive(Serialize)]
struct Message {
    r#type: String,
    timestamp: String,
    data: Event,
}

/// The body in which an event is sent: the event as `/events` shows it, with its type and time beside it.
pub fn webhook_body(event: service::Event) -> String {
    let (r#type, timestamp) = (event.kind.clone(), rfc3339(event.at));
    let message = Message { r#type, timestamp, data: event.into() };
    serde_json::to_string(&message).expect("texts, numbers and lists have a JSON form")
}

//! `/support/webhooks`: where events are sent to, and what has not arrived, for whoever administers the installation.

use super::Chrome;
use super::answer::{Answer, barred, html, not_found, see_other};
use crate::domain::event::event_id;
use crate::domain::id::WebhookId;
use crate::domain::webhook::Webhook;
use crate::service::{Acting, DeliveriesPage, DeliveryState, DeliveryView, Position, WebhookRefusal};
use crate::web::extract::{QueryOf, SignedIn, with_query};
use crate::web::member::{ManageWebhooks, Member};
use crate::web::moment::When;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;

/// Failed deliveries of one webhook on the page.
const FAILED_MAX: u16 = 50;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "webhooks.html")]
pub struct WebhooksPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// What an action just did; it takes the focus.
    pub notice: Option<String>,
    /// The webhooks, in the order of their places.
    pub webhooks: Vec<WebhookCard>,
    /// In which zone the times are, in words.
    pub times: String,
}

/// A webhook, and what of it has not arrived.
#[derive(Clone, Debug)]
pub struct WebhookCard {
    /// Its public id.
    pub id: String,
    /// The host that events are sent to: the rest of an address may be secret.
    pub host: String,
    /// Which events it is told, in words.
    pub types: String,
    /// Since when it is sent nothing more.
    pub disabled: Option<When>,
    /// What was tried until the last time, the newest first.
    pub failed: Vec<FailedRow>,
    /// Whether there are more.
    pub more: bool,
}

/// A delivery that has failed.
#[derive(Clone, Debug)]
pub struct FailedRow {
    /// Its event.
    pub event: String,
    /// What happened, by its name on the wire.
    pub kind: String,
    /// How often it was tried, in words.
    pub tries: String,
    /// Why the last try did not arrive.
    pub error: String,
}

impl WebhookCard {
    /// A webhook in words.
    pub fn new(signed_in: &SignedIn, webhook: &Webhook, failed: &[DeliveryView]) -> Self {
        let reader = signed_in.reader();
        let url = url::Url::parse(&webhook.url).ok();
        let rows = failed.iter().take(FAILED_MAX.into()).map(|delivery| FailedRow {
            event: event_id(delivery.position.0),
            kind: delivery.kind.clone(),
            tries: reader.language.count("webhook-tries", delivery.tries.into()),
            error: delivery.last_error.clone().unwrap_or_default(),
        });
        Self {
            id: webhook.id.to_string(),
            host: url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default(),
            types: match webhook.types.as_slice() {
                [] => reader.language.say("webhook-all-types"),
                types => types.join(", "),
            },
            disabled: webhook.disabled_at.map(|at| reader.when(at)),
            failed: rows.collect(),
            more: failed.len() > FAILED_MAX.into(),
        }
    }
}

/// The query of the page.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
}

/// `/support/webhooks`.
pub(super) async fn show(member: Member<ManageWebhooks>, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let signed_in = member.signed_in;
    let language = signed_in.visit.language();
    let innkeeper = signed_in.visit.app.innkeeper();
    let mut webhooks = Vec::new();
    for webhook in innkeeper.webhooks().await? {
        let page = DeliveriesPage { before: None, limit: FAILED_MAX + 1 };
        let failed = innkeeper.deliveries(&webhook.id, Some(DeliveryState::Failed), page).await?;
        webhooks.push(WebhookCard::new(&signed_in, &webhook, &failed.unwrap_or_default()));
    }
    let notice = match asked.done.as_deref() {
        Some("retried") => Some(language.say("webhook-retried")),
        Some("not-failed") => Some(language.say("webhook-not-failed")),
        Some("disabled") => Some(language.say("webhook-disabled-meanwhile")),
        Some("again") => Some(language.say("press-again")),
        _ => None,
    };
    let page = WebhooksPage {
        chrome: signed_in.chrome(),
        notice,
        webhooks,
        times: language.tell("times-in", &[("zone", signed_in.reader().zone.into())]),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /support/webhooks/{id}/deliveries/{event}/retry`.
pub(super) async fn retry(member: Member<ManageWebhooks>, Path((id, event)): Path<(String, String)>) -> Answer {
    let signed_in = member.signed_in;
    let id = WebhookId::new(id).map_err(|_| not_found())?;
    let event = event.parse().map(Position).map_err(|_| not_found())?;
    let acting = Acting::within(&signed_in.view);
    let done = match signed_in.visit.app.innkeeper().retry_delivery_within(&id, event, acting).await? {
        Ok(()) => "retried",
        Err(WebhookRefusal::NotFailed) => "not-failed",
        Err(WebhookRefusal::Disabled) => "disabled",
        Err(WebhookRefusal::Barred(why)) => return barred(&signed_in, why, "/support/webhooks?done=again"),
        Err(_) => return Err(not_found()),
    };
    Ok(see_other(&with_query(&signed_in.visit.address("/support/webhooks"), "done", done)))
}

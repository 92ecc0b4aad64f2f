//! Commands about webhooks. Each comes to one [`Call`].

use super::call::{Call, Show};
use super::table::Column;
use crate::domain::id::{NotAnId, WebhookId};
use axum::http::Method;
use clap::Subcommand;
use serde_json::json;

const WEBHOOK: &[Column] =
    &[("ID", "/id"), ("URL", "/url"), ("TYPES", "/types"), ("CREATED", "/created_at"), ("DISABLED", "/disabled_at")];

const DELIVERY: &[Column] = &[
    ("EVENT", "/event_id"),
    ("TYPE", "/type"),
    ("TRIES", "/tries"),
    ("NEXT TRY", "/next_try_at"),
    ("LAST ERROR", "/last_error"),
];

/// Commands about webhooks.
#[derive(Debug, Subcommand)]
pub(super) enum WebhookCommand {
    /// Send events to an address; prints the secret that verifies signatures, which is shown this once.
    Create {
        /// Where to; https and of the internet, unless the configuration allows its network.
        #[arg(long)]
        url: String,
        /// The types of events, separated by commas [default: all of them].
        #[arg(long, value_delimiter = ',')]
        types: Vec<String>,
    },
    /// List every webhook.
    List,
    /// Remove a webhook: nothing more is sent to it.
    Remove {
        /// The webhook's id, as in the list.
        #[arg(value_parser = webhook_id)]
        id: WebhookId,
    },
    /// Replace the secret, and print the new one; the one before signs, too, for 24 hours more.
    Rotate {
        /// The webhook's id.
        #[arg(value_parser = webhook_id)]
        id: WebhookId,
    },
    /// List the events that could not be delivered, the newest first.
    Failed {
        /// The webhook's id.
        #[arg(value_parser = webhook_id)]
        id: WebhookId,
    },
    /// Have an event that could not be delivered sent again.
    Retry {
        /// The webhook's id.
        #[arg(value_parser = webhook_id)]
        id: WebhookId,
        /// The event's id, as in the list of those that failed.
        #[arg(value_parser = event_id)]
        event: String,
    },
}

fn webhook_id(text: &str) -> Result<WebhookId, String> {
    WebhookId::new(text).map_err(|error: NotAnId| error.to_string())
}

fn event_id(text: &str) -> Result<String, String> {
    // As receivers are told it, in `webhook-id`.
    let id = text.strip_prefix("evt_").unwrap_or(text);
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(id.to_owned());
    }
    Err("an event's id is a number, such as 0000000000000042 or evt_0000000000000042".into())
}

impl WebhookCommand {
    pub(super) fn call(self) -> Call {
        match self {
            WebhookCommand::Create { url, types } => {
                let body = if types.is_empty() { json!({ "url": url }) } else { json!({ "url": url, "types": types }) };
                Call::new(Method::POST, "/webhooks", Show::Only("secret")).with(body)
            }
            WebhookCommand::List => Call::get("/webhooks", Show::Table(WEBHOOK)),
            WebhookCommand::Remove { id } => {
                Call::new(Method::DELETE, format!("/webhooks/{id}"), Show::Done(format!("removed {id}")))
            }
            WebhookCommand::Rotate { id } => {
                Call::new(Method::POST, format!("/webhooks/{id}/rotate-secret"), Show::Only("secret"))
            }
            WebhookCommand::Failed { id } => {
                Call::get(format!("/webhooks/{id}/deliveries?state=failed"), Show::Table(DELIVERY))
            }
            WebhookCommand::Retry { id, event } => {
                let done = Show::Done(format!("{event} is sent to {id} again"));
                Call::new(Method::POST, format!("/webhooks/{id}/deliveries/{event}/retry"), done)
            }
        }
    }
}

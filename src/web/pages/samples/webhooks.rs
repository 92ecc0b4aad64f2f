//! The page of webhooks.

use super::{Add, Samples, ago, data};
use crate::domain::event::event_id;
use crate::domain::user::Role;
use crate::web::pages::Chrome;
use crate::web::pages::chrome::Ways;
use crate::web::pages::webhooks::{FailedRow, WebhookCard, WebhooksPage};
use crate::web::text;

/// Adds this page.
pub(super) fn add(samples: Samples, add: Add<'_>) {
    add("webhooks", &samples.webhooks());
    add("webhooks-none", &WebhooksPage { webhooks: Vec::new(), notice: None, ..samples.webhooks() });
}

impl Samples {
    /// The chrome of whoever belongs to no account.
    fn admin(self) -> Chrome {
        let mut chrome = self.chrome(Some("Sam Support"));
        if let Some(user) = &mut chrome.user {
            (user.role, user.ways, user.account) = (text::role(self.0, Role::Admin), Ways::of(Role::Admin), None);
        }
        chrome
    }

    fn webhooks(self) -> WebhooksPage {
        let failed = FailedRow {
            event: event_id(4_711),
            kind: data("session.ended"),
            tries: self.0.count("webhook-tries", 10),
            error: data("the receiver answered 500 Internal Server Error, and nothing else"),
        };
        let card = WebhookCard {
            id: data("wh_3kq9s0v7"),
            host: data("hooks.a-rather-long-name-of-a-host.example"),
            types: data("session.ended, account.plan_changed"),
            disabled: None,
            failed: vec![failed.clone(), failed],
            more: true,
        };
        let gone = WebhookCard {
            id: data("wh_8f2m1c6d"),
            types: self.0.say("webhook-all-types"),
            disabled: Some(self.when(ago(90))),
            more: false,
            ..card.clone()
        };
        let fine = WebhookCard { id: data("wh_5t7b4n0p"), failed: Vec::new(), more: false, ..card.clone() };
        WebhooksPage {
            chrome: self.admin(),
            notice: Some(self.0.say("webhook-retried")),
            webhooks: vec![card, gone, fine],
            times: self.0.tell("times-in", &[("zone", "UTC".into())]),
        }
    }
}

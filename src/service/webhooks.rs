//! Webhooks: who is told of events, and what became of what they were told. How it is sent is in `deliveries`.

use super::acting::{Acting, Barred, By};
use super::directory::asked;
use super::{Innkeeper, ServiceError};
use crate::deliver::UrlRefusal;
use crate::domain::change::{Change, DeliveryRetried, WebhookChange, WebhookCreated, WebhookOver, WebhookRotated};
use crate::domain::end::Actor;
use crate::domain::id::WebhookId;
use crate::domain::permission::Action;
use crate::domain::webhook::{OLD_SECRET_FOR, SigningSecret, WEBHOOKS_MAX, Webhook, is_kind};
use crate::secret;
use crate::store::{DeliveriesPage, DeliveryState, DeliveryView, Lane, Position, StoreError, Transaction};

/// Why a webhook, or a delivery, stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookRefusal {
    /// There is no webhook of this id.
    Unknown,
    /// Nothing is sent to this address.
    Url(UrlRefusal),
    /// There are no events of the kind at this place of the list.
    UnknownType(usize),
    /// There are as many as there may be.
    TooMany,
    /// It is disabled.
    Disabled,
    /// There is no delivery of this event to this webhook.
    UnknownDelivery,
    /// The delivery has arrived, or is being tried.
    NotFailed,
    /// Whoever acts may not.
    Barred(Barred),
}

/// What was done, or why it was not.
type Done<T> = Result<Result<T, WebhookRefusal>, ServiceError>;

impl Innkeeper {
    /// Creates a webhook for events of these kinds, or of all where none is named. The secret is told this once.
    pub async fn create_webhook(&self, url: &str, types: &[String], by: Actor) -> Done<(WebhookId, SigningSecret)> {
        let url = match self.inner.deliverer.check(url) {
            Ok(url) => url,
            Err(refusal) => return Ok(Err(WebhookRefusal::Url(refusal))),
        };
        if let Some(place) = types.iter().position(|kind| !is_kind(kind)) {
            return Ok(Err(WebhookRefusal::UnknownType(place)));
        }
        let mut kinds: Vec<String> = Vec::new();
        for kind in types {
            if !kinds.contains(kind) {
                kinds.push(kind.clone());
            }
        }
        let (id, signing) = (secret::webhook_id(), secret::signing_secret());
        // Another node may take the place in between: the database refuses a second one there, and the next is tried.
        for _ in 0..WEBHOOKS_MAX {
            let (transaction, at) = self.begin().await?;
            let Some(place) = Webhook::free_place(&self.webhooks().await?) else { break };
            let (id_of_it, url, types, by) = (id.clone(), url.clone(), kinds.clone(), by.clone());
            let created = WebhookCreated { id: id_of_it, place, url, types, secret: signing.clone(), at, by };
            match transaction.commit(vec![Change::Webhook(WebhookChange::Created(created))]).await {
                Ok(_) => return Ok(Ok((id, signing))),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Err(WebhookRefusal::TooMany))
    }

    /// Every webhook, oldest first.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, ServiceError> {
        Ok(self.inner.store.webhooks().await?.into_iter().map(|state| state.webhook).collect())
    }

    /// One webhook.
    pub async fn webhook(&self, id: &WebhookId) -> Result<Option<Webhook>, ServiceError> {
        Ok(self.webhooks().await?.into_iter().find(|webhook| webhook.id == *id))
    }

    /// Gives a webhook another secret, which is told this once. The one before signs as well for 24 hours.
    pub async fn rotate_webhook(&self, id: &WebhookId, by: Actor) -> Done<SigningSecret> {
        let (transaction, at) = self.begin().await?;
        if self.webhook(id).await?.is_none() {
            return Ok(Err(WebhookRefusal::Unknown));
        }
        let signing = secret::signing_secret();
        let (id, old_until) = (id.clone(), at + OLD_SECRET_FOR);
        let rotated = WebhookRotated { id, secret: signing.clone(), old_until, at, by };
        let change = Change::Webhook(WebhookChange::Rotated(rotated));
        // What conflicts was removed since it was read.
        Ok(commit(transaction, change).await?.then_some(signing).ok_or(WebhookRefusal::Unknown))
    }

    /// Removes a webhook: it is told nothing more, and its deliveries are forgotten.
    pub async fn remove_webhook(&self, id: &WebhookId, by: Actor) -> Done<()> {
        let (transaction, at) = self.begin().await?;
        let Some(webhook) = self.webhook(id).await? else { return Ok(Err(WebhookRefusal::Unknown)) };
        let over = WebhookOver { id: webhook.id, url: webhook.url, at, by };
        commit(transaction, Change::Webhook(WebhookChange::Removed(over))).await?;
        Ok(Ok(()))
    }

    /// Tells a webhook nothing more, since its receiver is gone.
    pub(super) async fn disable_webhook(&self, webhook: &Webhook) -> Result<(), ServiceError> {
        let (transaction, at) = self.begin().await?;
        let over = WebhookOver { id: webhook.id.clone(), url: webhook.url.clone(), at, by: Actor::Clock };
        // What conflicts is disabled already, or removed.
        commit(transaction, Change::Webhook(WebhookChange::Disabled(over))).await?;
        Ok(())
    }

    /// Deliveries of a webhook, those of the newest events first; of every state where none is named.
    pub async fn deliveries(
        &self,
        of: &WebhookId,
        state: Option<DeliveryState>,
        page: DeliveriesPage,
    ) -> Done<Vec<DeliveryView>> {
        let Some(webhook) = self.webhook(of).await? else { return Ok(Err(WebhookRefusal::Unknown)) };
        Ok(Ok(self.inner.store.deliveries(webhook.no, state, page).await?))
    }

    /// Has a delivery that has failed tried again, from the beginning.
    pub async fn retry_delivery(&self, of: &WebhookId, event: Position, by: Actor) -> Done<()> {
        self.retry_delivery_by(of, event, By::Word(by)).await
    }

    /// The same by somebody who looks after webhooks. Their session, role and proof are looked at under the lock.
    pub async fn retry_delivery_within(&self, of: &WebhookId, event: Position, acting: Acting) -> Done<()> {
        self.retry_delivery_by(of, event, By::Person(acting, Action::ManageWebhooks)).await
    }

    async fn retry_delivery_by(&self, of: &WebhookId, event: Position, by: By) -> Done<()> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(asked(vec![], &by), 0).await?;
        let (by, at) = match by.actor(&facts, self.policies()) {
            Ok((by, _)) => (by, facts.now),
            Err(barred) => return Ok(Err(WebhookRefusal::Barred(barred))),
        };
        let Some(webhook) = self.webhook(of).await? else { return Ok(Err(WebhookRefusal::Unknown)) };
        if webhook.disabled_at.is_some() {
            return Ok(Err(WebhookRefusal::Disabled));
        }
        let page = DeliveriesPage { before: Some(Position(event.0.saturating_add(1))), limit: 1 };
        let found = self.inner.store.deliveries(webhook.no, None, page).await?;
        match found.first().filter(|delivery| delivery.position == event).map(|delivery| delivery.state) {
            None => return Ok(Err(WebhookRefusal::UnknownDelivery)),
            Some(DeliveryState::Pending | DeliveryState::Delivered) => return Ok(Err(WebhookRefusal::NotFailed)),
            Some(DeliveryState::Failed) => {}
        }
        let retried = DeliveryRetried { id: webhook.id, position: event.0, at, by };
        let done = commit(transaction, Change::Webhook(WebhookChange::Retried(retried))).await?;
        Ok(done.then_some(()).ok_or(WebhookRefusal::NotFailed))
    }
}

/// Commits one change. False: it was decided on what is no longer so.
async fn commit(transaction: Box<dyn Transaction>, change: Change) -> Result<bool, ServiceError> {
    match transaction.commit(vec![change]).await {
        Ok(_) => Ok(true),
        Err(StoreError::Conflict(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

//! Sends events to webhooks. What is to be sent, and what came of it, is in the store: a node that dies leaves nothing
//! behind but deliveries that somebody takes over a minute later.

use super::{Innkeeper, ServiceError};
use crate::deliver::{Answer, Message};
use crate::domain::event::event_id;
use crate::domain::id::WebhookNo;
use crate::domain::webhook::{Fate, Tried, Webhook, fate};
use crate::secret;
use crate::store::{Claim, Claimed, Event, Outcome, WebhookState};
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

/// How often it is looked for what is due again.
const EVERY: Duration = Duration::from_secs(1);

/// Events become deliveries at most that often: each time is a commit of its own, beside those of sign-ins.
const HAND_OUT_EVERY: Duration = Duration::from_millis(200);

/// Deliveries in one piece of what is handed out: few, since whoever signs in waits for the piece.
const HANDED_OUT_AT_ONCE: u16 = 200;

/// Pieces in one go; the rest has to wait for what is to be settled meanwhile.
const PIECES_MAX: usize = 10;

/// For how long a delivery is nobody else's. Longer than a try may take.
const LEASE: Duration = Duration::from_secs(60);

/// Deliveries under way at once.
const AT_ONCE: usize = 16;

/// Deliveries under way to one receiver, so that others get their turn: while it takes what it is sent, and otherwise.
const AT_ONCE_TO_ONE: (usize, usize) = (4, 1);

/// How long deliveries under way are waited for when the server stops. What has no outcome by then is sent again.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Puts an event into the form in which it is sent.
pub type BodyOf = fn(Event) -> String;

impl Innkeeper {
    /// Delivers until it is told to stop.
    pub async fn keep_delivering(&self, body: BodyOf, stopped: impl Future<Output = ()>) {
        let mut courier = Courier::new(self.clone(), body);
        let mut stopped = pin!(stopped);
        let mut news = self.news();
        let (mut told, mut hand_out_at) = (true, Instant::now());
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                () = &mut stopped => break,
                changed = news.changed(), if !told => match changed {
                    Ok(()) => {
                        told = true;
                        continue;
                    }
                    Err(_) => break,
                },
                () = sleep_until(hand_out_at), if told => {
                    let more = courier.hand_out().await;
                    told = matches!(more, Ok(true));
                    hand_out_at = Instant::now() + if told { Duration::ZERO } else { HAND_OUT_EVERY };
                    more.map(|_| ())
                }
                Some(sent) = courier.sending.join_next_with_id() => courier.settle(sent).await,
                // Whatever news were missed, and whatever could not be done before.
                _ = tick.tick() => {
                    told = true;
                    Ok(())
                }
            };
            let sent = match done {
                Ok(()) => courier.send_due().await,
                Err(error) => Err(error),
            };
            courier.tell(sent.map(|_| ()));
        }
        let last = timeout(STOP_WITHIN, courier.settle_all()).await;
        courier.tell(last.unwrap_or(Ok(())));
    }

    /// Delivers what is due now, and waits for what comes of it; says how many were sent.
    pub async fn deliver(&self, body: BodyOf) -> Result<usize, ServiceError> {
        let mut courier = Courier::new(self.clone(), body);
        while courier.hand_out().await? {}
        let mut sent = 0;
        loop {
            match courier.send_due().await? {
                0 => return Ok(sent),
                more => sent += more,
            }
            courier.settle_all().await?;
        }
    }
}

/// What one try was about, and how it went.
struct Sent {
    claim: Claim,
    tries: u32,
    answer: Answer,
}

type Joined = Result<(Id, Sent), JoinError>;

struct Courier {
    innkeeper: Innkeeper,
    body: BodyOf,
    sending: JoinSet<Sent>,
    /// To whom each task sends.
    under_way: HashMap<Id, WebhookNo>,
    /// Receivers that did not take what they were sent last.
    failing: HashSet<WebhookNo>,
    /// Whether the store did what it was asked the last time.
    well: bool,
}

impl Courier {
    fn new(innkeeper: Innkeeper, body: BodyOf) -> Self {
        let (sending, under_way, failing) = (JoinSet::new(), HashMap::new(), HashSet::new());
        Self { innkeeper, body, sending, under_way, failing, well: true }
    }

    /// Makes deliveries of new events. True: there are more.
    async fn hand_out(&self) -> Result<bool, ServiceError> {
        for _ in 0..PIECES_MAX {
            if !self.innkeeper.inner.store.hand_out(HANDED_OUT_AT_ONCE).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Sends what is due, as far as there is room; says how many.
    async fn send_due(&mut self) -> Result<usize, ServiceError> {
        if self.under_way.len() >= AT_ONCE {
            return Ok(0);
        }
        let mut waiting = self.innkeeper.inner.store.webhooks().await?;
        waiting.retain(|state| state.webhook.disabled_at.is_none() && state.next_try_at.is_some());
        if waiting.is_empty() {
            return Ok(0);
        }
        let now = self.innkeeper.now().await?;
        waiting.retain(|state| state.next_try_at <= Some(now));
        // Who has least comes first, and of those who waits longest.
        waiting.sort_by_key(|state| (self.to_one(state.webhook.no), state.next_try_at));
        let mut sent = 0;
        for WebhookState { webhook, .. } in waiting {
            let room = self.room(webhook.no);
            if room == 0 {
                continue;
            }
            let limit = u16::try_from(room).unwrap_or(1);
            let claimed = self.innkeeper.inner.store.claim(webhook.no, limit, LEASE).await?;
            sent += claimed.len();
            claimed.into_iter().for_each(|claimed| self.send(claimed));
        }
        Ok(sent)
    }

    fn to_one(&self, webhook: WebhookNo) -> usize {
        self.under_way.values().filter(|to| **to == webhook).count()
    }

    fn room(&self, webhook: WebhookNo) -> usize {
        let to_one = if self.failing.contains(&webhook) { AT_ONCE_TO_ONE.1 } else { AT_ONCE_TO_ONE.0 };
        to_one.saturating_sub(self.to_one(webhook)).min(AT_ONCE.saturating_sub(self.under_way.len()))
    }

    fn send(&mut self, claimed: Claimed) {
        let Claimed { claim, tries, at, url, secrets, event } = claimed;
        let id = format!("evt_{}", event_id(event.position.0));
        let body = (self.body)(event);
        let sign = |secret| secret::sign(secret, (&id, at.as_millis().div_euclid(1000)), body.as_bytes());
        let signatures = secrets.iter().map(sign).collect::<Vec<_>>().join(" ");
        let message = Message { id, at, signatures, body };
        let innkeeper = self.innkeeper.clone();
        let task = self.sending.spawn(async move {
            let answer = innkeeper.inner.deliverer.send(&url, message).await;
            Sent { claim, tries: tries.saturating_add(1), answer }
        });
        self.under_way.insert(task.id(), claim.webhook);
    }

    /// Waits for everything that is under way.
    async fn settle_all(&mut self) -> Result<(), ServiceError> {
        while let Some(sent) = self.sending.join_next_with_id().await {
            self.settle(sent).await?;
        }
        Ok(())
    }

    /// Writes what came of this one, and of all others that have come back by now.
    async fn settle(&mut self, sent: Joined) -> Result<(), ServiceError> {
        let mut back: Vec<Sent> = self.came_back(sent).into_iter().collect();
        while let Some(sent) = self.sending.try_join_next_with_id() {
            back.extend(self.came_back(sent));
        }
        let store = &self.innkeeper.inner.store;
        let webhooks: Vec<Webhook> = store.webhooks().await?.into_iter().map(|state| state.webhook).collect();
        let at = store.now().await?;
        let mut outcomes = Vec::with_capacity(back.len());
        for Sent { claim, tries, answer } in back {
            let fate = fate(tries, &answer.tried, at, secret::chance());
            let webhook = webhooks.iter().find(|webhook| webhook.no == claim.webhook);
            if let Some(webhook) = webhook {
                tell_of(webhook, fate, &answer);
                if answer.tried == Tried::Gone {
                    self.innkeeper.disable_webhook(webhook).await?;
                }
            }
            outcomes.push(Outcome { claim, tries, fate, at, error: answer.why });
        }
        Ok(store.settle(outcomes).await?)
    }

    /// Takes note that a task is over. One that broke off has no outcome, and its delivery is taken over in time.
    fn came_back(&mut self, sent: Joined) -> Option<Sent> {
        let id = sent.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let to = self.under_way.remove(&id)?;
        let (_, sent) = sent.ok()?;
        match sent.answer.tried {
            Tried::Taken => self.failing.remove(&to),
            Tried::Gone | Tried::NotTaken { .. } => self.failing.insert(to),
        };
        Some(sent)
    }

    /// Logs that the store does not do what it is asked, once, and that it does again.
    fn tell(&mut self, done: Result<(), ServiceError>) {
        match (&done, self.well) {
            (Ok(()), false) => tracing::info!("webhooks are served again"),
            (Err(error), true) => {
                tracing::warn!(error = error as &dyn Error, "webhooks cannot be served; it is tried again");
            }
            _ => {}
        }
        self.well = done.is_ok();
    }
}

/// Logs what somebody has to look at.
fn tell_of(webhook: &Webhook, fate: Fate, answer: &Answer) {
    let (webhook, why) = (webhook.id.as_str(), answer.why.as_deref().unwrap_or_default());
    match (fate, &answer.tried) {
        (Fate::Failed, Tried::Gone) => {
            tracing::warn!(webhook, why, "a webhook is disabled, since its receiver is gone")
        }
        (Fate::Failed, _) => tracing::warn!(webhook, why, "an event could not be delivered, and is tried no more"),
        (Fate::Again(_), _) => tracing::debug!(webhook, why, "an event could not be delivered yet"),
        (Fate::Delivered, _) => {}
    }
}

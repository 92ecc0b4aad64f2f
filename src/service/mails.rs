//! Sends mails of events. Which are to be sent, and what came of it, is in the store, as with webhooks: a node that dies
//! leaves nothing behind but mails that somebody takes over two minutes later.

use super::letters::Letter;
use super::{Innkeeper, ServiceError};
use crate::deliver::Answer;
use crate::deliver::mail::{Content, Mail, Mailer};
use crate::domain::event::event_id;
use crate::domain::mail::MailKind;
use crate::domain::webhook::{Fate, Tried, fate};
use crate::secret;
use crate::store::{ClaimedMail, MailClaim, MailOutcome};
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How often it is looked for new events and for what is due again. A mail is under way for seconds anyway.
const EVERY: Duration = Duration::from_secs(1);

/// Events in one piece of what is looked through, and pieces in one go.
const EVENTS_AT_ONCE: u16 = 200;
const PIECES_MAX: usize = 20;

/// For how long a mail is nobody else's. Longer than a try may take.
const LEASE: Duration = Duration::from_secs(120);

/// Mails under way at once.
const AT_ONCE: usize = 4;

/// How long mails under way are waited for when the server stops. What has no outcome by then is sent again.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Puts a letter into words.
pub type ContentOf = Arc<dyn Fn(&Letter) -> Content + Send + Sync>;

/// How many mails this process has sent, could not send yet, and has given up.
#[derive(Debug, Default)]
pub struct MailCounts {
    /// Those that the server took.
    pub sent: AtomicU64,
    /// Tries after which a mail is tried again.
    pub put_off: AtomicU64,
    /// Those that are tried no more.
    pub given_up: AtomicU64,
}

impl Innkeeper {
    /// Whether mail is sent.
    pub fn sends_mail(&self) -> bool {
        self.inner.mailer.is_some()
    }

    /// How many mails this process has sent.
    pub fn mail_counts(&self) -> &MailCounts {
        &self.inner.mail_counts
    }

    /// Sends mails until it is told to stop; returns at once where none are sent.
    pub async fn keep_mailing(&self, content: ContentOf, stopped: impl Future<Output = ()>) {
        if !self.sends_mail() {
            return;
        }
        let mut postman = Postman::new(self.clone(), content);
        let mut stopped = pin!(stopped);
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                () = &mut stopped => break,
                Some(sent) = postman.sending.join_next() => postman.settle(sent).await,
                _ = tick.tick() => postman.hand_out().await,
            };
            let sent = match done {
                Ok(()) => postman.send_due().await,
                Err(error) => Err(error),
            };
            postman.tell(sent.map(|_| ()));
        }
        let last = timeout(STOP_WITHIN, postman.settle_all()).await;
        postman.tell(last.unwrap_or(Ok(())));
    }

    /// Sends what is due now, and waits for what comes of it; says how many mails were tried.
    pub async fn mail(&self, content: &ContentOf) -> Result<usize, ServiceError> {
        let mut postman = Postman::new(self.clone(), content.clone());
        postman.hand_out().await?;
        let mut tried = 0;
        loop {
            match postman.send_due().await? {
                0 => return Ok(tried),
                more => tried += more,
            }
            postman.settle_all().await?;
        }
    }
}

/// What one try was about, and how it went.
struct Sent {
    claim: MailClaim,
    kind: MailKind,
    tries: u32,
    /// `None`: there was nobody to tell it to any more.
    answer: Option<Answer>,
}

struct Postman {
    innkeeper: Innkeeper,
    content: ContentOf,
    sending: JoinSet<Result<Sent, ServiceError>>,
    /// Whether the store did what it was asked the last time.
    well: bool,
    /// Whether the server took what it was sent last.
    taken: bool,
}

impl Postman {
    fn new(innkeeper: Innkeeper, content: ContentOf) -> Self {
        Self { innkeeper, content, sending: JoinSet::new(), well: true, taken: true }
    }

    /// Makes mails of new events.
    async fn hand_out(&self) -> Result<(), ServiceError> {
        for _ in 0..PIECES_MAX {
            if !self.innkeeper.inner.store.hand_out_mails(EVENTS_AT_ONCE).await? {
                break;
            }
        }
        Ok(())
    }

    /// Sends what is due, as far as there is room; says how many.
    async fn send_due(&mut self) -> Result<usize, ServiceError> {
        let room = AT_ONCE.saturating_sub(self.sending.len());
        if room == 0 {
            return Ok(0);
        }
        let claimed = self.innkeeper.inner.store.claim_mails(u16::try_from(room).unwrap_or(1), LEASE).await?;
        let count = claimed.len();
        for mail in claimed {
            let (innkeeper, content) = (self.innkeeper.clone(), self.content.clone());
            self.sending.spawn(async move { innkeeper.send_mail(&content, &mail).await });
        }
        Ok(count)
    }

    /// Waits for everything that is under way.
    async fn settle_all(&mut self) -> Result<(), ServiceError> {
        while let Some(sent) = self.sending.join_next().await {
            self.settle(sent).await?;
        }
        Ok(())
    }

    /// Writes what came of a mail. One that broke off has no outcome, and is taken over in time.
    async fn settle(&mut self, sent: Result<Result<Sent, ServiceError>, JoinError>) -> Result<(), ServiceError> {
        let Ok(sent) = sent else { return Ok(()) };
        let Sent { claim, kind, tries, answer } = sent?;
        let store = self.innkeeper.inner.store.clone();
        let at = store.now().await?;
        let (fate, error) = match answer {
            Some(answer) => {
                let fate = fate(tries, &answer.tried, at, secret::chance());
                self.tell_of(kind, fate, &answer);
                (fate, answer.why)
            }
            None => (Fate::Delivered, Some("there was nobody to tell it to any more".to_owned())),
        };
        Ok(store.settle_mails(vec![MailOutcome { claim, tries, fate, at, error }]).await?)
    }

    /// Counts and logs what became of a mail. Addresses and the server's own words stay out of it.
    fn tell_of(&mut self, kind: MailKind, fate: Fate, answer: &Answer) {
        let (kind, why) = (kind.as_str(), answer.why.as_deref().unwrap_or_default());
        let counts = &self.innkeeper.inner.mail_counts;
        match fate {
            Fate::Delivered => &counts.sent,
            Fate::Again(_) => &counts.put_off,
            Fate::Failed => &counts.given_up,
        }
        .fetch_add(1, Ordering::Relaxed);
        match (fate, self.taken) {
            (Fate::Failed, _) => tracing::warn!(kind, why, "a mail could not be sent, and is tried no more"),
            (Fate::Again(_), true) => tracing::warn!(kind, why, "mails cannot be sent; they are tried again"),
            (Fate::Again(_), false) => tracing::debug!(kind, why, "a mail could not be sent yet"),
            (Fate::Delivered, false) => tracing::info!("mails are sent again"),
            (Fate::Delivered, true) => {}
        }
        // A receiver that is unknown says that the server is well.
        self.taken = !matches!(answer.tried, Tried::NotTaken { .. });
    }

    /// Logs that the store does not do what it is asked, once, and that it does again.
    fn tell(&mut self, done: Result<(), ServiceError>) {
        match (&done, self.well) {
            (Ok(()), false) => tracing::info!("mails are made and sent again"),
            (Err(error), true) => {
                tracing::warn!(error = error as &dyn Error, "mails cannot be made or sent; it is tried again");
            }
            _ => {}
        }
        self.well = done.is_ok();
    }
}

impl Innkeeper {
    /// Sends one mail.
    async fn send_mail(&self, content: &ContentOf, mail: &ClaimedMail) -> Result<Sent, ServiceError> {
        let answer = match (&self.inner.mailer, self.letter(mail).await?) {
            (Some(mailer), Some((to, letter))) => Some(mailer.send(written(mail, to, content(&letter))).await),
            _ => None,
        };
        Ok(Sent { claim: mail.claim, kind: mail.kind, tries: mail.tries.saturating_add(1), answer })
    }
}

/// The mail, with an id by which whoever gets it twice can tell; where each carries a code of its own, with one of its own.
fn written(mail: &ClaimedMail, to: String, content: Content) -> Mail {
    let id = event_id(mail.event.position.0);
    let id = match mail.kind {
        MailKind::Invitation | MailKind::PasswordReset | MailKind::EmailConfirmation | MailKind::TakeOverCode => {
            format!("{id}.{}", mail.at.as_millis())
        }
        _ => id,
    };
    Mail { id, at: mail.at, to, content }
}

/// Somebody who sends mail as the configuration says, if it does.
pub fn mailer(config: &crate::config::Config) -> Option<Mailer> {
    let host = config.public_url.host_str().unwrap_or("localhost");
    config.mail.clone().map(|settings| Mailer::new(settings, host))
}

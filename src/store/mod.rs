//! What is asked of a database, whichever it is. The only folder that names a database driver.
//!
//! The unit of a write is a batch: a [`Transaction`] locks the users that the batch is about, reads what is known of
//! them and then the clock, and commits every [`Change`] of the batch with its event, or none. Nothing is true before
//! [`Transaction::commit`] has returned. A look-up that finds nothing is `Ok(None)`, never an error.

pub mod copy;
mod mails;
mod net;
pub mod postgres;
mod rows;
mod shape;
mod sql;
pub mod sqlite;

pub use shape::{
    AccountFacts, AskedUser, Called, CheckAsk, CheckFacts, Checked, CheckedState, CheckedUser, Claim, Claimed,
    ClaimedMail, Committed, DeliveriesPage, DeliveryState, DeliveryView, Event, EventsOf, FoundInvitation,
    HISTORY_LOOK_MAX, Health, History, HistoryEntry, HistoryOf, MailClaim, MailOutcome, Outcome, RefusalsSince,
    SeenFrom, ServiceKey, SessionOrigin, SessionView, SessionsOf, SessionsPage, StateFilter, StoredPassword,
    TeamMember, TouchOf, UserBy, WebhookState,
};

use crate::domain::account::Account;
use crate::domain::change::Change;
use crate::domain::factor::{Factor, FactorState};
use crate::domain::facts::Facts;
use crate::domain::id::{
    AccountId, AccountNo, DeviceNo, FactorId, InvitationId, Reference, SecretHash, SessionId, SessionNo, UserId,
    UserNo, WebhookNo,
};
use crate::domain::invitation::Invitation;
use crate::domain::one_time::{OneTime, Purpose};
use crate::domain::retention::Forget;
use crate::domain::staff::People;
use crate::domain::throttle::Throttle;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use async_trait::async_trait;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// Place of an event in the one order of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position(pub i64);

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A rule that the database holds itself refused the write.
    #[error("a rule of the database refused the write")]
    Conflict(#[source] Cause),
    /// The database did not answer, or not in time. Nothing is known to have changed.
    #[error("the store does not answer")]
    Unavailable(#[source] Cause),
    /// There is no space left. Ends are still taken.
    #[error("the disk of the store is full")]
    Full,
    /// A row makes no sense.
    #[error("a row of table {table} makes no sense: {id}")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which row.
        id: String,
    },
    /// Anything else that the database reports.
    #[error("the database reports an error")]
    Database(#[source] Cause),
}

/// The driver's own error, behind ours.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An answer that may be there at once (an embedded store reads in place) or come later. Never boxed.
#[derive(Debug)]
pub enum Reply<T> {
    /// The answer.
    Ready(Option<Result<T, StoreError>>),
    /// It will come through here.
    Waiting(oneshot::Receiver<Result<T, StoreError>>),
}

impl<T: Unpin> Future for Reply<T> {
    type Output = Result<T, StoreError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Reply::Ready(answer) => Poll::Ready(answer.take().expect("a future is not polled after it is ready")),
            Reply::Waiting(receiver) => Pin::new(receiver)
                .poll(context)
                .map(|answer| answer.unwrap_or_else(|gone| Err(StoreError::Unavailable(Box::new(gone))))),
        }
    }
}

/// Which turns at the writer a transaction takes, so that a flood of one kind cannot hold up another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Sign-ins.
    Admissions,
    /// Ends of every kind; they still work when the disk is full.
    Ends,
    /// Everything else.
    Pages,
}

/// A database that holds accounts, users and sessions.
#[async_trait]
pub trait Store: Send + Sync {
    /// The session with this token, and the service key if one came with it.
    fn check(&self, ask: &CheckAsk) -> Reply<CheckFacts>;
    /// Moves the times of sessions that are still live, and says of each whether it was. Committed when this returns.
    async fn touch(&self, touches: Vec<TouchOf>) -> Result<Vec<bool>, StoreError>;
    /// The same for those that no other transaction holds; `None` for each that one does: nobody waits for it.
    async fn touch_free(&self, touches: Vec<TouchOf>) -> Result<Vec<Option<bool>>, StoreError>;

    /// Starts a transaction that will read and then write. Dropping it rolls back.
    async fn begin(&self, lane: Lane) -> Result<Box<dyn Transaction>, StoreError>;

    /// The clock that decides.
    async fn now(&self) -> Result<Timestamp, StoreError>;
    /// A user who is not removed; by number, removed ones as well.
    async fn user(&self, by: UserBy<'_>) -> Result<Option<User>, StoreError>;
    /// A user's password.
    async fn password(&self, user: UserNo) -> Result<Option<StoredPassword>, StoreError>;
    /// Replaces the hash of a user's password by another of the same password, if it is still the first of these. When it
    /// was set stays, and no event tells of it: the password is what it was, and nobody's session depends on its hash.
    async fn renew_password(&self, user: UserNo, hashes: (&str, &str)) -> Result<bool, StoreError>;
    /// An account.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, StoreError>;
    /// Accounts by id, after this one.
    async fn accounts(&self, after: Option<&AccountId>, limit: u16) -> Result<Vec<Account>, StoreError>;
    /// How many people an account has; those who are invited are not counted.
    async fn people(&self, of: AccountNo) -> Result<People, StoreError>;
    /// Users of an account by id, after this one.
    async fn users(&self, of: AccountNo, after: Option<&UserId>, limit: u16) -> Result<Vec<User>, StoreError>;
    /// People of an account by id, after this one, with how they use it.
    async fn team(&self, of: AccountNo, after: Option<&UserId>, limit: u16) -> Result<Vec<TeamMember>, StoreError>;
    /// The invitation with this code.
    async fn invitation(&self, secret: &SecretHash) -> Result<Option<FoundInvitation>, StoreError>;
    /// Invitations of an account, oldest first; some may have expired.
    async fn invitations(&self, of: AccountNo) -> Result<Vec<Invitation>, StoreError>;
    /// Accounts with an invitation that has expired and that nobody has marked.
    async fn accounts_with_expired(&self, limit: u16) -> Result<Vec<AccountId>, StoreError>;
    /// One session.
    async fn session(&self, id: &SessionId) -> Result<Option<SessionView>, StoreError>;
    /// Sessions, newest first, before this one.
    async fn sessions(
        &self,
        of: SessionsOf,
        state: StateFilter,
        page: SessionsPage,
    ) -> Result<Vec<SessionView>, StoreError>;
    /// Sessions of a user that are over, marked or not, those that ended last first; none that ended before an instant.
    async fn ended_lately(
        &self,
        of: (AccountNo, UserNo),
        since: Timestamp,
        limit: u16,
    ) -> Result<Vec<SessionView>, StoreError>;
    /// Events after this position, in order.
    async fn events(&self, of: EventsOf, after: Position, limit: u16) -> Result<Vec<Event>, StoreError>;
    /// What happened before a position, newest first: of these kinds, or of every kind where none is named. Only the
    /// events of that user or account are walked through, and with kinds at most [`HISTORY_LOOK_MAX`] of them.
    async fn history(
        &self,
        of: HistoryOf,
        kinds: &[&str],
        before: Option<Position>,
        limit: u16,
    ) -> Result<History, StoreError>;
    /// Refusals with this reference, the newest first, each with whom it concerns.
    async fn refused_as(&self, reference: &Reference, limit: u16) -> Result<Vec<(UserNo, Event)>, StoreError>;
    /// How often a user's sign-ins were refused at or after an instant, and when last. Only their latest events are
    /// looked at, so of very many refusals the oldest may be left out of the count.
    async fn refusals(&self, of: UserNo, since: Timestamp) -> Result<RefusalsSince, StoreError>;
    /// Whose sign-ins in an account were refused at or after an instant, how often, and when last. Only the account's
    /// latest events are looked at, so of a very busy account the oldest may be left out of the count.
    async fn refused_in(&self, of: AccountNo, since: Timestamp) -> Result<Vec<(UserNo, RefusalsSince)>, StoreError>;
    /// Failures in a row under each of these subjects.
    async fn throttles(&self, subjects: Vec<SecretHash>) -> Result<Vec<Throttle>, StoreError>;
    /// Counts a failure at an instant under each of these subjects, each once; those up to the instant beside a subject
    /// count no more, and for as long as from there to now this one counts. Says how it was before.
    async fn failed(&self, subjects: Vec<(SecretHash, Timestamp)>, at: Timestamp) -> Result<Vec<Throttle>, StoreError>;
    /// Forgets the failures under these subjects.
    async fn succeeded(&self, subjects: Vec<SecretHash>) -> Result<(), StoreError>;
    /// Forgets a piece of those that count no more. False: there was nothing left.
    async fn forget_failures(&self, now: Timestamp, limit: u16) -> Result<bool, StoreError>;
    /// The number of a user's device that answers to this value now; `None`: they never signed in with it.
    async fn known_device(&self, user: UserNo, device: SecretHash) -> Result<Option<DeviceNo>, StoreError>;
    /// A user's second factors, oldest first, each with what it is verified with.
    async fn factors(&self, of: UserNo) -> Result<Vec<(Factor, FactorState)>, StoreError>;
    /// How many people of an account have no second factor.
    async fn without_factor(&self, of: AccountNo) -> Result<u32, StoreError>;
    /// Uses the code of a step up. False: one of it or of a later one was used before, or the factor is gone.
    async fn use_step(&self, factor: &FactorId, step: i64, at: Timestamp) -> Result<bool, StoreError>;
    /// Whose the passkey is that whoever made it calls so, and what it is verified with.
    async fn passkey(&self, credential: &[u8]) -> Result<Option<(UserNo, Factor, FactorState)>, StoreError>;
    /// Writes what is known of a passkey after a use. False: it is not what it was verified with, or is gone.
    async fn use_passkey(
        &self,
        passkey: &FactorId,
        states: (FactorState, FactorState),
        at: Timestamp,
    ) -> Result<bool, StoreError>;
    /// How many recovery codes a user has left.
    async fn recovery_codes_left(&self, of: UserNo) -> Result<u16, StoreError>;
    /// Keeps something that may succeed once, in place of what was known by the same secret. Of one purpose somebody has at
    /// most [`ONE_TIME_OPEN_MAX`](crate::domain::one_time::ONE_TIME_OPEN_MAX): the oldest goes.
    async fn keep_one_time(&self, kept: OneTime) -> Result<(), StoreError>;
    /// What is known by the same secret if it may still succeed; else keeps this in its place. All who ask at once are
    /// told the same.
    async fn one_time_or(&self, kept: OneTime, now: Timestamp) -> Result<OneTime, StoreError>;
    /// What is known by this secret, if it may still succeed.
    async fn one_time(&self, of: (Purpose, SecretHash), now: Timestamp) -> Result<Option<OneTime>, StoreError>;
    /// The same with one try less; `None` where none was left.
    async fn spend_try(&self, of: (Purpose, SecretHash), now: Timestamp) -> Result<Option<OneTime>, StoreError>;
    /// The same, used up: of many who ask at once, one gets it.
    async fn take_one_time(&self, of: (Purpose, SecretHash), now: Timestamp) -> Result<Option<OneTime>, StoreError>;
    /// Forgets a piece of those that had expired at an instant. False: there was nothing left.
    async fn forget_one_time(&self, before: Timestamp, limit: u16) -> Result<bool, StoreError>;
    /// Keeps the link that makes the first administrator and works until an instant, in place of the one before. False:
    /// there is a user, or was one, and no link is kept.
    async fn offer_setup(&self, code: SecretHash, until: Timestamp) -> Result<bool, StoreError>;
    /// Until when this link works, if it is the one that is kept and there has never been a user.
    async fn offered_setup(&self, code: SecretHash) -> Result<Option<Timestamp>, StoreError>;
    /// Every service key, oldest first.
    async fn keys(&self) -> Result<Vec<ServiceKey>, StoreError>;
    /// Sessions that the sweeper should look at now, with their users.
    async fn due(&self, limit: u16) -> Result<Vec<(UserNo, SessionNo)>, StoreError>;
    /// Whose the newest live sessions are, and from which addresses they were started.
    async fn origins(&self, limit: u16) -> Result<Vec<(UserNo, Option<String>)>, StoreError>;
    /// Forgets a piece of what is older than it is kept for, of about `limit` events. False: there was nothing left.
    async fn forget(&self, before: Forget, limit: u16) -> Result<bool, StoreError>;
    /// Every webhook that is not removed, oldest first.
    async fn webhooks(&self) -> Result<Vec<WebhookState>, StoreError>;
    /// Makes a delivery of each of the next events for each webhook that wants it, at most about `limit` deliveries, and
    /// remembers how far it came in the same transaction. False: there was nothing, or another node is at it.
    async fn hand_out(&self, limit: u16) -> Result<bool, StoreError>;
    /// Takes deliveries of a webhook that are due, those that wait longest first. Nobody else takes one for as long as
    /// `lease`, and anybody may after that.
    async fn claim(&self, of: WebhookNo, limit: u16, lease: Duration) -> Result<Vec<Claimed>, StoreError>;
    /// Writes what came of deliveries that were taken; nothing of those that somebody else has taken since.
    async fn settle(&self, outcomes: Vec<Outcome>) -> Result<(), StoreError>;
    /// Deliveries of a webhook, those of the newest events first; of every state where none is named.
    async fn deliveries(
        &self,
        of: WebhookNo,
        state: Option<DeliveryState>,
        page: DeliveriesPage,
    ) -> Result<Vec<DeliveryView>, StoreError>;
    /// Clears a piece of about `limit` deliveries away: those that arrived before an instant and those of removed
    /// webhooks are forgotten, pending ones of disabled webhooks have failed. False: there was nothing left.
    async fn clear_deliveries(&self, delivered_before: Timestamp, limit: u16) -> Result<bool, StoreError>;
    /// Makes mails of the next events that are worth one, at most `limit` events, and remembers how far it came in the
    /// same transaction. False: there was nothing to write, no more to look at, or another node is at it.
    async fn hand_out_mails(&self, limit: u16) -> Result<bool, StoreError>;
    /// Takes mails that are due, those that wait longest first. Nobody else takes one for as long as `lease`.
    async fn claim_mails(&self, limit: u16, lease: Duration) -> Result<Vec<ClaimedMail>, StoreError>;
    /// Writes what came of mails that were taken; nothing of those that somebody else has taken since.
    async fn settle_mails(&self, outcomes: Vec<MailOutcome>) -> Result<(), StoreError>;
    /// Forgets a piece of those that were sent or given up before an instant. False: there was nothing left.
    async fn forget_mails(&self, before: Timestamp, limit: u16) -> Result<bool, StoreError>;
    /// Gives an invitation a second code, for the link that is mailed, in place of the one mailed before. The code of its
    /// own link stays. False: the invitation is gone.
    async fn mail_invitation(&self, id: &InvitationId, code: SecretHash) -> Result<bool, StoreError>;
    /// Lets the sweeper look at these again at their earlier deadline.
    async fn rearm(&self, sessions: Vec<SessionNo>) -> Result<(), StoreError>;
    /// The position of the last event, as it grows.
    fn news(&self) -> watch::Receiver<Position>;

    /// How the store is.
    async fn health(&self) -> Result<Health, StoreError>;
    /// Writes a consistent copy to a path where nothing is yet.
    async fn backup(&self, to: &Path) -> Result<(), StoreError>;
}

/// A transaction: load under locks, then commit what was decided.
///
/// Locks are taken in one order: the account, users by ascending number, their sessions. Facts and clock are read after.
#[async_trait]
pub trait Transaction: Send {
    /// Locks an account and counts its people.
    async fn account(&mut self, id: &AccountId) -> Result<Option<AccountFacts>, StoreError>;
    /// Finds a user who is not removed, without a lock; by number, removed ones as well.
    async fn find_user(&mut self, by: UserBy<'_>) -> Result<Option<User>, StoreError>;
    /// Locks these users and their open sessions, then reads what is known of them, the clock, and `born` fresh session
    /// numbers. A user who does not exist is missing from the facts; a removed one is there.
    async fn users(&mut self, asked: Vec<(UserNo, AskedUser)>, born: u16) -> Result<Facts, StoreError>;
    /// Takes this link away as it commits, and says until when it works, if it is the one that is kept and there has never
    /// been a user. Nobody else can take it meanwhile.
    async fn take_setup(&mut self, code: SecretHash) -> Result<Option<Timestamp>, StoreError>;
    /// Writes every change with its one event, in this order, and commits. Nothing is true before it returns.
    async fn commit(self: Box<Self>, changes: Vec<Change>) -> Result<Committed, StoreError>;
}

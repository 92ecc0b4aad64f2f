//! What is asked of a database, whichever it is. The only folder that names a database driver.
//!
//! The unit of a write is a batch: a [`Transaction`] locks the users that the batch is about, reads what is known of
//! them and then the clock, and commits every [`Change`] of the batch with its event, or none. Nothing is true before
//! [`Transaction::commit`] has returned. A look-up that finds nothing is `Ok(None)`, never an error.

mod rows;
mod sql;
pub mod sqlite;

use crate::domain::account::Account;
use crate::domain::change::Change;
use crate::domain::device::{DeviceLabel, Place};
use crate::domain::end::EndReason;
use crate::domain::facts::Facts;
use crate::domain::id::{AccountId, AccountNo, DeviceNo, KeyId, SecretHash, SessionId, SessionNo, UserId, UserNo};
use crate::domain::session::Activity;
use crate::domain::staff::People;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use async_trait::async_trait;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
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

/// What a check asks, in one look at the store.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckAsk {
    /// Hash of the presented session token.
    pub token: Option<SecretHash>,
    /// Hash of the presented service key.
    pub key: Option<SecretHash>,
    /// Whether the plan is needed, too: counted activity moves deadlines by its policy.
    pub counted: bool,
    /// Whether it is asked for what the session was started from, too.
    pub origin: bool,
}

/// What a check found, as of one instant not before the call.
#[derive(Clone, Debug)]
pub struct CheckFacts {
    /// The clock, read after everything else.
    pub now: Timestamp,
    /// The session of the token.
    pub session: Option<Checked>,
    /// The service key, unless it is unknown or revoked.
    pub key: Option<ServiceKey>,
}

/// A session that a token led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The store's number.
    pub no: SessionNo,
    /// The public id.
    pub id: SessionId,
    /// Whose it is.
    pub user: CheckedUser,
    /// When it is over whatever the activity.
    pub absolute_deadline: Timestamp,
    /// Its moving times while it has no end.
    pub state: CheckedState,
    /// What it was started from, if that was asked for.
    pub origin: Option<Box<SessionOrigin>>,
}

/// What a session was started from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOrigin {
    /// The device.
    pub device_no: DeviceNo,
    /// How that describes itself.
    pub device: DeviceLabel,
    /// The address.
    pub ip: Option<String>,
    /// Where that is.
    pub place: Place,
    /// How the person proved who they are.
    pub methods: Vec<String>,
    /// Whether device and country had never been seen before for this user.
    pub unfamiliar: bool,
    /// When it was started.
    pub created_at: Timestamp,
    /// The last full proof.
    pub proved_at: Timestamp,
}

/// The user of a checked session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedUser {
    /// The store's number.
    pub no: UserNo,
    /// The public id.
    pub id: UserId,
    /// What people read.
    pub name: Option<String>,
    /// Login address.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Their account; `None` for system users.
    pub account_id: Option<AccountId>,
    /// Code of the account's plan, if it was asked for.
    pub plan: Option<String>,
}

/// Whether a checked session has an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckedState {
    /// It has none: live or lapsed.
    Open(Activity),
    /// It has.
    Ended(Timestamp, EndReason),
}

/// A service key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey {
    /// The public id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// What it may do, by name.
    pub scopes: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// New times for a session that was live when they were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TouchOf {
    /// Which session.
    pub session: SessionNo,
    /// Its times from now on.
    pub activity: Activity,
    /// Whether the session was already told that it lives on, since there was no space to write this touch in time.
    pub kept: bool,
}

/// Which user to find.
#[derive(Clone, Copy, Debug)]
pub enum UserBy<'a> {
    /// By public id.
    Id(&'a UserId),
    /// By normalised login address.
    Email(&'a str),
    /// By the store's number, removed ones included.
    No(UserNo),
}

/// A password's hash and when it was set.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPassword {
    /// PHC string.
    pub hash: String,
    /// When it was set.
    pub changed_at: Timestamp,
}

/// Whose sessions to list.
#[derive(Clone, Copy, Debug)]
pub enum SessionsOf {
    /// One user's.
    User(AccountNo, UserNo),
    /// All of an account's.
    Account(AccountNo),
}

/// Which sessions to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// Those that may be used now.
    Live,
    /// Those that are over, marked or not, at or after this instant.
    Ended(Timestamp),
    /// All.
    All,
}

/// A session as pages and API show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// The store's number, also the cursor of lists.
    pub no: SessionNo,
    /// The public id.
    pub id: SessionId,
    /// Whose, by number.
    pub user_no: UserNo,
    /// Whose.
    pub user_id: UserId,
    /// Of which account; `None` for system users.
    pub account_id: Option<AccountId>,
    /// What it was started from.
    pub device_no: DeviceNo,
    /// How that describes itself.
    pub device: DeviceLabel,
    /// The address it was started from.
    pub ip: Option<String>,
    /// Where that is.
    pub place: Place,
    /// How the person proved who they are.
    pub methods: Vec<String>,
    /// Whether device and country had never been seen before for this user.
    pub unfamiliar: bool,
    /// When it was started.
    pub created_at: Timestamp,
    /// The last full proof.
    pub proved_at: Timestamp,
    /// Its moving times, or their last values.
    pub activity: Activity,
    /// When it is over whatever the activity.
    pub absolute_deadline: Timestamp,
    /// When and why it ended. Set also for a session that has lapsed and that nobody has marked.
    pub end: Option<(Timestamp, EndReason)>,
    /// Role of the person who ended it.
    pub ended_by_role: Option<Role>,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the order.
    pub position: Position,
    /// What happened.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Of which account.
    pub account_id: Option<AccountId>,
    /// Whom it concerns.
    pub user_id: Option<UserId>,
    /// Which session.
    pub session_id: Option<SessionId>,
    /// Kind of who did it.
    pub actor_kind: String,
    /// Who did it, by public id.
    pub actor_id: Option<String>,
    /// The role of who did it.
    pub actor_role: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Reference of a refusal.
    pub reference: Option<String>,
    /// From which address.
    pub ip: Option<String>,
    /// What else there is to say: a JSON object.
    pub data: String,
}

/// Which events to read.
#[derive(Clone, Copy, Debug)]
pub enum EventsOf {
    /// All.
    All,
    /// Those that concern one user.
    User(UserNo),
}

/// Sign-ins that were refused because somebody was signed in already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefusalsSince {
    /// How many.
    pub count: u64,
    /// When the last of them was written down; `None` where there were none.
    pub last: Option<Timestamp>,
}

/// A user that a transaction is about.
#[derive(Clone, Debug, Default)]
pub struct AskedUser {
    /// Device values that came along, if their devices matter.
    pub devices: Vec<SecretHash>,
    /// Countries they come from, if their countries matter.
    pub countries: Vec<String>,
}

/// An account under its lock.
#[derive(Clone, Debug)]
pub struct AccountFacts {
    /// The account.
    pub account: Account,
    /// How many people it has.
    pub people: People,
    /// Their numbers, ascending.
    pub users: Vec<UserNo>,
}

/// Where in the one order of events a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Position of its last event; of the one before it where it wrote none.
    pub last: Position,
}

/// What `doctor db`, readiness and metrics show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// What the store is, such as `SQLite 3.54.1`.
    pub engine: String,
    /// Where it is.
    pub location: String,
    /// Facts by name, in this order.
    pub facts: Vec<(&'static str, String)>,
    /// Numbers that metrics follow: name, what it is, value.
    pub gauges: Vec<(&'static str, &'static str, i64)>,
    /// What an operator should mend, each with how.
    pub problems: Vec<String>,
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

    /// Starts a transaction that will read and then write. Dropping it rolls back.
    async fn begin(&self, lane: Lane) -> Result<Box<dyn Transaction>, StoreError>;

    /// The clock that decides.
    async fn now(&self) -> Result<Timestamp, StoreError>;
    /// A user who is not removed.
    async fn user(&self, by: UserBy<'_>) -> Result<Option<User>, StoreError>;
    /// A user's password.
    async fn password(&self, user: UserNo) -> Result<Option<StoredPassword>, StoreError>;
    /// An account.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, StoreError>;
    /// Accounts by id, after this one.
    async fn accounts(&self, after: Option<&AccountId>, limit: u16) -> Result<Vec<Account>, StoreError>;
    /// Users of an account by id, after this one.
    async fn users(&self, of: AccountNo, after: Option<&UserId>, limit: u16) -> Result<Vec<User>, StoreError>;
    /// One session.
    async fn session(&self, id: &SessionId) -> Result<Option<SessionView>, StoreError>;
    /// Sessions, newest first, before this one.
    async fn sessions(
        &self,
        of: SessionsOf,
        state: StateFilter,
        page: SessionsPage,
    ) -> Result<Vec<SessionView>, StoreError>;
    /// Events after this position, in order.
    async fn events(&self, of: EventsOf, after: Position, limit: u16) -> Result<Vec<Event>, StoreError>;
    /// How often a user's sign-ins were refused at or after an instant, and when last. Only their latest events are
    /// looked at, so of very many refusals the oldest may be left out of the count.
    async fn refusals(&self, of: UserNo, since: Timestamp) -> Result<RefusalsSince, StoreError>;
    /// Every service key, oldest first.
    async fn keys(&self) -> Result<Vec<ServiceKey>, StoreError>;
    /// Sessions that the sweeper should look at now, with their users.
    async fn due(&self, limit: u16) -> Result<Vec<(UserNo, SessionNo)>, StoreError>;
    /// Lets the sweeper look at these again at their earlier deadline.
    async fn rearm(&self, sessions: Vec<SessionNo>) -> Result<(), StoreError>;
    /// The position of the last event, as it grows.
    fn news(&self) -> watch::Receiver<Position>;

    /// How the store is.
    async fn health(&self) -> Result<Health, StoreError>;
    /// Writes a consistent copy to a path where nothing is yet.
    async fn backup(&self, to: &Path) -> Result<(), StoreError>;
}

/// A part of a list of sessions.
#[derive(Clone, Copy, Debug)]
pub struct SessionsPage {
    /// Only sessions before this one.
    pub before: Option<SessionNo>,
    /// How many at most.
    pub limit: u16,
}

/// A transaction: load under locks, then commit what was decided.
///
/// Locks are taken in one order: the account, users by ascending number, their sessions. Facts and clock are read after.
#[async_trait]
pub trait Transaction: Send {
    /// Locks an account and counts its people.
    async fn account(&mut self, id: &AccountId) -> Result<Option<AccountFacts>, StoreError>;
    /// Finds a user who is not removed, without a lock.
    async fn find_user(&mut self, by: UserBy<'_>) -> Result<Option<User>, StoreError>;
    /// Locks these users and their open sessions, then reads what is known of them, the clock, and `born` fresh session
    /// numbers. A user who does not exist is missing from the facts; a removed one is there.
    async fn users(&mut self, asked: Vec<(UserNo, AskedUser)>, born: u16) -> Result<Facts, StoreError>;
    /// Writes every change with its one event, in this order, and commits. Nothing is true before it returns.
    async fn commit(self: Box<Self>, changes: Vec<Change>) -> Result<Committed, StoreError>;
}

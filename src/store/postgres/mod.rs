//! The shared store: any number of nodes on one PostgreSQL, none of which remembers anything that another may change.
//!
//! That no answer is stale rests on two facts: a check joins a batch that has not been sent yet, so the database looks
//! after the question was asked; and whoever decides holds the rows that the decision is about, and reads facts and clock
//! in statements that begin after that. There is no leader, and nothing a node holds outlives it.

mod address;
mod changes;
mod checks;
mod connect;
mod factors;
mod forget;
mod health;
mod history;
mod load;
mod mails;
mod migrate;
mod news;
mod one_time;
mod passwords;
mod pool;
mod reads;
mod replication;
mod round;
mod rows;
mod session;
mod setup;
mod throttles;
mod time;
mod tls;
mod touches;
mod transaction;
mod webhooks;

pub(super) use connect::Connection;
pub use connect::{ConnectError, Connector};
pub use migrate::Tables;
pub use replication::Durability;

use super::{
    CheckAsk, CheckFacts, Claimed, ClaimedMail, DeliveriesPage, DeliveryState, DeliveryView, Event, EventsOf,
    FoundInvitation, Health, History, HistoryOf, Lane, MailOutcome, Outcome, Position, RefusalsSince, Reply,
    ServiceKey, SessionView, SessionsOf, SessionsPage, StateFilter, Store, StoreError, StoredPassword, TeamMember,
    TouchOf, Transaction, UserBy, WebhookState,
};
use crate::clock::TimeSource;
use crate::domain::account::Account;
use crate::domain::factor::{Factor, FactorState};
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
use checks::Checks;
use news::News;
use pool::Pool;
use session::Step;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use time::Time;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_postgres::Row;

/// Longest time that a statement may take, in milliseconds: everything here is by key, or a page of a list.
const STATEMENT_TIMEOUT_MS: u32 = 5_000;

/// A transaction that asks nothing for so long is given up by the database: its node hangs, and others wait for its rows.
const IDLE_TIMEOUT_MS: u32 = 2_000;

/// Longest wait for a row that another transaction holds, in milliseconds. Longer than a hanging node may hold one, so
/// that whoever waits gets it: a node that freezes holds up a batch of another one for that long, if they meet.
const LOCK_TIMEOUT_MS: u32 = 3_000;

/// Longest wait for the answers to one packet, whatever the database thinks of its own limits.
const RUN_TIMEOUT: Duration = Duration::from_secs(6);

/// What the way to the database allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether a connection is one session of the database: then statements are kept there, and it tells of news. Not so
    /// behind a pooler that hands connections around between transactions.
    pub named_statements: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { named_statements: true }
    }
}

/// A store in a PostgreSQL database that other nodes share.
pub struct PostgresStore {
    shared: Arc<Shared>,
    connector: Connector,
    checks: Checks,
    /// Stopped when the store is dropped.
    _tasks: JoinSet<()>,
}

/// What transactions and tasks of the store have in common.
struct Shared {
    time: Time,
    news: News,
    admissions: Arc<Pool>,
    ends: Arc<Pool>,
    /// One for the rounds, and one for touches that wait for a row.
    touches: Arc<Pool>,
    /// Transactions of pages, apart from reads: one that reads in between must not wait for itself.
    changes: Arc<Pool>,
    /// Reads of a row or two, which come before a decision: no list shall hold up an end or a sign-in.
    looks: Arc<Pool>,
    /// Lists, and whatever else reads many rows.
    reads: Arc<Pool>,
    /// Deliveries to webhooks, and mails. It connects when there is the first one.
    deliveries: Arc<Pool>,
    /// Failed proofs, counted and forgotten.
    guesses: Arc<Pool>,
    /// Second factors that are used, and what may succeed once: behind no stranger's guess.
    proofs: Arc<Pool>,
}

impl PostgresStore {
    /// Connects, and brings the tables up to date. Other nodes may do the same at the same time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database cannot be reached or does not take writes, and
    /// [`StoreError::Database`] where a migration fails.
    pub async fn open(connector: Connector, time: TimeSource, options: Options) -> Result<Self, StoreError> {
        migrate::migrate(&connector).await?;
        let way = (&connector, options);
        let shared = Arc::new(Shared {
            time: Time::from(time),
            news: News::default(),
            admissions: Pool::new("admissions", 1, way),
            ends: Pool::new("ends", 1, way),
            touches: Pool::new("touches", 2, way),
            changes: Pool::new("changes", 2, way),
            looks: Pool::new("looks", 2, way),
            reads: Pool::new("reads", 2, way),
            deliveries: Pool::new("deliveries", 1, way),
            guesses: Pool::new("guesses", 1, way),
            proofs: Pool::new("proofs", 1, way),
        });
        let last = reads::last_position(&shared).await?;
        shared.news.raise(last);
        let mut tasks = JoinSet::new();
        tasks.spawn(news::follow(shared.clone(), Pool::new("news", 1, way), options));
        let checks = Checks::start(&shared.time, || Pool::new("checks", 1, way), &mut tasks);
        Ok(Self { shared, connector, checks, _tasks: tasks })
    }
}

impl Shared {
    fn lane(&self, lane: Lane) -> &Arc<Pool> {
        match lane {
            Lane::Admissions => &self.admissions,
            Lane::Ends => &self.ends,
            Lane::Pages => &self.changes,
        }
    }

    /// Runs one read of a row or two.
    async fn look(&self, step: Step) -> Result<Vec<Row>, StoreError> {
        self.looks.lease().await?.session().rows(step).await
    }

    /// Runs one read of many rows.
    async fn read(&self, step: Step) -> Result<Vec<Row>, StoreError> {
        self.reads.lease().await?.session().rows(step).await
    }
}

/// Says in our words what the driver reports.
///
/// A full disk is no [`StoreError::Full`]: that promises that ends are still taken, and here nothing is.
fn of(error: tokio_postgres::Error) -> StoreError {
    let Some(code) = error.code() else {
        let lost =
            error.is_closed() || std::error::Error::source(&error).is_some_and(|cause| cause.is::<std::io::Error>());
        return if lost { StoreError::Unavailable(Box::new(error)) } else { StoreError::Database(Box::new(error)) };
    };
    match code.code().get(..2) {
        // A rule, or a value that the database cannot hold: each of the batch is tried alone.
        Some("22" | "23") => StoreError::Conflict(Box::new(error)),
        // Connection, a transaction that may not write here, deadlock, resources, locks, operators, the system.
        Some("08" | "25" | "40" | "53" | "55" | "57" | "58") => StoreError::Unavailable(Box::new(error)),
        _ => StoreError::Database(Box::new(error)),
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn check(&self, ask: &CheckAsk) -> Reply<CheckFacts> {
        self.checks.ask(ask)
    }

    async fn touch(&self, touches: Vec<TouchOf>) -> Result<Vec<bool>, StoreError> {
        touches::touch(&self.shared, &touches).await
    }

    async fn touch_free(&self, touches: Vec<TouchOf>) -> Result<Vec<Option<bool>>, StoreError> {
        touches::touch_free(&self.shared, &touches).await
    }

    async fn begin(&self, lane: Lane) -> Result<Box<dyn Transaction>, StoreError> {
        let leased = self.shared.lane(lane).lease().await?;
        Ok(Box::new(transaction::PostgresTransaction::over(leased, self.shared.clone())))
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        reads::now(&self.shared).await
    }

    async fn user(&self, by: UserBy<'_>) -> Result<Option<User>, StoreError> {
        reads::first(self.shared.look(reads::user(by)).await?, rows::user)
    }

    async fn password(&self, user: UserNo) -> Result<Option<StoredPassword>, StoreError> {
        reads::password(&self.shared, user).await
    }

    async fn renew_password(&self, user: UserNo, hashes: (&str, &str)) -> Result<bool, StoreError> {
        passwords::renew(&self.shared, user, hashes).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        reads::first(self.shared.look(reads::account(id)).await?, rows::account)
    }

    async fn accounts(&self, after: Option<&AccountId>, limit: u16) -> Result<Vec<Account>, StoreError> {
        reads::accounts(&self.shared, after, limit).await
    }

    async fn people(&self, of: AccountNo) -> Result<People, StoreError> {
        reads::people(&self.shared, of).await
    }

    async fn users(&self, of: AccountNo, after: Option<&UserId>, limit: u16) -> Result<Vec<User>, StoreError> {
        reads::users(&self.shared, of, after, limit).await
    }

    async fn team(&self, of: AccountNo, after: Option<&UserId>, limit: u16) -> Result<Vec<TeamMember>, StoreError> {
        reads::team(&self.shared, of, after, limit).await
    }

    async fn invitation(&self, secret: &SecretHash) -> Result<Option<FoundInvitation>, StoreError> {
        reads::first(self.shared.look(reads::invitation(secret)).await?, |row| {
            Ok(FoundInvitation { invitation: rows::invitation(row)?, by_mail: rows::get(row, 8)? })
        })
    }

    async fn invitations(&self, of: AccountNo) -> Result<Vec<Invitation>, StoreError> {
        reads::invitations(&self.shared, of).await
    }

    async fn accounts_with_expired(&self, limit: u16) -> Result<Vec<AccountId>, StoreError> {
        reads::accounts_with_expired(&self.shared, limit).await
    }

    async fn session(&self, id: &SessionId) -> Result<Option<SessionView>, StoreError> {
        reads::session(&self.shared, id).await
    }

    async fn sessions(
        &self,
        of: SessionsOf,
        state: StateFilter,
        page: SessionsPage,
    ) -> Result<Vec<SessionView>, StoreError> {
        reads::sessions(&self.shared, of, state, page).await
    }

    async fn ended_lately(
        &self,
        of: (AccountNo, UserNo),
        since: Timestamp,
        limit: u16,
    ) -> Result<Vec<SessionView>, StoreError> {
        reads::ended_lately(&self.shared, of, since, limit).await
    }

    async fn events(&self, of: EventsOf, after: Position, limit: u16) -> Result<Vec<Event>, StoreError> {
        reads::events(&self.shared, of, after, limit).await
    }

    async fn history(
        &self,
        of: HistoryOf,
        kinds: &[&str],
        before: Option<Position>,
        limit: u16,
    ) -> Result<History, StoreError> {
        history::history(&self.shared, of, kinds, (before, limit)).await
    }

    async fn refused_as(&self, reference: &Reference, limit: u16) -> Result<Vec<(UserNo, Event)>, StoreError> {
        history::refused_as(&self.shared, reference, limit).await
    }

    async fn refusals(&self, of: UserNo, since: Timestamp) -> Result<RefusalsSince, StoreError> {
        reads::refusals(&self.shared, of, since).await
    }

    async fn refused_in(&self, of: AccountNo, since: Timestamp) -> Result<Vec<(UserNo, RefusalsSince)>, StoreError> {
        reads::refused_in(&self.shared, of, since).await
    }

    async fn throttles(&self, subjects: Vec<SecretHash>) -> Result<Vec<Throttle>, StoreError> {
        throttles::of(&self.shared, &subjects).await
    }

    async fn failed(&self, subjects: Vec<(SecretHash, Timestamp)>, at: Timestamp) -> Result<Vec<Throttle>, StoreError> {
        throttles::failed(&self.shared, &subjects, at).await
    }

    async fn succeeded(&self, subjects: Vec<SecretHash>) -> Result<(), StoreError> {
        throttles::succeeded(&self.shared, &subjects).await
    }

    async fn forget_failures(&self, now: Timestamp, limit: u16) -> Result<bool, StoreError> {
        throttles::forget(&self.shared, now, limit).await
    }

    async fn known_device(&self, user: UserNo, device: SecretHash) -> Result<Option<DeviceNo>, StoreError> {
        throttles::known_device(&self.shared, user, device).await
    }

    async fn factors(&self, of: UserNo) -> Result<Vec<(Factor, FactorState)>, StoreError> {
        factors::of(&self.shared, of).await
    }

    async fn use_step(&self, factor: &FactorId, step: i64, at: Timestamp) -> Result<bool, StoreError> {
        factors::use_step(&self.shared, factor, (step, at)).await
    }

    async fn passkey(&self, credential: &[u8]) -> Result<Option<(UserNo, Factor, FactorState)>, StoreError> {
        factors::passkey(&self.shared, credential).await
    }

    async fn use_passkey(
        &self,
        passkey: &FactorId,
        states: (FactorState, FactorState),
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        factors::use_passkey(&self.shared, passkey, (states, at)).await
    }

    async fn without_factor(&self, of: AccountNo) -> Result<u32, StoreError> {
        factors::without(&self.shared, of).await
    }

    async fn recovery_codes_left(&self, of: UserNo) -> Result<u16, StoreError> {
        factors::codes_left(&self.shared, of).await
    }

    async fn keep_one_time(&self, kept: OneTime) -> Result<(), StoreError> {
        one_time::keep(&self.shared, kept).await
    }

    async fn one_time_or(&self, kept: OneTime, now: Timestamp) -> Result<OneTime, StoreError> {
        one_time::keep_or_find(&self.shared, kept, now).await
    }

    async fn one_time(&self, of: (Purpose, SecretHash), now: Timestamp) -> Result<Option<OneTime>, StoreError> {
        one_time::find(&self.shared, of, now).await
    }

    async fn spend_try(&self, of: (Purpose, SecretHash), now: Timestamp) -> Result<Option<OneTime>, StoreError> {
        one_time::spend_try(&self.shared, of, now).await
    }

    async fn take_one_time(&self, of: (Purpose, SecretHash), now: Timestamp) -> Result<Option<OneTime>, StoreError> {
        one_time::take(&self.shared, of, now).await
    }

    async fn forget_one_time(&self, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
        one_time::forget(&self.shared, before, limit).await
    }

    async fn offer_setup(&self, code: SecretHash, until: Timestamp) -> Result<bool, StoreError> {
        setup::offer(&self.shared, code, until).await
    }

    async fn offered_setup(&self, code: SecretHash) -> Result<Option<Timestamp>, StoreError> {
        setup::offered(&self.shared, code).await
    }

    async fn keys(&self) -> Result<Vec<ServiceKey>, StoreError> {
        reads::keys(&self.shared).await
    }

    async fn due(&self, limit: u16) -> Result<Vec<(UserNo, SessionNo)>, StoreError> {
        reads::due(&self.shared, limit).await
    }

    async fn origins(&self, limit: u16) -> Result<Vec<(UserNo, Option<String>)>, StoreError> {
        reads::origins(&self.shared, limit).await
    }

    async fn forget(&self, before: Forget, limit: u16) -> Result<bool, StoreError> {
        forget::forget(&self.shared, &before, limit).await
    }

    async fn rearm(&self, sessions: Vec<SessionNo>) -> Result<(), StoreError> {
        touches::rearm(&self.shared, &sessions).await
    }

    async fn webhooks(&self) -> Result<Vec<WebhookState>, StoreError> {
        webhooks::webhooks(&self.shared).await
    }

    async fn hand_out(&self, limit: u16) -> Result<bool, StoreError> {
        webhooks::hand_out(&self.shared, limit).await
    }

    async fn claim(&self, of: WebhookNo, limit: u16, lease: Duration) -> Result<Vec<Claimed>, StoreError> {
        webhooks::claim(&self.shared, of, limit, lease).await
    }

    async fn settle(&self, outcomes: Vec<Outcome>) -> Result<(), StoreError> {
        webhooks::settle(&self.shared, &outcomes).await
    }

    async fn deliveries(
        &self,
        of: WebhookNo,
        state: Option<DeliveryState>,
        page: DeliveriesPage,
    ) -> Result<Vec<DeliveryView>, StoreError> {
        webhooks::deliveries(&self.shared, of, state, page).await
    }

    async fn clear_deliveries(&self, delivered_before: Timestamp, limit: u16) -> Result<bool, StoreError> {
        webhooks::clear(&self.shared, delivered_before, limit).await
    }

    async fn hand_out_mails(&self, limit: u16) -> Result<bool, StoreError> {
        mails::hand_out(&self.shared, limit).await
    }

    async fn claim_mails(&self, limit: u16, lease: Duration) -> Result<Vec<ClaimedMail>, StoreError> {
        mails::claim(&self.shared, limit, lease).await
    }

    async fn settle_mails(&self, outcomes: Vec<MailOutcome>) -> Result<(), StoreError> {
        mails::settle(&self.shared, &outcomes).await
    }

    async fn forget_mails(&self, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
        mails::forget(&self.shared, before, limit).await
    }

    async fn mail_invitation(&self, id: &InvitationId, code: SecretHash) -> Result<bool, StoreError> {
        mails::mail_invitation(&self.shared, id, code).await
    }

    fn news(&self) -> watch::Receiver<Position> {
        self.shared.news.told()
    }

    async fn health(&self) -> Result<Health, StoreError> {
        health::health(&self.shared, &self.connector).await
    }

    async fn backup(&self, _to: &Path) -> Result<(), StoreError> {
        // A file written by one of many nodes would be no backup of a database that its own tools copy continuously.
        Err(StoreError::Unavailable(
            "PostgreSQL is backed up with its own tools: pg_basebackup with archived WAL, or pg_dump".into(),
        ))
    }
}

//! The embedded store: one writer thread with group commit, readers in place on kept snapshots, one process per file.
//!
//! That no answer is stale rests on two facts: every writer is in this process (an OS lock on a file beside the database
//! sees to it), and the writer moves a counter after each commit and before anybody is told of it.

mod backup;
mod changes;
mod factors;
mod forget;
mod history;
mod load;
mod lock;
mod mails;
mod one_time;
mod passwords;
mod readers;
mod reads;
mod reserve;
mod setup;
mod throttles;
mod transaction;
mod webhooks;
mod writer;

pub use lock::{LockError, StoreLock};

use super::{
    CheckAsk, CheckFacts, Claimed, ClaimedMail, DeliveriesPage, DeliveryState, DeliveryView, Event, EventsOf,
    FoundInvitation, Health, History, HistoryOf, Lane, MailOutcome, Outcome, Position, RefusalsSince, Reply,
    ServiceKey, SessionView, SessionsOf, SessionsPage, StateFilter, Store, StoreError, StoredPassword, TeamMember,
    TouchOf, Transaction, UserBy, WebhookState, sql,
};
use crate::clock::{Clock, TimeSource};
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
use readers::Readers;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

/// A store in one SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    clock: Arc<Clock>,
    readers: Arc<Readers>,
    writer: writer::Handle,
    news: watch::Receiver<Position>,
    /// Released when the process ends, however it ends.
    _lock: StoreLock,
}

impl SqliteStore {
    /// Opens or creates the file, brings its tables up to date, and holds it until dropped.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the file cannot be opened, [`StoreError::Database`] where a migration fails.
    pub fn open(path: &Path, lock: StoreLock, time: TimeSource) -> Result<Self, StoreError> {
        let connection = up_to_date(path)?;
        // Statistics of some day in the past would decide how a check is planned.
        connection.execute_batch("DROP TABLE IF EXISTS sqlite_stat4; DROP TABLE IF EXISTS sqlite_stat1;").ok();
        let stored: i64 = connection
            .query_row("SELECT value FROM counters WHERE name = 'clock'", [], |row| row.get(0))
            .map_err(of)?;
        let last: i64 = connection
            .query_row("SELECT value FROM counters WHERE name = 'events'", [], |row| row.get(0))
            .map_err(of)?;
        let clock = Arc::new(Clock::start(time, Timestamp::from_millis(stored)));
        let readers = Arc::new(Readers::open(path)?);
        let (tell, news) = watch::channel(Position(last));
        let parts = writer::Parts { readers: readers.clone(), clock: clock.clone(), tell };
        let writer = writer::start(path, connection, parts)?;
        Ok(Self { path: path.to_owned(), clock, readers, writer, news, _lock: lock })
    }

    /// The clock of this store.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// Opens or creates the file and brings its tables up to date. The caller holds its lock.
pub(in crate::store) fn up_to_date(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = connect(path)?;
    migrations::migrations::runner().run(&mut connection).map_err(|error| StoreError::Database(Box::new(error)))?;
    Ok(connection)
}

/// A connection as this store wants them.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(of)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Plans may not depend on bound values. Otherwise a joined statement that comes from the cache, where its values were
    // cleared, is prepared anew at each execution, which costs many times the look-up itself.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(of)?;
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                    PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 0; \
                    PRAGMA trusted_schema = OFF;";
    connection.execute_batch(settings).map_err(of)?;
    Ok(connection)
}

/// Says in our words what the driver reports.
fn of(error: rusqlite::Error) -> StoreError {
    let code = error.sqlite_error_code();
    match code {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::ConstraintViolation) => StoreError::Conflict(Box::new(error)),
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied,
        ) => StoreError::Unavailable(Box::new(error)),
        _ => StoreError::Database(Box::new(error)),
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn check(&self, ask: &CheckAsk) -> Reply<CheckFacts> {
        Reply::Ready(Some(self.readers.read(|connection| reads::check(connection, ask)).map(|(session, key)| {
            let now = self.clock.now();
            CheckFacts { now, session, key }
        })))
    }

    async fn touch(&self, touches: Vec<TouchOf>) -> Result<Vec<bool>, StoreError> {
        self.writer.run(move |writer| writer.touch(&touches)).await
    }

    async fn touch_free(&self, touches: Vec<TouchOf>) -> Result<Vec<Option<bool>>, StoreError> {
        // There is one writer: while it touches, nobody else holds anything.
        Ok(self.touch(touches).await?.into_iter().map(Some).collect())
    }

    async fn begin(&self, lane: Lane) -> Result<Box<dyn Transaction>, StoreError> {
        Ok(Box::new(self.writer.begin(lane).await?))
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.clock.now())
    }

    async fn user(&self, by: UserBy<'_>) -> Result<Option<User>, StoreError> {
        self.readers.read(|connection| reads::user(connection, by))
    }

    async fn password(&self, user: UserNo) -> Result<Option<StoredPassword>, StoreError> {
        self.readers.read(|connection| reads::password(connection, user))
    }

    async fn renew_password(&self, user: UserNo, (from, to): (&str, &str)) -> Result<bool, StoreError> {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.writer.run(move |writer| writer.when_there_is_room(|c| passwords::renew(c, user, (&from, &to)))).await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        self.readers.read(|connection| reads::account_by_id(connection, id))
    }

    async fn accounts(&self, after: Option<&AccountId>, limit: u16) -> Result<Vec<Account>, StoreError> {
        self.readers.read(|connection| reads::accounts(connection, after, limit))
    }

    async fn people(&self, of: AccountNo) -> Result<People, StoreError> {
        self.readers.read(|connection| load::people(connection, of))
    }

    async fn users(&self, of: AccountNo, after: Option<&UserId>, limit: u16) -> Result<Vec<User>, StoreError> {
        self.readers.read(|connection| reads::users(connection, of, after, limit))
    }

    async fn team(&self, of: AccountNo, after: Option<&UserId>, limit: u16) -> Result<Vec<TeamMember>, StoreError> {
        self.readers.read(|connection| reads::team(connection, (of, self.clock.now()), after, limit))
    }

    async fn invitation(&self, secret: &SecretHash) -> Result<Option<FoundInvitation>, StoreError> {
        self.readers.read(|connection| reads::invitation(connection, secret))
    }

    async fn invitations(&self, of: AccountNo) -> Result<Vec<Invitation>, StoreError> {
        self.readers.read(|connection| load::invitations(connection, of))
    }

    async fn accounts_with_expired(&self, limit: u16) -> Result<Vec<AccountId>, StoreError> {
        self.readers.read(|connection| reads::accounts_with_expired(connection, self.clock.now(), limit))
    }

    async fn session(&self, id: &SessionId) -> Result<Option<SessionView>, StoreError> {
        self.readers.read(|connection| reads::session(connection, id, || self.clock.now()))
    }

    async fn sessions(
        &self,
        of: SessionsOf,
        state: StateFilter,
        page: SessionsPage,
    ) -> Result<Vec<SessionView>, StoreError> {
        self.readers.read(|connection| reads::sessions(connection, of, state, (page, self.clock.now())))
    }

    async fn ended_lately(
        &self,
        of: (AccountNo, UserNo),
        since: Timestamp,
        limit: u16,
    ) -> Result<Vec<SessionView>, StoreError> {
        self.readers.read(|connection| reads::ended_lately(connection, of, (since, self.clock.now()), limit))
    }

    async fn events(&self, of: EventsOf, after: Position, limit: u16) -> Result<Vec<Event>, StoreError> {
        self.readers.read(|connection| reads::events(connection, of, after, limit))
    }

    async fn history(
        &self,
        of: HistoryOf,
        kinds: &[&str],
        before: Option<Position>,
        limit: u16,
    ) -> Result<History, StoreError> {
        self.readers.read(|connection| history::history(connection, of, kinds, (before, limit)))
    }

    async fn refused_as(&self, reference: &Reference, limit: u16) -> Result<Vec<(UserNo, Event)>, StoreError> {
        self.readers.read(|connection| history::refused_as(connection, reference, limit))
    }

    async fn refusals(&self, of: UserNo, since: Timestamp) -> Result<RefusalsSince, StoreError> {
        self.readers.read(|connection| reads::refusals(connection, of, since))
    }

    async fn refused_in(&self, of: AccountNo, since: Timestamp) -> Result<Vec<(UserNo, RefusalsSince)>, StoreError> {
        self.readers.read(|connection| reads::refused_in(connection, of, since))
    }

    async fn throttles(&self, subjects: Vec<SecretHash>) -> Result<Vec<Throttle>, StoreError> {
        self.readers.read(|connection| throttles::of(connection, &subjects))
    }

    async fn failed(&self, subjects: Vec<(SecretHash, Timestamp)>, at: Timestamp) -> Result<Vec<Throttle>, StoreError> {
        self.writer.run(move |writer| writer.when_there_is_room(|c| throttles::failed(c, &subjects, at))).await
    }

    async fn succeeded(&self, subjects: Vec<SecretHash>) -> Result<(), StoreError> {
        self.writer.run(move |writer| writer.when_there_is_room(|c| throttles::succeeded(c, &subjects))).await
    }

    async fn forget_failures(&self, now: Timestamp, limit: u16) -> Result<bool, StoreError> {
        self.writer.run(move |writer| writer.when_there_is_room(|c| throttles::forget(c, now, limit))).await
    }

    async fn known_device(&self, user: UserNo, device: SecretHash) -> Result<Option<DeviceNo>, StoreError> {
        self.readers.read(|connection| throttles::known_device(connection, user, device))
    }

    async fn factors(&self, of: UserNo) -> Result<Vec<(Factor, FactorState)>, StoreError> {
        self.readers.read(|connection| factors::of(connection, of))
    }

    async fn use_step(&self, factor: &FactorId, step: i64, at: Timestamp) -> Result<bool, StoreError> {
        let factor = factor.clone();
        self.writer.run(move |w| w.when_there_is_room(|c| factors::use_step(c, &factor, (step, at)))).await
    }

    async fn passkey(&self, credential: &[u8]) -> Result<Option<(UserNo, Factor, FactorState)>, StoreError> {
        self.readers.read(|connection| factors::passkey(connection, credential))
    }

    async fn use_passkey(
        &self,
        passkey: &FactorId,
        states: (FactorState, FactorState),
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = passkey.clone();
        self.writer.run(move |w| w.when_there_is_room(|c| factors::use_passkey(c, &id, (&states, at)))).await
    }

    async fn without_factor(&self, of: AccountNo) -> Result<u32, StoreError> {
        self.readers.read(|connection| factors::without(connection, of))
    }

    async fn recovery_codes_left(&self, of: UserNo) -> Result<u16, StoreError> {
        self.readers.read(|connection| factors::codes_left(connection, of))
    }

    async fn keep_one_time(&self, kept: OneTime) -> Result<(), StoreError> {
        self.writer.run(move |w| w.when_there_is_room(|c| one_time::keep(c, &kept))).await
    }

    async fn one_time_or(&self, kept: OneTime, now: Timestamp) -> Result<OneTime, StoreError> {
        self.writer.run(move |w| w.when_there_is_room(|c| one_time::keep_or_find(c, &kept, now))).await
    }

    async fn one_time(&self, of: (Purpose, SecretHash), now: Timestamp) -> Result<Option<OneTime>, StoreError> {
        self.readers.read(|connection| one_time::find(connection, of, now))
    }

    async fn spend_try(&self, of: (Purpose, SecretHash), now: Timestamp) -> Result<Option<OneTime>, StoreError> {
        self.writer.run(move |w| w.when_there_is_room(|c| one_time::spend_try(c, of, now))).await
    }

    async fn take_one_time(&self, of: (Purpose, SecretHash), now: Timestamp) -> Result<Option<OneTime>, StoreError> {
        self.writer.run(move |w| w.when_there_is_room(|c| one_time::take(c, of, now))).await
    }

    async fn forget_one_time(&self, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
        self.writer.run(move |w| w.when_there_is_room(|c| one_time::forget(c, before, limit))).await
    }

    async fn offer_setup(&self, code: SecretHash, until: Timestamp) -> Result<bool, StoreError> {
        self.writer.run(move |writer| writer.when_there_is_room(|c| setup::offer(c, code, until))).await
    }

    async fn offered_setup(&self, code: SecretHash) -> Result<Option<Timestamp>, StoreError> {
        self.readers.read(|connection| setup::offered(connection, code))
    }

    async fn keys(&self) -> Result<Vec<ServiceKey>, StoreError> {
        self.readers.read(reads::keys)
    }

    async fn due(&self, limit: u16) -> Result<Vec<(UserNo, SessionNo)>, StoreError> {
        self.readers.read(|connection| reads::due(connection, self.clock.now(), limit))
    }

    async fn origins(&self, limit: u16) -> Result<Vec<(UserNo, Option<String>)>, StoreError> {
        self.readers.read(|connection| reads::origins(connection, self.clock.now(), limit))
    }

    async fn forget(&self, before: Forget, limit: u16) -> Result<bool, StoreError> {
        self.writer.run(move |writer| writer.forget(&before, limit)).await
    }

    async fn rearm(&self, sessions: Vec<SessionNo>) -> Result<(), StoreError> {
        self.writer.run(move |writer| writer.rearm(&sessions)).await
    }

    async fn webhooks(&self) -> Result<Vec<WebhookState>, StoreError> {
        self.readers.read(webhooks::webhooks)
    }

    async fn hand_out(&self, limit: u16) -> Result<bool, StoreError> {
        // A look costs the writer nothing.
        if !self.readers.read(|connection| webhooks::is_so(connection, sql::IS_BEHIND))? {
            return Ok(false);
        }
        let now = self.clock.now();
        let hand_out = move |connection: &Connection| webhooks::hand_out(connection, now, limit);
        self.writer.run(move |writer| writer.when_there_is_room(hand_out)).await
    }

    async fn claim(&self, of: WebhookNo, limit: u16, lease: Duration) -> Result<Vec<Claimed>, StoreError> {
        let now = self.clock.now();
        let claim = move |connection: &Connection| webhooks::claim(connection, of, limit, (now, lease));
        self.writer.run(move |writer| writer.when_there_is_room(claim)).await
    }

    async fn settle(&self, outcomes: Vec<Outcome>) -> Result<(), StoreError> {
        let settle = move |connection: &Connection| webhooks::settle(connection, &outcomes);
        self.writer.run(move |writer| writer.when_there_is_room(settle)).await
    }

    async fn deliveries(
        &self,
        of: WebhookNo,
        state: Option<DeliveryState>,
        page: DeliveriesPage,
    ) -> Result<Vec<DeliveryView>, StoreError> {
        self.readers.read(|connection| webhooks::deliveries(connection, of, state, page))
    }

    async fn clear_deliveries(&self, delivered_before: Timestamp, limit: u16) -> Result<bool, StoreError> {
        if !self.readers.read(|connection| webhooks::is_so(connection, sql::HAS_WEBHOOKS))? {
            return Ok(false);
        }
        let clear = move |connection: &Connection| webhooks::clear(connection, delivered_before, limit);
        self.writer.run(move |writer| writer.in_one_transaction(clear)).await
    }

    async fn hand_out_mails(&self, limit: u16) -> Result<bool, StoreError> {
        let now = self.clock.now();
        // A look costs the writer nothing, and most events are worth no mail.
        if !self.readers.read(|connection| mails::piece(connection, now, limit))?.is_worth_writing() {
            return Ok(false);
        }
        let hand_out = move |connection: &Connection| mails::hand_out(connection, now, limit);
        self.writer.run(move |writer| writer.when_there_is_room(hand_out)).await
    }

    async fn claim_mails(&self, limit: u16, lease: Duration) -> Result<Vec<ClaimedMail>, StoreError> {
        let now = self.clock.now();
        if !self.readers.read(|connection| mails::is_due(connection, now))? {
            return Ok(Vec::new());
        }
        let claim = move |connection: &Connection| mails::claim(connection, limit, (now, lease));
        self.writer.run(move |writer| writer.when_there_is_room(claim)).await
    }

    async fn settle_mails(&self, outcomes: Vec<MailOutcome>) -> Result<(), StoreError> {
        let settle = move |connection: &Connection| mails::settle(connection, &outcomes);
        self.writer.run(move |writer| writer.when_there_is_room(settle)).await
    }

    async fn forget_mails(&self, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
        self.writer.run(move |writer| writer.in_one_transaction(|c| mails::forget(c, before, limit))).await
    }

    async fn mail_invitation(&self, id: &InvitationId, code: SecretHash) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.run(move |writer| writer.when_there_is_room(|c| mails::mail_invitation(c, &id, code))).await
    }

    fn news(&self) -> watch::Receiver<Position> {
        self.news.clone()
    }

    async fn health(&self) -> Result<Health, StoreError> {
        let writer = self.writer.run(|writer| Ok(writer.state())).await?;
        let mut health = self.readers.read(|connection| reads::health(connection, &self.path))?;
        health.facts.push(("write-ahead log", format!("{} pages", writer.wal_pages)));
        health.facts.push(("wall clock ahead of the store's", format!("{} ms", self.clock.wall_ahead_millis())));
        health.facts.push(("steps of the wall clock seen", self.clock.steps().to_string()));
        health.gauges = vec![
            ("store_wal_pages", "Pages in the write-ahead log", writer.wal_pages.into()),
            ("store_full", "Whether the disk is full", writer.full.into()),
            ("clock_ahead_ms", "Wall clock ahead of the store's, in milliseconds", self.clock.wall_ahead_millis()),
            ("clock_steps", "Steps of the wall clock seen", self.clock.steps()),
        ];
        if writer.full {
            health.problems.push(
                "The disk is full: sign-ins are refused and sessions can still be ended. Make room; it recovers by itself."
                    .into(),
            );
        }
        Ok(health)
    }

    async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let (from, to) = (self.path.clone(), to.to_owned());
        let copy = tokio::task::spawn_blocking(move || backup::write(&from, &to));
        copy.await.map_err(|gone| StoreError::Unavailable(Box::new(gone)))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::AccountStatus;
    use crate::domain::change::{AccountPut, Change};
    use crate::domain::end::Actor;
    use crate::domain::id::SecretHash;
    use rusqlite::StatementStatus;

    fn open(path: &Path) -> SqliteStore {
        SqliteStore::open(path, StoreLock::take(path).unwrap(), TimeSource::Own).unwrap()
    }

    async fn put_account(store: &SqliteStore, id: String, name: String) {
        let (at, by) = (store.clock.now(), Actor::Operator);
        let (no, id, status) = (AccountNo(0), AccountId::new(id).unwrap(), AccountStatus::Active);
        let account = Account {
            no,
            id,
            name,
            plan: "team".into(),
            time_zone: "UTC".into(),
            status,
            requires_factor: false,
            created_at: at,
        };
        let put = Change::AccountPut(AccountPut { account, before: None, at, by });
        store.begin(Lane::Pages).await.unwrap().commit(vec![put]).await.unwrap();
    }

    #[tokio::test]
    async fn the_statement_of_a_check_is_never_prepared_anew_not_even_on_an_analysed_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("innkeeper.db");
        let store = open(&path);
        for number in 0..50 {
            put_account(&store, format!("a-{number}"), "A".into()).await;
        }
        drop(store);
        connect(&path).unwrap().execute_batch("ANALYZE").unwrap();

        let store = open(&path);
        let ask =
            CheckAsk { token: Some(SecretHash([7; 32])), key: Some(SecretHash([8; 32])), counted: false, origin: true };
        for number in 50..60 {
            put_account(&store, format!("a-{number}"), "A".into()).await;
            for _ in 0..20 {
                store.check(&ask).await.unwrap();
                store.check(&CheckAsk { key: None, counted: true, ..ask }).await.unwrap();
            }
        }
        let counted = |statement: &'static str| {
            let count = |connection: &Connection| {
                let statement = connection.prepare_cached(statement).map_err(of)?;
                Ok((statement.get_status(StatementStatus::Run), statement.get_status(StatementStatus::RePrepare)))
            };
            store.readers.read(count).unwrap()
        };
        for statement in [sql::CHECK, sql::CHECK_COUNTED, sql::CHECK_KEY] {
            assert_eq!(counted(statement), (200, 0), "runs and preparations of: {statement}");
        }
    }

    #[tokio::test]
    async fn a_copy_that_is_being_made_holds_neither_readers_nor_the_writer_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("innkeeper.db");
        let store = open(&path);
        let copying = connect(&path).unwrap();
        copying.execute_batch("BEGIN; SELECT count(*) FROM accounts;").unwrap();
        let work = async {
            for number in 0..8 {
                put_account(&store, format!("a-{number}"), "x".repeat(5_000_000)).await;
                store.check(&CheckAsk::default()).await.unwrap();
            }
        };
        // Each of these commits fills the log beyond its bound; a wait for the copy takes five seconds each time.
        tokio::time::timeout(Duration::from_secs(15), work).await.expect("nobody waits for the copy");
    }
}

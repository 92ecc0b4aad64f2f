//! The one writer: a thread that owns the only connection that writes, and lends it to one transaction at a time.
//!
//! It serves work in the order of arrival, so each lane that keeps one transaction outstanding gets its turn. It bounds
//! the write-ahead log itself: no snapshot may be kept while the log restarts, and busy readers never leave a gap.

use super::readers::Readers;
use super::reserve::Reserve;
use super::transaction::SqliteTransaction;
use super::{changes, forget, load, of};
use crate::clock::{Clock, monotonic_millis};
use crate::domain::change::Change;
use crate::domain::facts::Facts;
use crate::domain::id::{SessionNo, UserNo};
use crate::domain::retention::Forget;
use crate::store::{AskedUser, Committed, Lane, Position, StoreError, TouchOf};
use rusqlite::hooks::Wal;
use rusqlite::{Connection, params};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// Work that may wait at the writer before callers are told that the store does not answer.
const QUEUE_MAX: usize = 1_024;

/// The log is written back and restarted beyond this many pages (31 MiB). A page that many commits changed is written
/// back once, so a short log costs sign-ins; a long one costs whoever reads, since a page is looked for in it first.
const WAL_PAGES_MAX: i32 = 8_000;

/// The same while the disk is full: what the log takes already is used again, rather than what the reserve gave.
const WAL_PAGES_MAX_FULL: i32 = 1_000;

/// What the writer keeps of the file in its own memory. It reads and writes the same upper pages of a dozen indexes at
/// each sign-in.
const CACHE: &str = "PRAGMA cache_size = -16384";

/// A transaction that asks nothing for so long is given up, or a lost task would hold the writer for ever.
const STEP_TIMEOUT: Duration = Duration::from_secs(2);

/// How often quiet snapshots are ended, a lost reserve is taken again, and the wall clock is looked at.
const TICK: Duration = Duration::from_millis(500);

/// Moves the times of a session that is still live. It can neither revive one nor create one.
const TOUCH: &str = "UPDATE session_activity SET last_active_at = max(last_active_at, $1), \
     last_seen_at = max(last_seen_at, $2), \
     idle_deadline = CASE WHEN $1 >= last_active_at THEN $3 ELSE idle_deadline END, wake_at = min(wake_at, $3) \
     WHERE session_no = $4 AND idle_deadline > $5 AND absolute_deadline > $5";

pub(super) type Step = Box<dyn FnOnce(&mut Writer) + Send>;

enum Work {
    Begin(Lane, oneshot::Sender<Result<Sender<Step>, StoreError>>),
    Run(Step),
}

/// What the writer shares with the rest of the store.
pub(super) struct Parts {
    pub(super) readers: Arc<Readers>,
    pub(super) clock: Arc<Clock>,
    pub(super) tell: watch::Sender<Position>,
}

/// The way to the writer's thread.
pub(super) struct Handle {
    queue: Option<SyncSender<Work>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    parts: Parts,
    reserve: Reserve,
    /// Whether the reserve had to be let go: only ends and touches are taken until it is back.
    full: bool,
    last: Position,
    /// Pages in the log after the last commit, as the driver's hook says.
    wal_pages: Arc<AtomicI32>,
    /// Beyond so many the log is written back and restarted.
    wal_limit: i32,
    ticked_at: i64,
}

/// How the writer is.
pub(super) struct State {
    pub(super) wal_pages: i32,
    pub(super) full: bool,
}

pub(super) fn start(path: &Path, connection: Connection, parts: Parts) -> Result<Handle, StoreError> {
    connection.execute_batch(CACHE).map_err(of)?;
    let reserve = Reserve::beside(path);
    let full = !reserve.take();
    let last = *parts.tell.borrow();
    let wal_pages = Arc::new(AtomicI32::new(0));
    let mut writer = Writer {
        connection,
        parts,
        reserve,
        full,
        last,
        wal_pages,
        wal_limit: WAL_PAGES_MAX,
        ticked_at: monotonic_millis(),
    };
    let (queue, work) = sync_channel(QUEUE_MAX);
    let thread = std::thread::Builder::new()
        .name("innkeeper-writer".into())
        .spawn(move || writer.serve(&work))
        .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
    Ok(Handle { queue: Some(queue), thread: Some(thread) })
}

impl Drop for Handle {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Handle {
    fn send(&self, work: Work) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        queue.try_send(work).map_err(|_| StoreError::Unavailable("the writer's queue is full".into()))
    }

    /// Runs something on the writer's thread, between transactions.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, answer) = oneshot::channel();
        self.send(Work::Run(Box::new(move |writer| {
            tell.send(job(writer)).ok();
        })))?;
        answer.await.map_err(|_| gone())?
    }

    pub(super) async fn begin(&self, lane: Lane) -> Result<SqliteTransaction, StoreError> {
        let (tell, answer) = oneshot::channel();
        self.send(Work::Begin(lane, tell))?;
        Ok(SqliteTransaction::over(answer.await.map_err(|_| gone())??))
    }
}

pub(super) fn gone() -> StoreError {
    StoreError::Unavailable("the writer has stopped or has given the transaction up".into())
}

impl Writer {
    fn serve(&mut self, work: &Receiver<Work>) {
        let wal_pages = self.wal_pages.clone();
        let hooked = self.connection.wal_hook(Some(move |_: &mut Wal, pages| {
            wal_pages.store(pages, Ordering::Relaxed);
            Ok(())
        }));
        // Nobody else writes, and a checkpoint must not wait for a reader that is not ours to pause.
        let patient = self.connection.execute_batch("PRAGMA busy_timeout = 0");
        if hooked.and(patient).is_err() {
            tracing::error!("the size of the write-ahead log cannot be watched: it will grow");
        }
        loop {
            match work.recv_timeout(TICK) {
                Ok(Work::Begin(lane, tell)) => self.lend(lane, tell),
                Ok(Work::Run(job)) => job(self),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.bound_log();
            self.tick();
        }
        // The file is left whole without its log, so that it can be copied while nobody holds it.
        drop(self.parts.readers.pause());
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).ok();
    }

    fn lend(&mut self, lane: Lane, tell: oneshot::Sender<Result<Sender<Step>, StoreError>>) {
        if self.full && lane != Lane::Ends {
            tell.send(Err(StoreError::Full)).ok();
            return;
        }
        if let Err(error) = self.statement("BEGIN IMMEDIATE") {
            tell.send(Err(error)).ok();
            return;
        }
        let (steps, work) = channel::<Step>();
        if tell.send(Ok(steps)).is_ok() {
            // Committed, dropped, or nothing heard for too long: each ends the loan.
            while !self.connection.is_autocommit() {
                match work.recv_timeout(STEP_TIMEOUT) {
                    Ok(step) => step(self),
                    Err(_) => break,
                }
            }
        }
        self.roll_back();
    }

    fn statement(&self, text: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(text).and_then(|mut s| s.execute([])).map(|_| ()).map_err(of)
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            self.statement("ROLLBACK").ok();
        }
    }

    /// Writes the changes and commits, or rolls everything back.
    pub(super) fn commit(&mut self, changes: &[Change]) -> Result<Committed, StoreError> {
        let written = self.write(changes);
        match written {
            Ok(last) => {
                self.last = last;
                self.committed();
                Ok(Committed { last })
            }
            Err(error) => {
                self.roll_back();
                Err(self.noticed(error))
            }
        }
    }

    fn write(&mut self, changes: &[Change]) -> Result<Position, StoreError> {
        let mut last = self.last;
        for change in changes {
            last = changes::write(&self.connection, change, last)?;
        }
        self.counter("events", last.0)?;
        self.counter("clock", self.parts.clock.now().as_millis())?;
        self.statement("COMMIT")?;
        Ok(last)
    }

    fn counter(&self, name: &str, value: i64) -> Result<(), StoreError> {
        let raise = "UPDATE counters SET value = max(value, $1) WHERE name = $2";
        self.connection.prepare_cached(raise).and_then(|mut s| s.execute(params![value, name])).map_err(of)?;
        Ok(())
    }

    /// Makes the commit visible to every reader before anybody is told of it.
    fn committed(&mut self) {
        self.parts.readers.committed();
        let last = self.last;
        self.parts.tell.send_if_modified(|told| std::mem::replace(told, last) != last);
    }

    /// Lets the reserve go at the first sign of a full disk.
    fn noticed(&mut self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Full) && !self.full {
            self.full = true;
            self.wal_limit = WAL_PAGES_MAX_FULL;
            self.reserve.let_go();
            tracing::error!("the disk of the store is full: sign-ins are refused, sessions can still be ended");
        }
        error
    }

    pub(super) fn touch(&mut self, touches: &[TouchOf]) -> Result<Vec<bool>, StoreError> {
        self.statement("BEGIN IMMEDIATE")?;
        let now = self.parts.clock.now().as_millis();
        let moved = self.touch_all(touches, now);
        let done = moved.and_then(|moved| {
            self.counter("clock", now)?;
            self.statement("COMMIT")?;
            Ok(moved)
        });
        match done {
            Ok(moved) => {
                self.committed();
                Ok(moved)
            }
            Err(error) => {
                self.roll_back();
                Err(self.noticed(error))
            }
        }
    }

    fn touch_all(&self, touches: &[TouchOf], now: i64) -> Result<Vec<bool>, StoreError> {
        let mut statement = self.connection.prepare_cached(TOUCH).map_err(of)?;
        let mut moved = Vec::with_capacity(touches.len());
        for TouchOf { session, activity, kept } in touches {
            // A kept touch was acknowledged in time: as long as nobody has marked an end, it counts.
            let now = if *kept { i64::MIN } else { now };
            let (active, seen) = (activity.last_active_at.as_millis(), activity.last_seen_at.as_millis());
            let hit = statement.execute(params![active, seen, activity.idle_deadline.as_millis(), session.0, now]);
            moved.push(hit.map_err(of)? == 1);
        }
        Ok(moved)
    }

    pub(super) fn rearm(&mut self, sessions: &[SessionNo]) -> Result<(), StoreError> {
        let rearm = "UPDATE session_activity SET wake_at = min(idle_deadline, absolute_deadline) WHERE session_no = $1";
        self.in_one_transaction(|connection| {
            sessions.iter().try_for_each(|no| changes::run(connection, rearm, [no.0]).map(|_| ()))
        })
    }

    pub(super) fn forget(&mut self, before: &Forget, limit: u16) -> Result<bool, StoreError> {
        self.in_one_transaction(|connection| forget::forget(connection, before, limit))
    }

    /// Runs what can wait, in one transaction; not while the disk is full.
    pub(super) fn when_there_is_room<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.full { Err(StoreError::Full) } else { self.in_one_transaction(work) }
    }

    pub(super) fn in_one_transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.statement("BEGIN IMMEDIATE")?;
        let done = work(&self.connection).and_then(|done| self.statement("COMMIT").map(|()| done));
        if done.is_ok() {
            self.committed();
        }
        self.roll_back();
        done.map_err(|error| self.noticed(error))
    }

    pub(super) fn state(&self) -> State {
        State { wal_pages: self.wal_pages.load(Ordering::Relaxed), full: self.full }
    }

    pub(super) fn facts(&mut self, asked: &[(UserNo, AskedUser)], born: u16) -> Result<Facts, StoreError> {
        let mut users = Vec::with_capacity(asked.len());
        for (no, asked) in asked {
            users.extend(load::user_facts(&self.connection, *no, asked)?);
        }
        users.sort_by_key(|facts| facts.user.no);
        let raise = "UPDATE counters SET value = value + $1 WHERE name = 'sessions' RETURNING value";
        let top: i64 = match born {
            0 => 0,
            born => self
                .connection
                .prepare_cached(raise)
                .and_then(|mut s| s.query_row([born], |row| row.get(0)))
                .map_err(of)?,
        };
        let born = (0..i64::from(born)).rev().map(|back| SessionNo(top - back)).collect();
        Ok(Facts { now: self.parts.clock.now(), users, born })
    }

    fn bound_log(&mut self) {
        let pages = self.wal_pages.load(Ordering::Relaxed);
        if pages <= self.wal_limit {
            return;
        }
        let at_most = if self.full { WAL_PAGES_MAX_FULL } else { WAL_PAGES_MAX };
        let checkpoint = |mode: &str| {
            let text = format!("PRAGMA wal_checkpoint({mode})");
            self.connection.query_row(&text, [], |row| row.get::<_, i32>(0))
        };
        // Snapshots that are kept from before the last commit would leave all of it for when the readers are held up:
        // with them renewed, most of the work happens while readers read, and what is left is short.
        drop(self.parts.readers.pause());
        checkpoint("PASSIVE").ok();
        let held = self.parts.readers.pause();
        self.wal_limit = if matches!(checkpoint("RESTART"), Ok(0)) {
            self.wal_pages.store(0, Ordering::Relaxed);
            at_most
        } else {
            // A backup reads: the readers are not held up again at each commit meanwhile.
            pages + at_most
        };
        drop(held);
    }

    fn tick(&mut self) {
        let now = monotonic_millis();
        if now - self.ticked_at < i64::try_from(TICK.as_millis()).unwrap_or(i64::MAX) {
            return;
        }
        self.ticked_at = now;
        self.parts.readers.end_quiet();
        if self.full && self.reserve.take() {
            self.full = false;
            tracing::info!("the disk of the store has space again: sign-ins are taken");
        }
        if let Some(ahead_ms) = self.parts.clock.new_step() {
            tracing::warn!(ahead_ms, "the wall clock has stepped; the store's clock goes on as if it had not");
        }
    }
}

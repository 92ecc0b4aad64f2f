//! Readers in place: one connection per worker thread, each on a snapshot that it keeps until this process commits.
//!
//! The slots are shared and not thread-local, since the writer must be able to end another thread's snapshot before it
//! restarts the write-ahead log: a snapshot that is kept pins the log.

use super::{connect, of};
use crate::store::StoreError;
use rusqlite::Connection;
use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

static NEXT_THREAD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: Cell<usize> = Cell::new(NEXT_THREAD.fetch_add(1, Ordering::Relaxed));
}

pub(super) struct Readers {
    slots: Vec<Mutex<Slot>>,
    commits: AtomicU64,
}

pub(super) struct Slot {
    connection: Connection,
    /// The number of commits that the kept snapshot has seen at least.
    snapshot: Option<u64>,
    used: bool,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let slots = (0..=threads).map(|_| Slot::open(path).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { slots, commits: AtomicU64::new(0) })
    }

    /// Reads from a snapshot that holds every commit that anybody was told of before this call.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut slot = self.slot();
        // Before the snapshot is taken: a commit in between makes the next read renew it, never miss it.
        let commits = self.commits.load(Ordering::Acquire);
        slot.renew(commits)?;
        let answer = read(&slot.connection);
        if answer.is_err() {
            slot.end_snapshot();
        }
        answer
    }

    /// Says that a commit has happened. Called before anybody is told of it.
    pub(super) fn committed(&self) {
        self.commits.fetch_add(1, Ordering::Release);
    }

    /// Ends the snapshots that nobody has used since the last call.
    pub(super) fn end_quiet(&self) {
        for slot in &self.slots {
            if let Ok(mut slot) = slot.try_lock() {
                if !slot.used {
                    slot.end_snapshot();
                }
                slot.used = false;
            }
        }
    }

    /// Holds every reader up, without a snapshot, for as long as the answer lives.
    pub(super) fn pause(&self) -> Vec<MutexGuard<'_, Slot>> {
        let mut held: Vec<_> =
            self.slots.iter().map(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner)).collect();
        for slot in &mut held {
            slot.end_snapshot();
        }
        held
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        let mine = THREAD.get() % self.slots.len();
        let order = (0..self.slots.len()).map(|step| &self.slots[(mine + step) % self.slots.len()]);
        for slot in order {
            match slot.try_lock() {
                Ok(slot) => return slot,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        self.slots[mine].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = connect(path)?;
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA mmap_size = 274877906944;").map_err(of)?;
        Ok(Self { connection, snapshot: None, used: false })
    }

    fn renew(&mut self, commits: u64) -> Result<(), StoreError> {
        self.used = true;
        if self.snapshot == Some(commits) {
            return Ok(());
        }
        self.end_snapshot();
        self.connection.prepare_cached("BEGIN").and_then(|mut begin| begin.execute([])).map_err(of)?;
        self.snapshot = Some(commits);
        Ok(())
    }

    fn end_snapshot(&mut self) {
        if self.snapshot.take().is_some() && !self.connection.is_autocommit() {
            // A reader has nothing to lose by a rollback, and a rollback always ends the transaction.
            self.connection.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([])).ok();
        }
    }
}

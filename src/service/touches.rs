//! The lane of touches: those that must be stored before their check is answered, and those that are gathered.
//!
//! Each transaction writes the ones that wait and everything gathered, at least once a second. A gathered touch is
//! forgotten by a crash; it is gathered only while what is stored reaches far enough for that not to matter.

use super::gather::Asked;
use super::{Policies, ServiceError};
use crate::domain::facts::Facts;
use crate::domain::id::SessionNo;
use crate::domain::session::{Activity, later};
use crate::store::{Store, StoreError, TouchOf};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

/// Touches that may wait for their answer before checks are turned away.
const WAITING_MAX: usize = 4_096;

/// Gathered touches are spread over so many maps, each behind its own lock.
const SHARDS: usize = 16;

/// Uncounted touches gathered in one round before only those are taken that bring news of more than
/// [`SEEN_EXACT_TO`]: what nobody decides by must not become the largest stream of writes.
const UNCOUNTED_MAX: usize = 4_096;

/// How exact `last_seen_at` is under a flood.
const SEEN_EXACT_TO: Duration = Duration::from_secs(60);

type Must = Asked<TouchOf, bool>;
type Shard = Mutex<HashMap<SessionNo, Activity>>;

pub(super) struct Touches {
    store: Arc<dyn Store>,
    musts: mpsc::Sender<Must>,
    gathered: [Shard; SHARDS],
    /// Touches gathered since the last round.
    count: AtomicUsize,
    /// Whether some of what is gathered was acknowledged although the disk was full: then it decides, and is written
    /// before the next admission.
    kept: AtomicBool,
}

impl Touches {
    pub(super) fn start(store: Arc<dyn Store>, policies: &Policies) -> Arc<Self> {
        let every = policies.all().map(|policy| policy.gather_at_most()).min().unwrap_or(Duration::from_secs(1));
        let (musts, waiting) = mpsc::channel(WAITING_MAX);
        let gathered = std::array::from_fn(|_| Mutex::new(HashMap::new()));
        let (count, kept) = (AtomicUsize::new(0), AtomicBool::new(false));
        let touches = Arc::new(Self { store, musts, gathered, count, kept });
        tokio::spawn(write(Arc::downgrade(&touches), waiting, every.max(Duration::from_millis(10))));
        touches
    }

    /// Stores new times before it answers. False: the session is no longer live.
    pub(super) async fn write(&self, session: SessionNo, activity: Activity) -> Result<bool, ServiceError> {
        let (asked, told) = Asked::new(TouchOf { session, activity, kept: false });
        self.musts.try_send(asked).map_err(|_| ServiceError::Busy)?;
        told.await.map_err(|_| ServiceError::Busy)?
    }

    /// Keeps the new times of a session whose stored ones are known until the next transaction.
    pub(super) fn gather_from(&self, session: SessionNo, stored: &Activity, moved: &Activity) {
        let uncounted = stored.last_active_at == moved.last_active_at;
        let news = moved.last_seen_at.since(stored.last_seen_at);
        if uncounted && news < SEEN_EXACT_TO && UNCOUNTED_MAX <= self.count.load(Ordering::Relaxed) {
            return;
        }
        self.gather(session, moved);
    }

    fn gather(&self, session: SessionNo, activity: &Activity) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut shard = self.shard(session);
        shard.entry(session).and_modify(|known| *known = later(known, activity)).or_insert(*activity);
    }

    /// What was acknowledged of a session and could not be stored yet.
    pub(super) fn kept(&self, session: SessionNo) -> Option<Activity> {
        if self.kept.load(Ordering::Acquire) { self.shard(session).get(&session).copied() } else { None }
    }

    /// Takes into account what is gathered, so that an end writes the last times that are known.
    pub(super) fn apply(&self, facts: &mut Facts) {
        for user in &mut facts.users {
            let gathered = |no: SessionNo| self.shard(no).get(&no).map(|activity| (no, *activity));
            let known: Vec<_> = user.open.iter().filter_map(|session| gathered(session.no)).collect();
            for (session, activity) in known {
                user.keep_touch(session, &activity);
            }
        }
    }

    /// Writes what was acknowledged and could not be stored yet: nothing may be admitted before.
    pub(super) async fn settle_kept(&self) -> Result<(), StoreError> {
        if self.kept.load(Ordering::Acquire) { self.settle().await } else { Ok(()) }
    }

    /// Writes everything gathered.
    pub(super) async fn settle(&self) -> Result<(), StoreError> {
        self.store_all(vec![]).await
    }

    fn shard(&self, session: SessionNo) -> std::sync::MutexGuard<'_, HashMap<SessionNo, Activity>> {
        let shard = usize::try_from(session.0.unsigned_abs() % SHARDS as u64).unwrap_or(0);
        self.gathered[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_gathered(&self, kept: bool) -> Vec<TouchOf> {
        let mut taken = Vec::new();
        self.count.store(0, Ordering::Relaxed);
        for shard in &self.gathered {
            let map = std::mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner));
            taken.extend(map.into_iter().map(|(session, activity)| TouchOf { session, activity, kept }));
        }
        // Rows are touched in one order everywhere, so that no two writers can wait for each other.
        taken.sort_unstable_by_key(|touch| touch.session);
        taken
    }

    async fn store_all(&self, musts: Vec<Must>) -> Result<(), StoreError> {
        let kept = self.kept.load(Ordering::Acquire);
        let gathered = self.take_gathered(kept);
        let touches: Vec<TouchOf> = musts.iter().map(|must| must.command).chain(gathered.iter().copied()).collect();
        if touches.is_empty() {
            return Ok(());
        }
        match self.store.touch(touches).await {
            Ok(moved) => {
                self.kept.store(false, Ordering::Release);
                for (must, moved) in musts.into_iter().zip(moved) {
                    must.answer(Ok(moved));
                }
                Ok(())
            }
            Err(error) => {
                for touch in &gathered {
                    self.gather(touch.session, &touch.activity);
                }
                let full = matches!(error, StoreError::Full);
                for must in musts {
                    if full {
                        // With a full disk the session lives on by what is kept here.
                        self.gather(must.command.session, &must.command.activity);
                        self.kept.store(true, Ordering::Release);
                        must.answer(Ok(true));
                    } else {
                        must.answer(Err(ServiceError::Busy));
                    }
                }
                Err(error)
            }
        }
    }
}

/// Runs until the authority is gone.
async fn write(touches: Weak<Touches>, mut waiting: mpsc::Receiver<Must>, every: Duration) {
    let mut tick = tokio::time::interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut musts = Vec::new();
        tokio::select! {
            taken = waiting.recv_many(&mut musts, WAITING_MAX) => if taken == 0 { break },
            _ = tick.tick() => {}
        }
        let Some(touches) = touches.upgrade() else { break };
        if let Err(error) = touches.store_all(musts).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "touches could not be stored and are kept");
        }
    }
}

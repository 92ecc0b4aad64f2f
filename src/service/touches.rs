//! The lane of touches: those that must be stored before their check is answered, and those that are gathered.
//!
//! Each transaction writes the ones that wait and everything gathered, at least once a second if any of it counts. A gathered touch is
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
use tokio::sync::{Semaphore, mpsc};
use tokio::time::MissedTickBehavior;

/// Touches that may wait for their answer before checks are turned away.
const WAITING_MAX: usize = 4_096;

/// Touches in one transaction, so that none takes long, however many there are.
const AT_ONCE: usize = 8_192;

/// Touches that may wait for somebody who holds their session.
const APART_MAX: usize = 64;

/// Gathered touches are spread over so many maps, each behind its own lock.
const SHARDS: usize = 16;

/// Uncounted touches gathered in one round before only those are taken that bring news of more than
/// [`SEEN_EXACT_TO`]: what nobody decides by must not become the largest stream of writes.
const UNCOUNTED_MAX: usize = 4_096;

/// Uncounted touches alone are stored in every so many rounds only. Whoever asks this process sees them at once, and a
/// commit makes every reader begin anew.
const UNCOUNTED_ROUNDS: u32 = 10;

/// How exact `last_seen_at` is under a flood.
const SEEN_EXACT_TO: Duration = Duration::from_secs(5 * 60);

type Must = Asked<TouchOf, bool>;
type Shard = Mutex<Held>;

/// Touches of some sessions that no commit holds yet. A session may be in both maps.
#[derive(Default)]
struct Held {
    /// Those that the next round takes.
    gathered: HashMap<SessionNo, Activity>,
    /// Those that a round is storing: until it has, they count as much as before.
    storing: HashMap<SessionNo, Activity>,
}

impl Held {
    fn gather(&mut self, session: SessionNo, activity: &Activity) {
        self.gathered.entry(session).and_modify(|known| *known = later(known, activity)).or_insert(*activity);
    }

    fn latest(&self, session: SessionNo) -> Option<Activity> {
        match (self.gathered.get(&session), self.storing.get(&session)) {
            (Some(a), Some(b)) => Some(later(a, b)),
            (one, other) => one.or(other).copied(),
        }
    }

    /// Hands everything to a round that stores it.
    fn take(&mut self) -> impl Iterator<Item = (SessionNo, Activity)> + '_ {
        self.give_back();
        self.storing = std::mem::take(&mut self.gathered);
        self.storing.iter().map(|(session, activity)| (*session, *activity))
    }

    /// What a round could not store waits for the next one.
    fn give_back(&mut self) {
        for (session, activity) in std::mem::take(&mut self.storing) {
            self.gather(session, &activity);
        }
    }
}

pub(super) struct Touches {
    store: Arc<dyn Store>,
    musts: mpsc::Sender<Must>,
    gathered: [Shard; SHARDS],
    /// Touches gathered since the last round.
    count: AtomicUsize,
    /// Whether any of them is counted.
    counted: AtomicBool,
    /// Whether some of what is gathered was acknowledged although the disk was full: then it decides, and is written
    /// before the next admission.
    kept: AtomicBool,
    /// Turns of those that wait for a session that somebody else holds.
    apart: Arc<Semaphore>,
    /// One round at a time, so that whoever waits for what is kept waits for a round under way, too.
    round: tokio::sync::Mutex<()>,
}

impl Touches {
    pub(super) fn start(store: Arc<dyn Store>, policies: &Policies) -> Arc<Self> {
        let every = policies.all().map(|policy| policy.gather_at_most()).min().unwrap_or(Duration::from_secs(1));
        let (musts, waiting) = mpsc::channel(WAITING_MAX);
        let gathered = std::array::from_fn(|_| Mutex::default());
        let (count, counted, kept) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicBool::new(false));
        let round = tokio::sync::Mutex::default();
        let apart = Arc::new(Semaphore::new(APART_MAX));
        let touches = Arc::new(Self { store, musts, gathered, count, counted, kept, apart, round });
        tokio::spawn(write(Arc::downgrade(&touches), waiting, every.max(Duration::from_millis(10))));
        touches
    }

    /// Stores new times before it answers. False: the session is no longer live.
    pub(super) async fn write(&self, session: SessionNo, activity: Activity) -> Result<bool, ServiceError> {
        let (asked, told) = Asked::new(TouchOf { session, activity, kept: false });
        self.musts.try_send(asked).map_err(|_| ServiceError::Busy)?;
        told.await.map_err(|_| ServiceError::Busy)?
    }

    /// Keeps the new times of a session whose stored ones are known until the next transaction. Answers its times as
    /// they are with all that is not stored yet: nobody is told older ones than the check before.
    pub(super) fn gather_from(&self, session: SessionNo, stored: &Activity, moved: &Activity) -> Activity {
        let uncounted = stored.last_active_at == moved.last_active_at;
        let news = moved.last_seen_at.since(stored.last_seen_at);
        let mut shard = self.shard(session);
        if !(uncounted && news < SEEN_EXACT_TO && UNCOUNTED_MAX <= self.count.load(Ordering::Relaxed)) {
            self.count.fetch_add(1, Ordering::Relaxed);
            if !uncounted {
                self.counted.store(true, Ordering::Release);
            }
            shard.gather(session, moved);
        }
        shard.latest(session).map_or(*moved, |held| later(&held, moved))
    }

    /// What was acknowledged of a session and could not be stored yet.
    pub(super) fn kept(&self, session: SessionNo) -> Option<Activity> {
        if self.kept.load(Ordering::Acquire) { self.shard(session).latest(session) } else { None }
    }

    /// The times of a session with all that is not stored yet.
    pub(super) fn latest(&self, session: SessionNo, stored: &Activity) -> Activity {
        self.shard(session).latest(session).map_or(*stored, |held| later(stored, &held))
    }

    /// Takes into account what was acknowledged and is not stored yet: what ends does so with its last times.
    pub(super) fn apply_held(&self, facts: &mut Facts) {
        for user in &mut facts.users {
            let held = |no| self.shard(no).latest(no).map(|activity| (no, activity));
            let known: Vec<_> = user.open.iter().filter_map(|session| held(session.no)).collect();
            for (session, activity) in known {
                user.keep_touch(session, &activity);
            }
        }
    }

    /// Writes what was acknowledged and could not be stored yet: nothing may be admitted before.
    pub(super) async fn settle_kept(&self) -> Result<(), StoreError> {
        if self.kept.load(Ordering::Acquire) { self.settle().await } else { Ok(()) }
    }

    /// Whether something that counts waits to be stored.
    fn are_due(&self) -> bool {
        self.counted.load(Ordering::Acquire) || self.kept.load(Ordering::Acquire)
    }

    /// Writes everything gathered.
    pub(super) async fn settle(&self) -> Result<(), StoreError> {
        self.store_all(vec![]).await
    }

    fn shard(&self, session: SessionNo) -> std::sync::MutexGuard<'_, Held> {
        let shard = usize::try_from(session.0.unsigned_abs() % SHARDS as u64).unwrap_or(0);
        self.gathered[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_gathered(&self, kept: bool) -> Vec<TouchOf> {
        let mut taken = Vec::new();
        self.count.store(0, Ordering::Relaxed);
        // Before the maps are taken: what is counted from here on waits for the next round.
        self.counted.store(false, Ordering::Release);
        for shard in &self.gathered {
            let mut held = shard.lock().unwrap_or_else(PoisonError::into_inner);
            taken.extend(held.take().map(|(session, activity)| TouchOf { session, activity, kept }));
        }
        // Rows are touched in one order everywhere, so that no two writers can wait for each other.
        taken.sort_unstable_by_key(|touch| touch.session);
        taken
    }

    /// Does the same to what is held of every session.
    fn each_shard(&self, done: impl Fn(&mut Held)) {
        for shard in &self.gathered {
            done(&mut shard.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    async fn store_all(&self, musts: Vec<Must>) -> Result<(), StoreError> {
        let _round = self.round.lock().await;
        let kept = self.kept.load(Ordering::Acquire);
        let gathered = self.take_gathered(kept);
        let touches: Vec<TouchOf> = musts.iter().map(|must| must.command).chain(gathered.iter().copied()).collect();
        let mut stored: Vec<Option<bool>> = Vec::with_capacity(touches.len());
        let mut outcome = Ok(());
        for some in touches.chunks(AT_ONCE) {
            match self.store.touch_free(some.to_vec()).await {
                Ok(touched) => stored.extend(touched),
                Err(error) => {
                    outcome = Err(Arc::new(error));
                    break;
                }
            }
        }
        self.settle_gathered(&gathered, stored.get(musts.len()..).unwrap_or_default());
        if outcome.is_ok() && kept {
            self.kept.store(false, Ordering::Release);
        }
        let mut stored = stored.into_iter();
        for must in musts {
            match (stored.next(), &outcome) {
                (Some(Some(moved)), _) => must.answer(Ok(moved)),
                (Some(None), _) => self.wait_apart(must),
                (None, Err(error)) if matches!(**error, StoreError::Full) => {
                    // With a full disk sessions live on by what is kept here: these, and those gathered before, whose
                    // checks were answered, too.
                    self.shard(must.command.session).gather(must.command.session, &must.command.activity);
                    self.kept.store(true, Ordering::Release);
                    must.answer(Ok(true));
                }
                (None, Err(error)) => must.answer(Err(ServiceError::Store(error.clone()))),
                (None, Ok(())) => must.answer(Err(ServiceError::Busy)),
            }
        }
        match outcome {
            Err(error) if matches!(*error, StoreError::Full) => {
                self.kept.store(true, Ordering::Release);
                Err(StoreError::Full)
            }
            Err(error) => Err(StoreError::Unavailable(Box::new(error))),
            Ok(()) => Ok(()),
        }
    }

    /// Lets go of what was stored, and of what is over; the rest waits for the next round.
    fn settle_gathered(&self, gathered: &[TouchOf], stored: &[Option<bool>]) {
        for (touch, outcome) in gathered.iter().zip(stored) {
            if outcome.is_some() {
                self.shard(touch.session).storing.remove(&touch.session);
            }
        }
        if gathered.len() != stored.iter().flatten().count() {
            self.each_shard(Held::give_back);
            self.counted.store(true, Ordering::Release);
        }
    }

    /// Stores a touch whose session somebody else holds at the moment, so that nobody but whoever asked waits for them.
    fn wait_apart(&self, must: Must) {
        let Ok(turn) = self.apart.clone().try_acquire_owned() else {
            return must.answer(Err(ServiceError::Busy));
        };
        let store = self.store.clone();
        tokio::spawn(async move {
            let moved = store.touch(vec![must.command]).await;
            must.answer(moved.map(|moved| moved.first() == Some(&true)).map_err(ServiceError::from));
            drop(turn);
        });
    }
}

/// Runs until the authority is gone.
async fn write(touches: Weak<Touches>, mut waiting: mpsc::Receiver<Must>, every: Duration) {
    let mut tick = tokio::time::interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut rounds_left_out = 0;
    loop {
        let mut musts = Vec::new();
        tokio::select! {
            taken = waiting.recv_many(&mut musts, WAITING_MAX) => if taken == 0 { break },
            _ = tick.tick() => {}
        }
        let Some(touches) = touches.upgrade() else { break };
        if musts.is_empty() && !touches.are_due() && rounds_left_out < UNCOUNTED_ROUNDS {
            rounds_left_out += 1;
            continue;
        }
        rounds_left_out = 0;
        if let Err(error) = touches.store_all(musts).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "touches could not be stored and are kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    const SESSION: SessionNo = SessionNo(7);

    fn active_at(millis: i64) -> Activity {
        let at = Timestamp::from_millis(millis);
        Activity { last_active_at: at, last_seen_at: at, idle_deadline: at + Duration::from_secs(1_200) }
    }

    #[test]
    fn what_a_round_is_storing_counts_until_it_is_stored() {
        let mut held = Held::default();
        held.gather(SESSION, &active_at(5));
        assert_eq!(held.take().collect::<Vec<_>>(), [(SESSION, active_at(5))]);
        assert_eq!(held.latest(SESSION), Some(active_at(5)));
        held.gather(SESSION, &active_at(9));
        assert_eq!(held.latest(SESSION), Some(active_at(9)));
        held.storing.clear();
        assert_eq!(held.latest(SESSION), Some(active_at(9)));
    }

    #[test]
    fn what_a_round_could_not_store_waits_for_the_next_one() {
        let mut held = Held::default();
        held.gather(SESSION, &active_at(5));
        held.take().for_each(drop);
        held.gather(SESSION, &active_at(9));
        held.give_back();
        assert_eq!(held.take().collect::<Vec<_>>(), [(SESSION, active_at(9))]);
        // A round that was dropped half-way is as one that could not store.
        assert_eq!(held.take().collect::<Vec<_>>(), [(SESSION, active_at(9))]);
    }
}

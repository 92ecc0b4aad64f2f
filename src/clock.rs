//! The only reader of time. A process clock for the embedded store, and one for tests that moves when it is told to.

use crate::domain::time::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A step of the wall clock is worth a word from this size on.
const STEP_WORTH_SAYING: Duration = Duration::from_secs(2);

/// Where a store that has no clock of its own takes the time from.
#[derive(Clone, Debug, Default)]
pub enum TimeSource {
    /// The machine's clocks.
    #[default]
    Own,
    /// A clock that a test moves.
    Manual(Arc<ManualClock>),
}

/// A clock that stands until it is moved.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now.as_millis())))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets it, backwards too.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_millis(), Ordering::SeqCst);
    }

    /// Where it stands.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The clock of an embedded store: the wall clock read once, then carried on by a clock that counts suspended time and
/// that nobody can set. It never runs backwards, over a restart neither.
#[derive(Debug)]
pub struct Clock {
    source: TimeSource,
    /// Wall time minus boot time, in milliseconds, when this clock started.
    offset: i64,
    /// The latest time that was given out or stored.
    latest: AtomicI64,
    /// How far the wall clock had stepped away when that was last said.
    said: AtomicI64,
    steps: AtomicI64,
}

impl Clock {
    /// Starts a clock that gives out no time before `stored`, the latest that the store knows.
    pub fn start(source: TimeSource, stored: Timestamp) -> Self {
        let offset = wall_millis().max(stored.as_millis()) - boot_millis();
        let latest = AtomicI64::new(stored.as_millis());
        Self { source, offset, latest, said: AtomicI64::new(0), steps: AtomicI64::new(0) }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        let now = match &self.source {
            TimeSource::Own => boot_millis() + self.offset,
            TimeSource::Manual(clock) => clock.now().as_millis(),
        };
        Timestamp::from_millis(self.latest.fetch_max(now, Ordering::AcqRel).max(now))
    }

    /// How far the wall clock is ahead of this one, in milliseconds; negative where it is behind.
    pub fn wall_ahead_millis(&self) -> i64 {
        match &self.source {
            TimeSource::Own => wall_millis() - boot_millis() - self.offset,
            TimeSource::Manual(_) => 0,
        }
    }

    /// Whether the wall clock has stepped since this was last asked, and then how far it is ahead, in milliseconds.
    pub fn new_step(&self) -> Option<i64> {
        let ahead = self.wall_ahead_millis();
        let moved = (ahead - self.said.load(Ordering::Relaxed)).unsigned_abs();
        if u128::from(moved) <= STEP_WORTH_SAYING.as_millis() {
            return None;
        }
        self.said.store(ahead, Ordering::Relaxed);
        self.steps.fetch_add(1, Ordering::Relaxed);
        Some(ahead)
    }

    /// How many steps of the wall clock were seen.
    pub fn steps(&self) -> i64 {
        self.steps.load(Ordering::Relaxed)
    }
}

/// Milliseconds since some fixed instant, for measuring how long something took.
pub fn monotonic_millis() -> i64 {
    boot_millis()
}

fn boot_millis() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

/// By the system's library, so that a test can put a wrong clock before it.
#[expect(clippy::disallowed_methods, reason = "this is where the time is read")]
fn wall_millis() -> i64 {
    let now = SystemTime::now();
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    now.duration_since(UNIX_EPOCH).map_or_else(|before| -millis(before.duration()), millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_never_runs_backwards_and_starts_no_earlier_than_the_last_time_stored() {
        let manual = ManualClock::at(Timestamp::from_millis(1_000));
        let clock = Clock::start(TimeSource::Manual(manual.clone()), Timestamp::from_millis(5_000));
        assert_eq!(clock.now(), Timestamp::from_millis(5_000));
        manual.set(Timestamp::from_millis(7_000));
        assert_eq!(clock.now(), Timestamp::from_millis(7_000));
        manual.set(Timestamp::from_millis(6_000));
        assert_eq!(clock.now(), Timestamp::from_millis(7_000));
    }

    #[test]
    fn the_own_clock_agrees_with_the_wall_when_it_starts() {
        let clock = Clock::start(TimeSource::Own, Timestamp::from_millis(0));
        assert!(clock.wall_ahead_millis().abs() < 2_000);
        assert_eq!(clock.new_step(), None);
    }
}

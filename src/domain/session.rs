//! Sessions, and whether one is live. See docs/sessions.md, "Live, lapsed, ended".

use super::activity::Counted;
use super::end::EndReason;
use super::id::{DeviceNo, SessionId, SessionNo};
use super::policy::SessionPolicy;
use super::time::Timestamp;

/// The times of a session that move while it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The last counted activity.
    pub last_active_at: Timestamp,
    /// The last request of any kind.
    pub last_seen_at: Timestamp,
    /// From this instant on the session is over, unless activity moves it first.
    pub idle_deadline: Timestamp,
}

/// A session without an end, as the rules need it: live or lapsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// The store's number.
    pub no: SessionNo,
    /// The public id.
    pub id: SessionId,
    /// Which of the user's places it takes, from 1.
    pub place: u16,
    /// What it was started from.
    pub device: DeviceNo,
    /// When it was started.
    pub created_at: Timestamp,
    /// The last full proof of who the person is: the sign-in, or a step-up.
    pub proved_at: Timestamp,
    /// The times that move.
    pub activity: Activity,
    /// From this instant on the session is over, whatever the activity.
    pub absolute_deadline: Timestamp,
}

impl OpenSession {
    /// The deadline that this session has passed and the reason it gives, or `None` while it is live.
    pub fn lapse(&self, now: Timestamp) -> Option<(Timestamp, EndReason)> {
        lapse(self.activity.idle_deadline, self.absolute_deadline, now)
    }
}

/// The deadline that comes first, and the reason that it gives. On a tie the lifetime is the reason.
pub fn earlier_deadline(idle_deadline: Timestamp, absolute_deadline: Timestamp) -> (Timestamp, EndReason) {
    if idle_deadline < absolute_deadline {
        (idle_deadline, EndReason::Idle)
    } else {
        (absolute_deadline, EndReason::Lifetime)
    }
}

/// Whether a session with these deadlines is over at `now`: at the instant of a deadline it is, a millisecond before it
/// is not. The one place that decides it, for checks, admission, lists and the sweeper alike.
pub fn lapse(idle_deadline: Timestamp, absolute_deadline: Timestamp, now: Timestamp) -> Option<(Timestamp, EndReason)> {
    let (deadline, reason) = earlier_deadline(idle_deadline, absolute_deadline);
    if now < deadline { None } else { Some((deadline, reason)) }
}

/// What a check may say about a session that has no end yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is live, and this is what the check does to its times.
    Live(Touch),
    /// It has passed a deadline. Only somebody who holds its lock may say so.
    Lapsed,
}

/// New times of a live session, and how soon they must be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Stored before the check is answered: what is stored could end the session early.
    Must(Activity),
    /// Stored within a second, together with others.
    May(Activity),
}

impl Touch {
    /// The new times.
    pub fn activity(self) -> Activity {
        match self {
            Touch::Must(activity) | Touch::May(activity) => activity,
        }
    }
}

/// Judges a check of a session with these times.
pub fn verdict(
    activity: &Activity,
    absolute_deadline: Timestamp,
    counted: Counted,
    policy: &SessionPolicy,
    now: Timestamp,
) -> Verdict {
    if lapse(activity.idle_deadline, absolute_deadline, now).is_some() {
        return Verdict::Lapsed;
    }
    let moved = touched(activity, counted, policy, now);
    // What is stored must reach far enough for the touch to be stored before it matters.
    let reaches = now + (policy.idle_timeout - policy.must_write_after());
    let must = counted == Counted::Counted && activity.idle_deadline <= reaches;
    Verdict::Live(if must { Touch::Must(moved) } else { Touch::May(moved) })
}

/// The times after a request at `now`. Counted activity moves all three; any other moves `last_seen_at` alone. None runs
/// backwards but the idle deadline, which a shortened policy may bring nearer.
pub fn touched(activity: &Activity, counted: Counted, policy: &SessionPolicy, now: Timestamp) -> Activity {
    let mut moved = *activity;
    moved.last_seen_at = moved.last_seen_at.max(now);
    if counted == Counted::Counted && activity.last_active_at <= now {
        moved.last_active_at = now;
        moved.idle_deadline = now + policy.idle_timeout;
    }
    moved
}

/// The later of two versions of one session's times: each time by itself, the deadline with the activity it belongs to.
pub fn later(a: &Activity, b: &Activity) -> Activity {
    let newer = if a.last_active_at < b.last_active_at { b } else { a };
    Activity {
        last_active_at: newer.last_active_at,
        last_seen_at: a.last_seen_at.max(b.last_seen_at),
        idle_deadline: newer.idle_deadline,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    const MINUTES_20: i64 = 20 * 60 * 1000;
    const HOURS_12: i64 = 12 * 60 * 60 * 1000;

    fn activity(last: i64) -> Activity {
        Activity { last_active_at: at(last), last_seen_at: at(last), idle_deadline: at(last + MINUTES_20) }
    }

    #[test]
    fn a_session_is_live_until_one_millisecond_before_its_deadline() {
        for (now, expected) in [
            (MINUTES_20 - 1, None),
            (MINUTES_20, Some((at(MINUTES_20), EndReason::Idle))),
            (MINUTES_20 + 1, Some((at(MINUTES_20), EndReason::Idle))),
        ] {
            assert_eq!(lapse(at(MINUTES_20), at(HOURS_12), at(now)), expected, "at {now}");
        }
        for (now, expected) in [
            (HOURS_12 - 1, None),
            (HOURS_12, Some((at(HOURS_12), EndReason::Lifetime))),
            (HOURS_12 + 1, Some((at(HOURS_12), EndReason::Lifetime))),
        ] {
            assert_eq!(lapse(at(HOURS_12 + 9), at(HOURS_12), at(now)), expected, "at {now}");
        }
    }

    #[test]
    fn of_two_deadlines_the_earlier_names_the_reason_and_a_tie_is_the_lifetime() {
        for (idle, absolute, expected) in [
            (10, 11, (at(10), EndReason::Idle)),
            (10, 10, (at(10), EndReason::Lifetime)),
            (11, 10, (at(10), EndReason::Lifetime)),
        ] {
            assert_eq!(lapse(at(idle), at(absolute), at(100)), Some(expected));
        }
    }

    #[test]
    fn counted_activity_moves_the_idle_deadline_and_any_other_moves_last_seen_alone() {
        let policy = SessionPolicy::default();
        let counted = touched(&activity(0), Counted::Counted, &policy, at(5_000));
        assert_eq!(counted, activity(5_000));
        let uncounted = touched(&activity(0), Counted::NotCounted, &policy, at(5_000));
        assert_eq!(uncounted, Activity { last_seen_at: at(5_000), ..activity(0) });
    }

    #[test]
    fn a_touch_is_written_first_once_the_stored_time_is_a_minute_old() {
        let policy = SessionPolicy::default();
        let judge = |now| verdict(&activity(0), at(HOURS_12), Counted::Counted, &policy, at(now));
        assert!(matches!(judge(59_999), Verdict::Live(Touch::May(_))));
        assert!(matches!(judge(60_000), Verdict::Live(Touch::Must(_))));
        assert!(matches!(judge(60_001), Verdict::Live(Touch::Must(_))));
        let uncounted = verdict(&activity(0), at(HOURS_12), Counted::NotCounted, &policy, at(MINUTES_20 - 1));
        assert!(matches!(uncounted, Verdict::Live(Touch::May(_))));
    }

    #[test]
    fn with_a_short_idle_timeout_a_quarter_of_it_is_enough_to_write_first() {
        let policy = SessionPolicy { idle_timeout: Duration::from_secs(4), ..SessionPolicy::default() };
        let stored = Activity { last_active_at: at(0), last_seen_at: at(0), idle_deadline: at(4_000) };
        let judge = |now| verdict(&stored, at(HOURS_12), Counted::Counted, &policy, at(now));
        assert!(matches!(judge(999), Verdict::Live(Touch::May(_))));
        assert!(matches!(judge(1_000), Verdict::Live(Touch::Must(_))));
        assert_eq!(judge(4_000), Verdict::Lapsed);
    }

    #[test]
    fn a_longer_idle_timeout_reaches_a_running_session_by_a_touch_that_is_written_first() {
        let stored = Activity { last_active_at: at(0), last_seen_at: at(0), idle_deadline: at(2_000) };
        let judged = verdict(&stored, at(HOURS_12), Counted::Counted, &SessionPolicy::default(), at(1_000));
        assert_eq!(judged, Verdict::Live(Touch::Must(activity(1_000))));
    }

    proptest! {
        #[test]
        fn a_touch_never_makes_a_time_run_backwards(
            last in 0i64..1_000_000, now in 0i64..1_000_000, counted in prop::bool::ANY,
        ) {
            let counted = if counted { Counted::Counted } else { Counted::NotCounted };
            let moved = touched(&activity(last), counted, &SessionPolicy::default(), at(now));
            prop_assert!(at(last) <= moved.last_active_at);
            prop_assert!(at(last) <= moved.last_seen_at);
            prop_assert!(moved.last_active_at <= moved.last_seen_at);
            prop_assert_eq!(later(&activity(last), &moved), moved);
        }

        #[test]
        fn the_verdict_agrees_with_a_naive_reading(
            idle in 0i64..300, absolute in 0i64..300, now in 0i64..300,
        ) {
            let times = Activity { last_active_at: at(0), last_seen_at: at(0), idle_deadline: at(idle) };
            let judged = verdict(&times, at(absolute), Counted::NotCounted, &SessionPolicy::default(), at(now));
            prop_assert_eq!(matches!(judged, Verdict::Live(_)), now < idle && now < absolute);
        }
    }
}

//! How long somebody waits before they may guess again. See docs/sessions.md, "Guessing". Delays grow, and none lasts; what
//! is short enough to be guessed in the end is taken no more after a hundred failures, and something else stands in for it.

use super::time::Timestamp;
use std::time::Duration;

/// That long after the last failure nothing is left of any, but for those of codes.
const FAILURES_KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The same for codes: whoever guesses one a day still guesses in a row.
const CODE_FAILURES_KEPT_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Failures in a row after which codes are taken no more: of a million codes three are right at any time.
pub const CODE_FAILURES_MAX: u32 = 100;

/// Whose failures are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Those with one login, on any device that is not known to it.
    Login,
    /// Those with one login on one device that has signed in with it before.
    Device,
    /// Those within one session, by whoever sits there.
    Session,
    /// Those from one network, with whatever logins: many people may share it.
    Network,
    /// Codes of somebody's apps, whatever their password.
    Codes,
    /// The same since their password was set.
    CodesOfPassword,
}

impl Counted {
    /// Failures in a row that cost nothing.
    const fn free(self) -> u32 {
        match self {
            Counted::Login | Counted::Device | Counted::Session | Counted::Codes | Counted::CodesOfPassword => 5,
            Counted::Network => 30,
        }
    }

    /// That long after a failure the next one is the first again. Of a network it is short: those who share one by day,
    /// as in an office, mistype without ever guessing, and no success clears that.
    pub const fn remembered_for(self) -> Duration {
        match self {
            Counted::Login | Counted::Device | Counted::Session => FAILURES_KEPT_FOR,
            Counted::Network => Duration::from_secs(10 * 60),
            Counted::Codes | Counted::CodesOfPassword => CODE_FAILURES_KEPT_FOR,
        }
    }

    /// The longest wait.
    const fn wait_max(self) -> Duration {
        match self {
            Counted::Login | Counted::Device | Counted::Session => Duration::from_secs(5 * 60),
            Counted::Network => Duration::from_secs(60),
            Counted::Codes | Counted::CodesOfPassword => Duration::from_secs(60 * 60),
        }
    }

    /// Failures in a row after which nothing is taken any more. Whoever guesses codes knows the password, so another one
    /// begins this count anew; not the waits, or a mailbox would be enough to guess quickly.
    const fn most(self) -> Option<u32> {
        match self {
            Counted::CodesOfPassword => Some(CODE_FAILURES_MAX),
            Counted::Login | Counted::Device | Counted::Session | Counted::Network | Counted::Codes => None,
        }
    }
}

/// Why somebody may not try now; the later of two is the one that holds for longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// They have to wait so long.
    For(Duration),
    /// There were so many failures in a row that this is taken no more, until a success with something else.
    Spent,
}

/// Failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    /// How many.
    pub failures: u32,
    /// When the last of them was.
    pub last_failed_at: Timestamp,
}

impl Throttle {
    /// What keeps somebody from trying: a second after the first failure that costs anything, twice as long after each
    /// further one. `None`: they may.
    pub fn hold(&self, counted: Counted, now: Timestamp) -> Option<Hold> {
        let is_kept = now < self.last_failed_at + counted.remembered_for();
        if is_kept && counted.most().is_some_and(|most| most <= self.failures) {
            return Some(Hold::Spent);
        }
        let costly = self.failures.checked_sub(counted.free() + 1)?;
        let wait = Duration::from_secs(1 << costly.min(20)).min(counted.wait_max());
        let until = self.last_failed_at + wait;
        // A clock that went back by more than that would make somebody wait for as long as it takes to come here again.
        let is_sound = self.last_failed_at <= now + wait;
        (now < until && is_sound).then(|| Hold::For(until.since(now)))
    }
}

/// How often one network may do what costs everybody a little, right or wrong, within each of the windows of time that
/// follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How often within one window.
    pub most: u32,
    /// How long one is.
    pub window: Duration,
}

/// Questions for a passkey in place of a password, each of which is kept for five minutes. A page asks one when it is
/// opened and one every four minutes: of an office of two hundred, in which everybody opens it at nine, nobody waits.
pub const PASSKEY_QUESTIONS: Quota = Quota { most: 600, window: Duration::from_secs(10 * 60) };

impl Quota {
    /// Which window an instant is in, and how long after it the next one begins.
    pub fn at(&self, now: Timestamp) -> (i64, Duration) {
        let length = i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX).max(1);
        let number = now.as_millis().div_euclid(length);
        (number, Timestamp::from_millis(number * length + length).since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::samples::at;

    fn wait(counted: Counted, failures: u32, after_millis: i64) -> Option<u64> {
        let throttle = Throttle { failures, last_failed_at: at(10_000) };
        match throttle.hold(counted, at(10_000 + after_millis))? {
            Hold::For(wait) => Some(wait.as_millis().try_into().unwrap()),
            Hold::Spent => panic!("nothing is spent here"),
        }
    }

    #[test]
    fn the_sixth_failure_in_a_row_costs_a_second_and_each_further_one_twice_as_long() {
        for (failures, expected) in
            [(0, None), (5, None), (6, Some(1_000)), (7, Some(2_000)), (8, Some(4_000)), (12, Some(64_000))]
        {
            assert_eq!(wait(Counted::Login, failures, 0), expected, "{failures}");
        }
        assert_eq!(wait(Counted::Network, 30, 0), None);
        assert_eq!(wait(Counted::Network, 31, 0), Some(1_000));
    }

    #[test]
    fn windows_follow_one_another_without_a_gap() {
        let quota = Quota { most: 1, window: Duration::from_secs(10) };
        for (millis, number, left) in
            [(0, 0, 10_000), (1, 0, 9_999), (9_999, 0, 1), (10_000, 1, 10_000), (-1, -1, 1), (25_000, 2, 5_000)]
        {
            assert_eq!(quota.at(at(millis)), (number, Duration::from_millis(left)), "{millis}");
        }
    }

    #[test]
    fn no_wait_lasts() {
        for failures in [15, 100, u32::MAX] {
            assert_eq!(wait(Counted::Login, failures, 0), Some(300_000), "{failures}");
            assert_eq!(wait(Counted::Network, failures.max(60), 0), Some(60_000), "{failures}");
            assert_eq!(wait(Counted::Codes, failures.max(18), 0), Some(3_600_000), "{failures}");
        }
    }

    #[test]
    fn a_wait_is_over_at_its_last_millisecond() {
        for (after, expected) in [(0, Some(1_000)), (999, Some(1)), (1_000, None), (1_001, None)] {
            assert_eq!(wait(Counted::Login, 6, after), expected, "{after}");
        }
    }

    #[test]
    fn after_a_clock_went_back_nobody_waits_longer_than_twice() {
        for (before, expected) in [(0, Some(1_000)), (1_000, Some(2_000)), (1_001, None), (86_400_000, None)] {
            assert_eq!(wait(Counted::Login, 6, -before), expected, "{before}");
        }
    }

    #[test]
    fn codes_wait_up_to_an_hour_and_are_taken_no_more_after_a_hundred_failures_with_one_password() {
        let day: i64 = 24 * 60 * 60_000;
        let hold = |counted: Counted, failures: u32, after_millis: i64| {
            let throttle = Throttle { failures, last_failed_at: at(10_000) };
            throttle.hold(counted, at(10_000 + after_millis))
        };
        let hour = Some(Hold::For(Duration::from_secs(60 * 60)));
        for (failures, expected) in [(17, Some(Hold::For(Duration::from_secs(2_048)))), (18, hour), (99, hour)] {
            assert_eq!(hold(Counted::CodesOfPassword, failures, 0), expected, "{failures}");
            assert_eq!(hold(Counted::CodesOfPassword, failures, day), None, "{failures}");
        }
        for failures in [100, 101, u32::MAX] {
            for after in [-day, 0, day, 365 * day - 1] {
                assert_eq!(hold(Counted::CodesOfPassword, failures, after), Some(Hold::Spent), "{failures} {after}");
            }
            assert_eq!(hold(Counted::CodesOfPassword, failures, 365 * day), None, "nothing is left of them");
            assert_eq!(hold(Counted::Codes, failures, 0), hour, "whatever the password");
        }
        assert!(Hold::For(Duration::MAX) < Hold::Spent);
    }

    #[test]
    fn failures_are_remembered_for_longer_than_any_wait() {
        let all = [
            (Counted::Login, FAILURES_KEPT_FOR),
            (Counted::Device, FAILURES_KEPT_FOR),
            (Counted::Session, FAILURES_KEPT_FOR),
            (Counted::Network, Duration::from_secs(10 * 60)),
            (Counted::Codes, CODE_FAILURES_KEPT_FOR),
            (Counted::CodesOfPassword, CODE_FAILURES_KEPT_FOR),
        ];
        for (counted, kept_for) in all {
            assert_eq!(counted.remembered_for(), kept_for, "{counted:?}");
            assert!(counted.wait_max() < kept_for, "{counted:?}");
        }
    }
}

//! The first run: a link that makes the first administrator, for as long as there is no user.

use super::time::Timestamp;
use std::time::Duration;

/// How long such a link works.
pub const LINK_WORKS_FOR: Duration = Duration::from_secs(30 * 60);

/// Until when a link works that is made now.
pub fn link_works_until(now: Timestamp) -> Timestamp {
    now + LINK_WORKS_FOR
}

/// Whether a link that works until then still does.
pub fn link_works(until: Timestamp, now: Timestamp) -> bool {
    now < until
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_for_half_an_hour() {
        let made = Timestamp::from_millis(1_000);
        let until = link_works_until(made);
        for (millis, works) in [(0, true), (1_799_999, true), (1_800_000, false), (1_800_001, false)] {
            assert_eq!(link_works(until, made + Duration::from_millis(millis)), works, "{millis}");
        }
    }
}

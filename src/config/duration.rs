//! Durations as people write them: `20m`, `12h`, `1h30m`. A number without a unit is refused, never guessed at.

use std::fmt::Write;
use std::time::Duration;

/// Units, longest first, with their length in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Longest duration taken: a hundred years, so that no deadline ever overflows.
const SECONDS_MAX: u64 = 36_500 * 86_400;

/// Why a text is not a duration; each reads on after "is "20", which ".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotADuration {
    /// A bare number could mean seconds, minutes or milliseconds.
    #[error("has no unit")]
    NoUnit,
    /// Something other than digits stands where a number must.
    #[error("is not a whole number followed by a unit (s, m, h or d)")]
    NoNumber,
    /// The unit is none of the four.
    #[error("has a unit other than s, m, h and d")]
    UnknownUnit,
    /// `30m1h` and `1h1h` are more likely mistakes than meant.
    #[error("does not name each unit once, longest first")]
    Order,
    /// Nobody means more than a hundred years.
    #[error("is longer than 36500d")]
    TooLong,
}

/// Reads a duration such as `90s`, `20m` or `1h30m`.
pub(super) fn parse(text: &str) -> Result<Duration, NotADuration> {
    let mut rest = text;
    let mut seconds: u64 = 0;
    let mut shorter_than = u64::MAX;
    loop {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        if number.is_empty() {
            return Err(NotADuration::NoNumber);
        }
        let Some(unit) = after.chars().next() else { return Err(NotADuration::NoUnit) };
        let Some((_, length)) = UNITS.into_iter().find(|(name, _)| *name == unit) else {
            return Err(if unit.is_alphabetic() { NotADuration::UnknownUnit } else { NotADuration::NoNumber });
        };
        if after.starts_with("ms") {
            return Err(NotADuration::UnknownUnit);
        }
        if length >= shorter_than {
            return Err(NotADuration::Order);
        }
        shorter_than = length;
        // Digits that do not fit are a number that is too great, not a missing one.
        let part = number.parse::<u64>().ok().and_then(|n| n.checked_mul(length)).ok_or(NotADuration::TooLong)?;
        seconds = seconds.checked_add(part).filter(|s| *s <= SECONDS_MAX).ok_or(NotADuration::TooLong)?;
        rest = &after[unit.len_utf8()..];
        if rest.is_empty() {
            return Ok(Duration::from_secs(seconds));
        }
    }
}

/// Writes a duration in the form that [`parse`] reads; fractions of a second, which only code can ask for, as `ms`.
pub(super) fn format(duration: Duration) -> String {
    let mut text = String::new();
    let mut seconds = duration.as_secs();
    for (name, length) in UNITS {
        if seconds >= length {
            let _ = write!(text, "{}{name}", seconds / length);
            seconds %= length;
        }
    }
    if duration.subsec_millis() > 0 {
        let _ = write!(text, "{}ms", duration.subsec_millis());
    }
    if text.is_empty() { "0s".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_duration_is_whole_numbers_with_units_longest_first() {
        for (text, seconds) in [("1s", 1), ("20m", 1200), ("12h", 43_200), ("1d", 86_400), ("1h30m", 5400), ("0s", 0)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_duration_is_refused_with_its_reason() {
        for (text, reason) in [
            ("20", NotADuration::NoUnit),
            ("1h30", NotADuration::NoUnit),
            ("", NotADuration::NoNumber),
            ("m", NotADuration::NoNumber),
            ("-5m", NotADuration::NoNumber),
            ("1.5h", NotADuration::NoNumber),
            ("1h 30m", NotADuration::NoNumber),
            ("500ms", NotADuration::UnknownUnit),
            ("20M", NotADuration::UnknownUnit),
            ("2w", NotADuration::UnknownUnit),
            ("30m1h", NotADuration::Order),
            ("1h1h", NotADuration::Order),
            ("36501d", NotADuration::TooLong),
            ("99999999999999999999s", NotADuration::TooLong),
            ("18446744073709551615d", NotADuration::TooLong),
        ] {
            assert_eq!(parse(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn a_duration_is_written_with_the_longest_units_that_fit() {
        for (millis, text) in [(0, "0s"), (90_000, "1m30s"), (43_200_000, "12h"), (86_400_000, "1d"), (500, "500ms")] {
            assert_eq!(format(Duration::from_millis(millis)), text);
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = parse(&text);
        }

        #[test]
        fn parsing_near_durations_never_panics(text in "([0-9]{0,21}[smhdé ]?){0,4}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_written_reads_back_as_the_same(seconds in 0..=SECONDS_MAX) {
            let duration = Duration::from_secs(seconds);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }
    }
}

//! Times and durations, for people in the words of the catalogue. Time zones are known here and nowhere else.

use super::text::Language;
use crate::domain::time::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Below this a session counts as active now.
const ACTIVE_NOW: Duration = Duration::from_secs(2 * MINUTE);

/// An instant, ready to be shown: in words, on the clock, and for machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// Seen from now, such as "6 minutes ago".
    pub relative: String,
    /// On the clock with its zone, such as "today, 14:05 AEST".
    pub clock: String,
    /// RFC 3339, the value of a `datetime` attribute.
    pub machine: String,
}

/// Who is told of times: in which language, in which zone (an IANA name; an unknown one reads as UTC), and at what
/// instant.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'z> {
    /// Their language.
    pub language: Language,
    /// The zone in which they read times.
    pub zone: &'z str,
    /// The instant at which they read.
    pub now: Timestamp,
}

impl Reader<'_> {
    /// An instant as it is told to this reader.
    pub fn when(&self, at: Timestamp) -> When {
        When { relative: self.relative(at), clock: self.clock(at), machine: instant(at).to_string() }
    }

    /// Whether somebody last active at `at` is called "Active now".
    pub fn is_active_now(&self, at: Timestamp) -> bool {
        self.now.since(at) < ACTIVE_NOW
    }

    /// How far `at` is from now: "6 minutes ago", "in 3 minutes", "just now". Counts whole units, never rounds up.
    pub fn relative(&self, at: Timestamp) -> String {
        let (future, far) = if at > self.now { (true, at.since(self.now)) } else { (false, self.now.since(at)) };
        let (count, key) = match (far.as_secs(), future) {
            (0..MINUTE, true) => return self.language.say("in-less-than-a-minute"),
            (0..MINUTE, false) => return self.language.say("just-now"),
            (seconds @ MINUTE..HOUR, true) => (seconds / MINUTE, "in-minutes"),
            (seconds @ MINUTE..HOUR, false) => (seconds / MINUTE, "minutes-ago"),
            (seconds @ HOUR..DAY, true) => (seconds / HOUR, "in-hours"),
            (seconds @ HOUR..DAY, false) => (seconds / HOUR, "hours-ago"),
            (seconds, true) => (seconds / DAY, "in-days"),
            (seconds, false) => (seconds / DAY, "days-ago"),
        };
        self.language.count(key, count)
    }

    /// The date and time in full, such as "22 Nov 2026, 14:05 AEST (Brisbane)".
    pub fn absolute(&self, at: Timestamp) -> String {
        let (zone, name) = zone_of(self.zone);
        let zoned = instant(at).to_zoned(zone);
        let clock = self.on(&zoned);
        match name.and_then(city_of) {
            Some(city) => self.language.tell("clock-city", &[("clock", clock.into()), ("city", city.into())]),
            None => clock,
        }
    }

    /// The time with as much of the date as is needed now: "today, 14:05 AEST".
    pub fn clock(&self, at: Timestamp) -> String {
        let (zone, _) = zone_of(self.zone);
        let today = instant(self.now).to_zoned(zone.clone()).date();
        let zoned = instant(at).to_zoned(zone);
        let date = zoned.date();
        let key = if date == today {
            "clock-today"
        } else if today.yesterday().is_ok_and(|yesterday| date == yesterday) {
            "clock-yesterday"
        } else if today.tomorrow().is_ok_and(|tomorrow| date == tomorrow) {
            "clock-tomorrow"
        } else {
            return self.on(&zoned);
        };
        self.language.tell(key, &[("time", time(&zoned).into())])
    }

    /// The day, such as "22 Nov 2026".
    pub fn date(&self, at: Timestamp) -> String {
        self.date_of(&instant(at).to_zoned(zone_of(self.zone).0))
    }

    fn on(&self, zoned: &Zoned) -> String {
        self.language.tell("clock-on", &[("date", self.date_of(zoned).into()), ("time", time(zoned).into())])
    }

    fn date_of(&self, zoned: &Zoned) -> String {
        let month = self.language.say(&format!("month-{}", zoned.month()));
        // As texts: no language groups the digits of a year.
        let [day, year] = [zoned.day().to_string(), zoned.year().to_string()];
        self.language.tell("date", &[("day", day.into()), ("month", month.into()), ("year", year.into())])
    }
}

/// Hours and minutes with the letters of the zone: "14:05 AEST".
fn time(zoned: &Zoned) -> String {
    format!("{} {}", zoned.strftime("%H:%M"), abbreviation(zoned))
}

/// RFC 3339 in UTC, always with milliseconds, such as `2026-11-22T04:05:00.000Z`: what programs read.
pub fn rfc3339(at: Timestamp) -> String {
    format!("{:.3}", instant(at))
}

/// A duration with every unit that it needs: "20 minutes", "45 seconds", "1 hour 30 minutes", "2 days". A part of a
/// second counts as one.
pub fn duration(language: Language, duration: Duration) -> String {
    let mut seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let mut parts = Vec::new();
    // One day is said as 24 hours: it is a length of time, not a date.
    let largest = if seconds < 2 * DAY { HOUR } else { DAY };
    for (length, key) in [(DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes"), (1, "seconds")] {
        if length <= largest && seconds >= length {
            parts.push(language.count(key, seconds / length));
            seconds %= length;
        }
    }
    if parts.is_empty() { language.count("seconds", 0) } else { parts.join(" ") }
}

/// What a calendar cannot hold is shown as its nearest end.
fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(if at.as_millis() < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}

/// The zone and its name, or UTC without one.
fn zone_of(name: &str) -> (TimeZone, Option<&str>) {
    TimeZone::get(name).map_or((TimeZone::UTC, None), |zone| (zone, Some(name)))
}

/// Zones without letters of their own ("+0530") are said by their distance from UTC.
fn abbreviation(zoned: &Zoned) -> String {
    let text = zoned.strftime("%Z").to_string();
    if text.starts_with(['+', '-']) {
        let (hours, minutes) = text.split_at(text.len().min(3));
        return if minutes.is_empty() { format!("UTC{hours}") } else { format!("UTC{hours}:{minutes}") };
    }
    text
}

/// "Brisbane" of "Australia/Brisbane". The zones below `Etc` are not places, and their signs are reversed.
fn city_of(zone: &str) -> Option<String> {
    let (area, city) = zone.rsplit_once('/')?;
    (area != "Etc").then(|| city.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-22T04:05:00Z.
    const NOON: Timestamp = Timestamp::from_millis(1_795_320_300_000);

    fn reader(zone: &str) -> Reader<'_> {
        Reader { language: Language::English, zone, now: NOON }
    }

    fn absolute(at: Timestamp, zone: &str) -> String {
        reader(zone).absolute(at)
    }

    #[test]
    fn programs_always_read_milliseconds_and_a_z() {
        assert_eq!(rfc3339(Timestamp::from_millis(1_795_320_000_000)), "2026-11-22T04:00:00.000Z");
        assert_eq!(rfc3339(Timestamp::from_millis(1_795_320_000_120)), "2026-11-22T04:00:00.120Z");
    }

    #[test]
    fn a_time_is_told_in_its_zone_and_names_it() {
        assert_eq!(absolute(NOON, "Australia/Brisbane"), "22 Nov 2026, 14:05 AEST (Brisbane)");
        assert_eq!(absolute(NOON, "America/New_York"), "21 Nov 2026, 23:05 EST (New York)");
        assert_eq!(absolute(NOON, "Asia/Singapore"), "22 Nov 2026, 12:05 UTC+08 (Singapore)");
        assert_eq!(absolute(NOON, "Asia/Kolkata"), "22 Nov 2026, 09:35 IST (Kolkata)");
        assert_eq!(absolute(NOON, "Asia/Kathmandu"), "22 Nov 2026, 09:50 UTC+05:45 (Kathmandu)");
        assert_eq!(absolute(NOON, "Etc/GMT+5"), "21 Nov 2026, 23:05 UTC-05");
        assert_eq!(absolute(NOON, "UTC"), "22 Nov 2026, 04:05 UTC");
    }

    #[test]
    fn a_time_is_told_in_the_readers_language() {
        let german = Reader { language: Language::German, ..reader("Europe/Berlin") };
        assert_eq!(german.absolute(NOON), "22. Nov. 2026, 05:05 CET (Berlin)");
        assert_eq!(german.clock(NOON), "heute, 05:05 CET");
        assert_eq!(german.relative(NOON - Duration::from_secs(DAY)), "vor 1 Tag");
        assert_eq!(german.date(NOON), "22. Nov. 2026");
        assert_eq!(duration(Language::German, Duration::from_secs(90 * MINUTE)), "1 Stunde 30 Minuten");
    }

    #[test]
    fn summer_time_is_told_by_its_own_letters() {
        let july = Timestamp::from_millis(1_783_000_000_000);
        assert_eq!(absolute(july, "Europe/Berlin"), "2 Jul 2026, 15:46 CEST (Berlin)");
        assert_eq!(absolute(NOON, "Europe/Berlin"), "22 Nov 2026, 05:05 CET (Berlin)");
    }

    #[test]
    fn an_unknown_zone_reads_as_utc() {
        assert_eq!(absolute(NOON, "Atlantis/Centre"), "22 Nov 2026, 04:05 UTC");
        assert_eq!(absolute(NOON, ""), "22 Nov 2026, 04:05 UTC");
    }

    #[test]
    fn the_day_changes_where_the_reader_is() {
        let brisbane = |at| reader("Australia/Brisbane").clock(at);
        assert_eq!(brisbane(NOON), "today, 14:05 AEST");
        assert_eq!(brisbane(NOON - Duration::from_secs(14 * HOUR + 5 * MINUTE)), "today, 00:00 AEST");
        assert_eq!(brisbane(NOON - Duration::from_secs(14 * HOUR + 6 * MINUTE)), "yesterday, 23:59 AEST");
        assert_eq!(brisbane(NOON + Duration::from_secs(12 * HOUR)), "tomorrow, 02:05 AEST");
        assert_eq!(brisbane(NOON - Duration::from_secs(3 * DAY)), "19 Nov 2026, 14:05 AEST");
    }

    #[test]
    fn distance_counts_whole_units_in_both_directions() {
        let ago = |seconds| reader("UTC").relative(NOON - Duration::from_secs(seconds));
        assert_eq!(ago(0), "just now");
        assert_eq!(ago(59), "just now");
        assert_eq!(ago(60), "1 minute ago");
        assert_eq!(ago(6 * MINUTE + 59), "6 minutes ago");
        assert_eq!(ago(HOUR - 1), "59 minutes ago");
        assert_eq!(ago(HOUR), "1 hour ago");
        assert_eq!(ago(40 * DAY), "40 days ago");
        let ahead = |seconds| reader("UTC").relative(NOON + Duration::from_secs(seconds));
        assert_eq!(ahead(30), "in less than a minute");
        assert_eq!(ahead(3 * MINUTE + 59), "in 3 minutes");
        assert_eq!(ahead(12 * HOUR), "in 12 hours");
    }

    #[test]
    fn active_now_ends_at_two_minutes() {
        assert!(reader("UTC").is_active_now(NOON - Duration::from_millis(119_999)));
        assert!(!reader("UTC").is_active_now(NOON - Duration::from_millis(120_000)));
    }

    #[test]
    fn a_duration_has_its_units() {
        let told = |seconds| duration(Language::English, Duration::from_secs(seconds));
        assert_eq!(told(1200), "20 minutes");
        assert_eq!(told(45), "45 seconds");
        assert_eq!(told(3600), "1 hour");
        assert_eq!(told(90 * MINUTE + 1), "1 hour 30 minutes 1 second");
        assert_eq!(told(DAY), "24 hours");
        assert_eq!(told(2 * DAY), "2 days");
        assert_eq!(told(0), "0 seconds");
        assert_eq!(duration(Language::English, Duration::from_millis(1500)), "2 seconds");
    }

    proptest! {
        #[test]
        fn no_instant_and_no_zone_name_panics(now: i64, at: i64, zone in "\\PC{0,24}") {
            let (now, at) = (Timestamp::from_millis(now), Timestamp::from_millis(at));
            let reader = Reader { language: Language::English, zone: &zone, now };
            let when = reader.when(at);
            prop_assert!(!when.relative.is_empty() && !when.clock.is_empty() && !when.machine.is_empty());
            prop_assert!(!reader.absolute(at).is_empty());
        }
    }
}

//! Webhooks: who is told of which events, and when a delivery is tried again.

use super::event::kind;
use super::id::{WebhookId, WebhookNo};
use super::time::Timestamp;
use std::fmt;
use std::time::Duration;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How many webhooks there may be.
pub const WEBHOOKS_MAX: u16 = 20;

/// How long a secret that was replaced still signs, beside the one that replaced it.
pub const OLD_SECRET_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a delivery that arrived is kept in the list.
pub const DELIVERED_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Longest pause that a receiver may ask for.
pub const PAUSE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Seconds before each try: the schedule that the Standard Webhooks specification gives as an example.
const SCHEDULE: [u64; 10] =
    [0, 5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// Pauses are longer by up to a fifth, so that what failed together does not come together again.
const JITTER_PART: u32 = 5;

/// Somebody who is told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The store's number.
    pub no: WebhookNo,
    /// The public id.
    pub id: WebhookId,
    /// Which of the [`WEBHOOKS_MAX`] places it has, from 1 on.
    pub place: u16,
    /// Where events are sent to.
    pub url: String,
    /// The kinds of events; empty: all.
    pub types: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its receiver said that it is gone; nothing is sent from then on.
    pub disabled_at: Option<Timestamp>,
}

impl Webhook {
    /// The first place that none of these has; `None` where every place is taken.
    pub fn free_place(among: &[Webhook]) -> Option<u16> {
        (1..=WEBHOOKS_MAX).find(|place| among.iter().all(|webhook| webhook.place != *place))
    }
}

/// Whether somebody who asked for these kinds wants an event of this one.
pub fn wants(types: &[String], kind: &str) -> bool {
    types.is_empty() || types.iter().any(|wanted| wanted == kind)
}

/// Whether there are events of this kind.
pub fn is_kind(text: &str) -> bool {
    kind::ALL.contains(&text)
}

/// What signs what is sent to a webhook. Unlike every other secret it is stored as it is.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SigningSecret(pub [u8; 32]);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// How a try to deliver went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The receiver took it.
    Taken,
    /// The receiver said that it is gone for good.
    Gone,
    /// Anything else.
    NotTaken {
        /// How long the receiver asked not to be told again.
        pause: Option<Duration>,
    },
}

/// What becomes of a delivery after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrived.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It is tried no more, unless somebody asks for it.
    Failed,
}

/// What becomes of a delivery after its try number `tries`, which went so, at `now`; `chance` is any number.
pub fn fate(tries: u32, tried: &Tried, now: Timestamp, chance: u8) -> Fate {
    let pause = match tried {
        Tried::Taken => return Fate::Delivered,
        Tried::Gone => return Fate::Failed,
        Tried::NotTaken { pause } => pause.unwrap_or_default().min(PAUSE_MAX),
    };
    let Some(next) = usize::try_from(tries).ok().and_then(|tries| SCHEDULE.get(tries)) else { return Fate::Failed };
    let next = Duration::from_secs(*next);
    let jitter = next * u32::from(chance) / (u32::from(u8::MAX) * JITTER_PART);
    Fate::Again(now + (next + jitter).max(pause))
}

/// The host of an address in its normal form: what events tell of it. A path may hold what is secret.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_600_000_000);

    fn not_taken(seconds: Option<u64>) -> Tried {
        Tried::NotTaken { pause: seconds.map(Duration::from_secs) }
    }

    #[test]
    fn ten_tries_are_made_over_three_days_and_then_it_has_failed() {
        let mut waited = Duration::ZERO;
        for (tries, seconds) in (1..).zip([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]) {
            let pause = Duration::from_secs(seconds);
            assert_eq!(fate(tries, &not_taken(None), NOW, 0), Fate::Again(NOW + pause), "after try {tries}");
            waited += pause;
        }
        assert_eq!(fate(10, &not_taken(None), NOW, 0), Fate::Failed);
        assert_eq!(fate(u32::MAX, &not_taken(None), NOW, 255), Fate::Failed);
        assert_eq!(waited.as_secs() / 3600, 75);
    }

    #[test]
    fn chance_makes_a_pause_longer_by_at_most_a_fifth() {
        for (chance, seconds) in [(0, 300.0), (51, 312.0), (255, 360.0)] {
            assert_eq!(fate(2, &not_taken(None), NOW, chance), Fate::Again(NOW + Duration::from_secs_f64(seconds)));
        }
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_pause_but_not_for_more_than_a_day() {
        let again = |seconds| Fate::Again(NOW + Duration::from_secs(seconds));
        assert_eq!(fate(1, &not_taken(Some(120)), NOW, 0), again(120));
        assert_eq!(fate(1, &not_taken(Some(1)), NOW, 0), again(5));
        assert_eq!(fate(1, &not_taken(Some(u64::MAX)), NOW, 0), again(86_400));
        assert_eq!(fate(10, &not_taken(Some(1)), NOW, 0), Fate::Failed);
    }

    #[test]
    fn what_was_taken_is_delivered_and_a_receiver_that_is_gone_is_not_asked_again() {
        assert_eq!(fate(10, &Tried::Taken, NOW, 0), Fate::Delivered);
        assert_eq!(fate(1, &Tried::Gone, NOW, 0), Fate::Failed);
    }

    #[test]
    fn without_kinds_every_event_is_wanted_and_with_kinds_only_those() {
        assert!(wants(&[], kind::SESSION_ENDED));
        let types = [kind::SESSION_ENDED.to_owned()];
        assert!(wants(&types, "session.ended") && !wants(&types, "session.started"));
        assert!(is_kind("session.ended") && !is_kind("session") && !is_kind(""));
    }

    #[test]
    fn a_place_is_given_once() {
        let webhook = |place| Webhook {
            no: WebhookNo(1),
            id: WebhookId::new("wh").unwrap(),
            place,
            url: String::new(),
            types: vec![],
            created_at: NOW,
            disabled_at: None,
        };
        let all: Vec<_> = (1..=WEBHOOKS_MAX).map(webhook).collect();
        assert_eq!(Webhook::free_place(&[]), Some(1));
        assert_eq!(Webhook::free_place(&[webhook(1), webhook(3)]), Some(2));
        assert_eq!(Webhook::free_place(&all[..19]), Some(20));
        assert_eq!(Webhook::free_place(&all), None);
    }

    #[test]
    fn events_tell_the_host_of_an_address_and_nothing_behind_it() {
        for (url, host) in [
            ("https://hooks.example/T0/secret", "hooks.example"),
            ("https://127.0.0.1:9000/", "127.0.0.1:9000"),
            ("https://[2001:db8::1]:8443/a", "[2001:db8::1]:8443"),
            ("https://hooks.example?key=secret", "hooks.example"),
        ] {
            assert_eq!(host_of(url), host);
        }
    }

    #[test]
    fn a_signing_secret_is_not_printed() {
        assert_eq!(format!("{:?}", SigningSecret([7; 32])), "SigningSecret(…)");
    }
}

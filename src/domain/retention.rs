//! How long is kept what has happened.

use super::network::network;
use super::time::Timestamp;
use std::time::Duration;

/// How long is kept what has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Events, and with an end the session that ended.
    pub events: Duration,
    /// Whole addresses, in events and in sessions that ended, and no longer than events; after that, the network that an
    /// address is in.
    pub addresses: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Retention {
    /// 13 months and 30 days.
    fn default() -> Self {
        Self { events: DAY * 396, addresses: DAY * 30 }
    }
}

impl Retention {
    /// What is to be forgotten now.
    pub fn forget(&self, now: Timestamp) -> Forget {
        Forget { events: now - self.events, addresses: now - self.addresses.min(self.events) }
    }
}

/// What is left of an address that is kept no longer: its network, as wide as one customer may have it, such as
/// `203.0.113.0/24` or `2001:db8:5::/48`. `None` for what is no whole address, such as a network already.
pub fn network_left(address: &str) -> Option<String> {
    Some(network(address.parse().ok()?, 48).to_string())
}

/// What is to be forgotten: what happened before these instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forget {
    /// Events and sessions that ended.
    pub events: Timestamp,
    /// Whole addresses.
    pub addresses: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_kept_for_13_months_and_addresses_for_30_days_unless_told_otherwise() {
        let now = Timestamp::from_millis(1_795_600_000_000);
        let forget = Retention::default().forget(now);
        assert_eq!((now.since(forget.events), now.since(forget.addresses)), (DAY * 396, DAY * 30));
        let short = Retention { events: DAY * 7, addresses: DAY * 30 }.forget(now);
        assert_eq!(now.since(short.addresses), DAY * 7, "no address outlives the event that leads to it");
    }

    #[test]
    fn of_an_address_the_network_is_left() {
        for (address, network) in [
            ("203.0.113.77", Some("203.0.113.0/24")),
            ("2001:db8:5:6::7", Some("2001:db8:5::/48")),
            ("::ffff:203.0.113.77", Some("203.0.113.0/24")),
            ("203.0.113.0/24", None),
            ("2001:db8:5::/48", None),
            ("", None),
            ("somewhere", None),
        ] {
            assert_eq!(network_left(address).as_deref(), network, "{address}");
        }
    }
}

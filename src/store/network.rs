//! What is left of an address that is kept no longer.

use std::net::IpAddr;

/// The network of an address, as wide as one customer has it: `203.0.113.0/24`, `2001:db8:5::/48`. `None` for what is
/// no whole address, such as a network already.
pub(super) fn network_of(address: &str) -> Option<String> {
    match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            Some(format!("{a}.{b}.{c}.0/24"))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            Some(format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(network_of(address).as_deref(), network, "{address}");
        }
    }
}

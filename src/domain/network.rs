//! The network that an address is in.

// Addresses as values: what opens connections is in `std::net`.
use core::net::IpAddr;
use ipnet::IpNet;

/// The network of an address: of IPv4 the first 24 bits, of IPv6 so many.
pub fn network(address: IpAddr, of_v6: u8) -> IpNet {
    let address = address.to_canonical();
    let width = if address.is_ipv4() { 24 } else { of_v6 };
    IpNet::new(address, width).unwrap_or_else(|_| IpNet::from(address)).trunc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_counted_together_and_strangers_are_not() {
        let network = |ip: &str| network(ip.parse().unwrap(), 64);
        assert_eq!(network("203.0.113.7"), network("203.0.113.200"));
        assert_eq!(network("203.0.113.7"), network("::ffff:203.0.113.8"));
        assert_ne!(network("203.0.113.7"), network("203.0.114.7"));
        assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::3"), network("2001:db8:1:3::3"));
    }
}

//! Where messages may be sent to: addresses of the internet, and the networks that the operator allows. Whoever keeps
//! webhooks could otherwise have this server talk to whatever is near it.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Longest address that is taken, in bytes.
const URL_BYTES_MAX: usize = 2048;

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix)
}

const fn v6(a: u16, b: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// What of IPv4 is not the internet: IANA's registry of special addresses, multicast, and what is reserved.
const NOT_PUBLIC_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 8),
    v4(10, 0, 0, 8),
    v4(100, 64, 0, 10),
    v4(127, 0, 0, 8),
    v4(169, 254, 0, 16),
    v4(172, 16, 0, 12),
    v4(192, 0, 0, 24),
    v4(192, 0, 2, 24),
    v4(192, 88, 99, 24),
    v4(192, 168, 0, 16),
    v4(198, 18, 0, 15),
    v4(198, 51, 100, 24),
    v4(203, 0, 113, 24),
    v4(224, 0, 0, 4),
    v4(240, 0, 0, 4),
];

/// All that is given out of IPv6 so far. What is not in it is local, mapped, multicast or nobody's.
const GIVEN_OUT_V6: Ipv6Net = v6(0x2000, 0, 3);

/// What of it is no place of its own: protocols and tunnels, documentation, addresses of IPv4 in disguise.
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [v6(0x2001, 0, 23), v6(0x2001, 0xdb8, 32), v6(0x2002, 0, 16), v6(0x3fff, 0, 20)];

/// Through which IPv4 is reached where there is only IPv6; the address itself is in the last four bytes.
const TRANSLATED: Ipv6Net = v6(0x64, 0xff9b, 96);

/// Whether an address is one of the internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => NOT_PUBLIC_V4.iter().all(|network| !network.contains(&address)),
        IpAddr::V6(address) if TRANSLATED.contains(&address) => {
            let [.., a, b, c, d] = address.octets();
            is_public(Ipv4Addr::new(a, b, c, d).into())
        }
        IpAddr::V6(address) => {
            GIVEN_OUT_V6.contains(&address) && NOT_PUBLIC_V6.iter().all(|network| !network.contains(&address))
        }
    }
}

/// Why nothing is sent to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlRefusal {
    /// It cannot be read, or names no host.
    NotAnAddress,
    /// It is too long.
    TooLong,
    /// It is neither https nor http.
    Scheme,
    /// It has a user name or a password.
    Credentials,
    /// It has something behind a `#`.
    Fragment,
    /// It is http, and not of an allowed network.
    Plain,
    /// It is not of the internet, and not of an allowed network.
    Internal,
}

impl fmt::Display for UrlRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UrlRefusal::NotAnAddress => "This is no address: write one such as https://app.example/hooks.",
            UrlRefusal::TooLong => "This address is too long: give one of at most 2048 bytes.",
            UrlRefusal::Scheme => "Write the address with https:// in front.",
            UrlRefusal::Credentials => "An address has no user name and no password: signatures say who sends.",
            UrlRefusal::Fragment => "Nothing behind a # is sent: leave it out.",
            UrlRefusal::Plain => "Use https. Only to networks in `webhooks.allow` may messages go by http.",
            UrlRefusal::Internal => "This is not an address of the internet. Give one that is, or have its network added to `webhooks.allow`.",
        })
    }
}

impl std::error::Error for UrlRefusal {}

/// Decides where messages may go.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) allow: Vec<IpNet>,
}

impl Guard {
    fn is_allowed(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allow.iter().any(|network| network.contains(&address))
    }

    /// Whether a connection may be made to an address; `plain`: without TLS.
    pub(super) fn lets_through(&self, address: IpAddr, plain: bool) -> bool {
        self.is_allowed(address) || (!plain && is_public(address))
    }

    /// Takes an address in its normal form, or says why not. What a name leads to is looked at with each connection.
    pub(super) fn check(&self, text: &str) -> Result<Url, UrlRefusal> {
        if text.len() > URL_BYTES_MAX {
            return Err(UrlRefusal::TooLong);
        }
        let url = Url::parse(text).map_err(|_| UrlRefusal::NotAnAddress)?;
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(UrlRefusal::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefusal::Credentials);
        }
        if url.fragment().is_some() {
            return Err(UrlRefusal::Fragment);
        }
        let address = match url.host().ok_or(UrlRefusal::NotAnAddress)? {
            Host::Ipv4(address) => Some(IpAddr::from(address)),
            Host::Ipv6(address) => Some(IpAddr::from(address)),
            Host::Domain(name) => {
                let name = name.trim_end_matches('.');
                (name == "localhost" || name.ends_with(".localhost")).then_some(Ipv4Addr::LOCALHOST.into())
            }
        };
        match address {
            Some(address) if self.lets_through(address, plain) => {}
            Some(address) if is_public(address) => return Err(UrlRefusal::Plain),
            Some(_) => return Err(UrlRefusal::Internal),
            None if plain && self.allow.is_empty() => return Err(UrlRefusal::Plain),
            None => {}
        }
        // The normal form may be longer.
        if url.as_str().len() > URL_BYTES_MAX { Err(UrlRefusal::TooLong) } else { Ok(url) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn guard(allow: &[&str]) -> Guard {
        Guard { allow: allow.iter().map(|network| network.parse().unwrap()).collect() }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2606:4700:4700::1111",
            "3fff:1000::1",
            "64:ff9b::1.1.1.1",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn addresses_of_this_machine_its_network_and_nobody_are_not_public() {
        for internal in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "1fff::1",
            "2001::1",
            "2001:1ff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(internal.parse().unwrap()), "{internal}");
        }
    }

    #[test]
    fn allowed_networks_are_let_through_with_and_without_tls() {
        let guard = guard(&["10.1.2.0/24", "::1/128"]);
        for (address, with_tls, plain) in [
            ("10.1.2.255", true, true),
            ("::ffff:10.1.2.3", true, true),
            ("10.1.3.0", false, false),
            ("::1", true, true),
            ("127.0.0.1", false, false),
            ("1.1.1.1", true, false),
        ] {
            let address = address.parse().unwrap();
            assert_eq!((guard.lets_through(address, false), guard.lets_through(address, true)), (with_tls, plain));
        }
    }

    #[test]
    fn an_address_is_https_of_the_internet_or_of_an_allowed_network() {
        use UrlRefusal::{Credentials, Fragment, Internal, NotAnAddress, Plain, Scheme, TooLong};
        let long = format!("https://app.example/{}", "a".repeat(2029));
        for (text, nothing_allowed, loopback_allowed) in [
            ("https://app.example/hooks?a=b", None, None),
            ("https://1.1.1.1:8443/", None, None),
            ("http://app.example/", Some(Plain), None),
            ("http://1.1.1.1/", Some(Plain), Some(Plain)),
            ("https://127.0.0.1/", Some(Internal), None),
            ("http://127.0.0.1:9/", Some(Internal), None),
            ("https://localhost/", Some(Internal), None),
            ("https://a.localhost./", Some(Internal), None),
            ("https://2130706433/", Some(Internal), None),
            ("https://0x7f.1/", Some(Internal), None),
            ("https://[::ffff:7f00:1]/", Some(Internal), None),
            ("https://[::1]/", Some(Internal), Some(Internal)),
            ("https://169.254.169.254/latest", Some(Internal), Some(Internal)),
            ("https://u@app.example/", Some(Credentials), Some(Credentials)),
            ("https://:p@app.example/", Some(Credentials), Some(Credentials)),
            ("https://app.example/#a", Some(Fragment), Some(Fragment)),
            ("ftp://app.example/", Some(Scheme), Some(Scheme)),
            ("file:///etc/passwd", Some(Scheme), Some(Scheme)),
            ("app.example", Some(NotAnAddress), Some(NotAnAddress)),
            ("", Some(NotAnAddress), Some(NotAnAddress)),
            ("https://", Some(NotAnAddress), Some(NotAnAddress)),
            (&long, Some(TooLong), Some(TooLong)),
        ] {
            assert_eq!(guard(&[]).check(text).err(), nothing_allowed, "{text}");
            assert_eq!(guard(&["127.0.0.0/8"]).check(text).err(), loopback_allowed, "{text}");
        }
        assert!(guard(&[]).check(&long[..2048]).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_an_address_or_refused(text in r#"(https?://)?[a-z0-9.:@\[\]/#%-]{0,40}|\PC*"#) {
            if let Ok(url) = guard(&[]).check(&text) {
                prop_assert_eq!(url.scheme(), "https");
                prop_assert!(!url.as_str().contains('@') || url.username().is_empty());
            }
        }
    }
}

//! What a proxy says of the request that it passes on, believed only from the proxies that are configured.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Method};
use ipnet::IpNet;

/// The networks of our proxies; none by default, and then nobody is believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    /// Whether this is one of our proxies.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    fn trusts_peer(&self, peer: Option<IpAddr>) -> bool {
        peer.is_some_and(|address| self.trusts(address))
    }
}

/// The client's address: that of the connection or, if one of our proxies is its peer, the right-most hop of
/// `X-Forwarded-For` that is not ours.
///
/// Hops further left are the client's own words. A list that is ours throughout leads to its left-most hop, a proxy
/// that is itself the client; a list that cannot be read up to that hop leads to the peer. IPv4 addresses that are
/// written as IPv6 come back as IPv4, so that one client has one address.
pub fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &TrustedProxies) -> Option<IpAddr> {
    let peer = peer?.to_canonical();
    if !proxies.trusts(peer) {
        return Some(peer);
    }
    let mut client = peer;
    for line in headers.get_all("x-forwarded-for").iter().rev() {
        for hop in line.as_bytes().rsplit(|byte| *byte == b',') {
            let Some(address) = hop_address(hop) else { return Some(peer) };
            client = address;
            if !proxies.trusts(address) {
                return Some(client);
            }
        }
    }
    Some(client)
}

/// Reads `192.0.2.1`, `2001:db8::1`, and both with the port that some proxies add.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    let address = text
        .parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
        .or_else(bracketed)?;
    Some(address.to_canonical())
}

/// The request that the proxy asks about. What it did not say is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForwardedRequest<'h> {
    /// The method, in capitals.
    pub method: Option<&'h str>,
    /// `http` or `https`.
    pub proto: Option<&'h str>,
    /// The host with its port, as the client wrote it.
    pub host: Option<&'h str>,
    /// Path and query; starts with `/`.
    pub uri: Option<&'h str>,
}

/// The proxy's headers say something twice, or something that no request is: nothing may be decided by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is malformed, or came more than once")]
pub struct MalformedForward(pub &'static str);

const METHOD: &str = "x-forwarded-method";
const PROTO: &str = "x-forwarded-proto";
const HOST: &str = "x-forwarded-host";
const URI: &str = "x-forwarded-uri";
const ORIGINAL_URL: &str = "x-original-url";
const ORIGINAL_METHOD: &str = "x-original-method";
const FOR: &str = "x-forwarded-for";
const BELIEVED: [&str; 7] = [METHOD, PROTO, HOST, URI, ORIGINAL_URL, ORIGINAL_METHOD, FOR];

/// What the proxy says of the request; `None` where the peer is no proxy of ours, whatever the headers hold.
///
/// `X-Original-…` counts only where its `X-Forwarded-…` is missing: proxies that write the latter pass the former on
/// as the client sent it.
pub fn forwarded_request<'h>(
    peer: Option<IpAddr>,
    headers: &'h HeaderMap,
    proxies: &TrustedProxies,
) -> Result<Option<ForwardedRequest<'h>>, MalformedForward> {
    if !proxies.trusts_peer(peer) {
        return Ok(None);
    }
    refuse_aliases(headers)?;
    let original = match only(headers, ORIGINAL_URL)? {
        Some(url) => original_url(url).ok_or(MalformedForward(ORIGINAL_URL))?,
        None => ForwardedRequest::default(),
    };
    let original_method = checked(headers, ORIGINAL_METHOD, is_method)?;
    Ok(Some(ForwardedRequest {
        method: checked(headers, METHOD, is_method)?.or(original_method),
        proto: checked(headers, PROTO, is_proto)?.or(original.proto),
        host: checked(headers, HOST, is_host)?.or(original.host),
        uri: checked(headers, URI, is_path)?.or(original.uri),
    }))
}

/// `X_Forwarded_Uri` is another header to a proxy and the same to some applications: whoever sends it means mischief.
fn refuse_aliases(headers: &HeaderMap) -> Result<(), MalformedForward> {
    for name in headers.keys().map(|name| name.as_str()).filter(|name| name.contains('_')) {
        if let Some(ours) = BELIEVED.into_iter().find(|ours| name.replace('_', "-") == *ours) {
            return Err(MalformedForward(ours));
        }
    }
    Ok(())
}

fn checked<'h>(
    headers: &'h HeaderMap,
    name: &'static str,
    is_good: fn(&str) -> bool,
) -> Result<Option<&'h str>, MalformedForward> {
    match only(headers, name)? {
        Some(value) if is_good(value) => Ok(Some(value)),
        Some(_) => Err(MalformedForward(name)),
        None => Ok(None),
    }
}

fn only<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, MalformedForward> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
    match (text, values.next()) {
        (Some(text), None) => Ok(Some(text)),
        _ => Err(MalformedForward(name)),
    }
}

/// nginx writes the whole address; others the path alone.
fn original_url(url: &str) -> Option<ForwardedRequest<'_>> {
    if is_path(url) {
        return Some(ForwardedRequest { uri: Some(url), ..ForwardedRequest::default() });
    }
    let (proto, rest) = url.split_once("://")?;
    let (host, uri) = rest.split_at_checked(rest.find('/')?)?;
    (is_proto(proto) && is_host(host) && is_path(uri)).then_some(ForwardedRequest {
        method: None,
        proto: Some(proto),
        host: Some(host),
        uri: Some(uri),
    })
}

fn is_method(text: &str) -> bool {
    Method::from_bytes(text.as_bytes()).is_ok() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}

fn is_proto(text: &str) -> bool {
    matches!(text, "http" | "https")
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'))
}

fn is_path(text: &str) -> bool {
    text.starts_with('/')
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn proxies() -> TrustedProxies {
        TrustedProxies(["10.0.0.0/8", "2001:db8:1::/48", "::1/128"].iter().map(|net| net.parse().unwrap()).collect())
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    fn client(peer: &str, lines: &[&str]) -> String {
        let lines: Vec<_> = lines.iter().map(|line| (FOR, *line)).collect();
        client_address(Some(peer.parse().unwrap()), &headers(&lines), &proxies()).unwrap().to_string()
    }

    #[test]
    fn the_client_is_the_right_most_hop_that_is_not_ours() {
        for (peer, lines, address) in [
            ("10.0.0.1", &["203.0.113.7"][..], "203.0.113.7"),
            ("10.0.0.1", &["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            ("10.0.0.1", &["198.51.100.1, 203.0.113.7, 10.0.0.2 ,10.9.9.9"], "203.0.113.7"),
            ("10.0.0.1", &["198.51.100.1", "203.0.113.7", "10.0.0.2"], "203.0.113.7"),
            ("10.0.0.1", &["nonsense, 203.0.113.7"], "203.0.113.7"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.7"], "203.0.113.7"),
            ("::1", &["2001:db8:2::9"], "2001:db8:2::9"),
            ("10.0.0.1", &["203.0.113.7:4711"], "203.0.113.7"),
            ("10.0.0.1", &["[2001:db8:2::9]:4711"], "2001:db8:2::9"),
            ("10.0.0.1", &["[2001:db8:2::9]"], "2001:db8:2::9"),
        ] {
            assert_eq!(client(peer, lines), address, "{peer} {lines:?}");
        }
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(client("192.0.2.1", &["203.0.113.7"]), "192.0.2.1");
        assert_eq!(client("::ffff:192.0.2.1", &["203.0.113.7"]), "192.0.2.1");
        let anyone = headers(&[(FOR, "203.0.113.7")]);
        assert_eq!(client_address(None, &anyone, &proxies()), None);
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(client_address(Some(peer), &anyone, &TrustedProxies::default()), Some(peer));
    }

    #[test]
    fn a_list_that_cannot_be_read_leads_to_the_peer_and_one_of_ours_to_its_first_hop() {
        for lines in [&["unknown"][..], &["203.0.113.7, "], &[""], &["203.0.113.7, é"], &["203.0.113.7, 1.2.3"]] {
            assert_eq!(client("10.0.0.1", lines), "10.0.0.1", "{lines:?}");
        }
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.5, 10.0.0.6"]), "10.0.0.5");
    }

    fn forwarded(headers: &HeaderMap) -> Result<Option<ForwardedRequest<'_>>, MalformedForward> {
        forwarded_request(Some("10.0.0.1".parse().unwrap()), headers, &proxies())
    }

    #[test]
    fn the_proxy_says_what_was_asked() {
        let caddy = headers(&[(METHOD, "POST"), (PROTO, "https"), (HOST, "app.example:8443"), (URI, "/a?b=//c")]);
        let asked = ForwardedRequest {
            method: Some("POST"),
            proto: Some("https"),
            host: Some("app.example:8443"),
            uri: Some("/a?b=//c"),
        };
        assert_eq!(forwarded(&caddy), Ok(Some(asked)));
        let nginx = headers(&[(ORIGINAL_METHOD, "POST"), (ORIGINAL_URL, "https://app.example:8443/a?b=//c")]);
        assert_eq!(forwarded(&nginx), Ok(Some(asked)));
        let path = headers(&[(ORIGINAL_URL, "/a?b=//c")]);
        assert_eq!(forwarded(&path).unwrap().unwrap().uri, Some("/a?b=//c"));
        assert_eq!(forwarded(&HeaderMap::new()), Ok(Some(ForwardedRequest::default())));
    }

    #[test]
    fn what_the_proxy_wrote_stands_before_what_it_passed_on() {
        let both = headers(&[(METHOD, "GET"), (URI, "/a"), (ORIGINAL_METHOD, "POST"), (ORIGINAL_URL, "/evil")]);
        let asked = forwarded(&both).unwrap().unwrap();
        assert_eq!((asked.method, asked.uri), (Some("GET"), Some("/a")));
    }

    #[test]
    fn a_stranger_says_nothing_not_even_something_malformed() {
        let headers = headers(&[(URI, "/a"), (URI, "/b"), (PROTO, "gopher")]);
        for peer in [Some("192.0.2.1".parse().unwrap()), None] {
            assert_eq!(forwarded_request(peer, &headers, &proxies()), Ok(None));
        }
    }

    #[test]
    fn what_comes_twice_or_is_no_request_is_malformed() {
        for (pairs, name) in [
            (&[(URI, "/a"), (URI, "/a")][..], URI),
            (&[(METHOD, "GET"), (METHOD, "POST")], METHOD),
            (&[(METHOD, "get")], METHOD),
            (&[(METHOD, "")], METHOD),
            (&[(METHOD, "GET POST")], METHOD),
            (&[(PROTO, "ftp")], PROTO),
            (&[(PROTO, "https, http")], PROTO),
            (&[(HOST, "")], HOST),
            (&[(HOST, "a/b")], HOST),
            (&[(HOST, "user@evil")], HOST),
            (&[(URI, "")], URI),
            (&[(URI, "a")], URI),
            (&[(URI, "http://evil/")], URI),
            (&[(URI, "/é")], URI),
            (&[(URI, "/a b")], URI),
            (&[(ORIGINAL_URL, "ftp://a/")], ORIGINAL_URL),
            (&[(ORIGINAL_URL, "https://a")], ORIGINAL_URL),
            (&[(ORIGINAL_URL, "https:///")], ORIGINAL_URL),
            (&[(ORIGINAL_METHOD, "?")], ORIGINAL_METHOD),
            (&[("x_forwarded_uri", "/a")], URI),
            (&[("x-forwarded_for", "203.0.113.7")], FOR),
        ] {
            assert_eq!(forwarded(&headers(pairs)), Err(MalformedForward(name)), "{pairs:?}");
        }
    }

    fn any_value() -> impl Strategy<Value = HeaderValue> {
        proptest::collection::vec(prop_oneof![32_u8..=126, 128_u8..=255], 0..60)
            .prop_map(|bytes| HeaderValue::from_bytes(&bytes).expect("no control characters are drawn"))
    }

    proptest! {
        #[test]
        fn no_header_makes_the_parsers_panic(
            values in proptest::collection::vec((proptest::sample::select(BELIEVED.to_vec()), any_value()), 0..6)
        ) {
            let mut headers = HeaderMap::new();
            for (name, value) in values {
                headers.append(HeaderName::from_static(name), value);
            }
            if let Ok(Some(asked)) = forwarded(&headers) {
                prop_assert!(asked.uri.is_none_or(|uri| uri.starts_with('/')));
            }
            prop_assert!(client_address(Some("10.0.0.1".parse().unwrap()), &headers, &proxies()).is_some());
        }

        #[test]
        fn what_the_client_adds_on_the_left_changes_nothing(forged in "[ -~]{0,40}") {
            let line = format!("{forged},203.0.113.7, 10.0.0.2");
            prop_assert_eq!(client("10.0.0.1", &[&line]), "203.0.113.7");
        }
    }
}

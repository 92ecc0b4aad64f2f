//! The forms that single settings take: addresses, hosts, contact, log filter.

use super::reader::{Fault, fault, shown};
use crate::domain::activity::{NotAPattern, PathPattern};
use crate::domain::time::Timestamp;
use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

/// Reads an address and port to listen on.
pub(super) fn address(text: &str) -> Result<SocketAddr, Fault> {
    text.parse().map_err(|_| fault(text, "is not an IP address with a port"))
}

/// Reads a date and time with its zone, as RFC 3339 writes it.
pub(super) fn instant(text: &str) -> Result<Timestamp, Fault> {
    let read: jiff::Timestamp = text.parse().map_err(|_| fault(text, "is not a date and time with its zone"))?;
    Ok(Timestamp::from_millis(read.as_millisecond()))
}

/// The same as text, in UTC.
pub(super) fn instant_text(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis()).map_or_else(|_| at.as_millis().to_string(), |at| at.to_string())
}

/// The public address that holds where none is configured. Nobody can open an unspecified address, so `localhost`
/// stands for it.
pub(super) fn public_url_for(listen: SocketAddr) -> Url {
    let text = match listen {
        any if any.ip().is_unspecified() => format!("http://localhost:{}/", any.port()),
        SocketAddr::V4(listen) => format!("http://{listen}/"),
        // A scope such as %1 belongs to this machine and has no place in an address that others open.
        SocketAddr::V6(listen) => format!("http://[{}]:{}/", listen.ip(), listen.port()),
    };
    Url::parse(&text).expect("an IP address or localhost with a port is a host, and the rest is fixed")
}

/// Reads the public address; its path gets exactly one slash at the end. Faults do not show the text, since people put
/// passwords into addresses.
pub(super) fn public_url(text: &str) -> Result<Url, Fault> {
    let mut url = Url::parse(text).map_err(|error| format!("is not an address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || !has_slashes(text) {
        return Err("begins with neither http:// nor https://".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user name or password in it".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has something after a ? or # in it".into());
    }
    let prefix = url.path().trim_end_matches('/').to_owned();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'/');
    if !prefix.bytes().all(plain) || prefix.contains("//") {
        return Err("has a path with more than letters, digits, - . _ ~ and single slashes".into());
    }
    url.set_path(&format!("{prefix}/"));
    Ok(url)
}

/// The parser mends `http:host`; an operator should see what they wrote.
fn has_slashes(text: &str) -> bool {
    text.split_once(':').is_some_and(|(_, rest)| rest.starts_with("//"))
}

/// Reads a network, or an address as the network of only itself.
pub(super) fn network(text: &str) -> Result<IpNet, Fault> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address.to_canonical()));
    }
    let network: IpNet = text.parse().map_err(|_| fault(text, "is neither an IP address nor a network"))?;
    // Cutting the rest off silently would trust a whole network where one address was meant.
    if network.addr() != network.network() {
        let meant = format!("is not where a network begins; it is {} or {}", network.trunc(), network.addr());
        return Err(fault(text, meant));
    }
    Ok(network)
}

/// Reads `host` or `host:port`, and writes the host as browsers do.
pub(super) fn host(text: &str) -> Result<String, Fault> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    let name = host_name(name).ok_or_else(|| fault(text, "is not a host, nor a host and a port"))?;
    match port.map(str::parse::<u16>) {
        None => Ok(name),
        Some(Ok(port)) if port > 0 => Ok(format!("{name}:{port}")),
        Some(_) => Err(fault(text, "has no port from 1 to 65535 after the colon")),
    }
}

fn host_name(text: &str) -> Option<String> {
    let host = Host::parse(text).ok()?;
    let plain = |d: &str| {
        !d.starts_with('.')
            && !d.contains("..")
            && d.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    match &host {
        Host::Domain(domain) if !plain(domain) => None,
        _ => Some(host.to_string()),
    }
}

/// Reads a path, or the start of paths.
pub(super) fn path_pattern(text: &str) -> Result<PathPattern, Fault> {
    PathPattern::parse(text).map_err(|NotAPattern(why)| fault(text, why))
}

/// Reads the domain that shares the cookie: at least two labels, no address.
pub(super) fn cookie_domain(text: &str) -> Result<String, Fault> {
    let refused = || fault(text, "is not a domain of at least two parts");
    match Host::parse(text.strip_prefix('.').unwrap_or(text)) {
        Ok(Host::Domain(domain)) if domain.contains('.') && !domain.ends_with('.') => {
            host_name(&domain).ok_or_else(refused)
        }
        _ => Err(refused()),
    }
}

/// Whom people turn to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// A mail address.
    Mail(String),
    /// A page.
    Url(Url),
}

impl Contact {
    /// What a link to the contact points to.
    pub fn href(&self) -> String {
        match self {
            Contact::Mail(address) => format!("mailto:{address}"),
            Contact::Url(url) => url.to_string(),
        }
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Contact::Mail(address) => f.write_str(address),
            Contact::Url(url) => f.write_str(url.as_str()),
        }
    }
}

/// Reads a mail address or the address of a page.
pub(super) fn contact(text: &str) -> Result<Contact, Fault> {
    if text.contains("://") {
        return page(text).map(Contact::Url);
    }
    let mail = mail_address(text).map(Contact::Mail);
    mail.ok_or_else(|| fault(text, "is neither a mail address nor the address of a page"))
}

/// A mail address as it stands, if it is one.
pub(super) fn mail_address(text: &str) -> Option<String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b".!#$&'*+-/=^_`{|}~".contains(&b);
    let (local, domain) = text.split_once('@')?;
    let is_one = (1..=64).contains(&local.len())
        && text.len() <= 254
        && local.bytes().all(allowed)
        && host_name(domain).as_deref().is_some_and(|name| name == domain.to_ascii_lowercase());
    is_one.then(|| text.to_owned())
}

/// Reads the address of a page.
pub(super) fn page(text: &str) -> Result<Url, Fault> {
    let url = Url::parse(text).map_err(|error| format!("is not an address: {error}"))?;
    let is_page = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    if is_page { Ok(url) } else { Err("is not the address of a page".into()) }
}

/// Reads words that are shown on one line.
pub(super) fn line(text: &str) -> Result<String, Fault> {
    const CHARACTERS_MAX: usize = 200;
    match text.trim() {
        "" => Err("is empty".into()),
        line if line.chars().any(char::is_control) => Err(fault(line, "has a control character in it")),
        line if line.chars().count() > CHARACTERS_MAX => Err(fault(line, "is longer than 200 characters")),
        line => Ok(line.to_owned()),
    }
}

/// Reads a log filter: a level, and levels for single modules, separated by commas. A misspelt level would otherwise
/// pass as the name of a module, and log everything of nothing.
pub(super) fn log_filter(text: &str) -> Result<String, Fault> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    for part in text.split(',').map(str::trim) {
        let (module, level) = part.split_once('=').map_or((None, part), |(module, level)| (Some(module), level));
        if !LEVELS.contains(&level) {
            return Err(format!("has {}, which is not a level", shown(level)));
        }
        let is_module = |m: &str| !m.is_empty() && m.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:-".contains(&b));
        if let Some(module) = module.filter(|m| !is_module(m)) {
            return Err(format!("has {}, which is not the name of a module", shown(module)));
        }
    }
    Ok(text.split(',').map(str::trim).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_public_address_ends_in_one_slash_and_carries_nothing_but_a_path() {
        for (text, expected) in [
            ("https://App.Example", "https://app.example/"),
            ("https://app.example/auth", "https://app.example/auth/"),
            ("https://app.example/auth///", "https://app.example/auth/"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
        ] {
            assert_eq!(public_url(text).unwrap().as_str(), expected);
        }
        for bad in [
            "app.example",
            "https:app.example",
            "ftp://h/",
            "https://u:secret@h/",
            "https://h/?a",
            "https://h/#a",
            "https://h/a b",
            "https://h/a//b",
            "https://h/a;b",
            "https://",
            "mailto:a@b",
        ] {
            let fault = public_url(bad).unwrap_err();
            assert!(!fault.contains("secret"), "{fault}");
        }
    }

    #[test]
    fn without_a_public_address_it_follows_from_where_we_listen() {
        for (listen, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("0.0.0.0:9000", "http://localhost:9000/"),
            ("[::1]:80", "http://[::1]/"),
            ("[fe80::1%2]:8080", "http://[fe80::1]:8080/"),
        ] {
            assert_eq!(public_url_for(listen.parse().unwrap()).as_str(), url);
        }
    }

    #[test]
    fn a_network_is_an_address_or_begins_where_it_says() {
        assert_eq!(network("127.0.0.1").unwrap().to_string(), "127.0.0.1/32");
        assert_eq!(network("::ffff:10.0.0.1").unwrap().to_string(), "10.0.0.1/32");
        assert_eq!(network("10.0.0.0/8").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(network("fd00::/8").unwrap().to_string(), "fd00::/8");
        assert!(network("10.1.2.3/8").unwrap_err().contains("10.0.0.0/8 or 10.1.2.3"));
        assert!(network("proxy").is_err());
    }

    #[test]
    fn a_host_is_written_as_browsers_write_it() {
        for (text, expected) in [
            ("App.Example", "app.example"),
            ("app.example:8443", "app.example:8443"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("[::1]:80", "[::1]:80"),
            ("[::1]", "[::1]"),
            ("10.0.0.1", "10.0.0.1"),
        ] {
            assert_eq!(host(text).as_deref(), Ok(expected));
        }
        for bad in ["", "https://h", "h/p", "*.h", "h:", "h:0", "h:70000", "h:x", "u@h", ".h", "a..b", "h h"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cookie_domain_has_two_parts_at_least_and_is_no_address() {
        assert_eq!(cookie_domain(".Operator.example").as_deref(), Ok("operator.example"));
        for bad in ["example", "10.0.0.1", "[::1]", "a.example:80", "", ".", "a.example.", "..a.example", "a;b.c"] {
            assert!(cookie_domain(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_contact_is_a_mail_address_or_a_page() {
        assert_eq!(contact("help@desk.example").unwrap().href(), "mailto:help@desk.example");
        assert_eq!(contact("https://desk.example/help?x=1").unwrap().href(), "https://desk.example/help?x=1");
        for bad in ["help", "@h", "a@", "a b@h.example", "a@h@h", "javascript://x", "https://u:p@h/", "a?x@h.example"] {
            assert!(contact(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_log_filter_names_levels_and_modules() {
        assert_eq!(log_filter("info").as_deref(), Ok("info"));
        assert_eq!(log_filter("warn, innkeeper::store=debug").as_deref(), Ok("warn,innkeeper::store=debug"));
        for bad in ["inof", "", "info,", "=debug", "a b=info", "x=loud", "INFO"] {
            assert!(log_filter(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_form_panics(text in any::<String>()) {
            let _ = (public_url(&text), network(&text), host(&text));
            let _ = (cookie_domain(&text), contact(&text), log_filter(&text), address(&text));
        }
    }
}

//! Where a person goes after signing in: only to our own host or to one that is configured.

use std::fmt;

use url::{Position, Url};

/// Longest address that is accepted as `next`, in bytes, as it came and as it is sent.
pub const NEXT_LENGTH_MAX: usize = 2_048;

/// An address that was checked: a path on our own host, or an absolute one on a configured host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeNext(String);

impl SafeNext {
    /// The address, fit for `Location` and for a form field: visible ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeNext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A configured `host[:port]`, normalised as browsers do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextHost {
    host: String,
    port: Option<u16>,
}

impl NextHost {
    /// Reads `app.example`, `app.example:8443`, `[::1]:8080`; `None` if it is anything more than a host and a port.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
        if text.is_empty() || !text.chars().all(is_plain) {
            return None;
        }
        // A scheme without a default port, or 80 in the text would be lost; but only special schemes have browsers'
        // host rules. Two schemes with different defaults show a port whichever it is.
        let url = Url::parse(&format!("http://{text}/")).ok()?;
        let other = Url::parse(&format!("https://{text}/")).ok()?;
        Some(Self { host: url.host_str()?.to_owned(), port: url.port().or(other.port()) })
    }

    /// Its origin for browsers under this scheme.
    pub fn origin(&self, scheme: &str) -> String {
        match self.port {
            Some(port) => format!("{scheme}://{}:{port}", self.host),
            None => format!("{scheme}://{}", self.host),
        }
    }

    /// Without a port of its own it stands for the scheme's default port only.
    fn is_host_of(&self, url: &Url) -> bool {
        let default = if url.scheme() == "https" { 443 } else { 80 };
        url.host_str() == Some(self.host.as_str()) && url.port_or_known_default() == Some(self.port.unwrap_or(default))
    }
}

/// The origin `scheme://host[:port]` of an address.
pub fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Checks a `next` and writes it anew, so that what is sent is what was checked: a browser that reads an odd text
/// differently from this parser never sees that text.
///
/// Accepted are a path on our own host, and an absolute address on our own origin or on a host of `hosts` (with https
/// if we have it). Everything else is `None`, and the caller goes to its start page.
pub fn safe_next(raw: Option<&str>, public_url: &Url, hosts: &[String]) -> Option<SafeNext> {
    let raw = raw?;
    // Browsers read a backslash as a slash and drop tabs and line ends; no address of ours needs any of them.
    if raw.len() > NEXT_LENGTH_MAX || raw.contains('\\') || raw.chars().any(char::is_control) {
        return None;
    }
    let next = if raw.starts_with('/') { own_path(raw, public_url) } else { absolute(raw, public_url, hosts) }?;
    (next.len() <= NEXT_LENGTH_MAX).then_some(SafeNext(next))
}

fn own_path(raw: &str, public_url: &Url) -> Option<String> {
    let path = raw.split(['?', '#']).next()?;
    // `//` opens a host, and `/.//` or `/a/..//` becomes it once dots are resolved.
    if path.contains("//") {
        return None;
    }
    let url = public_url.join(raw).ok()?;
    let same_origin = url.origin() == public_url.origin() && url.origin().is_tuple();
    let is_path = url.path().starts_with('/') && !url.path().starts_with("//");
    (same_origin && is_path).then(|| url[Position::BeforePath..].to_owned())
}

fn absolute(raw: &str, public_url: &Url, hosts: &[String]) -> Option<String> {
    // The two slashes are required: `https:evil` and `https:/evil` are also absolute to a browser.
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        raw.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|start| &raw[start.len()..])
    })?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // Without this, three slashes are read as two, and an empty user name is dropped in silence.
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let url = Url::parse(raw).ok()?;
    if public_url.scheme() == "https" && url.scheme() != "https" {
        return None;
    }
    let is_ours = url.origin() == public_url.origin();
    let is_configured = || hosts.iter().filter_map(|host| NextHost::parse(host)).any(|host| host.is_host_of(&url));
    (is_ours || is_configured()).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ours() -> Url {
        Url::parse("https://id.reef.example/auth").unwrap()
    }

    fn hosts() -> Vec<String> {
        ["app.reef.example", "desk.reef.example:8443", "Bücher.example"].map(str::to_owned).into()
    }

    fn next(raw: &str) -> Option<String> {
        safe_next(Some(raw), &ours(), &hosts()).map(|next| next.as_str().to_owned())
    }

    #[test]
    fn our_own_paths_and_configured_hosts_are_accepted_and_written_anew() {
        for (raw, sent) in [
            ("/", "/"),
            ("/account/sessions?state=live#top", "/account/sessions?state=live#top"),
            ("/a/../b", "/b"),
            ("/a b/é", "/a%20b/%C3%A9"),
            ("/out?to=https://evil.example//x", "/out?to=https://evil.example//x"),
            ("/@evil.example", "/@evil.example"),
            ("https://id.reef.example", "https://id.reef.example/"),
            ("https://ID.reef.example:443/x", "https://id.reef.example/x"),
            ("https://app.reef.example/day?d=1#x", "https://app.reef.example/day?d=1#x"),
            ("HTTPS://APP.REEF.EXAMPLE/", "https://app.reef.example/"),
            ("https://app.reef.example:443/", "https://app.reef.example/"),
            ("https://desk.reef.example:8443/a", "https://desk.reef.example:8443/a"),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ] {
            assert_eq!(next(raw).as_deref(), Some(sent), "{raw}");
        }
    }

    #[test]
    fn no_hostile_value_leads_elsewhere() {
        let hostile = include_str!("next_hostile.txt").lines().filter(|line| !line.is_empty());
        let mut values = 0;
        for line in hostile {
            let raw = line.replace("{TAB}", "\t").replace("{LF}", "\n").replace("{CR}", "\r").replace("{NUL}", "\0");
            assert_eq!(next(&raw), None, "{raw:?}");
            values += 1;
        }
        assert!(values >= 60, "the corpus has {values} values");
        assert_eq!(next(""), None);
        assert_eq!(safe_next(None, &ours(), &hosts()), None);
    }

    #[test]
    fn an_address_is_bounded_as_it_came_and_as_it_is_sent() {
        assert!(next(&format!("/{}", "a".repeat(NEXT_LENGTH_MAX - 1))).is_some());
        assert_eq!(next(&format!("/{}", "a".repeat(NEXT_LENGTH_MAX))), None);
        assert_eq!(next(&format!("/{}", "é".repeat(400))), None);
    }

    #[test]
    fn on_plain_http_both_schemes_lead_to_a_configured_host() {
        let public_url = Url::parse("http://127.0.0.1:8080/").unwrap();
        let hosts = ["app.test".to_owned(), "[::1]:3000".to_owned(), "old.test:80".to_owned()];
        let next = |raw| safe_next(Some(raw), &public_url, &hosts).map(|next| next.to_string());
        assert!(next("http://app.test/").is_some());
        assert!(next("https://app.test/").is_some());
        assert!(next("http://[::1]:3000/x").is_some());
        assert!(next("http://127.0.0.1:8080/x").is_some());
        assert!(next("http://old.test/").is_some());
        assert_eq!(next("https://old.test/"), None);
        assert_eq!(next("http://127.0.0.1:8081/x"), None);
        assert_eq!(next("http://app.test:8080/"), None);
    }

    #[test]
    fn a_configured_host_is_a_host_and_perhaps_a_port() {
        assert_eq!(NextHost::parse("App.Example").unwrap().origin("https"), "https://app.example");
        assert_eq!(NextHost::parse("app.example:8443").unwrap().origin("https"), "https://app.example:8443");
        for bad in
            ["", "https://app.example", "app.example/x", "a@b", "a b", "*", "*.app.example", "a:b", "a;b", "a:99999"]
        {
            assert_eq!(NextHost::parse(bad), None, "{bad}");
        }
    }

    fn stays_with_us(raw: &str) -> Result<(), TestCaseError> {
        let Some(next) = next(raw) else { return Ok(()) };
        let landed = ours().join(&next).expect("what was accepted can be parsed");
        let allowed = [
            "https://id.reef.example",
            "https://app.reef.example",
            "https://desk.reef.example:8443",
            "https://xn--bcher-kva.example",
        ];
        prop_assert!(allowed.contains(&origin_of(&landed).as_str()), "{} -> {}", raw, next);
        prop_assert!(landed.username().is_empty() && landed.password().is_none());
        prop_assert!(next.bytes().all(|byte| byte.is_ascii_graphic()), "{}", next);
        prop_assert_eq!(safe_next(Some(&next), &ours(), &hosts()).map(|again| again.0), Some(next));
        Ok(())
    }

    proptest! {
        #[test]
        fn any_text_stays_with_us_or_is_refused(raw in any::<String>()) {
            stays_with_us(&raw)?;
        }

        #[test]
        fn any_mixture_of_dangerous_parts_stays_with_us_or_is_refused(parts in proptest::collection::vec(
            prop_oneof![
                Just("/"), Just("//"), Just("\\"), Just("."), Just(".."), Just("%2e"), Just("%2f"), Just("%5c"),
                Just("@"), Just(":"), Just("?"), Just("#"), Just(" "), Just("\t"), Just("https:"), Just("http://"),
                Just("https://"), Just("javascript:"), Just("evil.example"), Just("id.reef.example"),
                Just("app.reef.example"), Just(":8443"), Just("a"), Just("。"), Just("／"), Just("é"),
            ], 0..9,
        )) {
            stays_with_us(&parts.concat())?;
            stays_with_us(&format!("/{}", parts.concat()))?;
            stays_with_us(&format!("https://{}", parts.concat()))?;
        }
    }
}

//! Our cookies: the session cookie, which ends with the browser; the device cookie and the language that somebody
//! chose, which stay.

use crate::domain::one_time::ONE_TIME_VALID;
use std::fmt::Write as _;
use std::time::Duration;

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// How long browsers keep what stays: 400 days, the longest that they accept.
const LONGEST_LIFETIME: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Why a text cannot be the domain of a cookie.
#[derive(Debug, thiserror::Error)]
#[error("a cookie's domain is a host name such as \"reef.example\"")]
pub struct NotACookieDomain;

/// Names and attributes of our cookies, as the configuration has them.
#[derive(Clone, Debug)]
pub struct CookiePolicy {
    secure: bool,
    domain: Option<String>,
    persistent_for: Option<Duration>,
}

impl CookiePolicy {
    /// Cookies for https if `secure`; for all hosts of `domain` where there is one; kept for `persistent_for` beyond
    /// the end of the browser where there is one.
    pub fn new(secure: bool, domain: Option<&str>, persistent_for: Option<Duration>) -> Result<Self, NotACookieDomain> {
        if domain.is_some_and(|domain| !is_domain(domain)) {
            return Err(NotACookieDomain);
        }
        Ok(Self { secure, domain: domain.map(str::to_ascii_lowercase), persistent_for })
    }

    /// Name of the session cookie. The prefixes make browsers refuse one that was planted over plain http or, with
    /// `__Host-`, by a sibling host.
    pub fn session_name(&self) -> &'static str {
        match (self.secure, &self.domain) {
            (true, None) => "__Host-innkeeper",
            (true, Some(_)) => "__Secure-innkeeper",
            (false, _) => "innkeeper",
        }
    }

    /// Name of the device cookie.
    pub fn device_name(&self) -> &'static str {
        match (self.secure, &self.domain) {
            (true, None) => "__Host-innkeeper-device",
            (true, Some(_)) => "__Secure-innkeeper-device",
            (false, _) => "innkeeper-device",
        }
    }

    /// Name of the cookie with the language that somebody chose.
    pub fn language_name(&self) -> &'static str {
        match (self.secure, &self.domain) {
            (true, None) => "__Host-innkeeper-language",
            (true, Some(_)) => "__Secure-innkeeper-language",
            (false, _) => "innkeeper-language",
        }
    }

    /// Name of the cookie that is carried between the password and the rest of a sign-in.
    pub fn pending_name(&self) -> &'static str {
        match (self.secure, &self.domain) {
            (true, None) => "__Host-innkeeper-pending",
            (true, Some(_)) => "__Secure-innkeeper-pending",
            (false, _) => "innkeeper-pending",
        }
    }

    /// What the request carries of a sign-in that is not through.
    pub fn pending<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        cookie(headers, self.pending_name())
    }

    /// `Set-Cookie` with which the browser goes on with its sign-in.
    pub fn set_pending(&self, token: &str) -> HeaderValue {
        self.set(self.pending_name(), token, Some(ONE_TIME_VALID))
    }

    /// `Set-Cookie` that takes from the browser what it went on with.
    pub fn clear_pending(&self) -> HeaderValue {
        self.set(self.pending_name(), "", Some(Duration::ZERO))
    }

    /// The session token that the request carries.
    pub fn session<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        cookie(headers, self.session_name())
    }

    /// The device value that the request carries.
    pub fn device<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        cookie(headers, self.device_name())
    }

    /// `Set-Cookie` that gives the browser its session.
    pub fn set_session(&self, token: &str) -> HeaderValue {
        self.set(self.session_name(), token, self.persistent_for)
    }

    /// `Set-Cookie` that takes the session from the browser.
    pub fn clear_session(&self) -> HeaderValue {
        self.set(self.session_name(), "", Some(Duration::ZERO))
    }

    /// `Set-Cookie` by which the browser is known again.
    pub fn set_device(&self, value: &str) -> HeaderValue {
        self.set(self.device_name(), value, Some(LONGEST_LIFETIME))
    }

    /// The language that somebody chose in this browser.
    pub fn language<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        cookie(headers, self.language_name())
    }

    /// `Set-Cookie` that keeps the language that somebody chose.
    pub fn set_language(&self, code: &str) -> HeaderValue {
        self.set(self.language_name(), code, Some(LONGEST_LIFETIME))
    }

    /// The header is marked sensitive, so that no `Debug` of a response shows it.
    fn set(&self, name: &str, value: &str, max_age: Option<Duration>) -> HeaderValue {
        debug_assert!(value.bytes().all(is_value_byte), "a cookie's value is base64url");
        let mut text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax");
        if self.secure {
            text.push_str("; Secure");
        }
        if let Some(domain) = &self.domain {
            text.push_str("; Domain=");
            text.push_str(domain);
        }
        if let Some(max_age) = max_age {
            write!(text, "; Max-Age={}", max_age.as_secs()).expect("writing to a String cannot fail");
        }
        let mut header = HeaderValue::try_from(text)
            .expect("name, base64url value, checked domain and number hold only characters of a header value");
        header.set_sensitive(true);
        header
    }
}

/// The value of the cookie with this name. `None` also where it came with two values, of which one was planted and
/// nobody can tell which, and where it holds what no value of ours does: it is then no cookie of ours.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut found: Option<&[u8]> = None;
    for header in headers.get_all(COOKIE) {
        for pair in header.as_bytes().split(|byte| *byte == b';') {
            let Some(value) = value_of(pair.trim_ascii(), name.as_bytes()) else { continue };
            match found {
                Some(other) if other != value => return None,
                _ => found = Some(value),
            }
        }
    }
    let value = found.filter(|value| !value.is_empty() && value.iter().copied().all(is_value_byte))?;
    std::str::from_utf8(value).ok()
}

fn value_of<'h>(pair: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    let (key, value) = pair.split_at(equals);
    (key.trim_ascii() == name).then(|| value[1..].trim_ascii())
}

/// The alphabet of base64url, in which all our values are written.
fn is_value_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn https() -> CookiePolicy {
        CookiePolicy::new(true, None, None).unwrap()
    }

    fn sent(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    #[test]
    fn on_https_the_cookies_are_bound_to_the_host() {
        let policy = https();
        assert_eq!(policy.set_session("aB-_9"), "__Host-innkeeper=aB-_9; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(policy.clear_session(), "__Host-innkeeper=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
        assert_eq!(
            policy.set_device("d1"),
            "__Host-innkeeper-device=d1; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=34560000"
        );
    }

    #[test]
    fn with_a_domain_they_reach_its_hosts() {
        let policy = CookiePolicy::new(true, Some("Reef.example"), None).unwrap();
        assert_eq!(
            policy.set_session("t"),
            "__Secure-innkeeper=t; Path=/; HttpOnly; SameSite=Lax; Secure; Domain=reef.example"
        );
        assert_eq!(
            policy.clear_session(),
            "__Secure-innkeeper=; Path=/; HttpOnly; SameSite=Lax; Secure; Domain=reef.example; Max-Age=0"
        );
        assert_eq!(
            policy.set_device("d"),
            "__Secure-innkeeper-device=d; Path=/; HttpOnly; SameSite=Lax; Secure; Domain=reef.example; \
             Max-Age=34560000"
        );
    }

    #[test]
    fn on_plain_http_they_are_neither_prefixed_nor_secure() {
        let policy = CookiePolicy::new(false, None, Some(Duration::from_secs(43_200))).unwrap();
        assert_eq!(policy.set_session("t"), "innkeeper=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200");
        assert_eq!(policy.clear_session(), "innkeeper=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
        assert_eq!(policy.device_name(), "innkeeper-device");
    }

    #[test]
    fn no_debug_of_a_response_shows_a_token() {
        assert!(!format!("{:?}", https().set_session("secret")).contains("secret"));
    }

    #[test]
    fn a_domain_is_a_host_name() {
        for bad in ["", ".reef.example", "reef.example.", "a;b", "a b", "a\r\nb", "é.example", "reef.example; Path=/x"]
        {
            assert!(CookiePolicy::new(true, Some(bad), None).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn each_cookie_is_found_among_others() {
        let headers = sent(&[
            b"theme=dark; __Host-innkeeper-device=dev;__Host-innkeeper=tok ; x",
            b"innkeeper=plain; __Secure-innkeeper=sec",
        ]);
        assert_eq!(https().session(&headers), Some("tok"));
        assert_eq!(https().device(&headers), Some("dev"));
        assert_eq!(CookiePolicy::new(false, None, None).unwrap().session(&headers), Some("plain"));
        assert_eq!(CookiePolicy::new(true, Some("a.example"), None).unwrap().session(&headers), Some("sec"));
    }

    #[test]
    fn a_name_with_two_different_values_is_no_cookie() {
        for lines in [
            &[b"__Host-innkeeper=a; __Host-innkeeper=b".as_slice()][..],
            &[b"__Host-innkeeper=b".as_slice(), b"__Host-innkeeper=a"],
            &[b"__Host-innkeeper=a; __Host-innkeeper=".as_slice()],
            &[b"__Host-innkeeper=\xff; __Host-innkeeper=a".as_slice()],
        ] {
            assert_eq!(https().session(&sent(lines)), None, "{lines:?}");
        }
        assert_eq!(https().session(&sent(&[b"__Host-innkeeper=a; __Host-innkeeper=a"])), Some("a"));
    }

    #[test]
    fn what_is_not_a_value_of_ours_is_no_cookie() {
        for line in [
            b"__Host-innkeeper".as_slice(),
            b"__Host-innkeeper=",
            b"__Host-innkeeper=a b",
            b"__Host-innkeeper=\"a\"",
            b"__Host-innkeeper=a=",
            b"__Host-innkeeper=\xc3\xa9",
            b"__host-innkeeper=a",
            b"x__Host-innkeeper=a",
            b"=__Host-innkeeper=a",
            b"",
            b";;;=;",
        ] {
            assert_eq!(https().session(&sent(&[line])), None, "{line:?}");
        }
        assert_eq!(https().session(&HeaderMap::new()), None);
    }

    proptest! {
        #[test]
        fn no_cookie_header_makes_the_parser_panic(
            line in proptest::collection::vec(prop_oneof![32_u8..=126, 128_u8..=255], 0..200)
        ) {
            if let Some(value) = https().session(&sent(&[&line])) {
                prop_assert!(value.bytes().all(is_value_byte));
            }
        }

        #[test]
        fn what_was_set_is_read_back(token in "[A-Za-z0-9_-]{1,64}", noise in "[a-z]{1,9}=[a-z]{0,9}") {
            let set = https().set_session(&token);
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let line = format!("{noise}; {pair}");
            let headers = sent(&[line.as_bytes()]);
            prop_assert_eq!(https().session(&headers), Some(token.as_str()));
        }
    }
}

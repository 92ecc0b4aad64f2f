//! Reads from a request's headers whether it is activity. The rule itself is [`crate::domain::activity`].

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use crate::domain::activity::{Counted, RequestSigns, counts};

/// The application's own mark on a request: `counted` or `none`.
pub const ACTIVITY_MARK: &str = "innkeeper-activity";

/// Whether a request with this method and these headers moves the idle deadline.
///
/// Behind forward-auth the method is the one of `X-Forwarded-Method`: the proxy's own question is always a GET.
/// `path` is what the configuration says of the path that was asked for.
pub fn counted(method: &str, path: Option<Counted>, headers: &HeaderMap) -> Counted {
    counts(&RequestSigns {
        method,
        path,
        mark: sign(headers, ACTIVITY_MARK),
        fetch_mode: sign(headers, "sec-fetch-mode"),
        fetch_dest: sign(headers, "sec-fetch-dest"),
        fetch_other: headers.contains_key("sec-fetch-site") || headers.contains_key("sec-fetch-user"),
        purpose: sign(headers, "sec-purpose"),
        accept: sign(headers, ACCEPT.as_str()),
    })
}

/// The header's one value; the empty text where it came more than once or is not visible ASCII, because a sign that
/// says two things says nothing.
fn sign<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    Some(if values.next().is_some() { "" } else { value.to_str().unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn decide(method: &str, pairs: &[(&'static str, &'static [u8])]) -> Counted {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let value = HeaderValue::from_bytes(value).expect("test values are header values");
            headers.append(HeaderName::from_static(name), value);
        }
        counted(method, None, &headers)
    }

    #[test]
    fn each_header_reaches_the_rule() {
        let navigation: [(&str, &[u8]); 2] = [("sec-fetch-mode", b"navigate"), ("sec-fetch-dest", b"document")];
        assert_eq!(decide("GET", &navigation), Counted::Counted);
        let [mode, dest] = navigation;
        assert_eq!(decide("GET", &[mode, dest, ("sec-purpose", b"prefetch")]), Counted::NotCounted);
        assert_eq!(decide("GET", &[mode, dest, ("innkeeper-activity", b"none")]), Counted::NotCounted);
        assert_eq!(decide("GET", &[("innkeeper-activity", b"counted")]), Counted::Counted);
        assert_eq!(decide("GET", &[("accept", b"text/html")]), Counted::Counted);
        assert_eq!(decide("GET", &[("accept", b"text/html"), ("sec-fetch-site", b"none")]), Counted::NotCounted);
        assert_eq!(decide("GET", &[("accept", b"text/html"), ("sec-fetch-user", b"?1")]), Counted::NotCounted);
        assert_eq!(decide("POST", &[]), Counted::Counted);
        assert_eq!(decide("GET", &[]), Counted::NotCounted);
    }

    #[test]
    fn a_sign_that_came_twice_or_unreadable_is_present_and_names_nothing() {
        let html: (&str, &[u8]) = ("accept", b"text/html");
        assert_eq!(decide("GET", &[html, ("sec-fetch-mode", b"\xff")]), Counted::NotCounted);
        assert_eq!(decide("GET", &[html, ("sec-purpose", b"\xff")]), Counted::NotCounted);
        let marks: [(&str, &[u8]); 2] = [("innkeeper-activity", b"none"), ("innkeeper-activity", b"counted")];
        assert_eq!(decide("POST", &marks), Counted::Counted);
        assert_eq!(decide("GET", &marks), Counted::NotCounted);
    }
}

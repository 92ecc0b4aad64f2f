//! Tells a state change that another site had the browser send from one that our own pages asked for.

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, HeaderValue, Method};

use crate::domain::activity::is_state_changing;

/// Whether a state-changing request came from elsewhere, and so must be refused with 403.
///
/// `Sec-Fetch-Site`, which no page can forge, decides where it came: `same-origin`, or `none` (the person's own doing)
/// with no foreign `Origin` beside it. `same-site` is elsewhere: a sibling host may belong to somebody else. Browsers
/// leave it out on plain http, and old ones always; then `Origin` must be ours, and `null` is not. A caller that sends
/// neither is no browser, and carries no cookie that it was not given on purpose.
pub fn is_cross_site(method: &Method, headers: &HeaderMap, public_origin: &str) -> bool {
    if !is_state_changing(method.as_str()) {
        return false;
    }
    match only(headers, "sec-fetch-site") {
        Value::One(site) if site == "same-origin" => false,
        Value::One(site) if site == "none" => is_foreign(headers, public_origin),
        Value::One(_) | Value::Several => true,
        Value::Absent => is_foreign(headers, public_origin),
    }
}

fn is_foreign(headers: &HeaderMap, public_origin: &str) -> bool {
    match only(headers, ORIGIN.as_str()) {
        Value::Absent => false,
        Value::One(origin) => origin != public_origin,
        Value::Several => true,
    }
}

enum Value<'h> {
    Absent,
    One(&'h HeaderValue),
    Several,
}

fn only<'h>(headers: &'h HeaderMap, name: &str) -> Value<'h> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Value::Absent,
        (Some(value), None) => Value::One(value),
        (Some(_), Some(_)) => Value::Several,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    const OURS: &str = "https://id.reef.example";

    fn post(sites: &[&str], origins: &[&str]) -> bool {
        is_cross_site(&Method::POST, &headers(sites, origins), OURS)
    }

    fn headers(sites: &[&str], origins: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for site in sites {
            headers.append(HeaderName::from_static("sec-fetch-site"), HeaderValue::from_str(site).unwrap());
        }
        for origin in origins {
            headers.append(ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        headers
    }

    #[test]
    fn fetch_metadata_decides_where_it_came() {
        assert!(!post(&["same-origin"], &[OURS]));
        assert!(!post(&["same-origin"], &[]));
        assert!(!post(&["none"], &[]));
        assert!(!post(&["none"], &[OURS]));
        assert!(post(&["none"], &["https://evil.example"]));
        for site in ["same-site", "cross-site", "", "Same-Origin", "same-origin, none"] {
            assert!(post(&[site], &[]), "{site}");
            assert!(post(&[site], &[OURS]), "{site}");
        }
        assert!(post(&["same-origin", "same-origin"], &[OURS]));
    }

    #[test]
    fn without_fetch_metadata_the_origin_must_be_ours() {
        assert!(!post(&[], &[OURS]));
        for origin in [
            "null",
            "",
            "http://id.reef.example",
            "https://id.reef.example:8443",
            "https://reef.example",
            "https://x.id.reef.example",
            "https://id.reef.example.evil.example",
            "https://id.reef.example/",
        ] {
            assert!(post(&[], &[origin]), "{origin}");
        }
        assert!(post(&[], &[OURS, OURS]));
    }

    #[test]
    fn a_caller_that_sends_neither_is_no_browser() {
        assert!(!post(&[], &[]));
    }

    #[test]
    fn only_state_changing_methods_are_refused() {
        let foreign = headers(&["cross-site"], &["https://evil.example"]);
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(!is_cross_site(&method, &foreign, OURS), "{method}");
        }
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            assert!(is_cross_site(&method, &foreign, OURS), "{method}");
        }
    }
}

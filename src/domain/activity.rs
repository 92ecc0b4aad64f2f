//! Whether a request is activity: what moves `last_active_at` and the idle deadline. See docs/sessions.md.

/// Whether a request moves the idle deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// A person did something: the idle deadline moves.
    Counted,
    /// A page asked by itself: the session was seen, no more.
    NotCounted,
}

impl Counted {
    /// The value with this name, as on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "counted" => Some(Counted::Counted),
            "none" => Some(Counted::NotCounted),
            _ => None,
        }
    }
}

/// What a request shows of its origin. A sign that came but could not be read is the empty text: present, and naming
/// nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestSigns<'a> {
    /// The method in capitals, as it came.
    pub method: &'a str,
    /// The application's own mark, `counted` or `none`.
    pub mark: Option<&'a str>,
    /// `Sec-Fetch-Mode`.
    pub fetch_mode: Option<&'a str>,
    /// `Sec-Fetch-Dest`.
    pub fetch_dest: Option<&'a str>,
    /// Whether any other `Sec-Fetch-…` came, which also shows a browser that says what it fetches.
    pub fetch_other: bool,
    /// `Sec-Purpose`: the browser fetches ahead of the person.
    pub purpose: Option<&'a str>,
    /// `Accept`.
    pub accept: Option<&'a str>,
}

/// Decides whether the request counts: the mark decides, else page navigations and state-changing methods count, and
/// everything else does not.
pub fn counts(signs: &RequestSigns<'_>) -> Counted {
    if let Some(marked) = signs.mark.and_then(Counted::parse) {
        return marked;
    }
    if is_page_navigation(signs) || is_state_changing(signs.method) { Counted::Counted } else { Counted::NotCounted }
}

/// Whether a request with this method may change something: every method but those that RFC 9110, 9.2.1, calls safe.
pub fn is_state_changing(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
}

fn is_page_navigation(signs: &RequestSigns<'_>) -> bool {
    if signs.purpose.is_some() {
        return false;
    }
    let says_what_it_fetches = signs.fetch_mode.is_some() || signs.fetch_dest.is_some() || signs.fetch_other;
    if says_what_it_fetches {
        return signs.fetch_mode == Some("navigate") && signs.fetch_dest == Some("document");
    }
    signs.method == "GET" && signs.accept.is_some_and(names_html)
}

/// Whether an `Accept` value names HTML. `*/*` names everything and so says nothing: it is what scripts and images
/// send.
pub fn names_html(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default();
        let is_html = ["text/html", "application/xhtml+xml"].iter().any(|html| media_type.eq_ignore_ascii_case(html));
        is_html && !parts.any(is_zero_weight)
    })
}

/// `q=0`, `q=0.0`, …: this type is not wanted (RFC 9110, 12.4.2).
fn is_zero_weight(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let digits = value.trim();
    name.trim().eq_ignore_ascii_case("q")
        && digits.starts_with('0')
        && digits.bytes().all(|digit| matches!(digit, b'0' | b'.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    fn get() -> RequestSigns<'static> {
        RequestSigns { method: "GET", ..RequestSigns::default() }
    }

    fn fetched(mode: &'static str, dest: &'static str) -> RequestSigns<'static> {
        RequestSigns { fetch_mode: Some(mode), fetch_dest: Some(dest), fetch_other: true, accept: Some(HTML), ..get() }
    }

    #[test]
    fn the_mark_decides_before_everything_else() {
        let navigation = fetched("navigate", "document");
        let poll = fetched("cors", "empty");
        let post = RequestSigns { method: "POST", ..poll };
        for signs in [navigation, poll, post] {
            assert_eq!(counts(&RequestSigns { mark: Some("counted"), ..signs }), Counted::Counted);
            assert_eq!(counts(&RequestSigns { mark: Some("none"), ..signs }), Counted::NotCounted);
        }
    }

    #[test]
    fn a_mark_that_is_none_of_the_two_words_decides_nothing() {
        for mark in ["", "yes", "Counted", "counted, none", "None"] {
            let navigation = RequestSigns { mark: Some(mark), ..fetched("navigate", "document") };
            let poll = RequestSigns { mark: Some(mark), ..fetched("cors", "empty") };
            assert_eq!(counts(&navigation), Counted::Counted, "{mark}");
            assert_eq!(counts(&poll), Counted::NotCounted, "{mark}");
        }
    }

    #[test]
    fn of_what_a_browser_fetches_only_the_navigation_of_a_page_counts() {
        assert_eq!(counts(&fetched("navigate", "document")), Counted::Counted);
        for (mode, dest) in [
            ("navigate", "iframe"),
            ("navigate", "frame"),
            ("navigate", "embed"),
            ("navigate", ""),
            ("", "document"),
            ("cors", "empty"),
            ("same-origin", "empty"),
            ("no-cors", "image"),
            ("no-cors", "script"),
            ("no-cors", "style"),
            ("websocket", "websocket"),
            ("Navigate", "document"),
        ] {
            assert_eq!(counts(&fetched(mode, dest)), Counted::NotCounted, "{mode} {dest}");
        }
    }

    #[test]
    fn half_of_the_fetch_signs_is_no_navigation_and_no_reason_to_look_at_accept() {
        for signs in [
            RequestSigns { fetch_mode: Some("navigate"), accept: Some(HTML), ..get() },
            RequestSigns { fetch_dest: Some("document"), accept: Some(HTML), ..get() },
            RequestSigns { fetch_other: true, accept: Some(HTML), ..get() },
        ] {
            assert_eq!(counts(&signs), Counted::NotCounted, "{signs:?}");
        }
    }

    #[test]
    fn what_is_fetched_ahead_of_the_person_does_not_count() {
        for purpose in ["prefetch", "prefetch;prerender", ""] {
            let prefetch = RequestSigns { purpose: Some(purpose), ..fetched("navigate", "document") };
            assert_eq!(counts(&prefetch), Counted::NotCounted, "{purpose}");
            let old_prefetch = RequestSigns { purpose: Some(purpose), accept: Some(HTML), ..get() };
            assert_eq!(counts(&old_prefetch), Counted::NotCounted, "{purpose}");
        }
    }

    #[test]
    fn without_fetch_signs_a_get_that_names_html_counts() {
        for (method, accept, counted) in [
            ("GET", Some(HTML), true),
            ("GET", Some("TEXT/HTML"), true),
            ("GET", Some("application/json, text/html;q=0.5"), true),
            ("GET", Some("application/xhtml+xml"), true),
            ("GET", Some("text/html;q=0"), false),
            ("GET", Some("text/html; Q=0.000"), false),
            ("GET", Some("text/html;q=0.001"), true),
            ("GET", Some("*/*"), false),
            ("GET", Some("text/*"), false),
            ("GET", Some("application/json"), false),
            ("GET", Some("image/avif,text/htmlx"), false),
            ("GET", Some(""), false),
            ("GET", None, false),
            ("HEAD", Some(HTML), false),
            ("OPTIONS", Some(HTML), false),
        ] {
            let signs = RequestSigns { method, accept, ..RequestSigns::default() };
            assert_eq!(counts(&signs) == Counted::Counted, counted, "{method} {accept:?}");
        }
    }

    #[test]
    fn state_changing_methods_count_wherever_they_come_from() {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            assert_eq!(counts(&RequestSigns { method, ..get() }), Counted::Counted, "{method}");
            let background = RequestSigns { method, ..fetched("cors", "empty") };
            assert_eq!(counts(&background), Counted::Counted, "{method}");
        }
        for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
            assert_eq!(counts(&RequestSigns { method, ..get() }), Counted::NotCounted, "{method}");
        }
    }

    proptest! {
        #[test]
        fn no_accept_value_makes_the_rule_panic(accept in "\\PC*") {
            let signs = RequestSigns { accept: Some(&accept), ..get() };
            prop_assert_eq!(counts(&signs) == Counted::Counted, names_html(&accept));
        }
    }
}

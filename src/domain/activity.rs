//! Whether a request is activity: what moves `last_active_at` and the idle deadline. See docs/sessions.md.

use std::borrow::Cow;

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

/// Of which paths of applications a configuration says whether they count, whatever their requests look like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathRules {
    /// Of these no request counts.
    pub never: Vec<PathPattern>,
    /// Of these every request counts.
    pub always: Vec<PathPattern>,
}

impl PathRules {
    /// What is said of this path, which may have its query behind it; `None` where nothing is. The longest pattern that
    /// fits decides.
    pub fn said_of(&self, path: &str) -> Option<Counted> {
        if self.never.is_empty() && self.always.is_empty() {
            return None;
        }
        let path = compared(path);
        let closest = |list: &[PathPattern]| list.iter().filter_map(|pattern| pattern.fits(&path)).max();
        match (closest(&self.never), closest(&self.always)) {
            (None, None) => None,
            (never, always) if never < always => Some(Counted::Counted),
            // Two that fit equally are the same pattern. Where it stands in both lists, sessions rather end early.
            _ => Some(Counted::NotCounted),
        }
    }
}

/// A path, such as `/poll`, or all that begin with one, such as `/api/feed/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    written: String,
    start: Vec<u8>,
    is_start_only: bool,
}

/// Why a text is no pattern of paths; the sentence follows "it".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPattern(pub &'static str);

impl PathPattern {
    /// Reads a pattern. A `*` may only stand at its end, after a slash; it stands for whatever follows there, or nothing.
    ///
    /// # Errors
    /// Where it is none, with the reason.
    pub fn parse(text: &str) -> Result<Self, NotAPattern> {
        let (path, is_start_only) = match text.strip_suffix('*') {
            Some(start) if start.ends_with('/') => (start, true),
            Some(_) => return Err(NotAPattern("has a * that does not follow a /")),
            None => (text, false),
        };
        if !path.starts_with('/') {
            return Err(NotAPattern("does not begin with a /"));
        }
        if path.contains('*') {
            return Err(NotAPattern("has a * before its end"));
        }
        if path.contains(['?', '#']) {
            return Err(NotAPattern("has a ? or # in it, and only paths are compared"));
        }
        Ok(Self { written: text.to_owned(), start: compared(path).into_owned(), is_start_only })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether both fit the same paths, however they are written.
    pub fn is_same(&self, other: &Self) -> bool {
        self.start == other.start && self.is_start_only == other.is_start_only
    }

    /// How closely it fits a path: by its length, and one without `*` before the others.
    fn fits(&self, path: &[u8]) -> Option<(usize, bool)> {
        let fits = if self.is_start_only { path.starts_with(&self.start) } else { path == self.start };
        fits.then_some((self.start.len(), !self.is_start_only))
    }
}

/// A path as it is compared, however it was written: without query and fragment; with `%XX` decoded once, but for `%2F`
/// and `%25`, which stand for no slash and no further `%XX`; with several slashes as one, and `.` and `..` followed.
fn compared(path: &str) -> Cow<'_, [u8]> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if path.starts_with('/') && !path.contains('%') && !path.contains("//") && !path.contains("/.") {
        return Cow::Borrowed(path.as_bytes());
    }
    let decoded = decoded(path.as_bytes());
    let mut segments = Vec::new();
    let mut ends_in_slash = false;
    for segment in decoded.split(|byte| *byte == b'/') {
        ends_in_slash = matches!(segment, b"" | b"." | b"..");
        match segment {
            b"" | b"." => {}
            b".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    if ends_in_slash && !segments.is_empty() {
        segments.push(b"");
    }
    let mut whole = vec![b'/'];
    whole.extend(segments.join(&b'/'));
    Cow::Owned(whole)
}

fn decoded(path: &[u8]) -> Vec<u8> {
    let digit = |at: usize| path.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(path.len());
    let mut at = 0;
    while let Some(byte) = path.get(at) {
        let escaped = match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        match escaped {
            Some(b'/') => decoded.extend(b"%2F"),
            Some(b'%') => decoded.extend(b"%25"),
            Some(other) => decoded.push(other),
            None => decoded.push(*byte),
        }
        at += if escaped.is_some() { 3 } else { 1 };
    }
    decoded
}

/// What a request shows of its origin. A sign that came but could not be read is the empty text: present, and naming
/// nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestSigns<'a> {
    /// The method in capitals, as it came.
    pub method: &'a str,
    /// The application's own mark, `counted` or `none`.
    pub mark: Option<&'a str>,
    /// What the configuration says of the path, as [`PathRules::said_of`] answers.
    pub path: Option<Counted>,
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

/// Decides whether the request counts: the mark decides, else what is said of the path; else page navigations and
/// state-changing methods count, and everything else does not.
pub fn counts(signs: &RequestSigns<'_>) -> Counted {
    if let Some(said) = signs.mark.and_then(Counted::parse).or(signs.path) {
        return said;
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

    fn rules(never: &[&str], always: &[&str]) -> PathRules {
        let read = |texts: &[&str]| texts.iter().map(|text| PathPattern::parse(text).expect(text)).collect();
        PathRules { never: read(never), always: read(always) }
    }

    #[test]
    fn of_the_paths_in_never_no_request_counts_and_of_those_in_always_every_one_does() {
        let rules = rules(&["/poll", "/api/feed/*"], &["/kiosk/*"]);
        let navigation = fetched("navigate", "document");
        let poll = fetched("cors", "empty");
        for (path, said) in [
            ("/poll", Some(Counted::NotCounted)),
            ("/poll/", None),
            ("/polls", None),
            ("/Poll", None),
            ("/a/poll", None),
            ("/api/feed", None),
            ("/api/feed/", Some(Counted::NotCounted)),
            ("/api/feed/a/b", Some(Counted::NotCounted)),
            ("/api/feeds/a", None),
            ("/kiosk/", Some(Counted::Counted)),
            ("/kiosk/wait", Some(Counted::Counted)),
            ("/", None),
        ] {
            let path_says = rules.said_of(path);
            assert_eq!(path_says, said, "{path}");
            for signs in [navigation, poll, RequestSigns { method: "POST", ..poll }] {
                let expected = said.unwrap_or(counts(&signs));
                assert_eq!(counts(&RequestSigns { path: path_says, ..signs }), expected, "{path}");
            }
        }
        assert_eq!(PathRules::default().said_of("/poll"), None);
    }

    #[test]
    fn the_mark_stands_before_what_is_said_of_the_path() {
        for (mark, path) in [("counted", Counted::NotCounted), ("none", Counted::Counted)] {
            let signs = RequestSigns { mark: Some(mark), path: Some(path), ..get() };
            assert_eq!(Some(counts(&signs)), Counted::parse(mark));
        }
    }

    #[test]
    fn the_longest_pattern_that_fits_decides_and_one_without_a_star_before_others() {
        for (never, always) in [
            (&["/*", "/api/feed/new/*"][..], &["/api/*", "/api/feed/"][..]),
            (&["/api/feed/new/*", "/*"], &["/api/feed/", "/api/*"]),
        ] {
            let rules = rules(never, always);
            assert_eq!(rules.said_of("/boats"), Some(Counted::NotCounted));
            assert_eq!(rules.said_of("/api/boats"), Some(Counted::Counted));
            assert_eq!(rules.said_of("/api/feed/new/x"), Some(Counted::NotCounted));
            assert_eq!(rules.said_of("/api/feed/"), Some(Counted::Counted));
        }
        assert_eq!(rules(&["/a/*"], &["/a/"]).said_of("/a/"), Some(Counted::Counted));
        assert_eq!(rules(&["/a/"], &["/a/*"]).said_of("/a/"), Some(Counted::NotCounted));
        assert_eq!(rules(&["/a"], &["/a"]).said_of("/a"), Some(Counted::NotCounted), "rather an early end");
    }

    #[test]
    fn paths_are_compared_without_query_decoded_once_and_with_their_dots_followed() {
        let rules = rules(&["/poll", "/küche/*", "/a%20b"], &[]);
        for same in [
            "/poll?a=/kiosk/x",
            "/poll#x",
            "/%70oll",
            "/%70%6F%6c%6C",
            "//poll",
            "/./poll",
            "/x/../poll",
            "/x/%2e%2E/poll",
            "/../../poll",
            "/k%C3%BCche/herd",
            "/k%c3%bcche/",
            "/küche/x",
            "/a b",
            "/x/..//a%20b",
        ] {
            assert_eq!(rules.said_of(same), Some(Counted::NotCounted), "{same}");
        }
        for other in [
            "/x?/poll",
            "/poll/.",
            "/poll/x/..",
            "/x%2F..%2Fpoll",
            "/%2Fpoll",
            "/%2570oll",
            "/poll%00",
            "/poll%",
            "/poll%2",
            "/poll%zz",
            "/k%2F%C3%BCche/",
            "/poll;x",
            "",
        ] {
            assert_eq!(rules.said_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_pattern_is_a_path_with_a_star_at_most_at_its_end_after_a_slash() {
        for good in ["/", "/*", "/poll", "/a/*", "/%2A", "/é/*"] {
            assert_eq!(PathPattern::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "*", "poll", "/poll*", "/*/x", "/a*/", "/**", "/poll?x", "/poll#x", "/a/?*", "https://a/b"] {
            assert!(PathPattern::parse(bad).is_err(), "{bad}");
        }
        let parse = |text| PathPattern::parse(text).unwrap();
        assert!(parse("/%70oll/*").is_same(&parse("//poll/*")));
        assert!(!parse("/poll/").is_same(&parse("/poll/*")));
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

    /// Whether what was decoded once looks as if there were more to decode.
    fn has_escape(path: &[u8]) -> bool {
        path.windows(3).any(|three| three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit))
            && decoded(path) != path
    }

    proptest! {
        #[test]
        fn no_path_makes_the_comparison_panic_and_comparing_twice_changes_nothing(path in "[/.%25fF?#a-zé-]{0,24}") {
            let once = compared(&path);
            prop_assert!(once.starts_with(b"/"));
            let text = String::from_utf8_lossy(&once);
            if !text.contains(['?', '#']) && text.as_bytes() == &*once && !has_escape(&once) {
                prop_assert_eq!(&*compared(&text), &*once);
            }
            if let Ok(pattern) = PathPattern::parse(&path) {
                prop_assert!(pattern.is_start_only || pattern.fits(&once).is_some(), "a path fits itself");
            }
        }

        #[test]
        fn no_accept_value_makes_the_rule_panic(accept in "\\PC*") {
            let signs = RequestSigns { accept: Some(&accept), ..get() };
            prop_assert_eq!(counts(&signs) == Counted::Counted, names_html(&accept));
        }
    }
}

//! User agent client hints: the headers in which Chromium's browsers say what their user agent no longer does.

use super::cut;
use sfv::{BareItem, FieldType, Item, List, ListEntry, Parser};

/// Longest header that is read; the longest honest ones have a third of that.
const HEADER_BYTES_MAX: usize = 512;

/// What a browser said of itself in `Sec-CH-UA` headers. Everything may be absent, and anything may be a lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    brands: Vec<String>,
    mobile: Option<bool>,
    platform: Option<String>,
    platform_version: Option<String>,
    model: Option<String>,
}

/// Longest name of a model, in characters.
const MODEL_LENGTH_MAX: usize = 32;

/// Whether a text may be what a maker calls a model. It stands in mails, where nothing that a stranger writes may be taken
/// for an address.
fn is_model(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '+' | '(' | ')');
    text.chars().count() <= MODEL_LENGTH_MAX && text.chars().all(fits)
}

impl Hints {
    /// Reads the five headers, which `get` finds by their lower-case names. A header that is no structured field
    /// (RFC 9651) of its type, or over-long, counts as absent.
    pub fn parse<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Self {
        let text = |name| match field::<Item>(get(name)?)?.bare_item {
            BareItem::String(text) => Some(String::from(text)).filter(|text| !text.is_empty()),
            _ => None,
        };
        let mobile = get("sec-ch-ua-mobile").and_then(field::<Item>).and_then(|item| match item.bare_item {
            BareItem::Boolean(mobile) => Some(mobile),
            _ => None,
        });
        Self {
            brands: get("sec-ch-ua").and_then(field::<List>).map(brands).unwrap_or_default(),
            mobile,
            platform: text("sec-ch-ua-platform"),
            platform_version: text("sec-ch-ua-platform-version"),
            model: text("sec-ch-ua-model").filter(|model| is_model(model)),
        }
    }

    /// Reads the headers from pairs of name and value, as a caller of the API passes them on. Names count in any case.
    pub fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Self {
        Self::parse(|name| pairs.clone().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }

    /// The brands, without the invented ones that keep readers honest.
    pub(super) fn brands(&self) -> impl Iterator<Item = &str> {
        self.brands.iter().map(String::as_str)
    }

    /// Whether the browser prefers pages for phones.
    pub(super) fn mobile(&self) -> Option<bool> {
        self.mobile
    }

    /// The platform, such as `Windows`.
    pub(super) fn platform(&self) -> Option<&str> {
        self.platform.as_deref()
    }

    /// The first number of the platform's version.
    pub(super) fn platform_major(&self) -> Option<u32> {
        self.platform_version.as_deref()?.split('.').next()?.parse().ok()
    }

    /// The model of a phone or tablet, such as `Pixel 8`.
    pub(super) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

fn field<T: FieldType>(header: &str) -> Option<T> {
    if cut(header, HEADER_BYTES_MAX) == header { Parser::new(header).parse().ok() } else { None }
}

fn brands(list: List) -> Vec<String> {
    let names = list.into_iter().filter_map(|entry| match entry {
        ListEntry::Item(Item { bare_item: BareItem::String(name), .. }) => Some(String::from(name)),
        _ => None,
    });
    names.filter(|name| !is_invented(name)).collect()
}

/// Browsers add a brand that does not exist, such as `Not)A;Brand`, with ever other punctuation.
fn is_invented(brand: &str) -> bool {
    let letters: String = brand.chars().filter(char::is_ascii_alphanumeric).collect();
    letters.is_empty() || letters.eq_ignore_ascii_case("notabrand") || letters.eq_ignore_ascii_case("notanybrand")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_five_headers_are_read() {
        let hints = Hints::from_pairs(
            [
                ("Sec-CH-UA", r#""Not)A;Brand";v="8", "Chromium";v="138", "Microsoft Edge";v="138""#),
                ("sec-ch-ua-mobile", "?1"),
                ("SEC-CH-UA-PLATFORM", r#""Android""#),
                ("Sec-CH-UA-Platform-Version", r#""14.0.0""#),
                ("Sec-CH-UA-Model", r#""Pixel 8""#),
                ("X-Other", "?0"),
            ]
            .into_iter(),
        );
        assert_eq!(hints.brands().collect::<Vec<_>>(), ["Chromium", "Microsoft Edge"]);
        assert_eq!(hints.mobile(), Some(true));
        assert_eq!(hints.platform(), Some("Android"));
        assert_eq!(hints.platform_major(), Some(14));
        assert_eq!(hints.model(), Some("Pixel 8"));
    }

    #[test]
    fn a_model_is_what_a_maker_calls_one_and_no_address() {
        let model = |text: &str| {
            let header = format!("\"{text}\"");
            let hints = Hints::from_pairs([("sec-ch-ua-model", header.as_str())].into_iter());
            hints.model().map(str::to_owned)
        };
        for known in ["Pixel 8 Pro", "SM-G991B", "moto g(30)", "M2101K6G"] {
            assert_eq!(model(known).as_deref(), Some(known));
        }
        for other in ["https://evil.example", "evil.example", "a@b", "x".repeat(33).as_str()] {
            assert_eq!(model(other), None, "{other}");
        }
    }

    #[test]
    fn invented_brands_do_not_count() {
        for header in [
            r#"" Not A;Brand";v="99""#,
            r#""Not_A Brand";v="8""#,
            r#""Not/A)Brand";v="8.0.0.0""#,
            r#""(Not(A:Brand";v="8""#,
            r#"";Not A Brand";v="99""#,
            r#"".;""#,
        ] {
            assert_eq!(Hints::parse(|name| (name == "sec-ch-ua").then_some(header)), Hints::default(), "{header}");
        }
    }

    #[test]
    fn a_header_that_is_no_field_of_its_type_counts_as_absent() {
        let long = format!("\"{}\"", "x".repeat(HEADER_BYTES_MAX));
        for value in ["", "\"", "Windows", "\"\"", "\"Wïndows\"", "\"a\", \"b\"", "1", "yes", "(\"a\")", &long] {
            assert_eq!(Hints::parse(|name| (name != "sec-ch-ua").then_some(value)), Hints::default(), "{value}");
        }
        for value in ["\"", "Chromium", "(\"Chromium\")", "1, 2", "\"Chromium\",", &long] {
            assert_eq!(Hints::parse(|name| (name == "sec-ch-ua").then_some(value)), Hints::default(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_hint_or_none(text in any::<String>()) {
            let _ = Hints::parse(|_| Some(&text)).platform_major();
        }

        #[test]
        fn what_looks_like_a_field_is_a_hint_or_none(text in r#"[";,=?() \\a-zA-Z0-9:*%@.-]{0,80}"#) {
            let _ = Hints::parse(|_| Some(&text)).platform_major();
        }
    }
}

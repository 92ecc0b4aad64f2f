//! The languages that there are, and which of them an answer has: the one that the person chose, else the first that
//! their browser asks for, else English.

use fluent_templates::{LanguageIdentifier, langid};

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, in which every sentence is written first.
    #[default]
    English,
    /// German.
    German,
}

/// Longest `Accept-Language` that is read, in entries.
const ACCEPTED_MAX: usize = 32;

impl Language {
    /// Every language.
    pub const ALL: [Language; 2] = [Language::English, Language::German];

    /// Its code, as in `<html lang>`.
    pub const fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    pub(super) const fn identifier(self) -> LanguageIdentifier {
        match self {
            Language::English => langid!("en"),
            Language::German => langid!("de"),
        }
    }

    /// The language with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The language that an `Accept-Language` header asks for first among those that there are (RFC 9110, 12.5.4). A
    /// region is passed over: somebody who asks for Austrian German reads German.
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Language)> = None;
        for entry in header.split(',').take(ACCEPTED_MAX) {
            let mut parts = entry.split(';').map(str::trim);
            let range = parts.next().unwrap_or_default().to_ascii_lowercase();
            let primary = range.split('-').next().unwrap_or_default();
            let language = if range == "*" { Some(Language::default()) } else { Language::parse(primary) };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse);
            let (Some(language), Ok(quality)) = (language, quality) else { continue };
            if quality > 0.0 && quality <= 1.0 && best.is_none_or(|(best, _)| quality > best) {
                best = Some((quality, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_browser_is_answered_in_the_first_language_that_it_asks_for_and_that_there_is() {
        for (header, language) in [
            ("de", Some(Language::German)),
            ("de-AT,en;q=0.5", Some(Language::German)),
            ("DE-de", Some(Language::German)),
            ("fr, de;q=0.3, en;q=0.7", Some(Language::English)),
            ("fr;q=0.9,*;q=0.1", Some(Language::English)),
            ("en;q=0, de;q=0.1", Some(Language::German)),
            ("de;q=0.5,en;q=0.5", Some(Language::German)),
            ("fr, ja", None),
            ("de;q=nonsense", None),
            ("", None),
            (";;,,q=1", None),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn a_language_is_found_by_its_code() {
        for language in Language::ALL {
            assert_eq!(Language::parse(language.code()), Some(language));
        }
        assert_eq!(Language::parse("tlh"), None);
    }

    proptest! {
        #[test]
        fn no_header_panics(header in "\\PC{0,200}") {
            Language::accepted(&header);
        }
    }
}

//! What a stranger sent about where they are and what with: read with suspicion, shown to people, never a reason to
//! let somebody in. Knows nothing of HTTP libraries: texts and addresses come in.
//!
//! [`user_agent`] and [`hints`] describe the device, [`geo`] the place.

pub mod geo;
pub mod hints;
mod patterns;
pub mod user_agent;

use crate::domain::email::is_hidden;

/// Longest text that goes out of here, in characters.
const TEXT_LENGTH_MAX: usize = 64;

/// A stranger's text as it may be shown: without characters that nobody sees, trimmed and at most 64 characters long.
fn shown(text: &str) -> String {
    let seen: String = text.trim().chars().filter(|c| !is_hidden(*c)).take(TEXT_LENGTH_MAX).collect();
    seen.trim().to_owned()
}

/// The beginning of a text, at most `bytes_max` long, cut between two characters.
fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_shown_has_no_hidden_characters_and_at_most_64() {
        assert_eq!(shown(" a\u{7}b\u{202e}c\r\n "), "abc");
        assert_eq!(shown(&"é".repeat(100)), "é".repeat(64));
        assert_eq!(shown("\u{200b}"), "");
    }

    proptest! {
        #[test]
        fn a_cut_is_a_beginning_within_the_limit(text in any::<String>(), bytes_max in 0usize..64) {
            let beginning = cut(&text, bytes_max);
            prop_assert!(text.starts_with(beginning));
            prop_assert!(beginning.len() <= bytes_max);
            prop_assert!(beginning.len() + 4 > bytes_max.min(text.len()));
        }
    }
}

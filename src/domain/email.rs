//! Mail addresses as login names: one spelling for each, so that one person cannot have two.

use unicode_normalization::UnicodeNormalization;

/// Longest address, in bytes of its normal form (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_BYTES_MAX: usize = 254;

/// Longest text that is looked at. Normalising can shorten a text, but never an honest one by this much.
const TEXT_BYTES_MAX: usize = 4 * EMAIL_BYTES_MAX;

/// The normal form of a mail address: trimmed, in lower case, in Unicode NFC. `None` where the text is no address: not
/// exactly one `@` with something on both sides, white space, a control character or a character that nobody sees in
/// it, or too long.
///
/// The normal form of a normal form is itself. Whether mail arrives there is for a mail to find out.
pub fn normal_email(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let normal: String = text.nfc().collect::<String>().to_lowercase().nfc().collect();
    let (name, host) = normal.split_once('@')?;
    let is_address = !name.is_empty()
        && !host.is_empty()
        && !host.contains('@')
        && normal.len() <= EMAIL_BYTES_MAX
        && !normal.chars().any(|c| c.is_whitespace() || is_hidden(c));
    is_address.then_some(normal)
}

/// Whether nobody sees this character, or it changes how its neighbours are seen: control characters, marks of writing
/// direction, zero-width characters and line separators. With them one text can pass for another.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_spellings_of_one_address_have_one_normal_form() {
        for (text, normal) in [
            ("maria@reef.example", "maria@reef.example"),
            ("  Maria@Reef.Example\r\n", "maria@reef.example"),
            ("jose\u{301}@reef.example", "josé@reef.example"),
            ("JOSÉ@reef.example", "josé@reef.example"),
            ("\u{212a}im@reef.example", "kim@reef.example"),
            ("\u{a0}a@b\u{2003}", "a@b"),
        ] {
            assert_eq!(normal_email(text).as_deref(), Some(normal), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_address_has_no_normal_form() {
        let bad = [
            "",
            " ",
            "@",
            "maria",
            "maria@",
            "@reef.example",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a\n@b",
            "a\0@b",
            "a\u{200b}@b",
            "a\u{202e}@b",
            "a@\u{feff}b",
            "a\u{85}@b",
        ];
        for text in bad {
            assert_eq!(normal_email(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_address_has_at_most_254_bytes() {
        assert!(normal_email(&format!("{}@b", "a".repeat(252))).is_some());
        assert!(normal_email(&format!("{}@b", "a".repeat(253))).is_none());
        assert!(normal_email(&format!("{}@b", "a".repeat(1 << 20))).is_none());
    }

    #[test]
    fn normalising_any_single_character_twice_changes_nothing() {
        for c in '\0'..='\u{1ffff}' {
            if let Some(normal) = normal_email(&format!("a{c}@{c}b")) {
                assert_eq!(normal_email(&normal).as_ref(), Some(&normal), "{c:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_normal_form_of_a_normal_form_is_itself(text in "\\PC{0,20}@\\PC{1,20}") {
            if let Some(normal) = normal_email(&text) {
                prop_assert_eq!(normal_email(&normal), Some(normal));
            }
        }

        #[test]
        fn any_text_is_an_address_or_none(text in any::<String>()) {
            let _ = normal_email(&text);
        }
    }
}

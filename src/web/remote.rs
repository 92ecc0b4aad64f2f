//! Values of the `Remote-…` headers, by which forward-auth tells the application who is there.

use axum::http::HeaderValue;

/// The text as a header value: UTF-8, with everything outside visible ASCII and `%` itself percent-encoded, so that
/// decoding gives the text back. `None` for the empty text: an empty `Remote-…` header lets some proxies pass the
/// client's own through, so the caller has to name a fallback.
pub fn remote_value(text: String) -> Option<HeaderValue> {
    if text.is_empty() {
        return None;
    }
    if text.bytes().all(is_plain) {
        return HeaderValue::try_from(text).ok();
    }
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if is_plain(byte) {
            encoded.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    HeaderValue::try_from(encoded).ok()
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'%'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(value: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::new();
        let mut bytes = value.iter().copied();
        while let Some(byte) = bytes.next() {
            if byte == b'%' {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                decoded.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            } else {
                decoded.push(byte);
            }
        }
        decoded
    }

    #[test]
    fn what_is_not_visible_ascii_is_percent_encoded() {
        for (text, value) in [
            ("user-1", "user-1"),
            ("kai@reef.example", "kai@reef.example"),
            ("Zoë Ng", "Zo%C3%AB%20Ng"),
            ("100%", "100%25"),
            ("%41", "%2541"),
            ("a\r\nRemote-User: admin", "a%0D%0ARemote-User:%20admin"),
            ("\u{7f}", "%7F"),
            (" ", "%20"),
            ("艇", "%E8%89%87"),
        ] {
            assert_eq!(remote_value(text.to_owned()).unwrap(), value, "{text:?}");
        }
    }

    #[test]
    fn there_is_no_empty_value() {
        assert_eq!(remote_value(String::new()), None);
    }

    proptest! {
        #[test]
        fn every_other_text_survives_as_visible_ascii(text in any::<String>().prop_filter("not empty", |t| !t.is_empty())) {
            let value = remote_value(text.clone()).unwrap();
            prop_assert!(value.as_bytes().iter().all(u8::is_ascii_graphic));
            prop_assert_eq!(decode(value.as_bytes()), text.as_bytes());
        }
    }
}

//! What somebody signed in from, for a person to recognise: never a fact to decide access by.

use super::id::{DeviceNo, SecretHash};

/// Kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// A desktop or laptop computer.
    Computer,
    /// A phone.
    Phone,
    /// A tablet.
    Tablet,
    /// Something recognised that is none of these: a command-line client, a bot, a television.
    Other,
    /// Nothing that could be recognised.
    Unknown,
}

impl DeviceKind {
    const ALL: [DeviceKind; 5] =
        [DeviceKind::Computer, DeviceKind::Phone, DeviceKind::Tablet, DeviceKind::Other, DeviceKind::Unknown];

    /// The name in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            DeviceKind::Computer => "computer",
            DeviceKind::Phone => "phone",
            DeviceKind::Tablet => "tablet",
            DeviceKind::Other => "other",
            DeviceKind::Unknown => "unknown",
        }
    }

    /// The value with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

/// How a device describes itself. Empty texts where it did not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceLabel {
    /// Kind of device.
    pub kind: DeviceKind,
    /// Browser or client, such as `Firefox`; at most 64 characters.
    pub browser: String,
    /// System, such as `Windows` or `Mac or iPad`; at most 64 characters.
    pub system: String,
}

impl DeviceLabel {
    /// The label of a device about which nothing is known.
    pub fn unknown() -> Self {
        Self { kind: DeviceKind::Unknown, browser: String::new(), system: String::new() }
    }
}

/// Longest name of a device, in characters.
pub const DEVICE_NAME_LENGTH_MAX: usize = 60;

/// What a user calls a device, such as `Front desk`: text that can be seen, in any script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceName(String);

/// The name has more characters than a name of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a device's name has at most {DEVICE_NAME_LENGTH_MAX} characters")]
pub struct NameTooLong;

impl DeviceName {
    /// Takes a name as it was typed; `None` takes the name away. Spaces are made single. What cannot be seen is left
    /// out, since it could make one name pass for another or turn the text around it; joiners stay, without which some
    /// scripts and pictures fall apart.
    ///
    /// # Errors
    /// Where it is longer than [`DEVICE_NAME_LENGTH_MAX`].
    pub fn typed(text: &str) -> Result<Option<Self>, NameTooLong> {
        let name = visible(text);
        if name.chars().count() > DEVICE_NAME_LENGTH_MAX {
            return Err(NameTooLong);
        }
        Ok(is_seen(&name).then_some(Self(name)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What can be seen of a text, its spaces made single.
pub fn visible(text: &str) -> String {
    let words = text.split_whitespace().map(|word| word.chars().filter(|c| !is_invisible(*c)).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether there is more to it than what joins characters.
pub(super) fn is_seen(text: &str) -> bool {
    text.chars().any(|c| !is_joiner(c))
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Controls, those format characters that hide, reorder or tag text, and letters and patterns that are blank.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// A device of a user as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The store's number; 0 before it was stored.
    pub no: DeviceNo,
    /// Hash of the device cookie, or of the caller's `device_id`; `None` where neither came.
    pub token: Option<SecretHash>,
    /// Hash of the value before the last rotation; counts only while the session that rotated it was never used.
    pub previous_token: Option<SecretHash>,
    /// What its user calls it.
    pub name: Option<String>,
}

/// Where an address is, as far as a database says. Always approximate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// City, such as `Cairns`.
    pub city: Option<String>,
    /// Region or state, such as `Queensland`.
    pub region: Option<String>,
    /// Country, such as `Australia`.
    pub country: Option<String>,
    /// ISO 3166-1 alpha-2 code, such as `AU`.
    pub country_code: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(text: &str) -> Option<String> {
        DeviceName::typed(text).unwrap().map(|name| name.as_str().to_owned())
    }

    #[test]
    fn a_name_is_what_can_be_seen_of_what_was_typed() {
        assert_eq!(typed("  Front \t desk\n").as_deref(), Some("Front desk"));
        assert_eq!(typed("مكتب الاستقبال").as_deref(), Some("مكتب الاستقبال"));
        assert_eq!(typed("👩\u{200d}✈️ tablet").as_deref(), Some("👩\u{200d}✈️ tablet"));
        assert_eq!(typed("desk\u{202e}ksed\u{200b}\u{0}").as_deref(), Some("deskksed"));
        for nothing in ["", "   ", "\u{200b}", "\u{200d}\u{200c}", "\u{202e} \u{feff}", "\u{3164}", "\u{2800}\u{ffa0}"]
        {
            assert_eq!(typed(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_name_has_at_most_sixty_characters() {
        assert_eq!(typed(&"é".repeat(60)), Some("é".repeat(60)));
        assert_eq!(DeviceName::typed(&"é".repeat(61)), Err(NameTooLong));
        assert_eq!(typed(&format!(" {}\u{200b} ", "x".repeat(60))), Some("x".repeat(60)));
    }

    proptest! {
        #[test]
        fn a_name_never_panics_and_taking_it_again_changes_nothing(text in "\\PC{0,80}|.{0,80}") {
            if let Ok(Some(name)) = DeviceName::typed(&text) {
                prop_assert_eq!(DeviceName::typed(name.as_str()), Ok(Some(name)));
            }
        }
    }
}

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

/// A device of a user as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The store's number; 0 before it was stored.
    pub no: DeviceNo,
    /// Hash of the device cookie, or of the caller's `device_id`; `None` where neither came.
    pub token: Option<SecretHash>,
    /// Hash of the value before the last rotation; counts only while the session that rotated it was never used.
    pub previous_token: Option<SecretHash>,
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

//! What a session was signed in from, in words for a person to recognise it by.

use crate::client::geo::is_private;
use crate::domain::device::{DeviceKind, DeviceLabel, Place};
use crate::service::SessionView;
use crate::web::text::{self, Language};
use std::net::IpAddr;

/// A device, and where it is.
#[derive(Clone, Debug)]
pub struct DeviceWords {
    /// Kind of device: the icon.
    pub kind: DeviceKind,
    /// What that kind is called; nothing where it is not known.
    pub kind_word: Option<String>,
    /// The name that the user gave it.
    pub name: Option<String>,
    /// What it says of itself, such as "Firefox on Windows".
    pub label: String,
    /// Such as "Cairns, Australia", "Private network", "Unknown".
    pub place: String,
    /// Whether the place is a guess, which it is unless it is unknown or a private network.
    pub approximate: bool,
    /// The address, shown on demand.
    pub address: Option<String>,
}

impl DeviceWords {
    /// The device of a session.
    pub(super) fn new(language: Language, view: &SessionView) -> Self {
        Self::of(language, (&view.device, view.device_name.as_deref()), (&view.place, view.ip.as_deref()))
    }

    /// A device with the name that it has, at a place and an address.
    pub(in crate::web) fn of(
        language: Language,
        (device, name): (&DeviceLabel, Option<&str>),
        (place, ip): (&Place, Option<&str>),
    ) -> Self {
        let is_private = || ip.and_then(|ip| ip.parse().ok()).is_some_and(|ip: IpAddr| is_private(ip.to_canonical()));
        let known = *place != Place::default();
        Self {
            kind: device.kind,
            kind_word: text::device_kind(language, device.kind),
            name: name.map(str::to_owned),
            label: text::device(language, device),
            place: if !known && is_private() { text::private_place(language) } else { text::place(language, place) },
            approximate: known,
            address: ip.map(str::to_owned),
        }
    }

    /// What it is called within a sentence.
    pub(super) fn called(&self) -> String {
        self.name.as_deref().map_or_else(|| self.label.clone(), text::person)
    }
}

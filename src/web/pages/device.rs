//! What a session was signed in from, in words for a person to recognise it by.

use crate::client::geo::is_private;
use crate::domain::device::{DeviceKind, Place};
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
        let is_private = || {
            view.ip.as_deref().and_then(|ip| ip.parse().ok()).is_some_and(|ip: IpAddr| is_private(ip.to_canonical()))
        };
        let known = view.place != Place::default();
        let place =
            if !known && is_private() { text::private_place(language) } else { text::place(language, &view.place) };
        Self {
            kind: view.device.kind,
            kind_word: text::device_kind(language, view.device.kind),
            name: view.device_name.clone(),
            label: text::device(language, &view.device),
            place,
            approximate: known,
            address: view.ip.clone(),
        }
    }

    /// What it is called within a sentence.
    pub(super) fn called(&self) -> String {
        self.name.as_deref().map_or_else(|| self.label.clone(), text::person)
    }
}

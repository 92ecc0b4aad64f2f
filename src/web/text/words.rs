//! Words that depend on what is told: roles, devices, places, failures.

use super::Language;
use crate::domain::device::{DeviceKind, DeviceLabel, Place};
use crate::domain::user::Role;
use crate::password::PasswordRefusal;

/// What a page says about a status of failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorWords {
    /// The heading.
    pub title: String,
    /// What happened.
    pub sentence: String,
    /// What to do next.
    pub next: String,
}

/// The words for a status; those of 500 for one that no page is written for.
pub(crate) fn error(language: Language, status: u16) -> ErrorWords {
    let key = match status {
        400 | 408 => "error-unread",
        403 => "error-forbidden",
        404 => "error-absent",
        405 => "error-method",
        413 => "error-too-large",
        429 => "error-too-many",
        503 => "error-outage",
        _ => "error-fault",
    };
    ErrorWords {
        title: language.say(key),
        sentence: language.say(&format!("{key}.sentence")),
        next: language.say(&format!("{key}.next")),
    }
}

/// What a role is called in front of people.
pub(crate) fn role(language: Language, role: Role) -> String {
    language.say(&format!("role-{}", role.as_str()))
}

/// What a kind of device is called. Of one that is not known nothing is said.
pub(crate) fn device_kind(language: Language, kind: DeviceKind) -> Option<String> {
    (kind != DeviceKind::Unknown).then(|| language.say(&format!("kind-{}", kind.as_str())))
}

/// A device by its browser and system, either of which may be empty: "Firefox on Windows".
pub(crate) fn device(language: Language, label: &DeviceLabel) -> String {
    let system = match label.system.as_str() {
        "Mac or iPad" => language.say("system-mac-or-ipad"),
        "iPhone or iPad" => language.say("system-iphone-or-ipad"),
        system => system.to_owned(),
    };
    let browser = match label.browser.as_str() {
        "In-app browser" => language.say("browser-in-app"),
        "Google app" => language.say("browser-google-app"),
        "Android app" => language.say("browser-android-app"),
        browser => browser.to_owned(),
    };
    match (browser.as_str(), system) {
        ("", system) if system.is_empty() => language.say("device-unknown"),
        ("", system) => system,
        (browser, system) if system.is_empty() => browser.to_owned(),
        (browser, system) => language.tell("device-on", &[("browser", browser.into()), ("system", system.into())]),
    }
}

/// A place by what is known of it: "Cairns, Australia", "Australia", "Unknown". Countries are named in the reader's
/// language, cities and regions as the database has them.
pub(crate) fn place(language: Language, place: &Place) -> String {
    let near = place.city.as_deref().or(place.region.as_deref());
    let code = place.country_code.as_deref();
    let country = code.and_then(|code| language.say_if_known(&format!("country-{code}")));
    let country = country.as_deref().or(place.country.as_deref()).or(code);
    match (near, country) {
        (Some(near), Some(country)) => {
            language.tell("place-near", &[("near", near.into()), ("country", country.into())])
        }
        (Some(only), None) | (None, Some(only)) => only.into(),
        (None, None) => language.say("place-unknown"),
    }
}

/// A country by its code, in the reader's language; the code itself where it is none that is known.
pub(crate) fn country(language: Language, code: &str) -> String {
    language.say_if_known(&format!("country-{code}")).unwrap_or_else(|| code.to_owned())
}

/// The place of an address that is not on the internet.
pub(crate) fn private_place(language: Language) -> String {
    language.say("place-private")
}

/// A text that a person gave, within a sentence: it may run the other way without turning the sentence around.
pub(crate) fn person(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// Why a new password cannot be used.
pub(crate) fn password_refused(language: Language, refusal: PasswordRefusal) -> String {
    language.say(match refusal {
        PasswordRefusal::TooShort => "password-too-short",
        PasswordRefusal::TooLong => "password-too-long",
        PasswordRefusal::Common => "password-common",
        PasswordRefusal::Breached => "password-breached",
        PasswordRefusal::OwnWord => "password-own-words",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: Language = Language::English;

    fn label(browser: &str, system: &str) -> DeviceLabel {
        DeviceLabel { kind: DeviceKind::Unknown, browser: browser.into(), system: system.into() }
    }

    #[test]
    fn a_device_is_named_by_what_is_known_of_it() {
        assert_eq!(device(EN, &label("Firefox", "Windows")), "Firefox on Windows");
        assert_eq!(device(EN, &label("", "Windows")), "Windows");
        assert_eq!(device(EN, &label("curl", "")), "curl");
        assert_eq!(device(EN, &label("", "")), "Unknown device");
        assert_eq!(device(EN, &label("Safari", "Mac or iPad")), "Safari on Mac or iPad");
        assert_eq!(device(Language::German, &label("Safari", "Mac or iPad")), "Safari auf Mac oder iPad");
        let in_app = label("In-app browser", "iPhone");
        assert_eq!(device(EN, &in_app), "In-app browser on iPhone");
        assert_eq!(device(Language::German, &in_app), "Browser in einer App auf iPhone");
    }

    #[test]
    fn a_place_is_named_by_what_is_known_of_it_and_its_country_in_the_readers_language() {
        let full = Place {
            city: Some("Cairns".into()),
            region: Some("Queensland".into()),
            country: Some("Australia".into()),
            country_code: Some("AU".into()),
        };
        assert_eq!(place(EN, &full), "Cairns, Australia");
        assert_eq!(place(Language::German, &full), "Cairns, Australien");
        assert_eq!(place(EN, &Place { city: None, ..full.clone() }), "Queensland, Australia");
        assert_eq!(place(EN, &Place { city: None, region: None, ..full.clone() }), "Australia");
        let only_code = Place { country_code: Some("FJ".into()), ..Place::default() };
        assert_eq!(place(EN, &only_code), "Fiji");
        assert_eq!(place(EN, &Place { country_code: Some("QQ".into()), ..Place::default() }), "QQ");
        assert_eq!(place(EN, &Place { country_code: None, ..full }), "Cairns, Australia");
        assert_eq!(place(EN, &Place::default()), "Unknown");
    }

    #[test]
    fn an_outage_says_that_nobody_has_been_signed_out() {
        assert!(error(EN, 503).sentence.contains("nobody has been signed out"));
        assert_eq!(error(EN, 418), error(EN, 500));
    }
}

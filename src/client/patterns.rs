//! The patterns of the ua-parser project (see data/uap-core/README.md): which browser and which system a user agent
//! names. Loaded when first needed, which takes a tenth of a second and some 20 MB. What was recognised is kept for the
//! texts seen last, since the same few browsers sign in all day.

use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use ua_parser::{os, user_agent};

/// Most texts remembered: with 512 bytes each, some 200 kB.
const REMEMBERED_MAX: usize = 256;

/// What the patterns recognise in a user agent, in their own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recognised {
    /// Browser or client, such as `Chrome Mobile`.
    pub(super) browser: Option<String>,
    /// System, such as `Windows`.
    pub(super) system: Option<String>,
    /// The system's version as it is said aloud, such as `8` or `XP`.
    pub(super) system_major: Option<String>,
    /// What follows it, such as `1` of Windows 8.1.
    pub(super) system_minor: Option<String>,
}

struct Patterns {
    browsers: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
}

#[derive(Deserialize)]
struct File {
    user_agent_parsers: Vec<user_agent::Parser<'static>>,
    os_parsers: Vec<os::Parser<'static>>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    const SAME: &str = "the patterns are part of the program, and a test has built them";
    let file: File = serde_json::from_str(include_str!("../../data/uap-core/regexes.json")).expect(SAME);
    let browsers = user_agent::Builder::new().push_all(file.user_agent_parsers).expect(SAME);
    let systems = os::Builder::new().push_all(file.os_parsers).expect(SAME);
    Patterns { browsers: browsers.build().expect(SAME), systems: systems.build().expect(SAME) }
});

static REMEMBERED: LazyLock<Mutex<HashMap<String, Recognised>>> = LazyLock::new(Mutex::default);

/// What the patterns recognise in `user_agent`, which the caller has cut to a sensible length.
pub(super) fn recognise(user_agent: &str) -> Recognised {
    // The lock is never held over code that can panic, so a poisoned lock is a sound one.
    if let Some(known) = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner).get(user_agent) {
        return known.clone();
    }
    let recognised = extract(user_agent);
    let mut remembered = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    // Forgetting all at once keeps no account of who was seen when; a flood of new texts costs 20 µs each.
    if remembered.len() >= REMEMBERED_MAX {
        remembered.clear();
    }
    remembered.insert(user_agent.to_owned(), recognised.clone());
    recognised
}

fn extract(user_agent: &str) -> Recognised {
    // "Other" is how the patterns say that they know nothing better.
    let browser = PATTERNS.browsers.extract(user_agent).map(|b| b.family.into_owned()).filter(|b| b != "Other");
    let system = PATTERNS.systems.extract(user_agent).filter(|s| s.os != "Other");
    Recognised {
        browser: browser.filter(|b| !b.is_empty()),
        system_major: system.as_ref().and_then(|s| s.major.as_deref().map(str::to_owned)),
        system_minor: system.as_ref().and_then(|s| s.minor.as_deref().map(str::to_owned)),
        system: system.map(|s| s.os.into_owned()).filter(|s| !s.is_empty()),
    }
}

/// The ua-parser project's own test cases: a text, the family, and the major version that it names.
#[cfg(test)]
#[derive(Deserialize)]
pub(super) struct Cases {
    pub(super) user_agents: Vec<(String, String, Option<String>)>,
    pub(super) systems: Vec<(String, String, Option<String>)>,
}

#[cfg(test)]
impl Cases {
    /// Reads them; see data/uap-core/README.md.
    pub(super) fn read() -> Self {
        serde_json::from_str(include_str!("../../data/uap-core/cases.json")).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_recognise_what_their_makers_say_they_do() {
        let mut wrong = Vec::new();
        let Cases { user_agents, systems } = Cases::read();
        for (text, family, major) in user_agents {
            let found = PATTERNS.browsers.extract(&text);
            let found = found.map_or(("Other".into(), None), |found| (found.family, found.major.map(str::to_owned)));
            if (found.0.as_ref(), &found.1) != (family.as_str(), &major) {
                wrong.push(format!("{text}: {found:?}, not {family} {major:?}"));
            }
        }
        for (text, family, major) in systems {
            let found = PATTERNS.systems.extract(&text);
            let found = found.map_or(("Other".into(), None), |found| (found.os, found.major.map(|m| m.into_owned())));
            if (found.0.as_ref(), &found.1) != (family.as_str(), &major) {
                wrong.push(format!("{text}: {found:?}, not {family} {major:?}"));
            }
        }
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn a_remembered_text_is_recognised_as_it_was_the_first_time() {
        let text = "Mozilla/5.0 (Windows NT 6.3; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0";
        let first = recognise(text);
        assert_eq!(first.browser.as_deref(), Some("Firefox"));
        assert_eq!(first.system.as_deref(), Some("Windows"));
        assert_eq!(recognise(text), first);
    }

    #[test]
    fn no_more_texts_are_remembered_than_there_is_room_for() {
        for number in 0..2 * REMEMBERED_MAX {
            recognise(&format!("nonsense {number}"));
            assert!(REMEMBERED.lock().unwrap().len() <= REMEMBERED_MAX);
        }
    }
}

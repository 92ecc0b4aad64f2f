//! The catalogue: every text that a page shows, in each language that there is. The sentences stand in `locales/`, a
//! folder for each language with the same files; templates and code hold none of their own.
//!
//! A further language is a further folder and a variant of [`Language`]; the tests say what is missing in it.

mod ended;
mod happened;
mod language;
mod words;

#[cfg(test)]
mod rules;

#[cfg(test)]
pub(crate) use rules::{marked, marking};

pub use ended::{EndFacts, end_reason, told_why};
pub(crate) use happened::event_data;
pub use happened::{Group, Happened, happened};
pub use language::Language;
pub(crate) use words::{
    ErrorWords, country, device, device_kind, error, password_refused, person, place, private_place, role,
};

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::static_loader;
use std::collections::HashMap;

static_loader! {
    static CATALOGUE = {
        locales: "./locales",
        fallback_language: "en",
        // Pages mark with <bdi> what may run the other way.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A value in a sentence: a number, which also decides between singular and plural, or a text.
pub type Value<'a> = FluentValue<'a>;

impl Language {
    /// The text with this key.
    pub fn say(self, key: &str) -> String {
        self.tell(key, &[])
    }

    /// The sentence with this key, with these values in it.
    pub fn tell(self, key: &str, values: &[(&str, Value<'_>)]) -> String {
        let values: HashMap<&str, Value<'_>> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
        let said = CATALOGUE.lookup_single_language(&self.identifier(), key, Some(&values));
        let said = said.unwrap_or_else(|error| {
            debug_assert!(false, "{key} in {self:?}: {error}");
            key.to_owned()
        });
        #[cfg(test)]
        let said = rules::marked(said);
        said
    }

    /// The sentence with this key, for a number of things.
    pub fn count(self, key: &str, count: u64) -> String {
        self.tell(key, &[("count", count.into())])
    }

    /// The text with this key, if there is one: for keys made from what strangers say, such as codes of countries.
    fn say_if_known(self, key: &str) -> Option<String> {
        let values: Option<&HashMap<&str, Value<'_>>> = None;
        let said = CATALOGUE.lookup_single_language(&self.identifier(), key, values).ok();
        #[cfg(test)]
        let said = said.map(rules::marked);
        said
    }
}

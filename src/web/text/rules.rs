//! What holds for the catalogue: nothing is missing, nothing is left over, and nothing is said that is not in it.

use super::Language;
use crate::domain::device::DeviceKind;
use crate::domain::end::EndReason;
use crate::domain::user::Role;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

thread_local! {
    static MARKING: Cell<bool> = const { Cell::new(false) };
}

/// While a test marks, whatever the catalogue says stands in brackets, so that what it did not say is seen.
pub(crate) fn marked(said: String) -> String {
    if MARKING.get() { format!("⟦{said}⟧") } else { said }
}

/// Does something with everything that the catalogue says marked.
pub(crate) fn marking<T>(make: impl FnOnce() -> T) -> T {
    MARKING.set(true);
    let made = make();
    MARKING.set(false);
    made
}

/// Texts whose keys are made from a closed list, or from what strangers say; each family is looked at by a test.
const FAMILIES: [&str; 7] = ["country-", "end-reason-", "kind-", "may-", "month-", "role-", "told-why-"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every text of a language by file and key, with the values that it takes.
fn texts(language: Language) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder("locales").join(language.code())).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let resource = fluent_syntax::parser::parse(std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let parts = message.attributes.iter().map(|a| (format!("{}.{}", message.id.name, a.id.name), &a.value));
            let whole = message.value.iter().map(|pattern| (message.id.name.clone(), pattern));
            for (key, pattern) in whole.chain(parts) {
                let known = found.insert((file.clone(), key.clone()), values_in(pattern));
                assert!(known.is_none(), "{file}: {key} stands twice");
            }
        }
    }
    found
}

fn values_in(pattern: &Pattern<String>) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => {
                assert!(!value.contains(['<', '>']), "a text holds no markup: {value}");
            }
            PatternElement::Placeable { expression: Expression::Inline(inline) } => values.extend(value_of(inline)),
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                values.extend(value_of(selector));
                values.extend(variants.iter().flat_map(|variant| values_in(&variant.value)));
            }
        }
    }
    values
}

fn value_of(inline: &InlineExpression<String>) -> Option<String> {
    match inline {
        InlineExpression::VariableReference { id } => Some(id.name.clone()),
        other => panic!("texts take values and nothing else: {other:?}"),
    }
}

/// The sources in which keys stand: templates, and the code of the web.
fn sources() -> String {
    let mut all = String::new();
    let mut waiting = vec![folder("templates"), folder("src/web")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            all += &std::fs::read_to_string(&path).unwrap();
        }
    }
    all
}

#[test]
fn every_language_has_every_text_with_the_same_values() {
    let english = texts(Language::English);
    assert!(english.len() > 400);
    for language in Language::ALL {
        let theirs = texts(language);
        let missing: Vec<_> = english.iter().filter(|(key, values)| theirs.get(key) != Some(values)).collect();
        let further: Vec<_> = theirs.keys().filter(|key| !english.contains_key(key)).collect();
        assert!(missing.is_empty() && further.is_empty(), "{language:?}: {missing:?}, {further:?}");
    }
}

#[test]
fn every_text_is_said_somewhere() {
    let sources = sources();
    let unsaid: Vec<_> = texts(Language::English)
        .into_keys()
        .map(|(_, key)| key.split('.').next().unwrap().to_owned())
        .filter(|key| !FAMILIES.iter().any(|family| key.starts_with(family)))
        .filter(|key| !sources.contains(&format!("\"{key}\"")))
        .collect();
    assert_eq!(unsaid, [""; 0]);
}

#[test]
fn every_key_that_is_written_down_is_there() {
    let keys: BTreeSet<String> = texts(Language::English).into_keys().map(|(_, key)| key).collect();
    let sources = sources();
    let mut looked_at = 0;
    for call in ["say(\"", "tell(\"", "count(\""] {
        for rest in sources.split(call).skip(1) {
            let key = rest.split('"').next().unwrap();
            assert!(keys.contains(key), "{call}{key}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 100, "{looked_at}");
}

#[test]
fn every_family_of_texts_is_whole() {
    let keys: BTreeSet<String> = texts(Language::English).into_keys().map(|(_, key)| key).collect();
    let family = |name: &str| keys.iter().filter(|key| key.starts_with(name) && !key.contains('.')).count();
    assert_eq!(family("end-reason-"), EndReason::ALL.len());
    assert_eq!(family("told-why-"), EndReason::ALL.len());
    assert_eq!((family("month-"), family("role-"), family("kind-")), (12, 5, 4));
    assert!(family("country-") >= 249);
    for reason in EndReason::ALL {
        assert!(keys.contains(&format!("end-reason-{}", reason.as_str())), "{reason:?}");
    }
    for role in [Role::Owner, Role::Manager, Role::Staff, Role::Support, Role::Admin] {
        assert!(keys.contains(&format!("role-{}", role.as_str())), "{role:?}");
    }
    for role in [Role::Owner, Role::Manager, Role::Staff] {
        assert!(keys.contains(&format!("may-{}", role.as_str())), "{role:?}");
    }
    for kind in ["computer", "phone", "tablet", "other"] {
        assert!(keys.contains(&format!("kind-{kind}")) && DeviceKind::parse(kind).is_some(), "{kind}");
    }
}

#[test]
fn the_refusal_is_the_sentence_of_the_rules() {
    assert_eq!(Language::English.say("refusal"), crate::domain::admission::ALREADY_LOGGED_IN);
}

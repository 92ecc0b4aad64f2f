//! The example file says what is so, and no text whatever makes the parser panic.

use super::parse;
use crate::config::{Config, keys};
use proptest::prelude::*;
use std::path::Path;

const EXAMPLE: &str = include_str!("../../../innkeeper.example.toml");

/// The line without its mark, if it is a setting that was commented out.
fn uncommented(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("# ")?;
    let is_key = |key: &str| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    (rest.starts_with("[[") || rest.split_once(" = ").is_some_and(|(key, _)| is_key(key))).then_some(rest)
}

#[test]
fn the_example_as_shipped_changes_nothing() {
    assert_eq!(parse(EXAMPLE).unwrap(), Config::default());
}

#[test]
fn the_example_uncommented_shows_every_setting_and_the_defaults_of_those_that_have_one() {
    let text: Vec<&str> = EXAMPLE.lines().map(|line| uncommented(line).unwrap_or(line)).collect();
    let config = parse(&text.join("\n")).unwrap();
    let default = Config::default();
    let mut same = config.clone();
    same.public_url = default.public_url.clone();
    same.metrics_listen = None;
    same.app_url = None;
    same.support.contact = None;
    same.cookie.domain = None;
    same.next_policy = None;
    same.passwords.breached_file = None;
    same.mail = None;
    same.geo = default.geo.clone();
    same.limits.password_workers = default.limits.password_workers;
    assert_eq!(same, default);
    let settings: Vec<&str> = EXAMPLE.lines().filter_map(uncommented).collect();
    for key in keys::KEYS {
        let name = key.rsplit('.').next().unwrap();
        let shown = |line: &&str| line.starts_with(&format!("{name} = ")) || **line == format!("[[{name}]]");
        assert!(settings.iter().any(shown), "{key} is in the example");
    }
    for key in keys::PLAN_KEYS {
        assert!(EXAMPLE.contains(key.trim_start_matches("plans.")), "{key} is in the example");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = parse(&text).map_err(|error| error.to_string());
    }

    #[test]
    fn no_value_makes_the_parser_panic_in_file_or_environment(
        key in proptest::sample::select(keys::KEYS.to_vec()),
        value in prop_oneof![any::<String>(), "[-0-9a-z:/@.,\\[\\]{}='\" ]{0,40}"],
    ) {
        let _ = parse(&format!("{key} = {value}"));
        let text = serde_json::Value::from(value.as_str());
        let _ = parse(&format!("{key} = {text}"));
        let env = [(keys::variable(key), value.clone()), (format!("INNKEEPER_{value}"), value)];
        let _ = Config::load(Some(Path::new("/dev/null")), env.into_iter());
    }

    #[test]
    fn mangling_the_example_never_panics(at in 0..EXAMPLE.len(), with in any::<String>()) {
        let uncommented: Vec<&str> = EXAMPLE.lines().map(|line| uncommented(line).unwrap_or(line)).collect();
        let mut text = uncommented.join("\n");
        let at = (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.insert_str(at, &with);
        let _ = parse(&text).map_err(|error| error.to_string());
    }
}

//! Settings as they were found, in the file or in the environment, before anything is made of them.

use super::error::{Place, Problem};
use super::keys::{self, FILE_VARIABLE, PREFIX};
use super::nearest::nearest;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A value as written.
#[derive(Debug)]
pub(super) enum Raw {
    /// A text in a file.
    Text(String),
    /// A number in a file, as written, and its value where it is whole.
    Number(String, Option<i128>),
    /// `true` or `false` in a file.
    Boolean(bool),
    /// A list in a file.
    List(Vec<Setting>),
    /// A table in a file.
    Table(Vec<Entry>),
    /// A date or time in a file; no setting is one.
    Date,
    /// The value of an environment variable, which the setting's own type decides how to read.
    Variable(String),
}

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) value: Raw,
    pub(super) place: Place,
}

/// One line of a table.
#[derive(Debug)]
pub(super) struct Entry {
    name: String,
    place: Place,
    setting: Setting,
}

/// Settings by their full key.
pub(super) type Found = BTreeMap<String, Setting>;

/// A TOML text and how to name places in it.
pub(super) struct Document<'a> {
    text: &'a str,
    origin: Origin<'a>,
}

enum Origin<'a> {
    File(&'a Path),
    Variable(&'a str),
}

impl<'a> Document<'a> {
    /// The text of a file.
    pub(super) fn file(path: &'a Path, text: &'a str) -> Self {
        Self { text, origin: Origin::File(path) }
    }

    /// The value of a variable that holds TOML.
    pub(super) fn variable(name: &'a str, text: &'a str) -> Self {
        Self { text, origin: Origin::Variable(name) }
    }

    /// The lines of the top table.
    pub(super) fn table(&self) -> Result<Vec<Entry>, Problem> {
        let table = DeTable::parse(self.text).map_err(|error| self.unreadable(&error))?;
        Ok(self.entries(table.get_ref()))
    }

    /// The text as one TOML value.
    pub(super) fn value(&self) -> Result<Setting, Problem> {
        DeValue::parse(self.text).map(|value| self.setting(&value)).map_err(|error| self.unreadable(&error))
    }

    fn unreadable(&self, error: &toml::de::Error) -> Problem {
        let place = self.place(error.span().unwrap_or(0..0));
        Problem { place, key: None, what: format!("this is not TOML: {}", error.message().escape_debug()) }
    }

    fn entries(&self, table: &DeTable<'_>) -> Vec<Entry> {
        table
            .iter()
            .map(|(name, value)| Entry {
                name: name.get_ref().to_string(),
                place: self.place(name.span()),
                setting: self.setting(value),
            })
            .collect()
    }

    fn setting(&self, value: &Spanned<DeValue<'_>>) -> Setting {
        let raw = match value.get_ref() {
            DeValue::String(text) => Raw::Text(text.to_string()),
            DeValue::Integer(number) => {
                Raw::Number(number.to_string(), i128::from_str_radix(number.as_str(), number.radix()).ok())
            }
            DeValue::Float(number) => Raw::Number(number.to_string(), None),
            DeValue::Boolean(value) => Raw::Boolean(*value),
            DeValue::Datetime(_) => Raw::Date,
            DeValue::Array(list) => Raw::List(self.list(list)),
            DeValue::Table(table) => Raw::Table(self.entries(table)),
        };
        Setting { value: raw, place: self.place(value.span()) }
    }

    fn list(&self, list: &DeArray<'_>) -> Vec<Setting> {
        list.iter().map(|value| self.setting(value)).collect()
    }

    fn place(&self, span: Range<usize>) -> Place {
        match self.origin {
            Origin::Variable(name) => Place::Variable(name.into()),
            Origin::File(path) => file_place(path, self.text.as_bytes(), span.start),
        }
    }
}

/// The place of the byte `at`. Takes bytes, because a file that is not UTF-8 has places too.
pub(super) fn file_place(path: &Path, text: &[u8], at: usize) -> Place {
    let before = &text[..at.min(text.len())];
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
    Place::File {
        path: path.into(),
        line: before.iter().filter(|b| **b == b'\n').count() + 1,
        column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
    }
}

/// Sorts the lines of a table into `found`, sections and all; what `keys` does not know is a problem. `section` is
/// what stands before the names, with its dot, or nothing.
pub(super) fn sort(entries: Vec<Entry>, section: &str, keys: &[&str], found: &mut Found) -> Vec<Problem> {
    let mut problems = Vec::new();
    for Entry { name, place, setting } in entries {
        let written = format!("{section}{name}");
        let key = match (&setting.value, keys::long_form(&written)) {
            (Raw::Table(_), _) | (_, None) => written,
            (_, Some(long)) => long.to_owned(),
        };
        let refuse = |place, what| Problem { place, key: Some(key.clone()), what };
        if keys.contains(&key.as_str()) {
            if let Some(earlier) = found.insert(key.clone(), setting) {
                problems.push(refuse(place, format!("{key} is set twice, here and at {}.", earlier.place)));
            }
        } else if keys::is_section(&key, keys) {
            match setting.value {
                Raw::Table(below) => problems.extend(sort(below, &format!("{key}."), keys, found)),
                _ => problems.push(refuse(
                    setting.place,
                    format!("{key} is the name of a section. Write [{key}] on a line of its own, and its keys below."),
                )),
            }
        } else {
            let near = nearest(&key, keys::candidates(keys)).unwrap_or_default();
            let what = format!("there is no setting {}. The nearest is {near}.", key.escape_debug());
            problems.push(refuse(place, what));
        }
    }
    problems
}

/// Puts what the environment sets over what the file says.
pub(super) fn environment(env: impl Iterator<Item = (String, String)>, found: &mut Found) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for (name, value) in env {
        if !name.starts_with(PREFIX) || name == FILE_VARIABLE || is_foreign(&name, &value) {
            continue;
        }
        let place = Place::Variable(name.clone());
        match keys::variables().find(|(variable, _)| *variable == name).map(|(_, key)| key) {
            Some(key) if value.contains(char::REPLACEMENT_CHARACTER) || value.contains('\0') => {
                problems.push(Problem { place, key: Some(key.into()), what: format!("{key} is not readable text.") });
            }
            Some(key) => {
                let earlier = found.insert(key.into(), Setting { value: Raw::Variable(value), place: place.clone() });
                if let Some(Setting { place: Place::Variable(other), .. }) = earlier {
                    let what = format!("{key} is set twice, here and by {other}.");
                    problems.push(Problem { place, key: Some(key.into()), what });
                }
            }
            None => {
                let known: Vec<String> =
                    keys::variables().map(|(variable, _)| variable).chain([FILE_VARIABLE.to_owned()]).collect();
                let near = nearest(&name, known.iter().map(String::as_str)).unwrap_or_default();
                let what = format!("there is no such variable. The nearest is {near}.");
                problems.push(Problem { place, key: None, what });
            }
        }
    }
    problems
}

/// Variables with our prefix that are not ours to refuse: those of the tests, and those that Kubernetes sets in every
/// container beside a service named `innkeeper`, which would otherwise keep it from starting there.
fn is_foreign(name: &str, value: &str) -> bool {
    let rest = name.strip_prefix(PREFIX).unwrap_or_default();
    if rest.starts_with("TEST_") || rest == "SERVICE_HOST" || rest == "SERVICE_PORT" {
        return true;
    }
    if rest == "PORT" {
        return ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    }
    rest.starts_with("SERVICE_PORT_")
        || rest.strip_prefix("PORT_").is_some_and(|port| port.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: usize, column: usize) -> Place {
        Place::File { path: "x.toml".into(), line, column }
    }

    #[test]
    fn lines_and_columns_count_from_one_and_columns_count_characters() {
        let text = "a = 1\né = 2\n";
        assert_eq!(file_place(Path::new("x.toml"), text.as_bytes(), 0), place(1, 1));
        assert_eq!(file_place(Path::new("x.toml"), text.as_bytes(), 6), place(2, 1));
        assert_eq!(file_place(Path::new("x.toml"), text.as_bytes(), 8), place(2, 2));
        assert_eq!(file_place(Path::new("x.toml"), text.as_bytes(), 999), place(3, 1));
    }

    #[test]
    fn variables_that_kubernetes_and_the_tests_set_are_left_alone() {
        let set = |name: &str, value: &str| {
            environment([(name.to_owned(), value.to_owned())].into_iter(), &mut Found::new()).len()
        };
        for (name, value) in [
            ("INNKEEPER_SERVICE_HOST", "10.0.0.1"),
            ("INNKEEPER_SERVICE_PORT_HTTP", "80"),
            ("INNKEEPER_PORT", "tcp://10.0.0.1:80"),
            ("INNKEEPER_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("INNKEEPER_TEST_STORE", "x"),
            ("PATH", "/bin"),
        ] {
            assert_eq!(set(name, value), 0, "{name}");
        }
        assert_eq!(set("INNKEEPER_PORT", "9000"), 1);
        assert_eq!(set("INNKEEPER_PORTS", "9000"), 1);
    }
}

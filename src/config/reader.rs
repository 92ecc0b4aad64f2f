//! Takes settings out of what was found, and gathers every fault on the way instead of stopping at the first.

use super::duration;
use super::error::{Place, Problem};
use super::source::{Found, Raw, Setting};
use std::fmt;
use std::time::Duration;

/// What a setting must look like, said after "Write ".
#[derive(Clone, Copy)]
pub(super) struct Want<'a> {
    /// In words, such as "an address and a port".
    kind: &'a str,
    /// One that would do.
    example: &'a str,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Text,
    Bare,
    List,
}

impl<'a> Want<'a> {
    /// A text, which a file puts in quotes.
    pub(super) const fn text(kind: &'a str, example: &'a str) -> Self {
        Self { kind, example, form: Form::Text }
    }

    /// A number or truth value.
    pub(super) const fn bare(kind: &'a str, example: &'a str) -> Self {
        Self { kind, example, form: Form::Bare }
    }

    /// A list of texts; the example is one of them.
    pub(super) const fn list(kind: &'a str, example: &'a str) -> Self {
        Self { kind, example, form: Form::List }
    }

    /// The whole sentence for somebody who writes at `place`.
    fn advice(&self, place: &Place) -> String {
        let Want { kind, example, form } = self;
        match (form, place) {
            (Form::Bare, _) | (_, Place::Variable(_)) => format!("Write {kind}, such as {example}."),
            (Form::Text, _) => format!("Write {kind}, such as \"{example}\"."),
            (Form::List, _) => format!("Write {kind}, such as [\"{example}\"]."),
        }
    }
}

/// What is wrong with a value, said after the name of its setting: `is "x", which is no number`.
pub(super) type Fault = String;

/// A value in an error: quoted, on one line, and cut where it is long.
pub(super) fn shown(text: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    let cut: String = text.chars().take(CHARACTERS_MAX).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!("\"{}{dots}\"", cut.escape_debug())
}

/// The fault of a value that may be shown.
pub(super) fn fault(text: &str, which: impl fmt::Display) -> Fault {
    format!("is {}, which {which}", shown(text))
}

impl Raw {
    /// What this is, for an error that wanted something else.
    pub(super) fn kind(&self) -> String {
        match self {
            Raw::Text(text) | Raw::Variable(text) => format!("the text {}", shown(text)),
            Raw::Number(number, _) => format!("the number {number}"),
            Raw::Boolean(value) => value.to_string(),
            Raw::List(_) => "a list".into(),
            Raw::Table(_) => "a table".into(),
            Raw::Date => "a date or time".into(),
        }
    }

    /// The text, which may not be empty.
    pub(super) fn text(&self) -> Result<&str, Fault> {
        match self {
            Raw::Text(text) | Raw::Variable(text) if text.is_empty() => Err("is empty".into()),
            Raw::Text(text) | Raw::Variable(text) => Ok(text),
            other => Err(format!("is {}, not a text", other.kind())),
        }
    }

    /// `None` for a variable that is set to nothing, which takes an optional setting back.
    pub(super) fn optional<T>(&self, read: impl FnOnce(&str) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        match self {
            Raw::Variable(text) if text.is_empty() => Ok(None),
            other => read(other.text()?).map(Some),
        }
    }

    /// A whole number from `least` to `most`.
    pub(super) fn whole<T: TryFrom<i128>>(&self, least: i128, most: i128) -> Result<T, Fault> {
        let (number, written) = match self {
            Raw::Number(written, Some(number)) => (*number, written),
            Raw::Variable(text) => match text.parse() {
                Ok(number) => (number, text),
                Err(_) => return Err(fault(text, "is not a whole number")),
            },
            other => return Err(format!("is {}, not a whole number", other.kind())),
        };
        Some(number)
            .filter(|n| (least..=most).contains(n))
            .and_then(|n| T::try_from(n).ok())
            .ok_or_else(|| format!("is {written}, which is not from {least} to {most}"))
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Result<bool, Fault> {
        match self {
            Raw::Boolean(value) => Ok(*value),
            Raw::Variable(text) => text.parse().map_err(|_| fault(text, "is neither true nor false")),
            other => Err(format!("is {}, not true or false", other.kind())),
        }
    }

    /// A duration of at least a second.
    pub(super) fn duration(&self) -> Result<Duration, Fault> {
        if let Raw::Number(number, _) = self {
            return Err(format!("is {number}, which has no unit"));
        }
        let text = self.text()?;
        match duration::parse(text).map_err(|error| fault(text, error))? {
            short if short < Duration::from_secs(1) => Err(fault(text, "is less than a second")),
            duration => Ok(duration),
        }
    }
}

/// Settings yet to be read, and the problems met so far.
pub(super) struct Reader {
    found: Found,
    section: &'static str,
    /// What was wrong so far.
    pub(super) problems: Vec<Problem>,
}

impl Reader {
    /// Reads from `found`, whose keys all begin with `section`.
    pub(super) fn new(found: Found, section: &'static str) -> Self {
        Self { found, section, problems: Vec::new() }
    }

    /// Takes the setting out as it was found.
    pub(super) fn take(&mut self, key: &str) -> Option<Setting> {
        self.found.remove(&format!("{}{key}", self.section))
    }

    /// Puts what `key` was set to into `slot`, or notes what is wrong with it. Answers where it was set.
    pub(super) fn set<T>(
        &mut self,
        slot: &mut T,
        key: &str,
        want: Want<'_>,
        read: impl FnOnce(&Raw) -> Result<T, Fault>,
    ) -> Option<Place> {
        let Setting { value, place } = self.take(key)?;
        match read(&value) {
            Ok(value) => *slot = value,
            Err(fault) => self.refuse(key, place.clone(), &fault, &want),
        }
        Some(place)
    }

    /// The same for a list of texts: comma-separated in a variable. Each entry is judged by itself.
    pub(super) fn set_list<T>(
        &mut self,
        slot: &mut Vec<T>,
        key: &str,
        want: Want<'_>,
        read: impl Fn(&str) -> Result<T, Fault>,
    ) {
        let Some(Setting { value, place }) = self.take(key) else { return };
        let entries = match value {
            Raw::List(entries) => entries,
            Raw::Variable(text) if text.trim().is_empty() => Vec::new(),
            Raw::Variable(text) => text
                .split(',')
                .map(|entry| Setting { value: Raw::Variable(entry.trim().into()), place: place.clone() })
                .collect(),
            other => return self.refuse(key, place, &format!("is {}, not a list", other.kind()), &want),
        };
        let mut values = Vec::new();
        for Setting { value, place } in entries {
            match value.text().and_then(&read) {
                Ok(value) => values.push(value),
                Err(fault) => self.refuse(key, place, &format!("has an entry that {fault}"), &want),
            }
        }
        *slot = values;
    }

    /// The same, where a text that stands alone is a list of one.
    pub(super) fn set_one_or_more<T>(
        &mut self,
        slot: &mut Vec<T>,
        key: &str,
        want: Want<'_>,
        read: impl Fn(&str) -> Result<T, Fault>,
    ) {
        if let Some(Setting { value, place }) = self.take(key) {
            let place_of_one = place.clone();
            let value = match value {
                text @ Raw::Text(_) => Raw::List(vec![Setting { value: text, place: place_of_one }]),
                other => other,
            };
            self.found.insert(format!("{}{key}", self.section), Setting { value, place });
        }
        self.set_list(slot, key, want, read);
    }

    /// Notes that `key` is wrong, with the form that it must have.
    pub(super) fn refuse(&mut self, key: &str, place: Place, fault: &str, want: &Want<'_>) {
        let advice = want.advice(&place);
        self.object(key, place, &format!("{fault}. {advice}"));
    }

    /// Notes a problem with `key` in words that follow its name; a full stop ends them already.
    pub(super) fn object(&mut self, key: &str, place: Place, words: &str) {
        let key = format!("{}{key}", self.section);
        self.problems.push(Problem { place, what: format!("{key} {words}"), key: Some(key) });
    }

    /// The names that nobody asked for.
    #[cfg(test)]
    pub(super) fn left(&self) -> Vec<&str> {
        self.found.keys().map(String::as_str).collect()
    }
}

//! Checked conversion between what tables hold and the domain's types. A row that makes no sense is an error that names
//! table and row, never a guess.

use super::{HISTORY_LOOK_MAX, History, HistoryEntry, Position, StoreError};
use crate::domain::event::{Datum, EventBody};
use serde_json::{Map, Value};

/// Turns a stored text into a domain value, or says which row makes no sense.
pub(super) fn parsed<T>(value: Option<T>, table: &'static str, id: impl std::fmt::Display) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Corrupt { table, id: id.to_string() })
}

/// The data of an event as a JSON object.
pub(super) fn event_data(event: &EventBody) -> String {
    let fields = event.data.iter().map(|(name, datum)| {
        let value = match datum {
            Datum::Text(text) => Value::from(text.as_str()),
            Datum::Number(number) => Value::from(*number),
            Datum::Texts(texts) => Value::from(texts.clone()),
        };
        ((*name).to_owned(), value)
    });
    Value::Object(fields.collect::<Map<_, _>>()).to_string()
}

/// How many events become at most `limit` deliveries where so many webhooks may want each; at least one does.
pub(super) fn events_at_once(limit: u16, webhooks: usize) -> u16 {
    (limit / u16::try_from(webhooks).unwrap_or(u16::MAX).max(1)).max(1)
}

/// Several short names in one column.
pub(super) fn joined(names: &[String]) -> String {
    names.join(",")
}

/// The names in such a column.
pub(super) fn split(column: &str) -> Vec<String> {
    column.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// How many events are looked at for a part of a history: as many as are shown and one more, unless only some are shown.
pub(super) fn history_look(kinds: &[&str], limit: u16) -> u16 {
    if kinds.is_empty() { limit.saturating_add(1) } else { HISTORY_LOOK_MAX.max(limit.saturating_add(1)) }
}

/// A part of a history of what was found, one entry more than is shown where there are so many, and where the walk
/// stopped.
pub(super) fn history_part(mut entries: Vec<HistoryEntry>, stopped: Option<i64>, limit: u16) -> History {
    if entries.len() <= usize::from(limit) {
        return History { entries, older: stopped.map(Position) };
    }
    entries.truncate(limit.into());
    let older = entries.last().map(|entry| entry.event.position);
    History { entries, older }
}

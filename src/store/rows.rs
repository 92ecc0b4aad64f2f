//! Checked conversion between what tables hold and the domain's types. A row that makes no sense is an error that names
//! table and row, never a guess.

use super::StoreError;
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

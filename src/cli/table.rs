//! Answers for people: a table for lists, lines for one thing. Values come from strangers and are shown harmless.

use crate::telemetry::is_harmful;
use serde_json::Value;

/// A heading, and where its value is in the JSON, as a pointer such as `/device/name`.
pub(super) type Column = (&'static str, &'static str);

/// Rows under headings, each column as wide as its widest value.
pub(super) fn table(columns: &[Column], items: &[Value]) -> String {
    let headings = columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
    let rows = items.iter().map(|item| columns.iter().map(|(_, at)| cell(item.pointer(at))).collect());
    let rows: Vec<Vec<String>> = std::iter::once(headings).chain(rows).collect();
    let width = |n: usize| rows.iter().map(|row| row[n].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// One thing, a line for each value.
pub(super) fn lines(columns: &[Column], item: &Value) -> String {
    let width = columns.iter().map(|(heading, _)| heading.len()).max().unwrap_or(0);
    let line = |(heading, at): &Column| format!("{heading:<width$}  {}", cell(item.pointer(at)));
    columns.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(","),
        Some(other) => other.to_string(),
    };
    harmless(&text)
}

/// A text that ends no line and moves no cursor.
pub(super) fn harmless(text: &str) -> String {
    let shown = |c: char| if is_harmful(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_line_up_and_what_is_missing_is_a_dash() {
        let items = [json!({"id": "a", "device": {"name": "Firefox on Linux"}}), json!({"id": "longer"})];
        let text = table(&[("ID", "/id"), ("DEVICE", "/device/name")], &items);
        assert_eq!(text, "ID      DEVICE\na       Firefox on Linux\nlonger  -");
    }

    #[test]
    fn a_value_cannot_end_its_line_or_move_the_cursor() {
        let text = lines(&[("name", "/name")], &json!({"name": "a\nb\u{1b}[2J"}));
        assert_eq!(text, "name  a\\nb\\u{1b}[2J");
    }
}

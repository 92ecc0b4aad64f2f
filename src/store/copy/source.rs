//! The file that is copied from, read as of one instant.

use super::{Cell, Column, CopyError, Kind, Table, quoted, source_error};
use crate::store::sqlite;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Rows, Statement};
use std::path::Path;

/// A SQLite file whose tables are up to date.
pub(super) struct Source {
    connection: Connection,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, CopyError> {
        let connection = sqlite::up_to_date(path).map_err(|error| CopyError::Source(Box::new(error)))?;
        connection.execute_batch("PRAGMA query_only = ON; BEGIN").map_err(source_error)?;
        Ok(Self { connection })
    }

    /// Every table in the order in which they were made: those that others refer to come first.
    pub(super) fn tables(&self) -> Result<Vec<Table>, CopyError> {
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                     AND name <> 'refinery_schema_history' ORDER BY rowid";
        let mut statement = self.connection.prepare(names).map_err(source_error)?;
        let names = statement.query_map([], |row| row.get(0)).and_then(Iterator::collect::<Result<Vec<String>, _>>);
        names.map_err(source_error)?.into_iter().map(|name| self.table(name)).collect()
    }

    fn table(&self, name: String) -> Result<Table, CopyError> {
        let columns = "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid";
        let mut statement = self.connection.prepare(columns).map_err(source_error)?;
        let mut rows = statement.query([&name]).map_err(source_error)?;
        let (mut columns, mut key) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next().map_err(source_error)? {
            let (column, kind, place): (String, String, i64) = (
                row.get(0).map_err(source_error)?,
                row.get(1).map_err(source_error)?,
                row.get(2).map_err(source_error)?,
            );
            let kind = match kind.as_str() {
                "INTEGER" => Kind::Integer,
                "TEXT" => Kind::Text,
                "BLOB" => Kind::Bytes,
                other => return Err(CopyError::Source(format!("{name}.{column} is of type {other}").into())),
            };
            if place > 0 {
                key.push((place, column.clone()));
            }
            columns.push(Column { name: column, kind });
        }
        key.sort();
        Ok(Table { name, columns, key: key.into_iter().map(|(_, column)| column).collect() })
    }

    /// The rows of a table in the order of its key.
    pub(super) fn rows(&self, table: &Table) -> Result<SourceRows<'_>, CopyError> {
        let key: Vec<String> = table.key.iter().map(|column| quoted(column)).collect();
        // Numbers of sessions have their counter here and a sequence there.
        let which = if table.is("counters") { "WHERE name <> 'sessions'" } else { "" };
        let (columns, from, key) = (table.column_names(), quoted(&table.name), key.join(", "));
        let text = format!("SELECT {columns} FROM {from} {which} ORDER BY {key}");
        Ok(SourceRows { statement: self.connection.prepare(&text).map_err(source_error)? })
    }

    /// The latest time that the file knows.
    pub(super) fn latest_millis(&self) -> Result<i64, CopyError> {
        self.counter("clock")
    }

    /// The number of the last session that was ever started.
    pub(super) fn last_session_no(&self) -> Result<i64, CopyError> {
        self.counter("sessions")
    }

    fn counter(&self, name: &str) -> Result<i64, CopyError> {
        let text = "SELECT value FROM counters WHERE name = $1";
        self.connection.query_row(text, [name], |row| row.get(0)).map_err(source_error)
    }
}

/// A statement that reads a table.
pub(super) struct SourceRows<'a> {
    statement: Statement<'a>,
}

impl SourceRows<'_> {
    pub(super) fn start(&mut self) -> Result<Rows<'_>, CopyError> {
        self.statement.query([]).map_err(source_error)
    }
}

/// The next row, as values of the table's columns.
pub(super) fn next(rows: &mut Rows<'_>, table: &Table) -> Result<Option<Vec<Cell>>, CopyError> {
    let Some(row) = rows.next().map_err(source_error)? else { return Ok(None) };
    let mut cells = Vec::with_capacity(table.columns.len());
    for (at, column) in table.columns.iter().enumerate() {
        let value = row.get_ref(at).map_err(source_error)?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_owned()).ok();
        let cell = match (column.kind, value) {
            (Kind::Integer, ValueRef::Null) => Some(Cell::Integer(None)),
            (Kind::Text, ValueRef::Null) => Some(Cell::Text(None)),
            (Kind::Bytes, ValueRef::Null) => Some(Cell::Bytes(None)),
            (Kind::Integer, ValueRef::Integer(number)) => Some(Cell::Integer(Some(number))),
            (Kind::Text, ValueRef::Text(bytes)) => text(bytes).map(|text| Cell::Text(Some(text))),
            (Kind::Bytes, ValueRef::Blob(bytes)) => Some(Cell::Bytes(Some(bytes.to_owned()))),
            _ => None,
        };
        let odd = || format!("a row of table {} has something odd in {}", table.name, column.name);
        cells.push(cell.ok_or_else(|| CopyError::Source(odd().into()))?);
    }
    Ok(Some(cells))
}

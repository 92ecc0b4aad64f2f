//! Moves an installation from a SQLite file into an empty PostgreSQL database: every row of every table, in one
//! transaction, which commits only after what has arrived was read back and found to be what was sent.
//!
//! What there is to move is read from the file itself, so that a table or a column that is added later cannot be
//! forgotten here. Interrupted at any moment, the target is as empty as before.

mod source;
mod target;

use super::postgres::Connector;
use super::sqlite::StoreLock;
use super::{Cause, StoreError};
use sha2::{Digest, Sha256};
use source::Source;
use std::path::Path;
use target::Target;

/// A table that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// SHA-256 over all of them in the order of their keys, in hexadecimal; the same on both sides.
    pub digest: String,
}

/// Why nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The file cannot be read.
    #[error("the SQLite file cannot be read")]
    Source(#[source] Cause),
    /// The database does not let us in, or reports an error.
    #[error("the PostgreSQL database cannot be written")]
    Target(#[source] Cause),
    /// Somebody uses the database, or has used it.
    #[error(
        "the PostgreSQL database is in use: its table {table} has rows. Copy into one that is empty, such as a new one \
         (createdb)"
    )]
    NotEmpty {
        /// The first table with rows.
        table: String,
    },
    /// The tables of both sides are not alike.
    #[error("table {table} has other columns in the PostgreSQL database than in the SQLite file")]
    Unlike {
        /// Which table.
        table: String,
    },
    /// What was read back is not what was sent.
    #[error("what arrived in table {table} is not what was sent; nothing was kept")]
    Differs {
        /// Which table.
        table: String,
    },
    /// Deadlines would come later than they should.
    #[error(
        "the clock of the PostgreSQL database is {seconds} s behind the last time in the SQLite file, and sessions would \
         live longer by that; set it first"
    )]
    ClockBehind {
        /// By how much.
        seconds: i64,
    },
}

/// The latest time of the file may be ahead of the database's clock by so much, which is how far clocks that are kept in
/// order lie apart.
const BEHIND_MAX_MILLIS: i64 = 5_000;

/// Copies everything. The database's tables are up to date already and empty; the file's are brought up to date, and it
/// is held so that no server runs on it meanwhile.
///
/// # Errors
/// As [`CopyError`] says; then the database is as it was.
pub async fn copy(from: &Path, _held: &StoreLock, to: &Connector) -> Result<Vec<Copied>, CopyError> {
    let source = Source::open(from)?;
    let tables = source.tables()?;
    let mut target = Target::open(to, &tables).await?;
    let behind = source.latest_millis()? - target.now_millis().await?;
    if behind > BEHIND_MAX_MILLIS {
        return Err(CopyError::ClockBehind { seconds: behind / 1000 });
    }
    let mut copied = Vec::new();
    for table in &tables {
        let sent = target.fill(table, source.rows(table)?).await?;
        if target.read_back(table).await? != sent {
            return Err(CopyError::Differs { table: table.name.clone() });
        }
        copied.push(Copied { table: table.name.clone(), rows: sent.rows, digest: sent.hex() });
    }
    target.number_on(&tables, source.last_session_no()?).await?;
    target.commit().await?;
    Ok(copied)
}

/// A table as the file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Table {
    name: String,
    columns: Vec<Column>,
    /// The columns that tell its rows apart, in order.
    key: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Integer,
    Text,
    Bytes,
}

impl Table {
    fn column_names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        names.join(", ")
    }

    fn is(&self, name: &str) -> bool {
        self.name == name
    }
}

/// A name in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// What rows come to, the same for the same rows whichever side they were read from.
#[derive(Clone)]
struct Sum {
    rows: u64,
    hash: Sha256,
}

impl Sum {
    fn new() -> Self {
        Self { rows: 0, hash: Sha256::new() }
    }

    /// Takes a row in. Each value tells its kind and its length, so that no two rows look the same.
    fn add(&mut self, row: &[Cell]) {
        self.rows += 1;
        for cell in row {
            match cell {
                Cell::Integer(None) | Cell::Text(None) | Cell::Bytes(None) => self.hash.update([0]),
                Cell::Integer(Some(number)) => {
                    self.hash.update([1]);
                    self.hash.update(number.to_be_bytes());
                }
                Cell::Text(Some(text)) => self.add_bytes(2, text.as_bytes()),
                Cell::Bytes(Some(bytes)) => self.add_bytes(3, bytes),
            }
        }
    }

    fn add_bytes(&mut self, kind: u8, bytes: &[u8]) {
        self.hash.update([kind]);
        self.hash.update((bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
    }

    fn hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.hash.clone().finalize())
    }
}

impl PartialEq for Sum {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && self.hex() == other.hex()
    }
}

fn source_error(error: rusqlite::Error) -> CopyError {
    CopyError::Source(Box::new(error))
}

fn target_error(error: tokio_postgres::Error) -> CopyError {
    CopyError::Target(Box::new(error))
}

fn target_store_error(error: StoreError) -> CopyError {
    match error {
        StoreError::Unavailable(cause) | StoreError::Database(cause) => CopyError::Target(cause),
        other => CopyError::Target(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[Cell]]) -> String {
        let mut sum = Sum::new();
        rows.iter().for_each(|row| sum.add(row));
        sum.hex()
    }

    #[test]
    fn a_sum_tells_every_two_lists_of_rows_apart() {
        let text = |text: &str| Cell::Text(Some(text.to_owned()));
        let bytes = |bytes: &[u8]| Cell::Bytes(Some(bytes.to_owned()));
        let lists: [&[&[Cell]]; 8] = [
            &[],
            &[&[text("ab"), text("c")]],
            &[&[text("a"), text("bc")]],
            &[&[text("ab"), Cell::Text(None)]],
            &[&[bytes(b"ab"), text("c")]],
            &[&[Cell::Integer(Some(0)), text("c")]],
            &[&[Cell::Integer(None), text("c")]],
            &[&[text("ab"), text("c")], &[text("ab"), text("c")]],
        ];
        let sums: std::collections::BTreeSet<_> = lists.iter().map(|rows| sum(rows)).collect();
        assert_eq!(sums.len(), lists.len());
        assert_eq!(sum(lists[1]), sum(lists[1]));
    }
}

//! Fills a migrated store with the installation of `world.rs`.
//!
//! Usage: `seed FILE SESSIONS` for SQLite (nothing may hold the file meanwhile), `seed - SESSIONS` to print a script for
//! `psql`.

use anyhow::Context;
use innkeeper_bench::world::{Table, Value, World};
use rusqlite::types::{Null, ToSqlOutput, Value as Owned, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};
use std::io::{BufWriter, Write};
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(users)) = (args.next(), args.next()) else { anyhow::bail!("usage: seed FILE|- SESSIONS") };
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let world = World { users: users.parse().context("the number of sessions")?, now };
    if file == "-" { copy(&world) } else { fill(&world, &file) }
}

/// Writes the rows into a SQLite file. If that is interrupted the file is of no use, so nothing is journalled.
fn fill(world: &World, file: &str) -> anyhow::Result<()> {
    let mut connection = Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -6000000;",
    )?;
    for table in world.tables() {
        insert(&mut connection, table)?;
    }
    for (name, value) in world.counters() {
        connection.execute("UPDATE counters SET value = ?1 WHERE name = ?2", (value, name))?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    Ok(())
}

fn insert(connection: &mut Connection, table: Table<'_>) -> anyhow::Result<()> {
    let transaction = connection.transaction()?;
    let marks = vec!["?"; table.columns.split(',').count()].join(", ");
    let text = format!("INSERT INTO {} ({}) VALUES ({marks})", table.name, table.columns);
    let mut insert = transaction.prepare(&text)?;
    for row in table.rows {
        insert.execute(params_from_iter(row.iter().map(Bound))).with_context(|| format!("a row of {}", table.name))?;
    }
    drop(insert);
    Ok(transaction.commit()?)
}

struct Bound<'v>(&'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Owned(Owned::from(Null)),
            Value::Int(number) => ToSqlOutput::Owned(Owned::Integer(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Hash(hash) => ToSqlOutput::Borrowed(ValueRef::Blob(hash)),
        })
    }
}

/// Prints a script that PostgreSQL's own client loads. No text of the installation needs escaping.
fn copy(world: &World) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    // What foreign keys would look up row by row is there: the tables come in that order.
    writeln!(out, "SET session_replication_role = replica;\nBEGIN;")?;
    for Table { name, columns, rows } in world.tables() {
        writeln!(out, "COPY {name} ({columns}) FROM STDIN;")?;
        for row in rows {
            for (column, value) in row.iter().enumerate() {
                if column > 0 {
                    out.write_all(b"\t")?;
                }
                match value {
                    Value::Null => out.write_all(b"\\N")?,
                    Value::Int(number) => write!(out, "{number}")?,
                    Value::Text(text) => out.write_all(text.as_bytes())?,
                    Value::Hash(hash) => {
                        write!(out, "\\\\x{}", data_encoding::HEXLOWER.encode(hash))?;
                    }
                }
            }
            out.write_all(b"\n")?;
        }
        writeln!(out, "\\.")?;
    }
    for (name, value) in world.counters() {
        writeln!(out, "UPDATE counters SET value = {value} WHERE name = '{name}';")?;
    }
    for (table, column) in [("accounts", "account_no"), ("users", "user_no"), ("sessions", "session_no")] {
        let sequence = format!("pg_get_serial_sequence('{table}', '{column}')");
        writeln!(out, "SELECT setval({sequence}, (SELECT max({column}) FROM {table})) \\g /dev/null")?;
    }
    writeln!(out, "COMMIT;")?;
    Ok(out.flush()?)
}

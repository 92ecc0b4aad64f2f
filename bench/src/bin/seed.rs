//! Fills a migrated store with the installation of `world.rs`. Usage: `seed FILE SESSIONS`.
//! Nothing may hold the store meanwhile.

use anyhow::Context;
use innkeeper_bench::world::{Table, Value, World};
use rusqlite::types::{Null, ToSqlOutput, Value as Owned, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(users)) = (args.next(), args.next()) else { anyhow::bail!("usage: seed FILE SESSIONS") };
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let world = World { users: users.parse().context("the number of sessions")?, now };
    let mut connection = Connection::open(file)?;
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -4000000;")?;
    for table in world.tables() {
        fill(&mut connection, table)?;
    }
    for (name, value) in world.counters() {
        connection.execute("UPDATE counters SET value = ?1 WHERE name = ?2", (value, name))?;
    }
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

fn fill(connection: &mut Connection, table: Table<'_>) -> anyhow::Result<()> {
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

//! The database that is copied into: one transaction, from finding it empty to its commit.

use super::source::{self, SourceRows};
use super::{Cell, CopyError, Kind, Sum, Table, quoted, target_error, target_store_error};
use crate::store::postgres::{Connection, Connector};
use futures_util::{StreamExt, pin_mut};
use tokio_postgres::binary_copy::{BinaryCopyInWriter, BinaryCopyOutRow, BinaryCopyOutStream};
use tokio_postgres::types::{ToSql, Type};

/// A copy may take its time, and nobody else may be at it meanwhile.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL statement_timeout = 0; \
     SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '10s'";

/// An open transaction on an empty database. Dropped without a commit, it leaves nothing.
pub(super) struct Target {
    connection: Connection,
}

impl Target {
    /// Locks every table and sees that nothing is in them but what the migrations put there.
    pub(super) async fn open(to: &Connector, tables: &[Table]) -> Result<Self, CopyError> {
        let connection = to.connect("copy").await.map_err(target_store_error)?;
        let target = Self { connection };
        target.run(BEGIN).await?;
        let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
        target.run(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", "))).await?;
        for table in tables {
            target.compare_columns(table).await?;
            let own = match table.name.as_str() {
                "counters" => "name = 'clock' OR value = 0",
                "accounts" => "account_no = 0",
                // A server has been started on it, and nobody has come by the link that it printed.
                "setup" => "true",
                _ => "false",
            };
            let used = format!("SELECT EXISTS (SELECT FROM {} WHERE NOT ({own}))", quoted(&table.name));
            if target.ask::<bool>(&used).await? {
                return Err(CopyError::NotEmpty { table: table.name.clone() });
            }
        }
        target.run("DELETE FROM counters; DELETE FROM accounts; DELETE FROM setup").await?;
        Ok(target)
    }

    async fn compare_columns(&self, table: &Table) -> Result<(), CopyError> {
        let text = "SELECT coalesce(string_agg(column_name::text, ',' ORDER BY column_name::text COLLATE \"C\"), '') \
                    FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1";
        let rows =
            self.connection.client.query_typed(text, &[(&table.name, Type::TEXT)]).await.map_err(target_error)?;
        let theirs: String = rows.first().map_or(Ok(String::new()), |row| row.try_get(0)).map_err(target_error)?;
        let mut ours: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        ours.sort_unstable();
        if ours.join(",") == theirs { Ok(()) } else { Err(CopyError::Unlike { table: table.name.clone() }) }
    }

    async fn run(&self, text: &str) -> Result<(), CopyError> {
        self.connection.client.batch_execute(text).await.map_err(target_error)
    }

    /// The one value of the one row.
    async fn ask<T>(&self, text: &str) -> Result<T, CopyError>
    where
        T: for<'a> tokio_postgres::types::FromSql<'a>,
    {
        let rows = self.connection.client.query_typed(text, &[]).await.map_err(target_error)?;
        let row = rows.first().ok_or_else(|| CopyError::Target("the server answered nothing".into()))?;
        row.try_get(0).map_err(target_error)
    }

    pub(super) async fn now_millis(&self) -> Result<i64, CopyError> {
        self.ask("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8").await
    }

    /// Writes every row, and says what they come to.
    pub(super) async fn fill(&mut self, table: &Table, mut rows: SourceRows<'_>) -> Result<Sum, CopyError> {
        let text = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", quoted(&table.name), table.column_names());
        let sink = self.connection.client.copy_in(&text).await.map_err(target_error)?;
        let writer = BinaryCopyInWriter::new(sink, &types(table));
        pin_mut!(writer);
        let mut sum = Sum::new();
        let mut rows = rows.start()?;
        while let Some(row) = source::next(&mut rows, table)? {
            sum.add(&row);
            let values: Vec<&(dyn ToSql + Sync)> = row.iter().map(value).collect();
            writer.as_mut().write(&values).await.map_err(target_error)?;
        }
        writer.finish().await.map_err(target_error)?;
        Ok(sum)
    }

    /// Reads every row as it has arrived.
    pub(super) async fn read_back(&mut self, table: &Table) -> Result<Sum, CopyError> {
        let key: Vec<String> = table
            .key
            .iter()
            .map(|name| match table.columns.iter().find(|column| column.name == *name).map(|column| column.kind) {
                // Texts by their bytes, as in the file.
                Some(Kind::Text) => format!("{} COLLATE \"C\"", quoted(name)),
                _ => quoted(name),
            })
            .collect();
        let text = format!(
            "COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT (FORMAT binary)",
            table.column_names(),
            quoted(&table.name),
            key.join(", ")
        );
        let stream = self.connection.client.copy_out(&text).await.map_err(target_error)?;
        let rows = BinaryCopyOutStream::new(stream, &types(table));
        pin_mut!(rows);
        let mut sum = Sum::new();
        while let Some(row) = rows.next().await {
            let row = row.map_err(target_error)?;
            let cells = table.columns.iter().enumerate().map(|(at, column)| cell(&row, at, column.kind));
            sum.add(&cells.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(sum)
    }

    /// Lets numbers that the database draws follow on those that were copied.
    pub(super) async fn number_on(&mut self, tables: &[Table], last_session_no: i64) -> Result<(), CopyError> {
        for table in tables {
            let drawn = "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() \
                         AND table_name = $1 AND is_identity = 'YES'";
            let rows = self.connection.client.query_typed(drawn, &[(&table.name, Type::TEXT)]).await;
            for row in rows.map_err(target_error)? {
                let column: String = row.try_get(0).map_err(target_error)?;
                let (name, column) = (quoted(&table.name), quoted(&column));
                let last: i64 = self.ask(&format!("SELECT coalesce(max({column}), 0) FROM {name}")).await?;
                // A number may have been drawn for a session whose row is gone.
                let last = if table.is("sessions") { last.max(last_session_no) } else { last };
                self.run(&format!("ALTER TABLE {name} ALTER COLUMN {column} RESTART WITH {}", last + 1)).await?;
            }
        }
        Ok(())
    }

    /// Makes it true, and sees that the server thinks so, too: of a transaction that it has rolled back the driver
    /// reports success.
    pub(super) async fn commit(self) -> Result<(), CopyError> {
        let id: String = self.ask("SELECT pg_current_xact_id()::text").await?;
        self.run("COMMIT").await?;
        let state: Option<String> = self.ask(&format!("SELECT pg_xact_status('{id}'::xid8)")).await?;
        if state.as_deref() != Some("committed") {
            return Err(CopyError::Target("the server has not committed".into()));
        }
        // Plans of the first hours would otherwise be made for empty tables. Without it everything works.
        self.run("ANALYZE").await.ok();
        Ok(())
    }
}

fn types(table: &Table) -> Vec<Type> {
    let of = |kind| match kind {
        Kind::Integer => Type::INT8,
        Kind::Text => Type::TEXT,
        Kind::Bytes => Type::BYTEA,
    };
    table.columns.iter().map(|column| of(column.kind)).collect()
}

fn value(cell: &Cell) -> &(dyn ToSql + Sync) {
    match cell {
        Cell::Integer(number) => number,
        Cell::Text(text) => text,
        Cell::Bytes(bytes) => bytes,
    }
}

fn cell(row: &BinaryCopyOutRow, at: usize, kind: Kind) -> Result<Cell, CopyError> {
    Ok(match kind {
        Kind::Integer => Cell::Integer(row.try_get(at).map_err(target_error)?),
        Kind::Text => Cell::Text(row.try_get(at).map_err(target_error)?),
        Kind::Bytes => Cell::Bytes(row.try_get(at).map_err(target_error)?),
    })
}

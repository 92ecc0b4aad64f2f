//! Brings the tables up to date, with any number of nodes at it.

use super::connect::Connector;
use super::of;
use crate::store::StoreError;

mod migrations {
    refinery::embed_migrations!("migrations/postgres");
}

/// Held by the node that migrates: `innkeep` in letters.
const LOCK: i64 = 0x69_6e_6e_6b_65_65_70;

/// How long a node waits for another one that migrates.
const WAIT: &str = "60s";

/// How the tables of a database stand to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// There are none yet.
    Missing,
    /// They are what this program works with.
    AsNeeded,
    /// An older program made them, and may be at work on them.
    Older,
    /// A newer program made them.
    Newer,
}

impl Connector {
    /// Looks at the tables, and changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database cannot be reached.
    pub async fn tables(&self) -> Result<Tables, StoreError> {
        let connection = self.connect("migrate").await?;
        let exist = "SELECT to_regclass('refinery_schema_history') IS NOT NULL";
        let exist = connection.client.query_typed(exist, &[]).await.map_err(of)?;
        if !exist.first().map_or(Ok(false), |row| row.try_get(0)).map_err(of)? {
            return Ok(Tables::Missing);
        }
        let last = connection.client.query_typed("SELECT max(version)::int8 FROM refinery_schema_history", &[]).await;
        let last: Option<i64> = last.map_err(of)?.first().map_or(Ok(None), |row| row.try_get(0)).map_err(of)?;
        Ok(compared(last, migrations::migrations::runner().get_migrations().iter().map(|ours| ours.version().into())))
    }
}

fn compared(last: Option<i64>, ours: impl Iterator<Item = i64>) -> Tables {
    match (last, ours.max().unwrap_or(0)) {
        (None, _) => Tables::Missing,
        (Some(last), ours) if last < ours => Tables::Older,
        (Some(last), ours) if last > ours => Tables::Newer,
        (Some(_), _) => Tables::AsNeeded,
    }
}

/// Runs what is missing. The lock is a transaction of its own and not the session's: behind a pooler a session's lock
/// would be held by whoever gets the connection next.
pub(super) async fn migrate(connector: &Connector) -> Result<(), StoreError> {
    let holder = connector.connect("migrate").await?;
    let held = format!(
        "BEGIN; SET LOCAL lock_timeout = '{WAIT}'; SET LOCAL statement_timeout = 0; \
         SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock({LOCK})"
    );
    holder.client.batch_execute(&held).await.map_err(of)?;
    let mut connection = connector.connect("migrate").await?;
    let run = migrations::migrations::runner().run_async(&mut connection.client).await;
    holder.client.batch_execute("ROLLBACK").await.map_err(of)?;
    run.map(|_| ()).map_err(why)
}

/// A database that takes no writes is one that cannot serve now; anything else is a fault of the migration.
fn why(error: refinery::Error) -> StoreError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(at) = cause {
        if let Some(driver) = at.downcast_ref::<tokio_postgres::Error>() {
            let code = driver.code().map_or("08", |code| code.code());
            if ["08", "25", "53", "57", "58"].iter().any(|class| code.starts_with(class)) {
                return StoreError::Unavailable(Box::new(error));
            }
        }
        cause = at.source();
    }
    StoreError::Database(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_compared_by_the_last_change_that_was_made_to_them() {
        let compared = |last| compared(last, [1, 2, 3].into_iter());
        assert_eq!(compared(None), Tables::Missing);
        assert_eq!([Some(2), Some(3), Some(4)].map(compared), [Tables::Older, Tables::AsNeeded, Tables::Newer]);
    }
}

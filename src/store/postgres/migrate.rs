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

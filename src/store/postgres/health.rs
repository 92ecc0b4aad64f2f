//! How the database is: for `doctor db`, readiness and metrics.

use super::connect::Connector;
use super::replication::{self, Durability};
use crate::clock::{Clock, TimeSource, monotonic_millis};
use crate::domain::time::Timestamp;
use crate::store::{Health, StoreError};
use tokio_postgres::{Client, Row};

/// From this difference on an operator should know; times in the log and certificates are judged by the node's clock.
const CLOCKS_APART_MAX_MILLIS: u64 = 5_000;

/// So many hundredths of the connections in use leave no room for the nodes that come back at once after a failover.
const CONNECTIONS_MAX_HUNDREDTHS: i64 = 90;

const HOW_IT_IS: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8, \
     current_setting('server_version'), pg_database_size(current_database()), \
     (SELECT coalesce(sum(numbackends), 0)::int8 FROM pg_stat_database), \
     current_setting('max_connections')::int8 - current_setting('superuser_reserved_connections')::int8, \
     current_database()::text, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())";

struct State {
    /// The database's clock minus the node's, in milliseconds.
    clock_ahead: i64,
    /// How long the question took.
    took_millis: i64,
    version: String,
    bytes: i64,
    connections: i64,
    connections_max: i64,
    database: String,
    is_encrypted: Option<bool>,
}

/// Asks the database how it is, on a connection that nobody else needs meanwhile.
pub(super) async fn health(client: &Client, connector: &Connector) -> Result<Health, StoreError> {
    let clock = Clock::start(TimeSource::Own, Timestamp::default());
    let (asked_at, started) = (clock.now(), monotonic_millis());
    let rows = client.query_typed(HOW_IT_IS, &[]).await.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
    let took_millis = monotonic_millis() - started;
    let row = rows.first().ok_or_else(|| StoreError::Database("the server did not say how it is".into()))?;
    // The database read its clock somewhere between the question and the answer.
    let ours = asked_at.as_millis() + took_millis / 2;
    let state = read(row, ours, took_millis).map_err(|error| StoreError::Database(Box::new(error)))?;
    Ok(described(&state, &replication::inspect(client).await?, connector.servers()))
}

fn read(row: &Row, ours: i64, took_millis: i64) -> Result<State, tokio_postgres::Error> {
    Ok(State {
        clock_ahead: row.try_get::<_, i64>(0)? - ours,
        took_millis,
        version: row.try_get(1)?,
        bytes: row.try_get(2)?,
        connections: row.try_get(3)?,
        connections_max: row.try_get(4)?,
        database: row.try_get(5)?,
        is_encrypted: row.try_get(6)?,
    })
}

fn described(state: &State, durability: &Durability, servers: String) -> Health {
    let State { clock_ahead, took_millis, connections, connections_max, .. } = *state;
    let mut problems = durability.problems();
    if clock_ahead.unsigned_abs() > CLOCKS_APART_MAX_MILLIS {
        problems.push(format!(
            "The clock of this node is {} s {} the database's. Sessions follow the database's alone; set the node's for \
             the sake of its log and of certificates.",
            clock_ahead.unsigned_abs() / 1000,
            if clock_ahead > 0 { "behind" } else { "ahead of" },
        ));
    }
    if connections * 100 > connections_max * CONNECTIONS_MAX_HUNDREDTHS {
        problems.push(format!(
            "{connections} of {connections_max} connections of the server are in use, and a node that starts may find \
             none. Raise max_connections, or put a pooler between."
        ));
    }
    let mut facts = vec![
        ("size", format!("{} MB", state.bytes / 1_000_000)),
        ("connections", format!("{connections} of {connections_max}")),
        ("round trip", format!("{took_millis} ms")),
        ("database's clock ahead of this node's", format!("{clock_ahead} ms")),
        ("way encrypted", state.is_encrypted.map_or("unknown", |yes| if yes { "yes" } else { "no" }).to_owned()),
    ];
    facts.extend(durability.facts());
    let mut gauges = vec![
        ("store_connections", "Connections to the database server, everybody's", connections),
        ("store_connections_max", "Connections that the database server takes", connections_max),
        ("store_round_trip_ms", "How long a question to the database took, in milliseconds", took_millis),
        ("clock_ahead_ms", "The database's clock ahead of this node's, in milliseconds", clock_ahead),
    ];
    gauges.extend(durability.gauges());
    Health {
        engine: format!("PostgreSQL {}", state.version),
        location: format!("{} on {servers}", state.database),
        facts,
        gauges,
        problems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State {
            clock_ahead: 0,
            took_millis: 1,
            version: "15.8".into(),
            bytes: 9_000_000,
            connections: 10,
            connections_max: 97,
            database: "innkeeper".into(),
            is_encrypted: Some(true),
        }
    }

    fn problems_of(state: &State) -> Vec<String> {
        let problems = described(state, &Durability::default(), "h:5432".into()).problems;
        let others = Durability::default().problems().len();
        problems[others..].to_vec()
    }

    #[test]
    fn clocks_far_apart_and_a_server_near_its_last_connection_are_problems() {
        assert_eq!(problems_of(&state()), [""; 0]);
        assert_eq!(problems_of(&State { clock_ahead: -5_000, ..state() }), [""; 0]);
        let said = problems_of(&State { clock_ahead: 7_200_000, ..state() });
        assert!(said.len() == 1 && said[0].contains("is 7200 s behind the database's"), "{said:?}");
        let said = problems_of(&State { clock_ahead: -5_001, ..state() });
        assert!(said.len() == 1 && said[0].contains("is 5 s ahead of the database's"), "{said:?}");
        assert_eq!(problems_of(&State { connections: 87, ..state() }), [""; 0]);
        let said = problems_of(&State { connections: 88, ..state() });
        assert!(said.len() == 1 && said[0].contains("88 of 97 connections"), "{said:?}");
    }
}

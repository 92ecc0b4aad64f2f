//! How the database is: for `doctor db`, readiness and metrics.

use super::Shared;
use super::connect::Connector;
use super::replication::{self, Durability};
use super::rows::get;
use super::session::Step;
use super::time::now;
use crate::clock::{Clock, TimeSource, monotonic_millis};
use crate::domain::time::Timestamp;
use crate::store::{Health, StoreError};
use tokio_postgres::Row;

/// From this difference on an operator should know; times in the log and certificates are judged by the node's clock.
const CLOCKS_APART_MAX_MILLIS: u64 = 5_000;

/// So many hundredths of the connections in use leave no room for the nodes that come back at once after a failover.
const CONNECTIONS_MAX_HUNDREDTHS: i64 = 90;

/// Open sessions are counted one by one up to here; to count millions would take longer than anybody waits.
const COUNTED_MAX: i64 = 10_000;

const STATE: &str = concat!(
    "SELECT ",
    now!(),
    ", (extract(epoch FROM clock_timestamp()) * 1000)::int8, current_setting('server_version'), \
     current_database()::text, current_setting('server_encoding'), \
     (SELECT max(version) FROM refinery_schema_history)::int8, pg_database_size(current_database()), \
     (SELECT count(*) FROM (SELECT FROM session_activity LIMIT 10001) AS counted), \
     pg_stat_get_live_tuples('session_activity'::regclass), \
     (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user AND datname = current_database()), \
     (SELECT coalesce(sum(numbackends), 0)::int8 FROM pg_stat_database), \
     current_setting('max_connections')::int8 - current_setting('superuser_reserved_connections')::int8, \
     (SELECT value FROM counters WHERE name = 'events'), \
     (SELECT value FROM counters WHERE name = 'clock'), \
     coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)"
);

#[derive(Debug)]
struct State {
    /// The database's clock minus the node's, in milliseconds.
    clock_ahead: i64,
    /// How long the questions took.
    took_millis: i64,
    version: String,
    database: String,
    encoding: String,
    schema: i64,
    bytes: i64,
    open_sessions: String,
    /// Connections of this user to this database: those of all nodes.
    own_connections: i64,
    connections: i64,
    connections_max: i64,
    last_event: i64,
    /// How far the latest time that was ever stored is ahead of the database's clock, in milliseconds: until the clock
    /// has caught up, no time passes for sessions.
    clock_stands_still: i64,
    is_encrypted: bool,
}

/// Asks the database how it is, in one packet.
pub(super) async fn health(shared: &Shared, connector: &Connector) -> Result<Health, StoreError> {
    let mut steps = vec![Step::ask(STATE, vec![shared.time.param()])];
    steps.extend(replication::QUESTIONS.map(|question| Step::ask(question, Vec::new())));
    let mut leased = shared.reads.lease().await?;
    let (asked_at, started) = (this_node_now(), monotonic_millis());
    let mut answers = leased.session().run(&steps).await?;
    let took_millis = monotonic_millis() - started;
    drop(leased);
    let durability = replication::read(&answers.split_off(1))?;
    let nothing = || StoreError::Database("the server did not say how it is".into());
    let row = answers.first().and_then(|rows| rows.first()).ok_or_else(nothing)?;
    shared.time.read(row, 0)?;
    // The database read its clock somewhere between the question and the answer.
    let ours = asked_at.as_millis() + took_millis / 2;
    Ok(described(&state(row, ours, took_millis)?, &durability, &connector.servers()))
}

fn this_node_now() -> Timestamp {
    Clock::start(TimeSource::Own, Timestamp::default()).now()
}

fn state(row: &Row, ours: i64, took_millis: i64) -> Result<State, StoreError> {
    let counted: i64 = get(row, 7)?;
    let open_sessions = match counted {
        ..=COUNTED_MAX => counted.to_string(),
        _ => format!("about {}", get::<i64>(row, 8)?.max(counted)),
    };
    Ok(State {
        clock_ahead: get::<i64>(row, 1)? - ours,
        took_millis,
        version: get(row, 2)?,
        database: get(row, 3)?,
        encoding: get(row, 4)?,
        schema: get(row, 5)?,
        bytes: get(row, 6)?,
        open_sessions,
        own_connections: get(row, 9)?,
        connections: get(row, 10)?,
        connections_max: get(row, 11)?,
        last_event: get(row, 12)?,
        clock_stands_still: get::<i64>(row, 13)? - get::<i64>(row, 1)?,
        is_encrypted: get(row, 14)?,
    })
}

fn described(state: &State, durability: &Durability, servers: &str) -> Health {
    let mut facts = vec![
        ("schema version", state.schema.to_string()),
        ("size", format!("{} KiB", state.bytes / 1024)),
        ("open sessions", state.open_sessions.clone()),
        ("connections of all nodes", state.own_connections.to_string()),
        ("connections of everybody", format!("{} of {}", state.connections, state.connections_max)),
        ("round trip", format!("{} ms", state.took_millis)),
        ("database's clock ahead of this node's", format!("{} ms", state.clock_ahead)),
        ("encrypted on the way", if state.is_encrypted { "yes" } else { "no" }.to_owned()),
    ];
    facts.extend(durability.facts());
    let mut gauges = vec![
        ("store_connections", "Connections of all nodes to the database", state.own_connections),
        ("store_server_connections", "Connections of everybody to the database's server", state.connections),
        ("store_server_connections_max", "Connections that the database's server takes", state.connections_max),
        ("store_round_trip_ms", "How long a question to the database took, in milliseconds", state.took_millis),
        ("store_last_event", "Position of the last event", state.last_event),
        ("clock_ahead_ms", "Database's clock ahead of this node's, in milliseconds", state.clock_ahead),
        (
            "clock_stands_still_ms",
            "For how long no time passes for sessions, in milliseconds",
            state.clock_stands_still.max(0),
        ),
    ];
    gauges.extend(durability.gauges());
    let mut problems = durability.problems();
    problems.extend(problems_of(state));
    let (engine, location) = (format!("PostgreSQL {}", state.version), format!("{} on {servers}", state.database));
    Health { engine, location, facts, gauges, problems }
}

fn problems_of(state: &State) -> Vec<String> {
    let State { clock_ahead, connections, connections_max, .. } = *state;
    let mut problems = Vec::new();
    if state.encoding != "UTF8" {
        problems.push(
            "The database's encoding is not UTF8, and names of people would be refused: create it with ENCODING 'UTF8'."
                .to_owned(),
        );
    }
    if clock_ahead.unsigned_abs() > CLOCKS_APART_MAX_MILLIS {
        problems.push(format!(
            "The clock of this node is {} s {} the database's. Sessions follow the database's alone; set the node's for \
             the sake of its log and of certificates.",
            clock_ahead.unsigned_abs() / 1000,
            if clock_ahead > 0 { "behind" } else { "ahead of" },
        ));
    }
    if state.clock_stands_still > CLOCKS_APART_MAX_MILLIS.cast_signed() {
        problems.push(format!(
            "The database's clock is {} s behind the latest time that was stored, so no time passes for sessions until it \
             has caught up. If that time was wrong, stop the nodes and set it back: UPDATE counters SET value = \
             extract(epoch FROM clock_timestamp()) * 1000 WHERE name = 'clock'.",
            state.clock_stands_still / 1000
        ));
    }
    if connections * 100 > connections_max * CONNECTIONS_MAX_HUNDREDTHS {
        problems.push(format!(
            "{connections} of {connections_max} connections of the database's server are in use, and a node that starts \
             may find none. Raise max_connections, or put a pooler between."
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State {
            clock_ahead: 0,
            took_millis: 1,
            version: "15.8".into(),
            database: "innkeeper".into(),
            encoding: "UTF8".into(),
            schema: 1,
            bytes: 9_000_000,
            open_sessions: "7".into(),
            own_connections: 9,
            connections: 10,
            connections_max: 97,
            last_event: 3,
            clock_stands_still: -20,
            is_encrypted: true,
        }
    }

    #[test]
    fn another_encoding_clocks_far_apart_and_a_server_near_its_last_connection_are_problems() {
        for sound in [state(), State { clock_ahead: -5_000, ..state() }, State { connections: 87, ..state() }] {
            assert_eq!(problems_of(&sound), [""; 0], "{sound:?}");
        }
        for (state, expected) in [
            (State { encoding: "LATIN1".into(), ..state() }, "encoding is not UTF8"),
            (State { clock_ahead: 7_200_000, ..state() }, "is 7200 s behind the database's"),
            (State { clock_ahead: -5_001, ..state() }, "is 5 s ahead of the database's"),
            (State { connections: 88, ..state() }, "88 of 97 connections"),
            (State { clock_stands_still: 60_000, ..state() }, "60 s behind the latest time"),
        ] {
            let problems = problems_of(&state);
            assert!(problems.len() == 1 && problems[0].contains(expected), "{problems:?}");
        }
    }
}

//! The clock that decides: the database's, one for all nodes.
//!
//! It never runs backwards against what is stored. Each commit keeps its instant, and no later reading is earlier than
//! that: a database that another machine has taken over, or whose clock was set, stands still until it has caught up.
//! The mark is in the database and not in a node, so that every node reads the same.

use super::rows::{get, opt_time};
use super::session::Param;
use crate::clock::TimeSource;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use tokio_postgres::Row;

/// The time, in a statement whose first value is [`Time::param`]. Nothing where a standby answers: what it holds is from
/// some moment ago, and nobody may be told anything by it.
macro_rules! now {
    () => {
        "(SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE greatest(value, \
         coalesce($1, floor(extract(epoch FROM clock_timestamp()) * 1000)::int8)) END \
         FROM counters WHERE name = 'clock')"
    };
}
pub(super) use now;

/// Where the time comes from.
#[derive(Clone)]
pub(super) struct Time(TimeSource);

impl From<TimeSource> for Time {
    fn from(source: TimeSource) -> Self {
        Self(source)
    }
}

impl Time {
    /// What a statement is given to tell the time by: nothing where the database's own clock decides.
    pub(super) fn param(&self) -> Param {
        match &self.0 {
            TimeSource::Own => Param::Int(None),
            TimeSource::Manual(clock) => Param::Int(Some(clock.now().as_millis())),
        }
    }

    /// The time that a row tells.
    pub(super) fn read(&self, row: &Row, column: usize) -> Result<Timestamp, StoreError> {
        let Some(read) = opt_time(row, column)? else {
            return Err(StoreError::Unavailable("the database is a standby and takes no writes".into()));
        };
        Ok(match &self.0 {
            TimeSource::Own => read,
            // The statement may have waited for a lock since it was given the time.
            TimeSource::Manual(clock) => read.max(clock.now()),
        })
    }

    /// The time of the first row of an answer.
    pub(super) fn of(&self, rows: &[Row], column: usize) -> Result<Timestamp, StoreError> {
        let row = rows.first().ok_or_else(|| StoreError::Corrupt { table: "counters", id: "clock".into() })?;
        self.read(row, column)
    }
}

/// The position that a row tells.
pub(super) fn position(row: &Row) -> Result<crate::store::Position, StoreError> {
    get(row, 0).map(crate::store::Position)
}

//! Forgets what is older than it is kept for, from the oldest event on.

use super::changes::run;
use super::load::{row, rows, text, time};
use super::of;
use crate::domain::event::kind;
use crate::domain::retention::{Forget, network_left};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, sql};
use rusqlite::{Connection, Row, params};

/// An event, as far as it matters here.
struct Old {
    position: i64,
    at: Timestamp,
    /// The session that it tells the end of.
    ended: Option<String>,
    ip: Option<String>,
}

/// Forgets a bounded piece, within a transaction of the caller. False: there was nothing.
pub(super) fn forget(connection: &Connection, before: &Forget, limit: u16) -> Result<bool, StoreError> {
    let cut = cut_addresses(connection, before.addresses, limit)?;
    let gone = events(connection, before.events, limit)?;
    Ok(cut || gone)
}

/// The oldest events after a position, up to the first that is not older than an instant. A lapse that was marked late
/// is told after what happened meanwhile, and is forgotten with that.
fn oldest(connection: &Connection, (after, before): (i64, Timestamp), limit: u16) -> Result<Vec<Old>, StoreError> {
    let mut found = rows(connection, sql::OLDEST_EVENTS, params![after, limit], |row| {
        let ended = text(row, 2)? == kind::SESSION_ENDED;
        let opt = |column: usize| row.get::<_, Option<String>>(column).map_err(of);
        Ok(Old {
            position: row.get(0).map_err(of)?,
            at: time(row, 1)?,
            ended: if ended { opt(3)? } else { None },
            ip: opt(4)?,
        })
    })?;
    let kept = found.iter().position(|event| before <= event.at).unwrap_or(found.len());
    found.truncate(kept);
    Ok(found)
}

/// A session goes with the event of its end, but for the one by which its device is known.
fn events(connection: &Connection, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
    const SESSION: &str = "SELECT session_no, token_key FROM sessions s WHERE session_id = $1 AND ended_at IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM devices d WHERE d.device_no = s.device_no AND d.newest_session_no = s.session_no)";
    let old = oldest(connection, (0, before), limit)?;
    for id in old.iter().filter_map(|event| event.ended.as_ref()) {
        let numbers = |row: &Row<'_>| Ok((row.get::<_, i64>(0).map_err(of)?, row.get::<_, i64>(1).map_err(of)?));
        if let Some((no, key)) = row(connection, SESSION, [id], numbers)? {
            run(connection, "DELETE FROM session_tokens WHERE token_key = $1 AND session_no = $2", [key, no])?;
            run(connection, "DELETE FROM sessions WHERE session_no = $1", [no])?;
        }
    }
    let Some(last) = old.last() else { return Ok(false) };
    run(connection, "DELETE FROM webhook_deliveries WHERE position <= $1", [last.position])?;
    run(connection, "DELETE FROM mails WHERE position <= $1", [last.position])?;
    run(connection, "DELETE FROM events WHERE position <= $1", [last.position])?;
    Ok(true)
}

fn cut_addresses(connection: &Connection, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
    let mark = "SELECT value FROM counters WHERE name = 'addresses'";
    let mark = row(connection, mark, [], |row| row.get::<_, i64>(0).map_err(of))?.unwrap_or(0);
    let old = oldest(connection, (mark, before), limit)?;
    for event in &old {
        if let Some(network) = event.ip.as_deref().and_then(network_left) {
            run(connection, "UPDATE events SET ip = $1 WHERE position = $2", params![network, event.position])?;
        }
        let Some(id) = &event.ended else { continue };
        let address = "SELECT ip FROM sessions WHERE session_id = $1 AND ended_at IS NOT NULL AND ip IS NOT NULL";
        if let Some(network) = row(connection, address, [id], |row| text(row, 0))?.as_deref().and_then(network_left) {
            run(connection, "UPDATE sessions SET ip = $1 WHERE session_id = $2", params![network, id])?;
        }
    }
    let Some(last) = old.last() else { return Ok(false) };
    run(connection, "UPDATE counters SET value = $1 WHERE name = 'addresses'", [last.position])?;
    Ok(true)
}

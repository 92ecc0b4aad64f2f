//! Failed proofs in a row.

use super::changes::run;
use super::load::{row, time};
use super::of as reported;
use crate::domain::id::{DeviceNo, SecretHash, UserNo};
use crate::domain::throttle::Throttle;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use rusqlite::{Connection, Row, params};

/// Failures and an instant.
fn throttle(row: &Row<'_>) -> Result<Throttle, StoreError> {
    Ok(Throttle { failures: row.get(0).map_err(reported)?, last_failed_at: time(row, 1)? })
}

pub(super) fn of(connection: &Connection, subjects: &[SecretHash]) -> Result<Vec<Throttle>, StoreError> {
    let by_subject = "SELECT failures, last_failed_at FROM throttles WHERE subject = $1";
    let each = subjects.iter().map(|subject| row(connection, by_subject, [subject.0], throttle));
    each.map(|found| found.map(Option::unwrap_or_default)).collect()
}

pub(super) fn failed(
    connection: &Connection,
    subjects: &[(SecretHash, Timestamp)],
    now: Timestamp,
) -> Result<Vec<Throttle>, StoreError> {
    let count = "INSERT INTO throttles (subject, failures, last_failed_at, previous_failed_at, forget_at) \
                 VALUES ($1, 1, $2, $3, $2 + ($2 - $3)) ON CONFLICT (subject) DO UPDATE \
                 SET failures = CASE WHEN last_failed_at > excluded.previous_failed_at THEN failures + 1 ELSE 1 END, \
                 previous_failed_at = last_failed_at, last_failed_at = $2, forget_at = excluded.forget_at \
                 RETURNING failures - 1, previous_failed_at";
    let each = subjects.iter().map(|(subject, over)| {
        let params = params![subject.0, now.as_millis(), over.as_millis()];
        row(connection, count, params, throttle).map(Option::unwrap_or_default)
    });
    each.collect()
}

pub(super) fn succeeded(connection: &Connection, subjects: &[SecretHash]) -> Result<(), StoreError> {
    for subject in subjects {
        run(connection, "DELETE FROM throttles WHERE subject = $1", [subject.0])?;
    }
    Ok(())
}

pub(super) fn forget(connection: &Connection, now: Timestamp, limit: u16) -> Result<bool, StoreError> {
    let old = "DELETE FROM throttles WHERE subject IN \
               (SELECT subject FROM throttles WHERE forget_at <= $1 ORDER BY forget_at LIMIT $2)";
    Ok(run(connection, old, params![now.as_millis(), limit])? > 0)
}

pub(super) fn known_device(
    connection: &Connection,
    user: UserNo,
    device: SecretHash,
) -> Result<Option<DeviceNo>, StoreError> {
    let known = "SELECT device_no FROM devices WHERE token_hash = $1 AND user_no = $2";
    row(connection, known, params![device.0, user.0], |row| Ok(DeviceNo(row.get(0).map_err(reported)?)))
}

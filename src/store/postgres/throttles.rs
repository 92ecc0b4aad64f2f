//! Failed proofs in a row. Each of these is one statement in its own transaction, over connections of their own: they
//! hold no other row's lock, and nothing else waits behind them.

use super::Shared;
use super::rows::{get, small, time};
use super::session::{Param, Step};
use super::touches::committed_over;
use crate::domain::id::{DeviceNo, SecretHash, UserNo};
use crate::domain::throttle::Throttle;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use tokio_postgres::Row;

fn hashes(subjects: &[SecretHash]) -> Param {
    Param::Hashes(subjects.iter().map(|subject| subject.0.to_vec()).collect())
}

fn at(when: Timestamp) -> Param {
    Param::Int(Some(when.as_millis()))
}

async fn run(shared: &Shared, step: Step) -> Result<Vec<Row>, StoreError> {
    Ok(committed_over(&shared.guesses, vec![step]).await?.into_iter().next().unwrap_or_default())
}

pub(super) async fn of(shared: &Shared, subjects: &[SecretHash]) -> Result<Vec<Throttle>, StoreError> {
    const BY_SUBJECT: &str = "SELECT subject, failures, last_failed_at FROM throttles WHERE subject = ANY($1)";
    in_their_order(subjects, &shared.look(Step::ask(BY_SUBJECT, vec![hashes(subjects)])).await?)
}

/// What rows say of these subjects: subject, failures, an instant.
fn in_their_order(subjects: &[SecretHash], rows: &[Row]) -> Result<Vec<Throttle>, StoreError> {
    let mut found = vec![Throttle::default(); subjects.len()];
    for row in rows {
        let subject: &[u8] = get(row, 0)?;
        let throttle = Throttle { failures: small(row, 1, ("throttles", 0))?, last_failed_at: time(row, 2)? };
        let places = subjects.iter().zip(&mut found).filter(|(known, _)| known.0 == *subject);
        places.for_each(|(_, place)| *place = throttle);
    }
    Ok(found)
}

/// In the order of the subjects, so that two who fail at once do not wait for each other.
pub(super) async fn failed(
    shared: &Shared,
    subjects: &[(SecretHash, Timestamp)],
    now: Timestamp,
) -> Result<Vec<Throttle>, StoreError> {
    const COUNT: &str = "INSERT INTO throttles AS t (subject, failures, last_failed_at, previous_failed_at, forget_at) \
         SELECT s, 1, $2::bigint, over, $2 + ($2 - over) FROM unnest($1::bytea[], $3::bigint[]) u (s, over) ORDER BY s \
         ON CONFLICT (subject) DO UPDATE \
         SET failures = CASE WHEN t.last_failed_at > excluded.previous_failed_at THEN t.failures + 1 ELSE 1 END, \
         previous_failed_at = t.last_failed_at, last_failed_at = $2, forget_at = excluded.forget_at \
         RETURNING subject, failures - 1, previous_failed_at";
    let (subjects, over): (Vec<_>, Vec<_>) =
        subjects.iter().map(|(subject, over)| (*subject, over.as_millis())).unzip();
    let rows = run(shared, Step::ask(COUNT, vec![hashes(&subjects), at(now), Param::Ints(over)])).await?;
    in_their_order(&subjects, &rows)
}

pub(super) async fn succeeded(shared: &Shared, subjects: &[SecretHash]) -> Result<(), StoreError> {
    run(shared, Step::ask("DELETE FROM throttles WHERE subject = ANY($1)", vec![hashes(subjects)])).await.map(|_| ())
}

pub(super) async fn forget(shared: &Shared, now: Timestamp, limit: u16) -> Result<bool, StoreError> {
    let old = format!(
        "DELETE FROM throttles WHERE subject IN (SELECT subject FROM throttles WHERE forget_at <= $1 \
         ORDER BY forget_at LIMIT {limit} FOR UPDATE SKIP LOCKED) RETURNING 1"
    );
    Ok(!run(shared, Step::built(old, vec![at(now)])).await?.is_empty())
}

pub(super) async fn known_device(
    shared: &Shared,
    user: UserNo,
    device: SecretHash,
) -> Result<Option<DeviceNo>, StoreError> {
    const KNOWN: &str = "SELECT device_no FROM devices WHERE token_hash = $1 AND user_no = $2";
    let params = vec![Param::Hash(device.0.to_vec()), Param::Int(Some(user.0))];
    shared.look(Step::ask(KNOWN, params)).await?.first().map(|row| get(row, 0).map(DeviceNo)).transpose()
}

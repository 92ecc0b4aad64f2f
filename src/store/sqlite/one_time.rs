//! What may succeed once.

use super::changes::run;
use super::load::{row, text, time};
use super::of as reported;
use crate::domain::id::{SecretHash, UserNo};
use crate::domain::one_time::{ONE_TIME_OPEN_MAX, OneTime, Purpose};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, sql};
use rusqlite::{Connection, Row, params};

pub(super) fn keep(connection: &Connection, kept: &OneTime) -> Result<(), StoreError> {
    let OneTime { secret, purpose, user_no, data, tries_left, expires_at } = kept;
    let params =
        params![secret.0, purpose.as_str(), user_no.map(|user| user.0), data, tries_left, expires_at.as_millis()];
    run(connection, sql::KEEP_ONE_TIME, params)?;
    let Some(UserNo(user)) = user_no else { return Ok(()) };
    let forget = format!("DELETE FROM one_time WHERE secret_hash IN ({})", sql::ONE_TIME_SURPLUS);
    run(connection, &forget, params![user, purpose.as_str(), secret.0, ONE_TIME_OPEN_MAX - 1]).map(|_| ())
}

pub(super) fn keep_or_find(connection: &Connection, kept: &OneTime, now: Timestamp) -> Result<OneTime, StoreError> {
    let OneTime { secret, purpose, user_no, data, tries_left, expires_at } = kept;
    let user_no = user_no.map(|user| user.0);
    let (until, now) = (expires_at.as_millis(), now.as_millis());
    let params = params![secret.0, purpose.as_str(), user_no, data, tries_left, until, now];
    let found = row(connection, sql::ONE_TIME_OR, params, |row| one_time((*purpose, *secret), row))?;
    Ok(found.unwrap_or_else(|| kept.clone()))
}

/// The columns of [`sql::ONE_TIME`].
fn one_time((purpose, secret): (Purpose, SecretHash), row: &Row<'_>) -> Result<OneTime, StoreError> {
    Ok(OneTime {
        secret,
        purpose,
        user_no: row.get::<_, Option<i64>>(0).map_err(reported)?.map(UserNo),
        data: text(row, 1)?,
        tries_left: row.get(2).map_err(reported)?,
        expires_at: time(row, 3)?,
    })
}

fn one(
    connection: &Connection,
    statement: &str,
    of: (Purpose, SecretHash),
    now: Timestamp,
) -> Result<Option<OneTime>, StoreError> {
    let params = params![of.1.0, of.0.as_str(), now.as_millis()];
    row(connection, statement, params, |row| one_time(of, row))
}

pub(super) fn find(
    connection: &Connection,
    of: (Purpose, SecretHash),
    now: Timestamp,
) -> Result<Option<OneTime>, StoreError> {
    one(connection, sql::ONE_TIME, of, now)
}

pub(super) fn spend_try(
    connection: &Connection,
    of: (Purpose, SecretHash),
    now: Timestamp,
) -> Result<Option<OneTime>, StoreError> {
    one(connection, sql::SPEND_TRY, of, now)
}

pub(super) fn take(
    connection: &Connection,
    of: (Purpose, SecretHash),
    now: Timestamp,
) -> Result<Option<OneTime>, StoreError> {
    one(connection, sql::TAKE_ONE_TIME, of, now)
}

pub(super) fn forget(connection: &Connection, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
    let old = "DELETE FROM one_time WHERE secret_hash IN \
               (SELECT secret_hash FROM one_time WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
    Ok(run(connection, old, params![before.as_millis(), limit])? > 0)
}

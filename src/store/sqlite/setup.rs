//! The link that makes the first administrator.

use super::changes::run;
use super::load::{row, time};
use crate::domain::id::SecretHash;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use rusqlite::{Connection, params};

pub(super) fn offer(connection: &Connection, code: SecretHash, until: Timestamp) -> Result<bool, StoreError> {
    let offer = "INSERT INTO setup (one, code_hash, works_until) SELECT 1, $1, $2 WHERE NOT EXISTS (SELECT 1 FROM users) \
                 ON CONFLICT (one) DO UPDATE SET code_hash = excluded.code_hash, works_until = excluded.works_until";
    Ok(run(connection, offer, params![code.0, until.as_millis()])? > 0)
}

pub(super) fn offered(connection: &Connection, code: SecretHash) -> Result<Option<Timestamp>, StoreError> {
    let by_code = "SELECT works_until FROM setup WHERE code_hash = $1 AND NOT EXISTS (SELECT 1 FROM users)";
    row(connection, by_code, [code.0], |row| time(row, 0))
}

pub(super) fn take(connection: &Connection, code: SecretHash) -> Result<Option<Timestamp>, StoreError> {
    let take = "DELETE FROM setup WHERE code_hash = $1 AND NOT EXISTS (SELECT 1 FROM users) RETURNING works_until";
    row(connection, take, [code.0], |row| time(row, 0))
}

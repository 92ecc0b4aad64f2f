//! The link that makes the first administrator: one row, whose lock decides between those who use it at once.

use super::Shared;
use super::rows::time;
use super::session::{Param, Step};
use super::touches::committed_over;
use crate::domain::id::SecretHash;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use tokio_postgres::Row;

fn hash(code: SecretHash) -> Param {
    Param::Hash(code.0.to_vec())
}

pub(super) async fn offer(shared: &Shared, code: SecretHash, until: Timestamp) -> Result<bool, StoreError> {
    const OFFER: &str = "INSERT INTO setup (one, code_hash, works_until) \
         SELECT 1, $1, $2 WHERE NOT EXISTS (SELECT FROM users) ON CONFLICT (one) \
         DO UPDATE SET code_hash = excluded.code_hash, works_until = excluded.works_until RETURNING 1";
    let step = Step::ask(OFFER, vec![hash(code), Param::Int(Some(until.as_millis()))]);
    let answers = committed_over(&shared.changes, vec![step]).await?;
    Ok(answers.first().is_some_and(|rows| !rows.is_empty()))
}

pub(super) async fn offered(shared: &Shared, code: SecretHash) -> Result<Option<Timestamp>, StoreError> {
    const BY_CODE: &str = "SELECT works_until FROM setup WHERE code_hash = $1 AND NOT EXISTS (SELECT FROM users)";
    works_until(&shared.look(Step::ask(BY_CODE, vec![hash(code)])).await?)
}

pub(super) fn take(code: SecretHash) -> Step {
    const TAKE: &str =
        "DELETE FROM setup WHERE code_hash = $1 AND NOT EXISTS (SELECT FROM users) RETURNING works_until";
    Step::ask(TAKE, vec![hash(code)])
}

pub(super) fn works_until(rows: &[Row]) -> Result<Option<Timestamp>, StoreError> {
    rows.first().map(|row| time(row, 0)).transpose()
}

//! What may succeed once. Each of these is one statement in its own transaction.

use super::Shared;
use super::rows::{get, small, time};
use super::session::{Param, Step};
use super::touches::committed_over;
use crate::domain::id::{SecretHash, UserNo};
use crate::domain::one_time::{ONE_TIME_OPEN_MAX, OneTime, Purpose};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, sql};
use tokio_postgres::Row;

/// Runs a statement in a transaction of its own, beside everything that others wait for.
pub(super) async fn run(shared: &Shared, step: Step) -> Result<Vec<Row>, StoreError> {
    Ok(committed_over(&shared.proofs, vec![step]).await?.into_iter().next().unwrap_or_default())
}

/// The parameters of [`sql::KEEP_ONE_TIME`].
fn kept_as(kept: OneTime) -> Vec<Param> {
    let OneTime { secret, purpose, user_no, data, tries_left, expires_at } = kept;
    let int = |value| Param::Int(Some(value));
    let user = Param::Int(user_no.map(|user| user.0));
    let what = [Param::Hash(secret.0.to_vec()), Param::Text(purpose.as_str().to_owned()), user];
    let how = [Param::Text(data), int(tries_left.into()), int(expires_at.as_millis())];
    what.into_iter().chain(how).collect()
}

pub(super) async fn keep(shared: &Shared, kept: OneTime) -> Result<(), StoreError> {
    let surplus = kept.user_no.map(|UserNo(user)| surplus(user, kept.purpose, kept.secret));
    let keep = Step::ask(sql::KEEP_ONE_TIME, kept_as(kept));
    committed_over(&shared.proofs, [keep].into_iter().chain(surplus).collect()).await.map(|_| ())
}

pub(super) async fn keep_or_find(shared: &Shared, kept: OneTime, now: Timestamp) -> Result<OneTime, StoreError> {
    let of = (kept.purpose, kept.secret);
    let params = kept_as(kept.clone()).into_iter().chain([Param::Int(Some(now.as_millis()))]).collect();
    Ok(one_time(of, &run(shared, Step::ask(sql::ONE_TIME_OR, params)).await?)?.unwrap_or(kept))
}

/// Forgets what somebody has too much. Of two that are kept at once neither waits for the other.
fn surplus(user: i64, purpose: Purpose, kept: SecretHash) -> Step {
    let forget = format!(
        "DELETE FROM one_time WHERE secret_hash IN (SELECT secret_hash FROM one_time WHERE secret_hash IN ({}) \
         FOR UPDATE SKIP LOCKED)",
        sql::ONE_TIME_SURPLUS
    );
    let int = |value| Param::Int(Some(value));
    let (purpose, kept) = (Param::Text(purpose.as_str().to_owned()), Param::Hash(kept.0.to_vec()));
    Step::built(forget, vec![int(user), purpose, kept, int((ONE_TIME_OPEN_MAX - 1).into())])
}

fn params((purpose, secret): (Purpose, SecretHash), now: Timestamp) -> Vec<Param> {
    let purpose = Param::Text(purpose.as_str().to_owned());
    vec![Param::Hash(secret.0.to_vec()), purpose, Param::Int(Some(now.as_millis()))]
}

/// The columns of [`sql::ONE_TIME`].
fn one_time((purpose, secret): (Purpose, SecretHash), rows: &[Row]) -> Result<Option<OneTime>, StoreError> {
    let Some(row) = rows.first() else { return Ok(None) };
    let user_no = get::<Option<i64>>(row, 0)?.map(UserNo);
    let tries_left = small(row, 2, ("one_time", user_no.map_or(0, |user| user.0)))?;
    Ok(Some(OneTime { secret, purpose, user_no, data: get(row, 1)?, tries_left, expires_at: time(row, 3)? }))
}

pub(super) async fn find(
    shared: &Shared,
    of: (Purpose, SecretHash),
    now: Timestamp,
) -> Result<Option<OneTime>, StoreError> {
    one_time(of, &shared.look(Step::ask(sql::ONE_TIME, params(of, now))).await?)
}

pub(super) async fn spend_try(
    shared: &Shared,
    of: (Purpose, SecretHash),
    now: Timestamp,
) -> Result<Option<OneTime>, StoreError> {
    one_time(of, &run(shared, Step::ask(sql::SPEND_TRY, params(of, now))).await?)
}

pub(super) async fn take(
    shared: &Shared,
    of: (Purpose, SecretHash),
    now: Timestamp,
) -> Result<Option<OneTime>, StoreError> {
    one_time(of, &run(shared, Step::ask(sql::TAKE_ONE_TIME, params(of, now))).await?)
}

pub(super) async fn forget(shared: &Shared, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
    let old = format!(
        "DELETE FROM one_time WHERE secret_hash IN (SELECT secret_hash FROM one_time WHERE expires_at <= $1 \
         ORDER BY expires_at LIMIT {limit} FOR UPDATE SKIP LOCKED) RETURNING 1"
    );
    Ok(!run(shared, Step::built(old, vec![Param::Int(Some(before.as_millis()))])).await?.is_empty())
}

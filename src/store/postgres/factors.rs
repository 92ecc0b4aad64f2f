//! Second factors and recovery codes.

use super::Shared;
use super::changes::one;
use super::one_time::run;
use super::rows::{get, opt_time, small, time};
use super::session::{Param, Step};
use crate::domain::factor::{Factor, FactorChange, FactorChanged, FactorKind, FactorMark, FactorState};
use crate::domain::id::{AccountNo, FactorId, UserNo};
use crate::domain::time::Timestamp;
use crate::store::rows::parsed;
use crate::store::{StoreError, sql};
use tokio_postgres::Row;

fn int(value: i64) -> Param {
    Param::Int(Some(value))
}

fn text(value: &str) -> Param {
    Param::Text(value.to_owned())
}

pub(super) async fn of(shared: &Shared, user: UserNo) -> Result<Vec<(Factor, FactorState)>, StoreError> {
    shared.look(Step::ask(sql::FACTORS, vec![int(user.0)])).await?.iter().map(factor).collect()
}

pub(super) async fn without(shared: &Shared, account: AccountNo) -> Result<u32, StoreError> {
    let rows = shared.look(Step::ask(sql::WITHOUT_FACTOR, vec![int(account.0)])).await?;
    rows.first().map_or(Ok(0), |row| small(row, 0, ("users", account.0)))
}

fn factor(row: &Row) -> Result<(Factor, FactorState), StoreError> {
    let id: &str = get(row, 0)?;
    let factor = Factor {
        id: parsed(FactorId::new(id).ok(), "factors", id)?,
        kind: parsed(FactorKind::parse(get(row, 1)?), "factors", id)?,
        name: get(row, 2)?,
        created_at: time(row, 4)?,
        last_used_at: opt_time(row, 5)?,
    };
    Ok((factor, FactorState(get(row, 3)?)))
}

pub(super) async fn use_step(
    shared: &Shared,
    factor: &FactorId,
    (step, at): (i64, Timestamp),
) -> Result<bool, StoreError> {
    let params = vec![int(step), int(at.as_millis()), text(factor.as_str())];
    Ok(!run(shared, Step::ask(sql::USE_STEP, params)).await?.is_empty())
}

pub(super) async fn passkey(
    shared: &Shared,
    credential: &[u8],
) -> Result<Option<(UserNo, Factor, FactorState)>, StoreError> {
    let rows = shared.look(Step::ask(sql::PASSKEY, vec![Param::Hash(credential.to_vec())])).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (factor, state) = factor(row)?;
    Ok(Some((UserNo(get(row, 6)?), factor, state)))
}

pub(super) async fn use_passkey(
    shared: &Shared,
    passkey: &FactorId,
    ((was, is), at): ((FactorState, FactorState), Timestamp),
) -> Result<bool, StoreError> {
    let params = vec![Param::Hash(is.0), int(at.as_millis()), text(passkey.as_str()), Param::Hash(was.0)];
    Ok(!run(shared, Step::ask(sql::USE_PASSKEY, params)).await?.is_empty())
}

pub(super) async fn codes_left(shared: &Shared, user: UserNo) -> Result<u16, StoreError> {
    let rows = shared.look(Step::ask(sql::CODES_LEFT, vec![int(user.0)])).await?;
    rows.first().map_or(Ok(0), |row| small(row, 0, ("recovery_codes", user.0)))
}

pub(super) fn write(change: &FactorChange) -> Vec<Step> {
    const REMOVE: &str = one!("DELETE FROM factors WHERE factor_id = $1 AND user_no = $2");
    const LAST: &str = "DELETE FROM recovery_codes WHERE user_no = $1 \
                        AND NOT EXISTS (SELECT FROM factors WHERE user_no = $1)";
    const FORGET: &str = "DELETE FROM recovery_codes WHERE user_no = $1";
    const INSERT: &str = "INSERT INTO recovery_codes (user_no, code_hash) SELECT $1::int8, unnest($2::bytea[])";
    const SPEND: &str = one!("DELETE FROM recovery_codes WHERE user_no = $1 AND code_hash = $2");
    let user = || int(change.user_no.0);
    match &change.what {
        FactorChanged::Added(factor, state, mark) => {
            let (step, credential) = match mark {
                FactorMark::Step(step) => (Some(*step), None),
                FactorMark::Credential(id) => (None, Some(id.clone())),
            };
            let who = [text(factor.id.as_str()), user(), text(factor.kind.as_str()), text(&factor.name)];
            let mark = [Param::Int(step), Param::OptHash(credential)];
            let how = [Param::Hash(state.0.clone())].into_iter().chain(mark);
            let how = how.chain([int(factor.created_at.as_millis())]);
            vec![Step::ask(sql::ADD_FACTOR, who.into_iter().chain(how).collect())]
        }
        FactorChanged::Removed(factor) => {
            vec![Step::ask(REMOVE, vec![text(factor.id.as_str()), user()]), Step::ask(LAST, vec![user()])]
        }
        FactorChanged::CodesMade(codes) => {
            let hashes = Param::Hashes(codes.iter().map(|code| code.0.to_vec()).collect());
            vec![Step::ask(FORGET, vec![user()]), Step::ask(INSERT, vec![user(), hashes])]
        }
        FactorChanged::CodeUsed(code) => vec![Step::ask(SPEND, vec![user(), Param::Hash(code.0.to_vec())])],
    }
}

/// Whoever is removed leaves none behind.
pub(super) fn remove_all(user: UserNo) -> Vec<Step> {
    let tables = [
        "DELETE FROM factors WHERE user_no = $1",
        "DELETE FROM recovery_codes WHERE user_no = $1",
        "DELETE FROM one_time WHERE user_no = $1",
    ];
    tables.into_iter().map(|delete| Step::ask(delete, vec![int(user.0)])).collect()
}

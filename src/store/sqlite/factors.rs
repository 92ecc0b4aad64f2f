//! Second factors and recovery codes.

use super::changes::{one, run};
use super::load::{row, rows, text, time, time_opt};
use super::of as reported;
use crate::domain::factor::{Factor, FactorChange, FactorChanged, FactorKind, FactorMark, FactorState};
use crate::domain::id::{AccountNo, FactorId, UserNo};
use crate::domain::time::Timestamp;
use crate::store::rows::parsed;
use crate::store::{StoreError, sql};
use rusqlite::{Connection, Row, params};

pub(super) fn of(connection: &Connection, user: UserNo) -> Result<Vec<(Factor, FactorState)>, StoreError> {
    rows(connection, sql::FACTORS, [user.0], factor)
}

pub(super) fn without(connection: &Connection, account: AccountNo) -> Result<u32, StoreError> {
    let count = row(connection, sql::WITHOUT_FACTOR, [account.0], |row| row.get(0).map_err(reported))?;
    Ok(count.unwrap_or_default())
}

fn factor(row: &Row<'_>) -> Result<(Factor, FactorState), StoreError> {
    let id = text(row, 0)?;
    let factor = Factor {
        id: parsed(FactorId::new(id.clone()).ok(), "factors", &id)?,
        kind: parsed(FactorKind::parse(&text(row, 1)?), "factors", &id)?,
        name: text(row, 2)?,
        created_at: time(row, 4)?,
        last_used_at: time_opt(row, 5)?,
    };
    Ok((factor, FactorState(row.get(3).map_err(reported)?)))
}

pub(super) fn passkey(
    connection: &Connection,
    credential: &[u8],
) -> Result<Option<(UserNo, Factor, FactorState)>, StoreError> {
    row(connection, sql::PASSKEY, [credential], |row| {
        let (factor, state) = factor(row)?;
        Ok((UserNo(row.get(6).map_err(reported)?), factor, state))
    })
}

pub(super) fn use_passkey(
    connection: &Connection,
    passkey: &FactorId,
    ((was, is), at): (&(FactorState, FactorState), Timestamp),
) -> Result<bool, StoreError> {
    let params = params![is.0, at.as_millis(), passkey.as_str(), was.0];
    Ok(row(connection, sql::USE_PASSKEY, params, |_| Ok(()))?.is_some())
}

pub(super) fn use_step(
    connection: &Connection,
    factor: &FactorId,
    (step, at): (i64, Timestamp),
) -> Result<bool, StoreError> {
    let params = params![step, at.as_millis(), factor.as_str()];
    Ok(row(connection, sql::USE_STEP, params, |_| Ok(()))?.is_some())
}

pub(super) fn codes_left(connection: &Connection, user: UserNo) -> Result<u16, StoreError> {
    let left = row(connection, sql::CODES_LEFT, [user.0], |row| row.get(0).map_err(reported))?;
    Ok(left.unwrap_or_default())
}

pub(super) fn write(connection: &Connection, change: &FactorChange) -> Result<(), StoreError> {
    let user = change.user_no.0;
    match &change.what {
        FactorChanged::Added(factor, state, mark) => {
            let (id, kind, at) = (factor.id.as_str(), factor.kind.as_str(), factor.created_at.as_millis());
            let (step, credential) = match mark {
                FactorMark::Step(step) => (Some(*step), None),
                FactorMark::Credential(id) => (None, Some(id)),
            };
            one(connection, sql::ADD_FACTOR, params![id, user, kind, factor.name, state.0, step, credential, at])
        }
        FactorChanged::Removed(factor) => {
            let remove = "DELETE FROM factors WHERE factor_id = $1 AND user_no = $2";
            one(connection, remove, params![factor.id.as_str(), user])?;
            let last = "DELETE FROM recovery_codes WHERE user_no = $1 \
                        AND NOT EXISTS (SELECT 1 FROM factors WHERE user_no = $1)";
            run(connection, last, [user]).map(|_| ())
        }
        FactorChanged::CodesMade(codes) => {
            run(connection, "DELETE FROM recovery_codes WHERE user_no = $1", [user])?;
            let insert = "INSERT INTO recovery_codes (user_no, code_hash) VALUES ($1, $2)";
            codes.iter().try_for_each(|code| one(connection, insert, params![user, code.0]))
        }
        FactorChanged::CodeUsed(code) => {
            let spend = "DELETE FROM recovery_codes WHERE user_no = $1 AND code_hash = $2";
            one(connection, spend, params![user, code.0])
        }
    }
}

/// Whoever is removed leaves none behind.
pub(super) fn remove_all(connection: &Connection, user: UserNo) -> Result<(), StoreError> {
    run(connection, "DELETE FROM factors WHERE user_no = $1", [user.0])?;
    run(connection, "DELETE FROM recovery_codes WHERE user_no = $1", [user.0])?;
    run(connection, "DELETE FROM one_time WHERE user_no = $1", [user.0]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use crate::store::sql;
    use crate::store::sqlite::load::{plan, with_tables};

    #[test]
    fn what_is_asked_while_somebody_signs_in_is_found_by_an_index() {
        let connection = with_tables();
        let lately = plan(&connection, sql::TAKEN_OVER);
        assert!(lately.contains("sessions_ended_lately (account_no=? AND user_no=? AND ended_at>?)"), "{lately}");
        for statement in
            [sql::FACTORS, sql::WITHOUT_FACTOR, sql::CODES_LEFT, sql::USE_STEP, sql::ONE_TIME, sql::SPEND_TRY]
        {
            let plan = plan(&connection, statement);
            assert!(!plan.contains("SCAN"), "{statement}: {plan}");
        }
    }
}

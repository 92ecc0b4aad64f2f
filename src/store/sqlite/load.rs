//! What a transaction reads before anything is decided. SQLite has one writer, so the transaction itself is every lock.

use super::of;
use crate::domain::account::{Account, AccountStatus};
use crate::domain::device::Device;
use crate::domain::facts::{KnownDevice, Refusals, UserFacts};
use crate::domain::id::{
    AccountId, AccountNo, DeviceNo, FactorId, InvitationId, Reference, SecretHash, SessionId, SessionNo, UserId, UserNo,
};
use crate::domain::invitation::Invitation;
use crate::domain::session::{Activity, OpenSession};
use crate::domain::staff::People;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User, UserStatus};
use crate::store::rows::parsed;
use crate::store::{AccountFacts, AskedUser, StoreError, sql};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

/// Runs a query whose statement is kept.
pub(super) fn rows<T>(
    connection: &Connection,
    text: &str,
    params: impl Params,
    mut each: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(text).map_err(of)?;
    let mut found = statement.query(params).map_err(of)?;
    let mut out = Vec::new();
    while let Some(row) = found.next().map_err(of)? {
        out.push(each(row)?);
    }
    Ok(out)
}

/// Runs a query that finds one row or none.
pub(super) fn row<T>(
    connection: &Connection,
    text: &str,
    params: impl Params,
    each: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    Ok(rows(connection, text, params, each)?.into_iter().next())
}

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp, StoreError> {
    row.get(column).map(Timestamp::from_millis).map_err(of)
}

pub(super) fn time_opt(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>, StoreError> {
    row.get::<_, Option<i64>>(column).map(|at| at.map(Timestamp::from_millis)).map_err(of)
}

pub(super) fn text(row: &Row<'_>, column: usize) -> Result<String, StoreError> {
    row.get(column).map_err(of)
}

pub(super) fn hash_opt(row: &Row<'_>, column: usize) -> Result<Option<SecretHash>, StoreError> {
    row.get::<_, Option<[u8; 32]>>(column).map(|hash| hash.map(SecretHash)).map_err(of)
}

/// The system account has no id of its own.
pub(super) fn account_id(text: String) -> Result<Option<AccountId>, StoreError> {
    if text.is_empty() { Ok(None) } else { parsed(AccountId::new(text.clone()).ok(), "accounts", text).map(Some) }
}

/// The columns of [`sql::USER`].
pub(super) fn user(row: &Row<'_>) -> Result<User, StoreError> {
    let no: i64 = row.get(0).map_err(of)?;
    Ok(User {
        no: UserNo(no),
        id: parsed(UserId::new(text(row, 1)?).ok(), "users", no)?,
        account_no: AccountNo(row.get(2).map_err(of)?),
        account_id: account_id(text(row, 3)?)?,
        role: parsed(Role::parse(&text(row, 4)?), "users", no)?,
        status: parsed(UserStatus::parse(&text(row, 5)?), "users", no)?,
        email: row.get(6).map_err(of)?,
        name: row.get(7).map_err(of)?,
        created_at: time(row, 8)?,
        email_confirmed_at: time_opt(row, 9)?,
    })
}

/// The columns of [`sql::ACCOUNT`].
pub(super) fn account(row: &Row<'_>) -> Result<Account, StoreError> {
    let no: i64 = row.get(0).map_err(of)?;
    Ok(Account {
        no: AccountNo(no),
        id: parsed(AccountId::new(text(row, 1)?).ok(), "accounts", no)?,
        name: text(row, 2)?,
        plan: text(row, 3)?,
        time_zone: text(row, 4)?,
        status: parsed(AccountStatus::parse(&text(row, 5)?), "accounts", no)?,
        created_at: time(row, 6)?,
        requires_factor: row.get(7).map_err(of)?,
    })
}

pub(super) fn account_facts(connection: &Connection, id: &AccountId) -> Result<Option<AccountFacts>, StoreError> {
    let by_id = format!("{} WHERE account_id = $1", sql::ACCOUNT);
    let Some(found) = row(connection, &by_id, [id.as_str()], account)? else { return Ok(None) };
    let people = people(connection, found.no)?;
    let of_account = "SELECT user_no FROM users WHERE account_no = $1 AND removed_at IS NULL ORDER BY user_no";
    let users = rows(connection, of_account, [found.no.0], |row| row.get(0).map(UserNo).map_err(of))?;
    let invitations = invitations(connection, found.no)?;
    Ok(Some(AccountFacts { account: found, people, users, invitations }))
}

pub(super) fn people(connection: &Connection, account: AccountNo) -> Result<People, StoreError> {
    let counted = row(connection, sql::PEOPLE, [account.0], |row| {
        Ok(People {
            active: row.get(0).map_err(of)?,
            present: row.get(1).map_err(of)?,
            owners: row.get(2).map_err(of)?,
            invited: 0,
        })
    })?;
    Ok(counted.unwrap_or_default())
}

pub(super) fn invitations(connection: &Connection, of: AccountNo) -> Result<Vec<Invitation>, StoreError> {
    let of_account = format!("{} WHERE i.account_no = $1 ORDER BY i.created_at, i.invitation_id", sql::INVITATION);
    rows(connection, &of_account, [of.0], invitation)
}

/// The columns of [`sql::INVITATION`].
pub(super) fn invitation(row: &Row<'_>) -> Result<Invitation, StoreError> {
    let (id, account) = (text(row, 0)?, text(row, 2)?);
    Ok(Invitation {
        id: parsed(InvitationId::new(id.clone()).ok(), "invitations", &id)?,
        account_no: AccountNo(row.get(1).map_err(of)?),
        account_id: parsed(AccountId::new(account.clone()).ok(), "accounts", account)?,
        email: text(row, 3)?,
        role: parsed(Role::parse(&text(row, 4)?), "invitations", &id)?,
        invited_by: UserNo(row.get(5).map_err(of)?),
        created_at: time(row, 6)?,
        expires_at: time(row, 7)?,
    })
}

pub(super) fn user_facts(
    connection: &Connection,
    no: UserNo,
    asked: &AskedUser,
) -> Result<Option<UserFacts>, StoreError> {
    let by_no = format!("{} WHERE u.user_no = $1", sql::USER);
    let Some(user) = row(connection, &by_no, [no.0], user)? else { return Ok(None) };
    let of_account = "SELECT status, plan, requires_factor FROM accounts WHERE account_no = $1";
    let (account_status, plan, factor_required) = row(connection, of_account, [user.account_no.0], |row| {
        Ok((
            parsed(AccountStatus::parse(&text(row, 0)?), "accounts", user.account_no.0)?,
            text(row, 1)?,
            row.get(2).map_err(of)?,
        ))
    })?
    .ok_or_else(|| StoreError::Corrupt { table: "users", id: no.0.to_string() })?;
    let password = "SELECT changed_at FROM passwords WHERE user_no = $1";
    Ok(Some(UserFacts {
        account_status,
        plan,
        factor_required,
        password_changed_at: row(connection, password, [no.0], |row| time(row, 0))?,
        factors: rows(connection, "SELECT factor_id FROM factors WHERE user_no = $1", [no.0], |row| {
            let id = text(row, 0)?;
            parsed(FactorId::new(id.clone()).ok(), "factors", id)
        })?,
        taken_over: match asked.take_overs {
            true => rows(connection, sql::TAKEN_OVER, [no.0], |row| time(row, 1))?,
            false => Vec::new(),
        },
        open: rows(connection, sql::OPEN_SESSIONS, params![user.account_no.0, no.0], open_session)?,
        devices: devices(connection, no, asked)?,
        has_signed_in: exists(connection, "SELECT 1 FROM devices WHERE user_no = $1 LIMIT 1", [no.0])?,
        countries: known_countries(connection, no, asked)?,
        refusals: refusals(connection, no)?,
        user,
    }))
}

fn exists(connection: &Connection, text: &str, params: impl Params) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(text).map_err(of)?;
    statement.query_row(params, |_| Ok(())).optional().map(|found| found.is_some()).map_err(of)
}

fn devices(connection: &Connection, no: UserNo, asked: &AskedUser) -> Result<Vec<KnownDevice>, StoreError> {
    let mut found: Vec<KnownDevice> = Vec::new();
    for presented in &asked.devices {
        for known in rows(connection, sql::DEVICE, params![no.0, presented.0], device)? {
            if found.iter().all(|other| other.device.no != known.device.no) {
                found.push(known);
            }
        }
    }
    Ok(found)
}

fn known_countries(connection: &Connection, no: UserNo, asked: &AskedUser) -> Result<Vec<String>, StoreError> {
    let seen = "SELECT country_code FROM user_countries WHERE user_no = $1 AND country_code = $2";
    let mut known = Vec::new();
    for code in &asked.countries {
        known.extend(row(connection, seen, params![no.0, code], |row| text(row, 0))?);
    }
    Ok(known)
}

fn refusals(connection: &Connection, no: UserNo) -> Result<Refusals, StoreError> {
    let of_user = "SELECT since, count, reference FROM refusals WHERE user_no = $1";
    let found = row(connection, of_user, [no.0], |row| {
        let shared = row.get::<_, Option<String>>(2).map_err(of)?.map(Reference::new);
        Ok(Refusals { since: time(row, 0)?, count: row.get(1).map_err(of)?, shared })
    })?;
    Ok(found.unwrap_or_default())
}

fn open_session(row: &Row<'_>) -> Result<OpenSession, StoreError> {
    let no: i64 = row.get(0).map_err(of)?;
    Ok(OpenSession {
        no: SessionNo(no),
        id: parsed(SessionId::new(text(row, 1)?).ok(), "sessions", no)?,
        place: row.get(2).map_err(of)?,
        device: DeviceNo(row.get(3).map_err(of)?),
        created_at: time(row, 4)?,
        proved_at: time(row, 5)?,
        activity: Activity { last_active_at: time(row, 6)?, last_seen_at: time(row, 7)?, idle_deadline: time(row, 8)? },
        absolute_deadline: time(row, 9)?,
    })
}

fn device(row: &Row<'_>) -> Result<KnownDevice, StoreError> {
    let device = Device {
        no: DeviceNo(row.get(0).map_err(of)?),
        token: hash_opt(row, 1)?,
        previous_token: hash_opt(row, 2)?,
        name: row.get(4).map_err(of)?,
    };
    Ok(KnownDevice { device, newest_session_used: row.get(3).map_err(of)? })
}

/// An empty database with all tables.
#[cfg(test)]
pub(super) fn with_tables() -> Connection {
    let connection = Connection::open_in_memory().expect("there is memory");
    let tables = include_str!("../../../migrations/sqlite/V1__accounts_users_sessions.sql");
    connection.execute_batch(tables).expect("the tables make sense");
    connection
}

/// How a statement would be run, step by step.
#[cfg(test)]
pub(super) fn plan(connection: &Connection, statement: &str) -> String {
    let mut explained = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).expect("it is a statement");
    let steps = explained.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<Result<Vec<_>, _>>();
    steps.expect("every step is a text").join("\n")
}

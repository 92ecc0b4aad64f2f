//! What rows of this database hold, as the domain's types.

use super::of;
use crate::domain::account::{Account, AccountStatus};
use crate::domain::device::{DeviceKind, DeviceLabel};
use crate::domain::id::{AccountId, AccountNo, InvitationId, KeyId, SecretHash, UserId, UserNo};
use crate::domain::invitation::Invitation;
use crate::domain::session::Activity;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User, UserStatus};
use crate::store::rows::{parsed, split};
use crate::store::{ServiceKey, StoreError};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(of)
}

pub(super) fn time(row: &Row, column: usize) -> Result<Timestamp, StoreError> {
    get(row, column).map(Timestamp::from_millis)
}

pub(super) fn opt_time(row: &Row, column: usize) -> Result<Option<Timestamp>, StoreError> {
    get::<Option<i64>>(row, column).map(|at| at.map(Timestamp::from_millis))
}

/// A number that is small by what the tables are for.
pub(super) fn small<T: TryFrom<i64>>(
    row: &Row,
    column: usize,
    (table, id): (&'static str, i64),
) -> Result<T, StoreError> {
    parsed(T::try_from(get(row, column)?).ok(), table, id)
}

pub(super) fn opt_hash(row: &Row, column: usize) -> Result<Option<SecretHash>, StoreError> {
    let Some(bytes) = get::<Option<&[u8]>>(row, column)? else { return Ok(None) };
    let hash = <[u8; 32]>::try_from(bytes).map_err(|error| StoreError::Database(Box::new(error)))?;
    Ok(Some(SecretHash(hash)))
}

/// The system account has no id of its own.
pub(super) fn account_id(text: &str) -> Result<Option<AccountId>, StoreError> {
    if text.is_empty() { Ok(None) } else { parsed(AccountId::new(text).ok(), "accounts", text).map(Some) }
}

/// The three times from `first` on.
pub(super) fn activity(row: &Row, first: usize) -> Result<Activity, StoreError> {
    let (last_active_at, last_seen_at) = (time(row, first)?, time(row, first + 1)?);
    Ok(Activity { last_active_at, last_seen_at, idle_deadline: time(row, first + 2)? })
}

/// The three columns from `first` on that describe a device.
pub(super) fn device_label(row: &Row, first: usize, no: i64) -> Result<DeviceLabel, StoreError> {
    Ok(DeviceLabel {
        kind: parsed(DeviceKind::parse(get(row, first)?), "devices", no)?,
        browser: get(row, first + 1)?,
        system: get(row, first + 2)?,
    })
}

/// The columns of [`crate::store::sql::USER`].
pub(super) fn user(row: &Row) -> Result<User, StoreError> {
    let no: i64 = get(row, 0)?;
    Ok(User {
        no: UserNo(no),
        id: parsed(UserId::new(get::<&str>(row, 1)?).ok(), "users", no)?,
        account_no: AccountNo(get(row, 2)?),
        account_id: account_id(get(row, 3)?)?,
        role: parsed(Role::parse(get(row, 4)?), "users", no)?,
        status: parsed(UserStatus::parse(get(row, 5)?), "users", no)?,
        email: get(row, 6)?,
        name: get(row, 7)?,
        created_at: time(row, 8)?,
        email_confirmed_at: opt_time(row, 9)?,
    })
}

/// The columns of [`crate::store::sql::ACCOUNT`].
pub(super) fn account(row: &Row) -> Result<Account, StoreError> {
    let no: i64 = get(row, 0)?;
    Ok(Account {
        no: AccountNo(no),
        id: parsed(AccountId::new(get::<&str>(row, 1)?).ok(), "accounts", no)?,
        name: get(row, 2)?,
        plan: get(row, 3)?,
        time_zone: get(row, 4)?,
        status: parsed(AccountStatus::parse(get(row, 5)?), "accounts", no)?,
        created_at: time(row, 6)?,
        requires_factor: get::<i64>(row, 7)? != 0,
    })
}

/// The columns of [`crate::store::sql::INVITATION`].
pub(super) fn invitation(row: &Row) -> Result<Invitation, StoreError> {
    let (id, account): (&str, &str) = (get(row, 0)?, get(row, 2)?);
    Ok(Invitation {
        id: parsed(InvitationId::new(id).ok(), "invitations", id)?,
        account_no: AccountNo(get(row, 1)?),
        account_id: parsed(AccountId::new(account).ok(), "accounts", account)?,
        email: get(row, 3)?,
        role: parsed(Role::parse(get(row, 4)?), "invitations", id)?,
        invited_by: UserNo(get(row, 5)?),
        created_at: time(row, 6)?,
        expires_at: time(row, 7)?,
    })
}

/// The five columns of a service key from `first` on.
pub(super) fn key(row: &Row, first: usize) -> Result<ServiceKey, StoreError> {
    let id: &str = get(row, first)?;
    Ok(ServiceKey {
        id: parsed(KeyId::new(id).ok(), "service_keys", id)?,
        name: get(row, first + 1)?,
        scopes: split(get(row, first + 2)?),
        created_at: time(row, first + 3)?,
        revoked_at: opt_time(row, first + 4)?,
    })
}

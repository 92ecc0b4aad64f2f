//! Hashes of passwords that are made anew.

use super::changes::run;
use crate::domain::id::UserNo;
use crate::store::StoreError;
use rusqlite::{Connection, params};

pub(super) fn renew(connection: &Connection, user: UserNo, (from, to): (&str, &str)) -> Result<bool, StoreError> {
    let renew = "UPDATE passwords SET password_hash = $1 WHERE user_no = $2 AND password_hash = $3";
    Ok(run(connection, renew, params![to, user.0, from])? > 0)
}

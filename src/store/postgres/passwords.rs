//! Hashes of passwords that are made anew: one statement in its own transaction, which takes the lock of its row and no
//! other.

use super::Shared;
use super::session::{Param, Step};
use super::touches::committed_over;
use crate::domain::id::UserNo;
use crate::store::StoreError;

pub(super) async fn renew(shared: &Shared, user: UserNo, (from, to): (&str, &str)) -> Result<bool, StoreError> {
    const RENEW: &str = "UPDATE passwords SET password_hash = $1 WHERE user_no = $2 AND password_hash = $3 RETURNING 1";
    let params = vec![Param::Text(to.to_owned()), Param::Int(Some(user.0)), Param::Text(from.to_owned())];
    let answers = committed_over(&shared.changes, vec![Step::ask(RENEW, params)]).await?;
    Ok(answers.first().is_some_and(|rows| !rows.is_empty()))
}

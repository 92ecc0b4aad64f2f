//! The history of a user or an account, newest first.

use super::Shared;
use super::reads::event;
use super::rows::{device_label, get, opt_time, time};
use super::session::{Param, Step};
use crate::domain::device::Place;
use crate::domain::event::kind;
use crate::domain::id::{Reference, UserNo};
use crate::store::rows::{history_look, history_part};
use crate::store::{Called, Event, History, HistoryEntry, HistoryOf, Position, SeenFrom, StoreError, sql};
use tokio_postgres::Row;

/// The walk leaves the plan no choice: it compares and sorts by all the columns of its index. With less, a plan from a
/// time when there were no events reads those of everybody, backwards.
pub(super) async fn history(
    shared: &Shared,
    whose: HistoryOf,
    kinds: &[&str],
    (before, limit): (Option<Position>, u16),
) -> Result<History, StoreError> {
    let (no, column) = match whose {
        HistoryOf::User(user) => (user.0, "user_no"),
        HistoryOf::Account(account) => (account.0, "account_no"),
    };
    let walk = format!("({column}, position) < ($1, $2) AND {column} >= $1 ORDER BY {column} DESC, position DESC");
    let mut params = vec![Param::Int(Some(no)), Param::Int(Some(before.map_or(i64::MAX, |position| position.0)))];
    let mut of_kinds = "true";
    if !kinds.is_empty() {
        of_kinds = "kind = ANY($3)";
        params.push(Param::Texts(kinds.iter().map(|kind| (*kind).to_owned()).collect()));
    }
    let actor = "e.actor_id COLLATE \"C\"";
    let listed = sql::history((&walk, history_look(kinds, limit)), of_kinds, limit, actor);
    let found = shared.read(Step::built(listed, params)).await?;
    let stopped = found.first().map(|row| get(row, 0)).transpose()?.flatten();
    let mut entries = Vec::with_capacity(found.len());
    for row in &found {
        if get::<Option<i64>>(row, 1)?.is_some() {
            entries.push(entry(row)?);
        }
    }
    Ok(history_part(entries, stopped, limit))
}

pub(super) async fn refused_as(
    shared: &Shared,
    reference: &Reference,
    limit: u16,
) -> Result<Vec<(UserNo, Event)>, StoreError> {
    let (reference, kind) = (reference.as_str().to_owned(), kind::SIGN_IN_REFUSED.to_owned());
    let params = vec![Param::Text(reference), Param::Text(kind), Param::Int(Some(limit.into()))];
    let found = shared.read(Step::built(sql::refused_as(), params)).await?;
    found.iter().map(|row| Ok((UserNo(get(row, 13)?), event(row, 0)?))).collect()
}

fn entry(row: &Row) -> Result<HistoryEntry, StoreError> {
    let event = event(row, 1)?;
    let session = match get::<Option<&str>>(row, 18)? {
        Some(_) => Some(SeenFrom {
            device: device_label(row, 18, event.position.0)?,
            device_name: get(row, 21)?,
            ip: get(row, 22)?,
            place: Place {
                city: get(row, 23)?,
                region: get(row, 24)?,
                country: get(row, 25)?,
                country_code: get(row, 26)?,
            },
            created_at: time(row, 28)?,
            last_active_at: opt_time(row, 29)?,
        }),
        None => None,
    };
    let user = Called { name: get(row, 14)?, email: get(row, 15)? };
    let actor = Called { name: get(row, 16)?, email: get(row, 17)? };
    let user_removed = get::<Option<i64>>(row, 27)?.is_some();
    Ok(HistoryEntry { event, user, user_removed, actor, session })
}

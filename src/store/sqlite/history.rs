//! The history of a user or an account, newest first.

use super::load::{rows, time, time_opt};
use super::of;
use super::reads::{device_label, event};
use crate::domain::device::Place;
use crate::domain::event::kind;
use crate::domain::id::{Reference, UserNo};
use crate::store::rows::{history_look, history_part};
use crate::store::{Called, Event, History, HistoryEntry, HistoryOf, Position, SeenFrom, StoreError, sql};
use rusqlite::{Connection, Row, params};

pub(super) fn history(
    connection: &Connection,
    whose: HistoryOf,
    kinds: &[&str],
    (before, limit): (Option<Position>, u16),
) -> Result<History, StoreError> {
    let no = match whose {
        HistoryOf::User(user) => user.0,
        HistoryOf::Account(account) => account.0,
    };
    let params = params![no, before.map_or(i64::MAX, |position| position.0), serde_json::json!(kinds).to_string()];
    let mut stopped = None;
    let found = rows(connection, &statement(whose, kinds, limit), params, |row| {
        stopped = row.get(0).map_err(of)?;
        let position: Option<i64> = row.get(1).map_err(of)?;
        position.map(|_| entry(row)).transpose()
    })?;
    Ok(history_part(found.into_iter().flatten().collect(), stopped, limit))
}

fn statement(whose: HistoryOf, kinds: &[&str], limit: u16) -> String {
    let walk = match whose {
        HistoryOf::User(_) => "user_no = $1 AND position < $2 ORDER BY position DESC",
        HistoryOf::Account(_) => "account_no = $1 AND position < $2 ORDER BY position DESC",
    };
    let of_kinds = if kinds.is_empty() { "$3 = $3" } else { "kind IN (SELECT value FROM json_each($3))" };
    sql::history((walk, history_look(kinds, limit)), of_kinds, limit, "e.actor_id")
}

fn entry(row: &Row<'_>) -> Result<HistoryEntry, StoreError> {
    let opt = |column: usize| row.get::<_, Option<String>>(column).map_err(of);
    let event = event(row, 1)?;
    let session = match opt(18)? {
        Some(_) => Some(SeenFrom {
            device: device_label(row, 18, event.position.0)?,
            device_name: opt(21)?,
            ip: opt(22)?,
            place: Place { city: opt(23)?, region: opt(24)?, country: opt(25)?, country_code: opt(26)? },
            created_at: time(row, 28)?,
            last_active_at: time_opt(row, 29)?,
        }),
        None => None,
    };
    let user = Called { name: opt(14)?, email: opt(15)? };
    let actor = Called { name: opt(16)?, email: opt(17)? };
    let user_removed = row.get::<_, Option<i64>>(27).map_err(of)?.is_some();
    Ok(HistoryEntry { event, user, user_removed, actor, session })
}

pub(super) fn refused_as(
    connection: &Connection,
    reference: &Reference,
    limit: u16,
) -> Result<Vec<(UserNo, Event)>, StoreError> {
    let params = params![reference.as_str(), kind::SIGN_IN_REFUSED, limit];
    rows(connection, &sql::refused_as(), params, |row| Ok((UserNo(row.get(13).map_err(of)?), event(row, 0)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::AccountNo;
    use crate::store::sqlite::load::{plan, with_tables};

    #[test]
    fn a_history_is_walked_by_its_own_index_and_everything_else_is_found_by_its_key() {
        let connection = with_tables();
        let histories =
            [(HistoryOf::User(UserNo(1)), "events_of_user"), (HistoryOf::Account(AccountNo(1)), "events_of_account")];
        for (whose, index) in histories {
            for kinds in [&[][..], &["session.ended"]] {
                let plan = plan(&connection, &statement(whose, kinds, 50));
                assert!(plan.contains(&format!("SEARCH events USING INDEX {index} (")), "{plan}");
                let walks = ["SCAN e", "SCAN c", "SCAN u", "SCAN a", "SCAN s", "SCAN d"];
                let walked = plan.lines().filter(|step| !step.contains("SCAN shown") && !step.contains("SCAN h"));
                assert!(walked.clone().all(|step| !walks.iter().any(|walk| step.starts_with(walk))), "{plan}");
            }
        }
    }

    #[test]
    fn a_refusal_is_found_by_its_reference() {
        let connection = with_tables();
        let plan = plan(&connection, &sql::refused_as());
        assert!(plan.contains("USING INDEX events_by_reference (reference=?)") && !plan.contains("SCAN"), "{plan}");
    }
}

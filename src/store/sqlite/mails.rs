//! Mails: made of events, taken, settled and forgotten, each piece within one transaction of the writer.

use super::changes::{one, run};
use super::load::{row, rows, text, time};
use super::{of, reads};
use crate::domain::id::{InvitationId, SecretHash, UserNo};
use crate::domain::mail::MailKind;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Fate;
use crate::store::mails::{Happened, Piece};
use crate::store::rows::parsed;
use crate::store::{ClaimedMail, MailClaim, MailOutcome, Position, StoreError, sql};
use rusqlite::{Connection, params};
use std::time::Duration;

/// What comes of the next events.
pub(super) fn piece(connection: &Connection, now: Timestamp, limit: u16) -> Result<Piece, StoreError> {
    let number = |statement: &str| row(connection, statement, [], |row| row.get::<_, i64>(0).map_err(of));
    let last = number("SELECT value FROM counters WHERE name = 'events'")?.unwrap_or(0);
    let from = number(sql::MAILED_UP_TO)?.unwrap_or(0);
    let next = rows(connection, sql::EVENTS_TO_MAIL, params![from, limit], |row| {
        Ok(Happened {
            position: row.get(0).map_err(of)?,
            kind: text(row, 1)?,
            at: time(row, 2)?,
            user: row.get::<_, Option<i64>>(3).map_err(of)?.map(UserNo),
            actor_kind: text(row, 4)?,
            reason: row.get(5).map_err(of)?,
            data: text(row, 6)?,
        })
    })?;
    Ok(Piece::of(&next, (last, limit), now))
}

/// Makes the mails of the next events. False: there are no more.
pub(super) fn hand_out(connection: &Connection, now: Timestamp, limit: u16) -> Result<bool, StoreError> {
    const INSERT: &str = "INSERT INTO mails (position, kind, user_no, created_at, tries, next_try_at) \
         SELECT $1, $2, $3, $4, 0, $4 WHERE NOT EXISTS (SELECT 1 FROM mails m WHERE m.user_no = $3 AND m.kind = $2 \
         AND m.created_at > $5)";
    let Piece { mails, reached, full } = piece(connection, now, limit)?;
    for mail in mails {
        let (kind, user) = (mail.kind.as_str(), mail.user.map(|user| user.0));
        let (now, unless_after) = (now.as_millis(), mail.unless_after.as_millis());
        run(connection, INSERT, params![mail.position, kind, user, now, unless_after])?;
    }
    one(connection, "UPDATE counters SET value = $1 WHERE name = 'mails'", [reached])?;
    Ok(full)
}

const DUE: &str = "SELECT position, kind, user_no, tries FROM mails WHERE next_try_at IS NOT NULL AND next_try_at <= $1 \
     ORDER BY next_try_at LIMIT $2";

/// Whether there is anything to take.
pub(super) fn is_due(connection: &Connection, now: Timestamp) -> Result<bool, StoreError> {
    Ok(row(connection, sql::IS_MAIL_DUE, [now.as_millis()], |row| row.get(0).map_err(of))?.unwrap_or(false))
}

pub(super) fn claim(
    connection: &Connection,
    limit: u16,
    (now, lease): (Timestamp, Duration),
) -> Result<Vec<ClaimedMail>, StoreError> {
    let due = rows(connection, DUE, params![now.as_millis(), limit], |row| {
        let position: i64 = row.get(0).map_err(of)?;
        let kind = parsed(MailKind::parse(&text(row, 1)?), "mails", position)?;
        let to = row.get::<_, Option<i64>>(2).map_err(of)?.map(UserNo);
        Ok((position, kind, to, row.get::<_, u32>(3).map_err(of)?))
    })?;
    let until = now + lease;
    let mut claimed = Vec::with_capacity(due.len());
    for (position, kind, to, tries) in due {
        let take = "UPDATE mails SET next_try_at = $1 WHERE position = $2";
        one(connection, take, params![until.as_millis(), position])?;
        let event = parsed(reads::event_at(connection, Position(position))?, "mails", position)?;
        let claim = MailClaim { position: event.position, until };
        claimed.push(ClaimedMail { claim, kind, to, tries, at: now, event });
    }
    Ok(claimed)
}

pub(super) fn settle(connection: &Connection, outcomes: &[MailOutcome]) -> Result<(), StoreError> {
    const SETTLE: &str = "UPDATE mails SET tries = $1, next_try_at = $2, done_at = $3, last_error = $4 \
         WHERE position = $5 AND next_try_at = $6";
    for MailOutcome { claim, tries, fate, at, error } in outcomes {
        let (next, done) = match fate {
            Fate::Again(next) => (Some(next.as_millis()), None),
            Fate::Delivered | Fate::Failed => (None, Some(at.as_millis())),
        };
        let (position, until) = (claim.position.0, claim.until.as_millis());
        run(connection, SETTLE, params![tries, next, done, error, position, until])?;
    }
    Ok(())
}

pub(super) fn forget(connection: &Connection, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
    let done = "DELETE FROM mails WHERE position IN (SELECT position FROM mails \
                WHERE done_at IS NOT NULL AND done_at < $1 ORDER BY done_at LIMIT $2)";
    Ok(run(connection, done, params![before.as_millis(), limit])? > 0)
}

pub(super) fn mail_invitation(
    connection: &Connection,
    id: &InvitationId,
    code: SecretHash,
) -> Result<bool, StoreError> {
    Ok(row(connection, sql::MAIL_INVITATION, params![code.0, id.as_str()], |_| Ok(()))?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::load::{plan, with_tables};

    #[test]
    fn what_is_asked_every_second_walks_through_nothing_but_what_it_is_about() {
        let connection = with_tables();
        for (statement, index) in [
            (DUE, "mails_due (next_try_at>? AND next_try_at<?)"),
            (sql::EVENTS_TO_MAIL, "INTEGER PRIMARY KEY (rowid>?)"),
        ] {
            let plan = plan(&connection, statement);
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{statement}\n{plan}");
        }
    }
}

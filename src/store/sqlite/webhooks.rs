//! Webhooks: their changes, and what is sent to them. Events become deliveries here, and are taken, settled and cleared
//! away piece by piece, each piece within one transaction of the writer.

use super::changes::{one, run};
use super::load::{row, rows, text, time, time_opt};
use super::{of, reads};
use crate::domain::change::{DeliveryRetried, WebhookChange, WebhookCreated, WebhookOver, WebhookRotated};
use crate::domain::id::{WebhookId, WebhookNo};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Fate, SigningSecret, Webhook, wants};
use crate::store::rows::{events_at_once, joined, parsed, split};
use crate::store::{
    Claim, Claimed, DeliveriesPage, DeliveryState, DeliveryView, Outcome, Position, StoreError, WebhookState, sql,
};
use rusqlite::{Connection, Row, params};
use std::cmp::Reverse;
use std::time::Duration;

/// Writes one change.
pub(super) fn write(connection: &Connection, change: &WebhookChange) -> Result<(), StoreError> {
    match change {
        WebhookChange::Created(change) => created(connection, change),
        WebhookChange::Rotated(change) => rotated(connection, change),
        WebhookChange::Disabled(change) => disabled(connection, change),
        WebhookChange::Removed(change) => removed(connection, change),
        WebhookChange::Retried(change) => retried(connection, change),
    }
}

fn created(connection: &Connection, created: &WebhookCreated) -> Result<(), StoreError> {
    let insert = "INSERT INTO webhooks (webhook_id, place, url, types, secret, created_at, reached) VALUES ($1, $2, $3, \
                  $4, $5, $6, (SELECT value FROM counters WHERE name = 'events'))";
    let (id, types) = (created.id.as_str(), joined(&created.types));
    let params = params![id, created.place, created.url, types, created.secret.0, created.at.as_millis()];
    one(connection, insert, params)
}

fn rotated(connection: &Connection, rotated: &WebhookRotated) -> Result<(), StoreError> {
    let rotate = "UPDATE webhooks SET old_secret = secret, secret = $1, old_secret_until = $2 \
                  WHERE webhook_id = $3 AND removed_at IS NULL";
    one(connection, rotate, params![rotated.secret.0, rotated.old_until.as_millis(), rotated.id.as_str()])
}

fn disabled(connection: &Connection, over: &WebhookOver) -> Result<(), StoreError> {
    let disable = "UPDATE webhooks SET disabled_at = $1 \
                   WHERE webhook_id = $2 AND disabled_at IS NULL AND removed_at IS NULL";
    one(connection, disable, params![over.at.as_millis(), over.id.as_str()])
}

fn removed(connection: &Connection, over: &WebhookOver) -> Result<(), StoreError> {
    let remove = "UPDATE webhooks SET removed_at = $1, secret = zeroblob(32), old_secret = NULL, \
                  old_secret_until = NULL WHERE webhook_id = $2 AND removed_at IS NULL";
    one(connection, remove, params![over.at.as_millis(), over.id.as_str()])
}

fn retried(connection: &Connection, retried: &DeliveryRetried) -> Result<(), StoreError> {
    let retry = "UPDATE webhook_deliveries SET state = 'pending', tries = 0, next_try_at = $1 \
                 WHERE webhook_no = (SELECT webhook_no FROM webhooks WHERE webhook_id = $2 AND disabled_at IS NULL \
                 AND removed_at IS NULL) AND position = $3 AND state = 'failed'";
    one(connection, retry, params![retried.at.as_millis(), retried.id.as_str(), retried.position])
}

pub(super) fn webhooks(connection: &Connection) -> Result<Vec<WebhookState>, StoreError> {
    rows(connection, sql::WEBHOOKS, [], |row| {
        let no: i64 = row.get(0).map_err(of)?;
        let webhook = Webhook {
            no: WebhookNo(no),
            id: parsed(WebhookId::new(text(row, 1)?).ok(), "webhooks", no)?,
            place: row.get(2).map_err(of)?,
            url: text(row, 3)?,
            types: split(&text(row, 4)?),
            created_at: time(row, 5)?,
            disabled_at: time_opt(row, 6)?,
        };
        Ok(WebhookState { webhook, next_try_at: time_opt(row, 7)? })
    })
}

/// Answers a question that has yes or no for an answer.
pub(super) fn is_so(connection: &Connection, question: &str) -> Result<bool, StoreError> {
    Ok(row(connection, question, [], |row| row.get(0).map_err(of))?.unwrap_or(false))
}

/// Starts where the webhook that is furthest behind stands; the others join in from where they stand.
pub(super) fn hand_out(connection: &Connection, now: Timestamp, limit: u16) -> Result<bool, StoreError> {
    const BEHIND: &str = "SELECT webhook_no, types, reached FROM webhooks WHERE removed_at IS NULL \
         AND disabled_at IS NULL AND reached < $1 ORDER BY reached, webhook_no";
    const NEXT: &str = "SELECT position, kind FROM events WHERE position > $1 ORDER BY position LIMIT $2";
    const INSERT: &str = "INSERT INTO webhook_deliveries (webhook_no, position, state, tries, next_try_at) \
         VALUES ($1, $2, 'pending', 0, $3)";
    let last = "SELECT value FROM counters WHERE name = 'events'";
    let last: i64 = row(connection, last, [], |row| row.get(0).map_err(of))?.unwrap_or(0);
    let behind = rows(connection, BEHIND, [last], |row| {
        Ok((row.get::<_, i64>(0).map_err(of)?, split(&text(row, 1)?), row.get::<_, i64>(2).map_err(of)?))
    })?;
    let Some((.., from)) = behind.first() else { return Ok(false) };
    let limit = events_at_once(limit, behind.len());
    let next =
        rows(connection, NEXT, params![from, limit], |row| Ok((row.get::<_, i64>(0).map_err(of)?, text(row, 1)?)))?;
    // Where there are no more, everything up to the last event is done, and what is missing was forgotten.
    let reached = next.last().filter(|_| next.len() >= usize::from(limit)).map_or(last, |(position, _)| *position);
    for (webhook, types, from) in behind.iter().filter(|(.., from)| *from < reached) {
        for (position, _) in next.iter().filter(|(position, kind)| from < position && wants(types, kind)) {
            one(connection, INSERT, params![webhook, position, now.as_millis()])?;
        }
        one(connection, "UPDATE webhooks SET reached = $1 WHERE webhook_no = $2", params![reached, webhook])?;
    }
    Ok(true)
}

const DUE: &str = "SELECT position, tries FROM webhook_deliveries WHERE webhook_no = $1 \
     AND next_try_at IS NOT NULL AND next_try_at <= $2 ORDER BY webhook_no, next_try_at LIMIT $3";

pub(super) fn claim(
    connection: &Connection,
    webhook: WebhookNo,
    limit: u16,
    (now, lease): (Timestamp, Duration),
) -> Result<Vec<Claimed>, StoreError> {
    const WEBHOOK: &str = "SELECT url, secret, old_secret, old_secret_until FROM webhooks \
         WHERE webhook_no = $1 AND disabled_at IS NULL AND removed_at IS NULL";
    const TAKE: &str = "UPDATE webhook_deliveries SET next_try_at = $1 WHERE webhook_no = $2 AND position = $3";
    let to = row(connection, WEBHOOK, [webhook.0], |row| {
        let mut secrets = vec![SigningSecret(row.get(1).map_err(of)?)];
        let old = row.get::<_, Option<[u8; 32]>>(2).map_err(of)?;
        secrets.extend(old.filter(|_| time_opt(row, 3).is_ok_and(|until| until > Some(now))).map(SigningSecret));
        Ok((text(row, 0)?, secrets))
    })?;
    let Some((url, secrets)) = to else { return Ok(Vec::new()) };
    let due = rows(connection, DUE, params![webhook.0, now.as_millis(), limit], |row| {
        Ok((row.get::<_, i64>(0).map_err(of)?, row.get::<_, u32>(1).map_err(of)?))
    })?;
    let until = now + lease;
    let mut claimed = Vec::with_capacity(due.len());
    for (position, tries) in due {
        one(connection, TAKE, params![until.as_millis(), webhook.0, position])?;
        let event = parsed(reads::event_at(connection, Position(position))?, "webhook_deliveries", position)?;
        let claim = Claim { webhook, position: event.position, until };
        let (url, secrets) = (url.clone(), secrets.clone());
        claimed.push(Claimed { claim, tries, at: now, url, secrets, event });
    }
    Ok(claimed)
}

pub(super) fn settle(connection: &Connection, outcomes: &[Outcome]) -> Result<(), StoreError> {
    const SETTLE: &str = "UPDATE webhook_deliveries SET state = $1, tries = $2, next_try_at = $3, delivered_at = $4, \
         last_error = $5 WHERE webhook_no = $6 AND position = $7 AND next_try_at = $8";
    for Outcome { claim, tries, fate, at, error } in outcomes {
        let (state, next, delivered) = match fate {
            Fate::Delivered => (DeliveryState::Delivered, None, Some(at.as_millis())),
            Fate::Again(next) => (DeliveryState::Pending, Some(next.as_millis()), None),
            Fate::Failed => (DeliveryState::Failed, None, None),
        };
        let (webhook, position, until) = (claim.webhook.0, claim.position.0, claim.until.as_millis());
        let params = params![state.as_str(), tries, next, delivered, error, webhook, position, until];
        run(connection, SETTLE, params)?;
    }
    Ok(())
}

pub(super) fn deliveries(
    connection: &Connection,
    webhook: WebhookNo,
    state: Option<DeliveryState>,
    page: DeliveriesPage,
) -> Result<Vec<DeliveryView>, StoreError> {
    let before = page.before.map_or(i64::MAX, |position| position.0);
    let of_state =
        |state: DeliveryState| rows(connection, LIST, params![webhook.0, state.as_str(), before, page.limit], delivery);
    // Each state has its own piece of the index, and what is read here is from one instant.
    let states = state.map_or(DeliveryState::ALL.to_vec(), |state| vec![state]);
    let mut found = states.into_iter().map(of_state).collect::<Result<Vec<_>, _>>()?.concat();
    found.sort_by_key(|delivery| Reverse(delivery.position));
    found.truncate(page.limit.into());
    Ok(found)
}

const LIST: &str = "SELECT d.position, e.kind, d.state, d.tries, d.next_try_at, d.delivered_at, d.last_error \
     FROM webhook_deliveries d JOIN events e ON e.position = d.position \
     WHERE d.webhook_no = $1 AND d.state = $2 AND d.position < $3 ORDER BY d.position DESC LIMIT $4";

fn delivery(row: &Row<'_>) -> Result<DeliveryView, StoreError> {
    let position: i64 = row.get(0).map_err(of)?;
    Ok(DeliveryView {
        position: Position(position),
        kind: text(row, 1)?,
        state: parsed(DeliveryState::parse(&text(row, 2)?), "webhook_deliveries", position)?,
        tries: row.get(3).map_err(of)?,
        next_try_at: time_opt(row, 4)?,
        delivered_at: time_opt(row, 5)?,
        last_error: row.get(6).map_err(of)?,
    })
}

pub(super) fn clear(connection: &Connection, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
    const DELIVERED: &str = "DELETE FROM webhook_deliveries WHERE rowid IN (SELECT rowid FROM webhook_deliveries \
         WHERE delivered_at IS NOT NULL AND delivered_at < $1 ORDER BY delivered_at LIMIT $2)";
    const OF_REMOVED: &str = "DELETE FROM webhook_deliveries WHERE rowid IN (SELECT rowid FROM webhook_deliveries \
         WHERE webhook_no = (SELECT webhook_no FROM webhooks WHERE removed_at IS NOT NULL LIMIT 1) LIMIT $1)";
    const REMOVED: &str = "DELETE FROM webhooks WHERE removed_at IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_no = webhooks.webhook_no)";
    const OF_DISABLED: &str = "UPDATE webhook_deliveries SET state = 'failed', next_try_at = NULL, last_error = $1 \
         WHERE rowid IN (SELECT d.rowid FROM webhooks w JOIN webhook_deliveries d ON d.webhook_no = w.webhook_no \
         WHERE w.disabled_at IS NOT NULL AND w.removed_at IS NULL AND d.next_try_at IS NOT NULL LIMIT $2)";
    let mut cleared = run(connection, DELIVERED, params![before.as_millis(), limit])?;
    cleared += run(connection, OF_REMOVED, [limit])?;
    cleared += run(connection, REMOVED, [])?;
    cleared += run(connection, OF_DISABLED, params![sql::DISABLED, limit])?;
    Ok(cleared > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::load::{plan, with_tables};

    #[test]
    fn lists_and_claims_walk_through_nothing_but_what_they_are_about() {
        let connection = with_tables();
        for (statement, index) in [
            (LIST, "webhook_deliveries_by_state (webhook_no=? AND state=? AND position<?)"),
            (DUE, "webhook_deliveries_due (webhook_no=? AND next_try_at>? AND next_try_at<?)"),
            (sql::WEBHOOKS, "webhook_deliveries_due (webhook_no=? AND next_try_at>?)"),
        ] {
            let plan = plan(&connection, statement);
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{statement}\n{plan}");
        }
    }
}

//! Webhooks: their changes, and what is sent to them. Events become deliveries here, and are taken, settled and cleared
//! away piece by piece. What one node holds meanwhile the others pass over.

use super::changes::one;
use super::pool::Leased;
use super::reads::{self, all};
use super::rows::{get, opt_time, small, time};
use super::session::{Param, Step};
use super::time::now;
use super::touches::committed_over;
use super::{Shared, transaction};
use crate::domain::change::WebhookChange;
use crate::domain::id::{WebhookId, WebhookNo};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Fate, SigningSecret, Webhook, wants};
use crate::store::rows::{events_at_once, joined, parsed, split};
use crate::store::{
    Claim, Claimed, DeliveriesPage, DeliveryState, DeliveryView, Event, Outcome, Position, StoreError, WebhookState,
    sql,
};
use std::time::Duration;
use tokio_postgres::Row;

fn no(value: i64) -> Param {
    Param::Int(Some(value))
}

fn text(value: &str) -> Param {
    Param::Text(value.to_owned())
}

fn secret(value: &SigningSecret) -> Param {
    Param::Hash(value.0.to_vec())
}

/// Writes one change.
pub(super) fn write(change: &WebhookChange) -> Step {
    const CREATE: &str = "INSERT INTO webhooks (webhook_id, place, url, types, secret, created_at, reached) \
         SELECT $1, $2, $3, $4, $5, $6, value FROM counters WHERE name = 'events'";
    const ROTATE: &str = one!(
        "UPDATE webhooks SET old_secret = secret, secret = $1, old_secret_until = $2 \
         WHERE webhook_id = $3 AND removed_at IS NULL"
    );
    const DISABLE: &str = one!(
        "UPDATE webhooks SET disabled_at = $1 WHERE webhook_id = $2 AND disabled_at IS NULL AND removed_at IS NULL"
    );
    const REMOVE: &str = one!(
        "UPDATE webhooks SET removed_at = $1, secret = decode(repeat('00', 32), 'hex'), old_secret = NULL, \
         old_secret_until = NULL WHERE webhook_id = $2 AND removed_at IS NULL"
    );
    const RETRY: &str = one!(
        "UPDATE webhook_deliveries SET state = 'pending', tries = 0, next_try_at = $1 \
         WHERE webhook_no = (SELECT webhook_no FROM webhooks WHERE webhook_id = $2 AND disabled_at IS NULL \
         AND removed_at IS NULL) AND position = $3 AND state = 'failed'"
    );
    match change {
        WebhookChange::Created(created) => {
            let (id, place) = (text(created.id.as_str()), no(created.place.into()));
            let (url, types) = (text(&created.url), Param::Text(joined(&created.types)));
            Step::ask(CREATE, vec![id, place, url, types, secret(&created.secret), no(created.at.as_millis())])
        }
        WebhookChange::Rotated(rotated) => {
            let until = no(rotated.old_until.as_millis());
            Step::ask(ROTATE, vec![secret(&rotated.secret), until, text(rotated.id.as_str())])
        }
        WebhookChange::Disabled(over) => Step::ask(DISABLE, vec![no(over.at.as_millis()), text(over.id.as_str())]),
        WebhookChange::Removed(over) => Step::ask(REMOVE, vec![no(over.at.as_millis()), text(over.id.as_str())]),
        WebhookChange::Retried(retried) => {
            let at = no(retried.at.as_millis());
            Step::ask(RETRY, vec![at, text(retried.id.as_str()), no(retried.position)])
        }
    }
}

pub(super) async fn webhooks(shared: &Shared) -> Result<Vec<WebhookState>, StoreError> {
    all(shared.look(Step::ask(sql::WEBHOOKS, vec![])).await?, |row| {
        let number: i64 = get(row, 0)?;
        let webhook = Webhook {
            no: WebhookNo(number),
            id: parsed(WebhookId::new(get::<&str>(row, 1)?).ok(), "webhooks", number)?,
            place: small(row, 2, ("webhooks", number))?,
            url: get(row, 3)?,
            types: split(get(row, 4)?),
            created_at: time(row, 5)?,
            disabled_at: opt_time(row, 6)?,
        };
        Ok(WebhookState { webhook, next_try_at: opt_time(row, 7)? })
    })
}

/// Events that have not become deliveries of every webhook. Rows that another node holds are its own to move.
const BEHIND: &str = "SELECT webhook_no, types, reached FROM webhooks WHERE removed_at IS NULL AND disabled_at IS NULL \
     AND reached < $1 ORDER BY webhook_no FOR UPDATE SKIP LOCKED";

const NEXT: &str = "SELECT position, kind FROM events WHERE position > $1 ORDER BY position LIMIT $2";

const INSERT: &str = concat!(
    "INSERT INTO webhook_deliveries (webhook_no, position, state, tries, next_try_at) \
     SELECT k.webhook_no, k.position, 'pending', 0, ",
    now!(),
    " FROM unnest($2::int8[], $3::int8[]) AS k (webhook_no, position)"
);

const MOVE: &str = "UPDATE webhooks SET reached = $1 WHERE webhook_no = ANY($2)";

/// Answers a question that has yes or no for an answer.
async fn is_so(shared: &Shared, question: &'static str) -> Result<bool, StoreError> {
    let answer = reads::first(shared.look(Step::ask(question, vec![])).await?, |row| get(row, 0))?;
    Ok(answer.unwrap_or(false))
}

pub(super) async fn hand_out(shared: &Shared, limit: u16) -> Result<bool, StoreError> {
    if !is_so(shared, sql::IS_BEHIND).await? {
        return Ok(false);
    }
    let mut leased = shared.deliveries.lease().await?;
    let handed_out = piece(shared, &mut leased, limit).await;
    match handed_out {
        Ok(true) => transaction::acknowledged(&mut leased)?,
        Ok(false) | Err(_) => leased.roll_back(),
    }
    handed_out
}

/// Starts where the webhook that is furthest behind stands; the others join in from where they stand.
async fn piece(shared: &Shared, leased: &mut Leased, limit: u16) -> Result<bool, StoreError> {
    let session = leased.session();
    // Every event up to the last one can be read: they become visible in their order.
    let last = session.run(&[transaction::begin(), reads::last_event()]).await?;
    let last: i64 = last.last().and_then(|rows| rows.first()).map_or(Ok(0), |row| get(row, 0))?;
    let behind = all(session.rows(Step::ask(BEHIND, vec![no(last)])).await?, |row| {
        Ok((get::<i64>(row, 0)?, split(get(row, 1)?), get::<i64>(row, 2)?))
    })?;
    let Some(from) = behind.iter().map(|(.., from)| *from).min() else { return Ok(false) };
    let limit = events_at_once(limit, behind.len());
    let next = all(session.rows(Step::ask(NEXT, vec![no(from), no(limit.into())])).await?, |row| {
        Ok((get::<i64>(row, 0)?, get::<String>(row, 1)?))
    })?;
    // Where there are no more, everything up to the last event is done, and what is missing was forgotten.
    let furthest = next.last().map_or(last, |(position, _)| *position);
    let reached = if next.len() < usize::from(limit) { last.max(furthest) } else { furthest };
    let (mut moved, mut webhooks, mut positions) = (Vec::new(), Vec::new(), Vec::new());
    for (webhook, types, from) in behind.iter().filter(|(.., from)| *from < reached) {
        moved.push(*webhook);
        for (position, _) in next.iter().filter(|(position, kind)| from < position && wants(types, kind)) {
            webhooks.push(*webhook);
            positions.push(*position);
        }
    }
    let insert = vec![shared.time.param(), Param::Ints(webhooks), Param::Ints(positions)];
    let moved = Step::ask(MOVE, vec![no(reached), Param::Ints(moved)]);
    session.run(&[Step::ask(INSERT, insert), moved, transaction::commit()]).await?;
    Ok(true)
}

pub(super) async fn claim(
    shared: &Shared,
    webhook: WebhookNo,
    limit: u16,
    lease: Duration,
) -> Result<Vec<Claimed>, StoreError> {
    let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
    let params = vec![shared.time.param(), no(webhook.0), no(lease)];
    let answers = committed_over(&shared.deliveries, vec![Step::built(take(limit), params)]).await?;
    let taken = answers.into_iter().next().unwrap_or_default();
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let positions: Vec<i64> = taken.iter().map(|row| get(row, 1)).collect::<Result<_, _>>()?;
    let events = all(shared.look(reads::events_at(positions)).await?, |row| reads::event(row, 0))?;
    let mut claimed = Vec::with_capacity(taken.len());
    for row in &taken {
        let position = Position(get(row, 1)?);
        match events.iter().find(|event| event.position == position) {
            Some(event) => claimed.push(claimed_of(shared, row, webhook, event.clone())?),
            // It was forgotten meanwhile, and there is nothing left to tell.
            None => drop_one(shared, webhook, position).await?,
        }
    }
    Ok(claimed)
}

/// The statement that takes deliveries. How many stands in the text, and the order is the index's own, which leaves the
/// plan no choice.
fn take(limit: u16) -> String {
    format!(
        "WITH clock AS MATERIALIZED (SELECT {} AS now), \
         due AS MATERIALIZED (SELECT d.webhook_no, d.position FROM webhook_deliveries d WHERE d.webhook_no = \
         (SELECT webhook_no FROM webhooks WHERE webhook_no = $2 AND disabled_at IS NULL AND removed_at IS NULL) \
         AND d.next_try_at IS NOT NULL AND d.next_try_at <= (SELECT now FROM clock) \
         ORDER BY d.webhook_no, d.next_try_at LIMIT {limit} FOR UPDATE SKIP LOCKED), \
         taken AS (UPDATE webhook_deliveries d SET next_try_at = (SELECT now FROM clock) + $3 FROM due \
         WHERE d.webhook_no = due.webhook_no AND d.position = due.position \
         RETURNING d.webhook_no, d.position, d.tries, d.next_try_at) \
         SELECT clock.now, t.position, t.tries, t.next_try_at, w.url, w.secret, w.old_secret, w.old_secret_until \
         FROM clock CROSS JOIN taken t JOIN webhooks w ON w.webhook_no = t.webhook_no ORDER BY t.position",
        now!()
    )
}

fn claimed_of(shared: &Shared, row: &Row, webhook: WebhookNo, event: Event) -> Result<Claimed, StoreError> {
    let at = shared.time.read(row, 0)?;
    let mut secrets: Vec<SigningSecret> = signing_secret(row, 5, webhook)?.into_iter().collect();
    if opt_time(row, 7)? > Some(at) {
        secrets.extend(signing_secret(row, 6, webhook)?);
    }
    let claim = Claim { webhook, position: event.position, until: time(row, 3)? };
    let tries = small(row, 2, ("webhook_deliveries", event.position.0))?;
    Ok(Claimed { claim, tries, at, url: get(row, 4)?, secrets, event })
}

fn signing_secret(row: &Row, column: usize, webhook: WebhookNo) -> Result<Option<SigningSecret>, StoreError> {
    let Some(bytes) = get::<Option<&[u8]>>(row, column)? else { return Ok(None) };
    parsed(bytes.try_into().ok(), "webhooks", webhook.0).map(|bytes| Some(SigningSecret(bytes)))
}

async fn drop_one(shared: &Shared, webhook: WebhookNo, position: Position) -> Result<(), StoreError> {
    const DROP: &str = "DELETE FROM webhook_deliveries WHERE webhook_no = $1 AND position = $2";
    let dropped = Step::ask(DROP, vec![no(webhook.0), no(position.0)]);
    committed_over(&shared.deliveries, vec![dropped]).await.map(|_| ())
}

pub(super) async fn settle(shared: &Shared, outcomes: &[Outcome]) -> Result<(), StoreError> {
    const SETTLE: &str = "UPDATE webhook_deliveries d SET state = t.state, tries = t.tries, \
         next_try_at = t.next_try_at, delivered_at = t.delivered_at, last_error = t.error \
         FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::text[], $5::int8[], $6::int8[], $7::int8[], $8::text[]) \
         AS t (webhook_no, position, until, state, tries, next_try_at, delivered_at, error) \
         WHERE d.webhook_no = t.webhook_no AND d.position = t.position AND d.next_try_at = t.until";
    if outcomes.is_empty() {
        return Ok(());
    }
    let ints = |value: fn(&Outcome) -> i64| Param::Ints(outcomes.iter().map(value).collect());
    let opt_ints = |value: fn(&Outcome) -> Option<i64>| Param::OptInts(outcomes.iter().map(value).collect());
    let states = outcomes.iter().map(|outcome| match outcome.fate {
        Fate::Delivered => DeliveryState::Delivered,
        Fate::Again(_) => DeliveryState::Pending,
        Fate::Failed => DeliveryState::Failed,
    });
    let params = vec![
        ints(|outcome| outcome.claim.webhook.0),
        ints(|outcome| outcome.claim.position.0),
        ints(|outcome| outcome.claim.until.as_millis()),
        Param::Texts(states.map(|state| state.as_str().to_owned()).collect()),
        ints(|outcome| outcome.tries.into()),
        opt_ints(|outcome| if let Fate::Again(next) = outcome.fate { Some(next.as_millis()) } else { None }),
        opt_ints(|outcome| (outcome.fate == Fate::Delivered).then_some(outcome.at.as_millis())),
        Param::OptTexts(outcomes.iter().map(|outcome| outcome.error.clone()).collect()),
    ];
    committed_over(&shared.deliveries, vec![Step::ask(SETTLE, params)]).await.map(|_| ())
}

/// The order of each part is one that a single index has, and it begins as no other does, so that the plan has no choice,
/// whatever it was made on.
pub(super) async fn deliveries(
    shared: &Shared,
    webhook: WebhookNo,
    state: Option<DeliveryState>,
    page: DeliveriesPage,
) -> Result<Vec<DeliveryView>, StoreError> {
    let states = state.map_or(DeliveryState::ALL.to_vec(), |state| vec![state]);
    let parts = states.iter().map(|state| {
        let state = state.as_str();
        format!(
            "(SELECT * FROM webhook_deliveries WHERE (webhook_no, state, position) < ($1, '{state}', $2) \
             AND (webhook_no, state) >= ($1, '{state}') ORDER BY webhook_no DESC, state DESC, position DESC LIMIT $3)"
        )
    });
    let list = format!(
        "SELECT d.position, e.kind, d.state, d.tries, d.next_try_at, d.delivered_at, d.last_error FROM ({}) d \
         JOIN events e ON e.position = d.position ORDER BY d.position DESC LIMIT $3",
        parts.collect::<Vec<_>>().join(" UNION ALL ")
    );
    let before = page.before.map_or(i64::MAX, |position| position.0);
    let params = vec![no(webhook.0), no(before), no(page.limit.into())];
    all(shared.read(Step::built(list, params)).await?, |row| {
        let position: i64 = get(row, 0)?;
        Ok(DeliveryView {
            position: Position(position),
            kind: get(row, 1)?,
            state: parsed(DeliveryState::parse(get(row, 2)?), "webhook_deliveries", position)?,
            tries: small(row, 3, ("webhook_deliveries", position))?,
            next_try_at: opt_time(row, 4)?,
            delivered_at: opt_time(row, 5)?,
            last_error: get(row, 6)?,
        })
    })
}

/// A piece of rows of `webhook_deliveries`, found by one index each, and what is done with them.
fn of_piece(which: &str, limit: u16, done: &str) -> String {
    format!(
        "WITH piece AS MATERIALIZED (SELECT d.webhook_no, d.position FROM webhook_deliveries d WHERE {which} \
         LIMIT {limit} FOR UPDATE SKIP LOCKED) {done} piece WHERE d.webhook_no = piece.webhook_no \
         AND d.position = piece.position RETURNING 1"
    )
}

pub(super) async fn clear(shared: &Shared, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
    const DELETE: &str = "DELETE FROM webhook_deliveries d USING";
    const FAIL: &str = "UPDATE webhook_deliveries d SET state = 'failed', next_try_at = NULL, last_error = $1 FROM";
    const DELIVERED: &str = "d.delivered_at IS NOT NULL AND d.delivered_at < $1 ORDER BY d.delivered_at";
    const OF_REMOVED: &str = "d.webhook_no = (SELECT webhook_no FROM webhooks WHERE removed_at IS NOT NULL \
         ORDER BY webhook_no LIMIT 1) ORDER BY d.webhook_no, d.state, d.position";
    const OF_DISABLED: &str = "d.webhook_no = (SELECT w.webhook_no FROM webhooks w WHERE w.disabled_at IS NOT NULL \
         AND w.removed_at IS NULL AND EXISTS (SELECT FROM webhook_deliveries p WHERE p.webhook_no = w.webhook_no \
         AND p.next_try_at IS NOT NULL) ORDER BY w.webhook_no LIMIT 1) \
         AND d.next_try_at IS NOT NULL ORDER BY d.webhook_no, d.next_try_at";
    const REMOVED: &str = "DELETE FROM webhooks w WHERE w.removed_at IS NOT NULL \
         AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook_no = w.webhook_no) RETURNING 1";
    if !is_so(shared, sql::HAS_WEBHOOKS).await? {
        return Ok(false);
    }
    let steps = vec![
        Step::built(of_piece(DELIVERED, limit, DELETE), vec![no(before.as_millis())]),
        Step::built(of_piece(OF_REMOVED, limit, DELETE), vec![]),
        Step::built(of_piece(OF_DISABLED, limit, FAIL), vec![text(sql::DISABLED)]),
        Step::ask(REMOVED, vec![]),
    ];
    let cleared = committed_over(&shared.deliveries, steps).await?;
    Ok(cleared.iter().any(|rows| !rows.is_empty()))
}

//! Mails: made of events, taken, settled and forgotten. What one node holds meanwhile the others pass over.

use super::pool::Leased;
use super::reads::{self, all};
use super::rows::{get, opt_time, small, time};
use super::session::{Param, Step};
use super::time::now;
use super::touches::committed_over;
use super::{Shared, transaction};
use crate::domain::id::{InvitationId, SecretHash, UserNo};
use crate::domain::mail::MailKind;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Fate;
use crate::store::mails::{Happened, Piece};
use crate::store::rows::parsed;
use crate::store::{ClaimedMail, Event, MailClaim, MailOutcome, Position, StoreError, sql};
use std::time::Duration;
use tokio_postgres::Row;

fn no(value: i64) -> Param {
    Param::Int(Some(value))
}

fn user_no(row: &Row, column: usize) -> Result<Option<UserNo>, StoreError> {
    Ok(get::<Option<i64>>(row, column)?.map(UserNo))
}

fn happened(row: &Row) -> Result<Happened, StoreError> {
    let user = user_no(row, 3)?;
    let (position, kind, at) = (get(row, 0)?, get(row, 1)?, time(row, 2)?);
    let (actor_kind, reason, data) = (get(row, 4)?, get(row, 5)?, get(row, 6)?);
    Ok(Happened { position, kind, at, user, actor_kind, reason, data })
}

/// A position that is in the first row, or the beginning.
fn at_first(rows: &[Row]) -> Result<i64, StoreError> {
    rows.first().map_or(Ok(0), |row| get(row, 0))
}

pub(super) async fn hand_out(shared: &Shared, limit: u16) -> Result<bool, StoreError> {
    // A look locks nothing and commits nothing, and most events are worth no mail.
    let from = at_first(&shared.look(Step::ask(sql::MAILED_UP_TO, vec![])).await?)?;
    let next = Step::ask(sql::EVENTS_TO_MAIL, vec![no(from), no(limit.into())]);
    let next = all(shared.read(next).await?, happened)?;
    if !Piece::of(&next, (from, limit), reads::now(shared).await?).is_worth_writing() {
        return Ok(false);
    }
    let mut leased = shared.deliveries.lease().await?;
    let handed_out = piece(shared, &mut leased, limit).await;
    match handed_out {
        Ok(Some(full)) => {
            transaction::acknowledged(&mut leased)?;
            Ok(full)
        }
        Ok(None) => {
            leased.roll_back();
            Ok(false)
        }
        Err(error) => {
            leased.roll_back();
            Err(error)
        }
    }
}

/// Makes the mails of the next events; says whether there may be more. Nothing where another node is at it.
async fn piece(shared: &Shared, leased: &mut Leased, limit: u16) -> Result<Option<bool>, StoreError> {
    const HELD: &str = "SELECT value FROM counters WHERE name = 'mails' FOR UPDATE SKIP LOCKED";
    const INSERT: &str = "INSERT INTO mails (position, kind, user_no, created_at, tries, next_try_at) \
         SELECT k.position, k.kind, k.user_no, $1, 0, $1 \
         FROM unnest($2::int8[], $3::text[], $4::int8[], $5::int8[]) AS k (position, kind, user_no, unless_after) \
         WHERE NOT EXISTS (SELECT FROM mails m WHERE m.user_no = k.user_no AND m.kind = k.kind \
         AND m.created_at > k.unless_after)";
    const MOVE: &str = "UPDATE counters SET value = $1 WHERE name = 'mails'";
    let session = leased.session();
    let clock = Step::ask(concat!("SELECT ", now!()), vec![shared.time.param()]);
    let begun = session.run(&[transaction::begin(), Step::ask(HELD, vec![]), reads::last_event(), clock]).await?;
    let [_, held, last, clock] = &begun[..] else { return Ok(None) };
    let Some(held) = held.first() else { return Ok(None) };
    let (from, last, now): (i64, i64, Timestamp) = (get(held, 0)?, at_first(last)?, shared.time.of(clock, 0)?);
    let next = session.rows(Step::ask(sql::EVENTS_TO_MAIL, vec![no(from), no(limit.into())])).await?;
    let Piece { mails, reached, full } = Piece::of(&all(next, happened)?, (last, limit), now);
    let insert = vec![
        no(now.as_millis()),
        Param::Ints(mails.iter().map(|mail| mail.position).collect()),
        Param::Texts(mails.iter().map(|mail| mail.kind.as_str().to_owned()).collect()),
        Param::OptInts(mails.iter().map(|mail| mail.user.map(|user| user.0)).collect()),
        Param::Ints(mails.iter().map(|mail| mail.unless_after.as_millis()).collect()),
    ];
    let steps = [Step::ask(INSERT, insert), Step::ask(MOVE, vec![no(reached)]), transaction::commit()];
    session.run(&steps).await?;
    Ok(Some(full))
}

pub(super) async fn claim(shared: &Shared, limit: u16, lease: Duration) -> Result<Vec<ClaimedMail>, StoreError> {
    let now = reads::now(shared).await?;
    let is_due = shared.look(Step::ask(sql::IS_MAIL_DUE, vec![no(now.as_millis())])).await?;
    if !reads::first(is_due, |row| get(row, 0))?.unwrap_or(false) {
        return Ok(Vec::new());
    }
    let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
    let take = Step::built(take(limit), vec![shared.time.param(), no(lease)]);
    let answers = committed_over(&shared.deliveries, vec![take]).await?;
    let taken = answers.into_iter().next().unwrap_or_default();
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let positions: Vec<i64> = taken.iter().map(|row| get(row, 1)).collect::<Result<_, _>>()?;
    let events = all(shared.look(reads::events_at(positions)).await?, |row| reads::event(row, 0))?;
    // An event that was forgotten meanwhile took its mail with it.
    let told = taken.iter().filter_map(|row| {
        let position: i64 = get(row, 1).ok()?;
        events.iter().find(|event| event.position == Position(position)).map(|event| (row, event))
    });
    told.map(|(row, event)| claimed(shared, row, event)).collect()
}

/// The statement that takes mails. How many stands in the text, and the order is the index's own, which leaves the plan
/// no choice.
fn take(limit: u16) -> String {
    format!(
        "WITH clock AS MATERIALIZED (SELECT {} AS now), \
         due AS MATERIALIZED (SELECT m.position FROM mails m WHERE m.next_try_at IS NOT NULL \
         AND m.next_try_at <= (SELECT now FROM clock) ORDER BY m.next_try_at LIMIT {limit} FOR UPDATE SKIP LOCKED), \
         taken AS (UPDATE mails m SET next_try_at = (SELECT now FROM clock) + $2 FROM due \
         WHERE m.position = due.position RETURNING m.position, m.next_try_at, m.kind, m.user_no, m.tries) \
         SELECT clock.now, t.position, t.next_try_at, t.kind, t.user_no, t.tries \
         FROM clock CROSS JOIN taken t ORDER BY t.position",
        now!()
    )
}

fn claimed(shared: &Shared, row: &Row, event: &Event) -> Result<ClaimedMail, StoreError> {
    let position = event.position;
    let until = opt_time(row, 2)?;
    Ok(ClaimedMail {
        claim: MailClaim { position, until: parsed(until, "mails", position.0)? },
        kind: parsed(MailKind::parse(get(row, 3)?), "mails", position.0)?,
        to: user_no(row, 4)?,
        tries: small(row, 5, ("mails", position.0))?,
        at: shared.time.read(row, 0)?,
        event: event.clone(),
    })
}

pub(super) async fn settle(shared: &Shared, outcomes: &[MailOutcome]) -> Result<(), StoreError> {
    const SETTLE: &str = "UPDATE mails m SET tries = t.tries, next_try_at = t.next_try_at, done_at = t.done_at, \
         last_error = t.error FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::text[]) \
         AS t (position, until, tries, next_try_at, done_at, error) \
         WHERE m.position = t.position AND m.next_try_at = t.until";
    if outcomes.is_empty() {
        return Ok(());
    }
    let ints = |value: fn(&MailOutcome) -> i64| Param::Ints(outcomes.iter().map(value).collect());
    let opt_ints = |value: fn(&MailOutcome) -> Option<i64>| Param::OptInts(outcomes.iter().map(value).collect());
    let params = vec![
        ints(|outcome| outcome.claim.position.0),
        ints(|outcome| outcome.claim.until.as_millis()),
        ints(|outcome| outcome.tries.into()),
        opt_ints(|outcome| if let Fate::Again(next) = outcome.fate { Some(next.as_millis()) } else { None }),
        opt_ints(|outcome| if let Fate::Again(_) = outcome.fate { None } else { Some(outcome.at.as_millis()) }),
        Param::OptTexts(outcomes.iter().map(|outcome| outcome.error.clone()).collect()),
    ];
    committed_over(&shared.deliveries, vec![Step::ask(SETTLE, params)]).await.map(|_| ())
}

pub(super) async fn forget(shared: &Shared, before: Timestamp, limit: u16) -> Result<bool, StoreError> {
    let done = format!(
        "DELETE FROM mails WHERE position IN (SELECT position FROM mails WHERE done_at IS NOT NULL AND done_at < $1 \
         ORDER BY done_at LIMIT {limit} FOR UPDATE SKIP LOCKED) RETURNING 1"
    );
    let forgotten = committed_over(&shared.changes, vec![Step::built(done, vec![no(before.as_millis())])]).await?;
    Ok(forgotten.iter().any(|rows| !rows.is_empty()))
}

pub(super) async fn mail_invitation(shared: &Shared, id: &InvitationId, code: SecretHash) -> Result<bool, StoreError> {
    let params = vec![Param::Hash(code.0.to_vec()), Param::Text(id.as_str().to_owned())];
    let given = committed_over(&shared.deliveries, vec![Step::ask(sql::MAIL_INVITATION, params)]).await?;
    Ok(given.iter().any(|rows| !rows.is_empty()))
}

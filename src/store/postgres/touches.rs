//! Moves the times of sessions that are open. It can neither revive one nor create one, and never waits in disorder.

use super::pool::Pool;
use super::rows::get;
use super::session::{Param, Step};
use super::time::now;
use super::{Shared, transaction};
use crate::domain::id::SessionNo;
use crate::store::{StoreError, TouchOf};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_postgres::Row;

/// Moves what nobody else holds. Rows are taken in ascending order everywhere: two nodes that touch the same sessions
/// would otherwise wait for each other.
const TOUCH: &str = concat!(
    "WITH clock AS MATERIALIZED (SELECT ",
    now!(),
    " AS now) UPDATE session_activity a SET last_active_at = greatest(a.last_active_at, t.active), \
     last_seen_at = greatest(a.last_seen_at, t.seen), \
     idle_deadline = CASE WHEN t.active >= a.last_active_at THEN t.idle ELSE a.idle_deadline END, \
     wake_at = least(a.wake_at, t.idle) FROM clock CROSS JOIN (SELECT k.* \
     FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::bool[]) AS k (no, active, seen, idle, kept) \
     JOIN session_activity l ON l.session_no = k.no ORDER BY k.no FOR UPDATE OF l SKIP LOCKED) t \
     WHERE a.session_no = t.no AND (t.kept OR (a.idle_deadline > clock.now AND a.absolute_deadline > clock.now)) \
     RETURNING a.session_no"
);

/// Waits for what somebody holds.
const LOCK: &str = "SELECT session_no FROM session_activity WHERE session_no = ANY($1) ORDER BY session_no FOR UPDATE";

/// Keeps the clock from running backwards, by more than a second: touches need not meet commits at its row each time.
const RAISE_CLOCK: &str = concat!(
    "UPDATE counters SET value = n.now FROM (SELECT ",
    now!(),
    " AS now) n WHERE name = 'clock' AND value + 1000 <= n.now"
);

/// Waits for what somebody holds: the sweeper has just looked at these under their lock, and that may not be undone yet.
const REARM: &str = "UPDATE session_activity a SET wake_at = least(a.idle_deadline, a.absolute_deadline) \
     FROM (SELECT session_no FROM session_activity WHERE session_no = ANY($1) ORDER BY session_no FOR UPDATE) l \
     WHERE a.session_no = l.session_no";

/// Those that are open.
const OPEN: &str = "SELECT session_no FROM session_activity WHERE session_no = ANY($1)";

/// Says of each touch whether its session was live; waits for those that somebody holds.
pub(super) async fn touch(shared: &Shared, touches: &[TouchOf]) -> Result<Vec<bool>, StoreError> {
    let all: Vec<_> = merged(touches).into_values().collect();
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let steps = vec![Step::ask(LOCK, vec![Param::Ints(numbers(&all))]), step(shared, &all), raise_clock(shared)];
    let answers = committed(shared, steps).await?;
    let moved = sessions(&answers, 1)?;
    Ok(touches.iter().map(|touch| moved.contains(&touch.session)).collect())
}

/// The same without a wait. What is open and did not move is held by somebody, or has lapsed: whoever needs to know waits.
pub(super) async fn touch_free(shared: &Shared, touches: &[TouchOf]) -> Result<Vec<Option<bool>>, StoreError> {
    let all: Vec<_> = merged(touches).into_values().collect();
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let open = Step::ask(OPEN, vec![Param::Ints(numbers(&all))]);
    let answers = committed(shared, vec![step(shared, &all), open, raise_clock(shared)]).await?;
    let (moved, open) = (sessions(&answers, 0)?, sessions(&answers, 1)?);
    let outcome =
        |session| if moved.contains(session) { Some(true) } else { (!open.contains(session)).then_some(false) };
    Ok(touches.iter().map(|touch| outcome(&touch.session)).collect())
}

fn raise_clock(shared: &Shared) -> Step {
    Step::ask(RAISE_CLOCK, vec![shared.time.param()])
}

/// The sessions that one of the answers names.
fn sessions(answers: &[Vec<Row>], at: usize) -> Result<BTreeSet<SessionNo>, StoreError> {
    answers.get(at).map_or(&[] as &[Row], Vec::as_slice).iter().map(|row| get(row, 0).map(SessionNo)).collect()
}

pub(super) async fn rearm(shared: &Shared, sessions: &[SessionNo]) -> Result<(), StoreError> {
    if sessions.is_empty() {
        return Ok(());
    }
    let numbers = sessions.iter().map(|no| no.0).collect();
    // Over another way: it may wait for a row, and no touch shall wait behind it.
    committed_over(&shared.changes, vec![Step::ask(REARM, vec![Param::Ints(numbers)])]).await.map(|_| ())
}

async fn committed(shared: &Shared, steps: Vec<Step>) -> Result<Vec<Vec<Row>>, StoreError> {
    committed_over(&shared.touches, steps).await
}

/// Runs the steps in a transaction of their own, in one packet.
pub(super) async fn committed_over(pool: &Arc<Pool>, steps: Vec<Step>) -> Result<Vec<Vec<Row>>, StoreError> {
    let mut leased = pool.lease().await?;
    let mut all = vec![transaction::begin()];
    all.extend(steps);
    all.push(transaction::commit());
    // A step that fails makes a rollback of the COMMIT behind it.
    let mut answers = leased.session().run(&all).await?;
    transaction::acknowledged(&mut leased)?;
    Ok(answers.drain(1..).collect())
}

/// One touch for each session, with what all of them together do to it.
fn merged(touches: &[TouchOf]) -> BTreeMap<SessionNo, TouchOf> {
    let mut all: BTreeMap<SessionNo, TouchOf> = BTreeMap::new();
    for touch in touches {
        let known = all.entry(touch.session).or_insert(*touch);
        known.kept |= touch.kept;
        if known.activity.last_active_at <= touch.activity.last_active_at {
            known.activity.last_active_at = touch.activity.last_active_at;
            known.activity.idle_deadline = touch.activity.idle_deadline;
        }
        known.activity.last_seen_at = known.activity.last_seen_at.max(touch.activity.last_seen_at);
    }
    all
}

fn numbers(touches: &[TouchOf]) -> Vec<i64> {
    touches.iter().map(|touch| touch.session.0).collect()
}

fn step(shared: &Shared, touches: &[TouchOf]) -> Step {
    let times = |time: fn(&TouchOf) -> crate::domain::time::Timestamp| {
        Param::Ints(touches.iter().map(|touch| time(touch).as_millis()).collect())
    };
    let params = vec![
        shared.time.param(),
        Param::Ints(numbers(touches)),
        times(|touch| touch.activity.last_active_at),
        times(|touch| touch.activity.last_seen_at),
        times(|touch| touch.activity.idle_deadline),
        Param::Bools(touches.iter().map(|touch| touch.kept).collect()),
    ];
    Step::ask(TOUCH, params)
}

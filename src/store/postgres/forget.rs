//! Forgets what is older than it is kept for, from the oldest event on. One node at a time does it.

use super::pool::Leased;
use super::rows::{get, time};
use super::session::{Param, Step};
use super::{Shared, transaction};
use crate::domain::event::kind;
use crate::domain::retention::{Forget, network_left};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, sql};
use tokio_postgres::Row;

/// Where addresses are cut up to; nothing while another node is at it.
const TURN: &str = "SELECT value FROM counters WHERE name = 'addresses' FOR UPDATE SKIP LOCKED";

const ADDRESSES: &str =
    "SELECT session_no, ip FROM sessions WHERE session_id = ANY($1) AND ended_at IS NOT NULL AND ip IS NOT NULL";

const CUT_EVENTS: &str = "UPDATE events e SET ip = n.ip FROM unnest($1::int8[], $2::text[]) AS n (position, ip) \
     WHERE e.position = n.position";

const CUT_SESSIONS: &str = "UPDATE sessions s SET ip = n.ip FROM unnest($1::int8[], $2::text[]) AS n (no, ip) \
     WHERE s.session_no = n.no";

/// A session goes with the event of its end, but for the one by which its device is known.
const SESSIONS: &str = "WITH gone AS (DELETE FROM sessions s WHERE s.session_id = ANY($1) AND s.ended_at IS NOT NULL \
     AND NOT EXISTS (SELECT FROM devices d WHERE d.device_no = s.device_no AND d.newest_session_no = s.session_no) \
     RETURNING s.session_no, s.token_key) DELETE FROM session_tokens t USING gone \
     WHERE t.token_key = gone.token_key AND t.session_no = gone.session_no";

/// Nothing is told of an event that is forgotten.
const DELIVERIES: &str = "DELETE FROM webhook_deliveries WHERE position <= $1";
const MAILS: &str = "DELETE FROM mails WHERE position <= $1";

/// An event, as far as it matters here.
struct Old {
    position: i64,
    /// The session that it tells the end of.
    ended: Option<String>,
    ip: Option<String>,
}

/// Forgets a bounded piece. False: there was nothing, or another node is at it.
pub(super) async fn forget(shared: &Shared, before: &Forget, limit: u16) -> Result<bool, StoreError> {
    let mut leased = shared.changes.lease().await?;
    let forgot = piece(&mut leased, before, limit).await;
    match forgot {
        Ok(true) => transaction::acknowledged(&mut leased)?,
        Ok(false) | Err(_) => leased.roll_back(),
    }
    forgot
}

async fn piece(leased: &mut Leased, before: &Forget, limit: u16) -> Result<bool, StoreError> {
    let session = leased.session();
    let turn = session.run(&[transaction::begin(), Step::ask(TURN, vec![])]).await?;
    let Some(mark) = turn.last().and_then(|rows| rows.first()) else { return Ok(false) };
    let mark: i64 = get(mark, 0)?;
    let after =
        |position| Step::ask(sql::OLDEST_EVENTS, vec![Param::Int(Some(position)), Param::Int(Some(limit.into()))]);
    let mut found = session.run(&[after(mark), after(0)]).await?.into_iter();
    let cut = oldest(&found.next().unwrap_or_default(), before.addresses)?;
    let gone = oldest(&found.next().unwrap_or_default(), before.events)?;
    if cut.is_empty() && gone.is_empty() {
        return Ok(false);
    }
    let mut steps = Vec::new();
    if let Some(last) = cut.last() {
        let known = session.rows(Step::ask(ADDRESSES, vec![Param::Texts(ended(&cut))])).await?;
        let known = known.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect::<Result<Vec<_>, _>>()?;
        let of_events = cut.iter().filter_map(|event| Some((event.position, event.ip.clone()?)));
        steps.extend(networks(CUT_EVENTS, of_events));
        steps.extend(networks(CUT_SESSIONS, known.into_iter()));
        let moved = "UPDATE counters SET value = $1 WHERE name = 'addresses'";
        steps.push(Step::ask(moved, vec![Param::Int(Some(last.position))]));
    }
    if let Some(last) = gone.last() {
        steps.push(Step::ask(SESSIONS, vec![Param::Texts(ended(&gone))]));
        steps.push(Step::ask(DELIVERIES, vec![Param::Int(Some(last.position))]));
        steps.push(Step::ask(MAILS, vec![Param::Int(Some(last.position))]));
        steps.push(Step::ask("DELETE FROM events WHERE position <= $1", vec![Param::Int(Some(last.position))]));
    }
    steps.push(transaction::commit());
    session.run(&steps).await?;
    Ok(true)
}

/// Those up to the first that is not older than an instant. A lapse that was marked late is told after what happened
/// meanwhile, and is forgotten with that.
fn oldest(rows: &[Row], before: Timestamp) -> Result<Vec<Old>, StoreError> {
    let mut old = Vec::new();
    for row in rows {
        if before <= time(row, 1)? {
            break;
        }
        let ended = if get::<&str>(row, 2)? == kind::SESSION_ENDED { get(row, 3)? } else { None };
        old.push(Old { position: get(row, 0)?, ended, ip: get(row, 4)? });
    }
    Ok(old)
}

fn ended(old: &[Old]) -> Vec<String> {
    old.iter().filter_map(|event| event.ended.clone()).collect()
}

/// Writes the networks of those that are whole addresses.
fn networks(statement: &'static str, of: impl Iterator<Item = (i64, String)>) -> Option<Step> {
    let (numbers, networks): (Vec<_>, Vec<_>) = of.filter_map(|(no, ip)| Some((no, network_left(&ip)?))).unzip();
    (!numbers.is_empty()).then(|| Step::ask(statement, vec![Param::Ints(numbers), Param::Texts(networks)]))
}

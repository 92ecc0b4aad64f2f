//! Reads for checks, pages and API.

use super::load::{account, account_id, row, rows, text, time, time_opt};
use super::of;
use crate::domain::account::Account;
use crate::domain::device::{DeviceKind, DeviceLabel, Place};
use crate::domain::end::EndReason;
use crate::domain::event::kind;
use crate::domain::id::{AccountId, AccountNo, DeviceNo, KeyId, SecretHash, SessionId, SessionNo, UserId, UserNo};
use crate::domain::session::{Activity, lapse};
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::secret::constant_time_eq;
use crate::store::rows::{parsed, split};
use crate::store::{
    CheckAsk, Checked, CheckedState, CheckedUser, Event, EventsOf, FoundInvitation, Health, Position, RefusalsSince,
    ServiceKey, SessionOrigin, SessionView, SessionsOf, SessionsPage, StateFilter, StoreError, StoredPassword,
    TeamMember, UserBy, sql,
};
use rusqlite::{Connection, Row, params};
use std::path::Path;

type Found = (Option<Checked>, Option<ServiceKey>);

pub(super) fn check(connection: &Connection, ask: &CheckAsk) -> Result<Found, StoreError> {
    let session = match ask.token {
        Some(token) => checked(connection, &token, ask)?,
        None => None,
    };
    let key = match ask.key {
        Some(hash) => row(connection, sql::CHECK_KEY, [hash.0], key)?,
        None => None,
    };
    Ok((session, key))
}

fn checked(connection: &Connection, token: &SecretHash, ask: &CheckAsk) -> Result<Option<Checked>, StoreError> {
    let which = if ask.counted { sql::CHECK_COUNTED } else { sql::CHECK };
    let mut statement = connection.prepare_cached(which).map_err(of)?;
    let mut found = statement.query([token.key()]).map_err(of)?;
    let Some(row) = found.next().map_err(of)? else { return Ok(None) };
    let stored = SecretHash(row.get(0).map_err(of)?);
    if !constant_time_eq(&stored, token) {
        return Ok(None);
    }
    let no: i64 = row.get(1).map_err(of)?;
    let role = row.get_ref(7).map_err(of)?;
    let user = CheckedUser {
        no: UserNo(row.get(3).map_err(of)?),
        id: parsed(UserId::new(text(row, 4)?).ok(), "session_tokens", no)?,
        name: row.get(5).map_err(of)?,
        email: row.get(6).map_err(of)?,
        role: parsed(role.as_str().ok().and_then(Role::parse), "session_tokens", no)?,
        account_id: account_id(text(row, 8)?)?,
        plan: row.get(9).map_err(of)?,
    };
    let (state, absolute_deadline) = match time_opt(row, 10)? {
        Some(last_active_at) => {
            let (last_seen_at, idle_deadline) = (time(row, 11)?, time(row, 12)?);
            (CheckedState::Open(Activity { last_active_at, last_seen_at, idle_deadline }), time(row, 13)?)
        }
        None => ended(connection, no)?,
    };
    let id = parsed(SessionId::new(text(row, 2)?).ok(), "session_tokens", no)?;
    let origin = if ask.origin { Some(Box::new(origin(connection, no)?)) } else { None };
    Ok(Some(Checked { no: SessionNo(no), id, user, absolute_deadline, state, origin }))
}

fn origin(connection: &Connection, no: i64) -> Result<SessionOrigin, StoreError> {
    let found = row(connection, sql::CHECK_ORIGIN, [no], |row| {
        let opt = |column: usize| row.get::<_, Option<String>>(column).map_err(of);
        Ok(SessionOrigin {
            device_no: DeviceNo(row.get(0).map_err(of)?),
            device: device_label(row, 1, no)?,
            ip: opt(4)?,
            place: Place { city: opt(5)?, region: opt(6)?, country: opt(7)?, country_code: opt(8)? },
            methods: split(&text(row, 9)?),
            unfamiliar: row.get(10).map_err(of)?,
            created_at: time(row, 11)?,
            proved_at: time(row, 12)?,
            device_name: opt(13)?,
        })
    })?;
    parsed(found, "session_tokens", no)
}

/// The three columns from `first` on that describe a device.
pub(super) fn device_label(row: &Row<'_>, first: usize, no: i64) -> Result<DeviceLabel, StoreError> {
    Ok(DeviceLabel {
        kind: parsed(DeviceKind::parse(&text(row, first)?), "devices", no)?,
        browser: text(row, first + 1)?,
        system: text(row, first + 2)?,
    })
}

fn ended(connection: &Connection, no: i64) -> Result<(CheckedState, Timestamp), StoreError> {
    let found = row(connection, sql::CHECK_ENDED, [no], |row| {
        let at = parsed(time_opt(row, 0)?, "sessions", no)?;
        let reason: Option<String> = row.get(1).map_err(of)?;
        let reason = parsed(reason.as_deref().and_then(EndReason::parse), "sessions", no)?;
        Ok((CheckedState::Ended(at, reason), time(row, 2)?))
    })?;
    parsed(found, "session_tokens", no)
}

fn key(row: &Row<'_>) -> Result<ServiceKey, StoreError> {
    let id = text(row, 0)?;
    Ok(ServiceKey {
        id: parsed(KeyId::new(id.clone()).ok(), "service_keys", id)?,
        name: text(row, 1)?,
        scopes: split(&text(row, 2)?),
        created_at: time(row, 3)?,
        revoked_at: time_opt(row, 4)?,
    })
}

pub(super) fn keys(connection: &Connection) -> Result<Vec<ServiceKey>, StoreError> {
    rows(connection, sql::KEYS, [], key)
}

pub(super) fn user(connection: &Connection, by: UserBy<'_>) -> Result<Option<User>, StoreError> {
    let find = |which: &str| format!("{} WHERE {which}", sql::USER);
    match by {
        UserBy::Id(id) => {
            row(connection, &find("u.user_id = $1 AND u.removed_at IS NULL"), [id.as_str()], super::load::user)
        }
        UserBy::Email(email) => {
            row(connection, &find("u.email = $1 AND u.removed_at IS NULL"), [email], super::load::user)
        }
        UserBy::No(no) => row(connection, &find("u.user_no = $1"), [no.0], super::load::user),
    }
}

pub(super) fn password(connection: &Connection, user: UserNo) -> Result<Option<StoredPassword>, StoreError> {
    let of_user = "SELECT password_hash, changed_at FROM passwords WHERE user_no = $1";
    row(connection, of_user, [user.0], |row| Ok(StoredPassword { hash: text(row, 0)?, changed_at: time(row, 1)? }))
}

pub(super) fn account_by_id(connection: &Connection, id: &AccountId) -> Result<Option<Account>, StoreError> {
    row(connection, &format!("{} WHERE account_id = $1", sql::ACCOUNT), [id.as_str()], account)
}

pub(super) fn accounts(
    connection: &Connection,
    after: Option<&AccountId>,
    limit: u16,
) -> Result<Vec<Account>, StoreError> {
    let page = format!("{} WHERE account_no <> 0 AND account_id > $1 ORDER BY account_id LIMIT $2", sql::ACCOUNT);
    rows(connection, &page, params![after.map_or("", AccountId::as_str), limit], account)
}

pub(super) fn users(
    connection: &Connection,
    of: AccountNo,
    after: Option<&UserId>,
    limit: u16,
) -> Result<Vec<User>, StoreError> {
    let page = format!(
        "{} WHERE u.account_no = $1 AND u.removed_at IS NULL AND u.user_id > $2 ORDER BY u.user_id LIMIT $3",
        sql::USER
    );
    rows(connection, &page, params![of.0, after.map_or("", UserId::as_str), limit], super::load::user)
}

/// People by id, each with what their sessions say: the open ones, and the one that ended last.
pub(super) fn team(
    connection: &Connection,
    of: (AccountNo, Timestamp),
    after: Option<&UserId>,
    limit: u16,
) -> Result<Vec<TeamMember>, StoreError> {
    let page = sql::USER.replacen(
        " FROM ",
        ", (SELECT count(*) FROM sessions s JOIN session_activity a ON a.session_no = s.session_no \
         WHERE s.account_no = $1 AND s.user_no = u.user_no AND s.ended_at IS NULL \
         AND a.idle_deadline > $2 AND s.absolute_deadline > $2), \
         max((SELECT coalesce(max(a.last_active_at), 0) FROM sessions s JOIN session_activity a \
         ON a.session_no = s.session_no WHERE s.account_no = $1 AND s.user_no = u.user_no AND s.ended_at IS NULL), \
         coalesce((SELECT s.last_active_at FROM sessions s WHERE s.account_no = $1 AND s.user_no = u.user_no \
         AND s.ended_at IS NOT NULL ORDER BY s.ended_at DESC LIMIT 1), 0)) FROM ",
        1,
    );
    let page = format!(
        "{page} WHERE u.account_no = $1 AND u.removed_at IS NULL AND u.user_id > $3 ORDER BY u.user_id LIMIT $4"
    );
    let (account, now) = of;
    let after = after.map_or("", UserId::as_str);
    rows(connection, &page, params![account.0, now.as_millis(), after, limit], |row| {
        let last: i64 = row.get(11).map_err(super::of)?;
        Ok(TeamMember {
            user: super::load::user(row)?,
            live: row.get(10).map_err(super::of)?,
            last_active_at: (last > 0).then_some(Timestamp::from_millis(last)),
        })
    })
}

pub(super) fn invitation(connection: &Connection, secret: &SecretHash) -> Result<Option<FoundInvitation>, StoreError> {
    row(connection, &sql::found_invitation(), [secret.0], |row| {
        Ok(FoundInvitation { invitation: super::load::invitation(row)?, by_mail: row.get(8).map_err(of)? })
    })
}

pub(super) fn accounts_with_expired(
    connection: &Connection,
    now: Timestamp,
    limit: u16,
) -> Result<Vec<AccountId>, StoreError> {
    let text = "SELECT DISTINCT c.account_id FROM invitations i JOIN accounts c ON c.account_no = i.account_no \
                WHERE i.expires_at <= $1 LIMIT $2";
    rows(connection, text, params![now.as_millis(), limit], |row| {
        let id = self::text(row, 0)?;
        parsed(AccountId::new(id.clone()).ok(), "accounts", id)
    })
}

pub(super) fn session(
    connection: &Connection,
    id: &SessionId,
    now: impl Fn() -> Timestamp,
) -> Result<Option<SessionView>, StoreError> {
    let by_id = format!("{} WHERE s.session_id = $1", sql::SESSION);
    row(connection, &by_id, [id.as_str()], |row| session_view(row, now()))
}

/// Lists sessions of a user or an account. What SQL sifts by the deadlines is judged again by the one pure function.
pub(super) fn sessions(
    connection: &Connection,
    of: SessionsOf,
    state: StateFilter,
    (page, now): (SessionsPage, Timestamp),
) -> Result<Vec<SessionView>, StoreError> {
    let (account, user) = match of {
        SessionsOf::User(account, user) => (account, Some(user)),
        SessionsOf::Account(account) => (account, None),
    };
    let before = page.before.map_or(i64::MAX, |no| no.0);
    let params = params![account.0, user.map(|user| user.0), now.as_millis(), before, page.limit];
    rows(connection, &list(of, state), params, |row| session_view(row, now))
}

/// The statement of a list. Open sessions and ended ones come from an index each: with a condition over both, the
/// sessions of the whole installation would be walked through, from the newest on.
fn list(of: SessionsOf, state: StateFilter) -> String {
    let whose = match of {
        SessionsOf::User(..) => "account_no = ?1 AND user_no = ?2",
        SessionsOf::Account(_) => "account_no = ?1 AND ?2 IS NULL",
    };
    let open = format!("SELECT session_no FROM sessions WHERE {whose} AND ended_at IS NULL");
    let both = format!(
        "{open} UNION ALL SELECT session_no FROM (SELECT session_no FROM sessions WHERE {whose} \
         AND ended_at IS NOT NULL AND session_no < ?4 ORDER BY session_no DESC LIMIT ?5)"
    );
    let (among, state) = match state {
        StateFilter::Live => (open, "a.idle_deadline > ?3 AND s.absolute_deadline > ?3"),
        StateFilter::Ended => (both, "(s.ended_at IS NOT NULL OR a.idle_deadline <= ?3 OR s.absolute_deadline <= ?3)"),
        StateFilter::All => (both, "?3 = ?3"),
    };
    format!(
        "{} WHERE s.session_no IN ({among}) AND {state} AND s.session_no < ?4 ORDER BY s.session_no DESC LIMIT ?5",
        sql::SESSION
    )
}

/// What nobody has marked yet is not in the index of ends, and at most as many sessions as a user has places.
pub(super) fn ended_lately(
    connection: &Connection,
    (account, user): (AccountNo, UserNo),
    (since, now): (Timestamp, Timestamp),
    limit: u16,
) -> Result<Vec<SessionView>, StoreError> {
    let since_when = params![account.0, user.0, since.as_millis(), limit];
    let mut found = rows(connection, &marked_lately(), since_when, |row| session_view(row, now))?;
    let open = format!("{} WHERE s.account_no = $1 AND s.user_no = $2 AND s.ended_at IS NULL", sql::SESSION);
    found.extend(rows(connection, &open, params![account.0, user.0], |row| session_view(row, now))?);
    found.retain(|view| view.end.is_some_and(|(at, _)| since <= at));
    found.sort_by_key(|view| std::cmp::Reverse((view.end.map(|(at, _)| at), view.no)));
    found.truncate(limit.into());
    Ok(found)
}

fn marked_lately() -> String {
    format!(
        "{} WHERE s.account_no = $1 AND s.user_no = $2 AND s.ended_at >= $3 \
         ORDER BY s.ended_at DESC, s.session_no DESC LIMIT $4",
        sql::SESSION
    )
}

fn session_view(row: &Row<'_>, now: Timestamp) -> Result<SessionView, StoreError> {
    let no: i64 = row.get(0).map_err(of)?;
    let opt = |column: usize| row.get::<_, Option<String>>(column).map_err(of);
    let activity =
        Activity { last_active_at: time(row, 18)?, last_seen_at: time(row, 19)?, idle_deadline: time(row, 20)? };
    let absolute_deadline = time(row, 21)?;
    let end = match (time_opt(row, 22)?, opt(23)?) {
        (Some(at), Some(reason)) => Some((at, parsed(EndReason::parse(&reason), "sessions", no)?)),
        _ => lapse(activity.idle_deadline, absolute_deadline, now),
    };
    Ok(SessionView {
        no: SessionNo(no),
        id: parsed(SessionId::new(text(row, 1)?).ok(), "sessions", no)?,
        user_no: UserNo(row.get(2).map_err(of)?),
        user_id: parsed(UserId::new(text(row, 3)?).ok(), "sessions", no)?,
        account_id: account_id(text(row, 4)?)?,
        device_no: DeviceNo(row.get(5).map_err(of)?),
        device: device_label(row, 6, no)?,
        ip: opt(9)?,
        place: Place { city: opt(10)?, region: opt(11)?, country: opt(12)?, country_code: opt(13)? },
        methods: split(&text(row, 14)?),
        unfamiliar: row.get(15).map_err(of)?,
        created_at: time(row, 16)?,
        proved_at: time(row, 17)?,
        activity,
        absolute_deadline,
        end,
        ended_by_role: opt(24)?.as_deref().and_then(Role::parse),
        device_name: opt(25)?,
    })
}

pub(super) fn events(
    connection: &Connection,
    which: EventsOf,
    after: Position,
    limit: u16,
) -> Result<Vec<Event>, StoreError> {
    match which {
        EventsOf::All => {
            let all = format!("{} WHERE e.position > $1 ORDER BY e.position LIMIT $2", sql::EVENT);
            rows(connection, &all, params![after.0, limit], |row| event(row, 0))
        }
        EventsOf::User(user) => {
            let all = format!("{} WHERE e.position > $1 AND e.user_no = $2 ORDER BY e.position LIMIT $3", sql::EVENT);
            rows(connection, &all, params![after.0, user.0, limit], |row| event(row, 0))
        }
    }
}

/// One event.
pub(super) fn event_at(connection: &Connection, position: Position) -> Result<Option<Event>, StoreError> {
    row(connection, &format!("{} WHERE e.position = $1", sql::EVENT), [position.0], |row| event(row, 0))
}

/// The columns of [`sql::EVENT`] from `first` on.
pub(super) fn event(row: &Row<'_>, first: usize) -> Result<Event, StoreError> {
    let position: i64 = row.get(first).map_err(of)?;
    let opt = |column: usize| row.get::<_, Option<String>>(first + column).map_err(of);
    Ok(Event {
        position: Position(position),
        kind: text(row, first + 1)?,
        at: time(row, first + 2)?,
        account_id: account_id(text(row, first + 3)?)?,
        user_id: opt(4)?.map(|id| parsed(UserId::new(id).ok(), "events", position)).transpose()?,
        session_id: opt(5)?.map(|id| parsed(SessionId::new(id).ok(), "events", position)).transpose()?,
        actor_kind: text(row, first + 6)?,
        actor_id: opt(7)?,
        actor_role: opt(8)?,
        reason: opt(9)?,
        reference: opt(10)?,
        ip: opt(11)?,
        data: text(row, first + 12)?,
    })
}

/// Looks at a bounded number of the user's events: whoever has their password could make very many.
pub(super) fn refusals(connection: &Connection, user: UserNo, since: Timestamp) -> Result<RefusalsSince, StoreError> {
    let text = "SELECT coalesce(sum(json_extract(data, '$.times')), 0), max(at) \
                FROM (SELECT kind, at, data FROM events WHERE user_no = $1 ORDER BY position DESC LIMIT 1000) \
                WHERE kind = $2 AND at >= $3";
    let found = row(connection, text, params![user.0, kind::SIGN_IN_REFUSED, since.as_millis()], |row| {
        let count: i64 = row.get(0).map_err(of)?;
        Ok(RefusalsSince { count: count.unsigned_abs(), last: time_opt(row, 1)? })
    })?;
    Ok(found.unwrap_or_default())
}

/// Looks at a bounded number of the account's events.
pub(super) fn refused_in(
    connection: &Connection,
    account: AccountNo,
    since: Timestamp,
) -> Result<Vec<(UserNo, RefusalsSince)>, StoreError> {
    let text = "SELECT user_no, coalesce(sum(json_extract(data, '$.times')), 0), max(at) \
                FROM (SELECT user_no, kind, at, data FROM events WHERE account_no = $1 ORDER BY position DESC LIMIT 2000) \
                WHERE kind = $2 AND at >= $3 AND user_no IS NOT NULL GROUP BY user_no ORDER BY user_no";
    rows(connection, text, params![account.0, kind::SIGN_IN_REFUSED, since.as_millis()], |row| {
        let count: i64 = row.get(1).map_err(of)?;
        let refusals = RefusalsSince { count: count.unsigned_abs(), last: time_opt(row, 2)? };
        Ok((UserNo(row.get(0).map_err(of)?), refusals))
    })
}

pub(super) fn due(connection: &Connection, now: Timestamp, limit: u16) -> Result<Vec<(UserNo, SessionNo)>, StoreError> {
    let text = "SELECT s.user_no, a.session_no FROM session_activity a JOIN sessions s ON s.session_no = a.session_no \
                WHERE a.wake_at <= $1 ORDER BY a.wake_at LIMIT $2";
    rows(connection, text, params![now.as_millis(), limit], |row| {
        Ok((UserNo(row.get(0).map_err(of)?), SessionNo(row.get(1).map_err(of)?)))
    })
}

pub(super) fn origins(
    connection: &Connection,
    now: Timestamp,
    limit: u16,
) -> Result<Vec<(UserNo, Option<String>)>, StoreError> {
    let text = "SELECT s.user_no, s.ip FROM session_activity a JOIN sessions s ON s.session_no = a.session_no \
                WHERE a.idle_deadline > $1 AND a.absolute_deadline > $1 ORDER BY a.session_no DESC LIMIT $2";
    rows(connection, text, params![now.as_millis(), limit], |row| {
        Ok((UserNo(row.get(0).map_err(of)?), row.get(1).map_err(of)?))
    })
}

pub(super) fn health(connection: &Connection, path: &Path) -> Result<Health, StoreError> {
    let number = |text: &str| connection.query_row(text, [], |row| row.get::<_, i64>(0)).map_err(of);
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(of)?;
    let synchronous = number("PRAGMA synchronous")?;
    let pages = number("PRAGMA page_count")? * number("PRAGMA page_size")?;
    let schema = number("SELECT max(version) FROM refinery_schema_history")?;
    let mut problems = Vec::new();
    if mode != "wal" || synchronous != 2 {
        problems.push(
            "The file is not in WAL mode with synchronous = FULL: a power cut could lose what was acknowledged.".into(),
        );
    }
    if rusqlite::version_number() < 3_051_003 {
        problems.push("SQLite before 3.51.3 can damage a file in WAL mode: build with a newer one.".into());
    }
    Ok(Health {
        engine: format!("SQLite {}", rusqlite::version()),
        location: path.display().to_string(),
        facts: vec![
            ("journal", format!("{mode}, synchronous = {}", if synchronous == 2 { "FULL" } else { "not FULL" })),
            ("schema version", schema.to_string()),
            ("size", format!("{} KiB", pages / 1024)),
            ("open sessions", number("SELECT count(*) FROM session_activity")?.to_string()),
        ],
        gauges: Vec::new(),
        problems,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::load::{plan, with_tables};

    #[test]
    fn a_list_walks_through_nobody_elses_sessions() {
        let connection = with_tables();
        let of_user = SessionsOf::User(AccountNo(1), UserNo(1));
        let states = [StateFilter::Live, StateFilter::Ended, StateFilter::All];
        let lists =
            states.iter().flat_map(|state| [list(of_user, *state), list(SessionsOf::Account(AccountNo(1)), *state)]);
        for statement in lists.chain([marked_lately()]) {
            let plan = plan(&connection, &statement);
            let walks = ["SCAN s", "SCAN a", "SCAN sessions"].iter().any(|walk| plan.contains(walk));
            assert!(!walks && plan.contains("(account_no=?"), "{statement}\n{plan}");
        }
        let latest = plan(&connection, &marked_lately());
        assert!(latest.contains("sessions_ended_lately") && !latest.contains("TEMP B-TREE"), "{latest}");
    }
}

//! Reads for pages, API and sweeper. Each is one statement, with the clock in it where one is needed.

use super::rows::{self, account_id, activity, device_label, get, key, opt_time, time};
use super::session::{Param, Step};
use super::time::now;
use super::{Shared, time as clock};
use crate::domain::account::Account;
use crate::domain::device::Place;
use crate::domain::end::EndReason;
use crate::domain::event::kind;
use crate::domain::id::{AccountId, AccountNo, DeviceNo, SecretHash, SessionId, SessionNo, UserId, UserNo};
use crate::domain::invitation::Invitation;
use crate::domain::session::lapse;
use crate::domain::staff::People;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User};
use crate::store::rows::{parsed, split};
use crate::store::{
    Event, EventsOf, Position, RefusalsSince, ServiceKey, SessionView, SessionsOf, SessionsPage, StateFilter,
    StoreError, StoredPassword, TeamMember, UserBy, sql,
};
use std::cmp::Reverse;
use tokio_postgres::Row;

fn no(value: i64) -> Param {
    Param::Int(Some(value))
}

fn text(value: &str) -> Param {
    Param::Text(value.to_owned())
}

/// The first row, if there is one.
pub(super) fn first<T>(rows: Vec<Row>, read: impl Fn(&Row) -> Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    rows.first().map(read).transpose()
}

pub(super) fn all<T>(rows: Vec<Row>, read: impl Fn(&Row) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}

pub(super) fn last_event() -> Step {
    Step::ask("SELECT value FROM counters WHERE name = 'events'", vec![])
}

pub(super) async fn last_position(shared: &Shared) -> Result<Position, StoreError> {
    Ok(first(shared.read(last_event()).await?, clock::position)?.unwrap_or_default())
}

pub(super) async fn now(shared: &Shared) -> Result<Timestamp, StoreError> {
    let rows = shared.look(Step::ask(concat!("SELECT ", now!()), vec![shared.time.param()])).await?;
    shared.time.of(&rows, 0)
}

/// A user by something that names one, without a lock.
pub(super) fn user(by: UserBy<'_>) -> Step {
    let (which, value) = match by {
        UserBy::Id(id) => ("u.user_id = $1 AND u.removed_at IS NULL", text(id.as_str())),
        UserBy::Email(email) => ("u.email = $1 AND u.removed_at IS NULL", text(email)),
        UserBy::No(user) => ("u.user_no = $1", no(user.0)),
    };
    Step::built(format!("{} WHERE {which}", sql::USER), vec![value])
}

pub(super) fn account(id: &AccountId) -> Step {
    Step::built(format!("{} WHERE account_id = $1", sql::ACCOUNT), vec![text(id.as_str())])
}

pub(super) async fn password(shared: &Shared, user: UserNo) -> Result<Option<StoredPassword>, StoreError> {
    let of_user = "SELECT password_hash, changed_at FROM passwords WHERE user_no = $1";
    let rows = shared.look(Step::ask(of_user, vec![no(user.0)])).await?;
    first(rows, |row| Ok(StoredPassword { hash: get(row, 0)?, changed_at: time(row, 1)? }))
}

pub(super) async fn accounts(
    shared: &Shared,
    after: Option<&AccountId>,
    limit: u16,
) -> Result<Vec<Account>, StoreError> {
    let page = format!("{} WHERE account_no <> 0 AND account_id > $1 ORDER BY account_id LIMIT $2", sql::ACCOUNT);
    let params = vec![text(after.map_or("", AccountId::as_str)), no(limit.into())];
    all(shared.read(Step::built(page, params)).await?, rows::account)
}

pub(super) async fn people(shared: &Shared, of: AccountNo) -> Result<People, StoreError> {
    let found = first(shared.look(Step::ask(sql::PEOPLE, vec![no(of.0)])).await?, |row| {
        let number = |column| rows::small(row, column, ("accounts", of.0));
        Ok(People { active: number(0)?, present: number(1)?, owners: number(2)?, invited: 0 })
    })?;
    Ok(found.unwrap_or_default())
}

pub(super) async fn users(
    shared: &Shared,
    of: AccountNo,
    after: Option<&UserId>,
    limit: u16,
) -> Result<Vec<User>, StoreError> {
    let page = format!(
        "{} WHERE u.account_no = $1 AND u.removed_at IS NULL AND u.user_id > $2 ORDER BY u.user_id LIMIT $3",
        sql::USER
    );
    let params = vec![no(of.0), text(after.map_or("", UserId::as_str)), no(limit.into())];
    all(shared.read(Step::built(page, params)).await?, rows::user)
}

/// People by id, each with what their sessions say: the open ones, and the one that ended last.
pub(super) async fn team(
    shared: &Shared,
    of: AccountNo,
    after: Option<&UserId>,
    limit: u16,
) -> Result<Vec<TeamMember>, StoreError> {
    let columns = sql::USER.replacen(
        " FROM ",
        ", open.live, greatest(open.last_active_at, past.last_active_at) FROM clock CROSS JOIN ",
        1,
    );
    let page = with_clock(&format!(
        "{columns} CROSS JOIN LATERAL (SELECT count(*) FILTER \
         (WHERE least(a.idle_deadline, s.absolute_deadline) > clock.now) AS live, max(a.last_active_at) AS last_active_at \
         FROM sessions s JOIN session_activity a ON a.session_no = s.session_no \
         WHERE s.account_no = $2 AND s.user_no = u.user_no AND s.ended_at IS NULL) open \
         LEFT JOIN LATERAL (SELECT s.last_active_at FROM sessions s WHERE s.account_no = $2 AND s.user_no = u.user_no \
         AND s.ended_at IS NOT NULL ORDER BY s.account_no DESC, s.user_no DESC, s.ended_at DESC LIMIT 1) past ON true \
         WHERE u.account_no = $2 AND u.removed_at IS NULL AND u.user_id > $3 ORDER BY u.user_id LIMIT $4"
    ));
    let after = text(after.map_or("", UserId::as_str));
    let params = vec![shared.time.param(), no(of.0), after, no(limit.into())];
    all(shared.read(Step::built(page, params)).await?, |row| {
        let user = rows::user(row)?;
        let live = rows::small(row, 10, ("users", user.no.0))?;
        Ok(TeamMember { user, live, last_active_at: opt_time(row, 11)? })
    })
}

pub(super) fn invitation(secret: &SecretHash) -> Step {
    Step::built(sql::found_invitation(), vec![Param::Hash(secret.0.to_vec())])
}

pub(super) async fn invitations(shared: &Shared, of: AccountNo) -> Result<Vec<Invitation>, StoreError> {
    let listed = format!("{} WHERE i.account_no = $1 ORDER BY i.created_at, i.invitation_id", sql::INVITATION);
    all(shared.read(Step::built(listed, vec![no(of.0)])).await?, rows::invitation)
}

pub(super) async fn accounts_with_expired(shared: &Shared, limit: u16) -> Result<Vec<AccountId>, StoreError> {
    let listed = format!(
        "SELECT DISTINCT c.account_id FROM (SELECT account_no FROM invitations WHERE expires_at <= {} \
         ORDER BY expires_at LIMIT {limit}) i JOIN accounts c ON c.account_no = i.account_no",
        now!()
    );
    all(shared.read(Step::built(listed, vec![shared.time.param()])).await?, |row| {
        let id: &str = get(row, 0)?;
        parsed(AccountId::new(id).ok(), "accounts", id)
    })
}

/// The columns of [`sql::SESSION`], and the clock before them.
fn session_columns() -> String {
    sql::SESSION.replacen("SELECT ", concat!("SELECT ", now!(), ", "), 1)
}

pub(super) async fn session(shared: &Shared, id: &SessionId) -> Result<Option<SessionView>, StoreError> {
    let by_id = format!("{} WHERE s.session_id = $2", session_columns());
    let rows = shared.look(Step::built(by_id, vec![shared.time.param(), text(id.as_str())])).await?;
    first(rows, |row| session_view(row, shared))
}

/// A session that has passed a deadline, in a statement with [`with_clock`] before it.
const LAPSED: &str = "least(a.idle_deadline, s.absolute_deadline) <= clock.now";

/// A statement whose parts read the clock once.
fn with_clock(parts: &str) -> String {
    format!("WITH clock AS MATERIALIZED (SELECT {} AS now) {parts}", now!())
}

/// Sessions with the clock before them, those for which `holds`.
fn sessions_where(holds: &str) -> String {
    let columns = sql::SESSION.replacen("SELECT ", "SELECT clock.now, ", 1);
    let (columns, from) = columns.split_once(" FROM ").unwrap_or((&columns, ""));
    format!("{columns} FROM clock CROSS JOIN {from} WHERE {holds}")
}

/// Lists sessions of a user or an account. Open and ended ones are found apart, each by the index that has only those.
/// What SQL sifts by the deadlines is judged again by the one pure function.
///
/// Plans are kept from a time when the tables may have been empty, and an empty table is read as well by its primary key,
/// backwards, until there is a page. So the statement leaves no choice: the open ones, which are few, are sorted by what
/// no index has, and the ended ones by all the columns of theirs.
pub(super) async fn sessions(
    shared: &Shared,
    of: SessionsOf,
    state: StateFilter,
    page: SessionsPage,
) -> Result<Vec<SessionView>, StoreError> {
    let (account, user) = match of {
        SessionsOf::User(account, user) => (account, Some(user)),
        SessionsOf::Account(account) => (account, None),
    };
    let (whose, ended_before, order) = match user {
        Some(_) => (
            "s.account_no = $2 AND s.user_no = $3",
            "(s.account_no, s.user_no, s.session_no) < ($2, $3, $4) AND (s.account_no, s.user_no) >= ($2, $3)",
            "s.account_no DESC, s.user_no DESC, s.session_no DESC",
        ),
        None => (
            "s.account_no = $2 AND $3::int8 IS NULL",
            "(s.account_no, s.session_no) < ($2, $4) AND s.account_no >= $2 AND $3::int8 IS NULL",
            "s.account_no DESC, s.session_no DESC",
        ),
    };
    let (open, ended) = match state {
        StateFilter::Live => (format!("NOT ({LAPSED})"), "false"),
        StateFilter::Ended => (LAPSED.to_owned(), "true"),
        StateFilter::All => ("true".to_owned(), "true"),
    };
    let open = sessions_where(&format!("{whose} AND s.session_no + 0 < $4 AND s.ended_at IS NULL AND {open}"));
    let ended = sessions_where(&format!("{ended_before} AND s.ended_at IS NOT NULL AND {ended}"));
    let listed = with_clock(&format!(
        "({open} ORDER BY s.session_no + 0 DESC LIMIT $5) UNION ALL ({ended} ORDER BY {order} LIMIT $5) \
         ORDER BY 2 DESC LIMIT $5"
    ));
    let before = page.before.map_or(i64::MAX, |no| no.0);
    let user = Param::Int(user.map(|user| user.0));
    let params = vec![shared.time.param(), no(account.0), user, no(before), no(page.limit.into())];
    all(shared.read(Step::built(listed, params)).await?, |row| session_view(row, shared))
}

pub(super) async fn ended_lately(
    shared: &Shared,
    (account, user): (AccountNo, UserNo),
    since: Timestamp,
    limit: u16,
) -> Result<Vec<SessionView>, StoreError> {
    let whose = "s.account_no = $2 AND s.user_no = $3";
    let marked = sessions_where(&format!("{whose} AND s.ended_at >= $4"));
    let unmarked = sessions_where(&format!("{whose} AND s.ended_at IS NULL AND {LAPSED}"));
    let both = format!("({marked} ORDER BY s.ended_at DESC, s.session_no DESC LIMIT $5) UNION ALL ({unmarked})");
    let params = vec![shared.time.param(), no(account.0), no(user.0), no(since.as_millis()), no(limit.into())];
    let rows = shared.read(Step::built(with_clock(&both), params)).await?;
    let mut found = all(rows, |row| session_view(row, shared))?;
    found.retain(|view| view.end.is_some_and(|(at, _)| since <= at));
    found.sort_by_key(|view| Reverse((view.end.map(|(at, _)| at), view.no)));
    found.truncate(limit.into());
    Ok(found)
}

fn session_view(row: &Row, shared: &Shared) -> Result<SessionView, StoreError> {
    let now = shared.time.read(row, 0)?;
    let number: i64 = get(row, 1)?;
    let (activity, absolute_deadline) = (activity(row, 19)?, time(row, 22)?);
    let end = match (opt_time(row, 23)?, get::<Option<&str>>(row, 24)?) {
        (Some(at), Some(reason)) => Some((at, parsed(EndReason::parse(reason), "sessions", number)?)),
        _ => lapse(activity.idle_deadline, absolute_deadline, now),
    };
    Ok(SessionView {
        no: SessionNo(number),
        id: parsed(SessionId::new(get::<&str>(row, 2)?).ok(), "sessions", number)?,
        user_no: UserNo(get(row, 3)?),
        user_id: parsed(UserId::new(get::<&str>(row, 4)?).ok(), "sessions", number)?,
        account_id: account_id(get(row, 5)?)?,
        device_no: DeviceNo(get(row, 6)?),
        device: device_label(row, 7, number)?,
        ip: get(row, 10)?,
        place: Place {
            city: get(row, 11)?,
            region: get(row, 12)?,
            country: get(row, 13)?,
            country_code: get(row, 14)?,
        },
        methods: split(get(row, 15)?),
        unfamiliar: get::<i64>(row, 16)? != 0,
        created_at: time(row, 17)?,
        proved_at: time(row, 18)?,
        activity,
        absolute_deadline,
        end,
        ended_by_role: get::<Option<&str>>(row, 25)?.and_then(Role::parse),
        device_name: get(row, 26)?,
    })
}

pub(super) async fn events(
    shared: &Shared,
    which: EventsOf,
    after: Position,
    limit: u16,
) -> Result<Vec<Event>, StoreError> {
    let (whose, mut params) = match which {
        EventsOf::All => ("e.position > $1 ORDER BY e.position", vec![]),
        // By all the columns of its index, or everybody's might be walked through.
        EventsOf::User(user) => {
            ("(e.user_no, e.position) > ($3, $1) AND e.user_no <= $3 ORDER BY e.user_no, e.position", vec![no(user.0)])
        }
    };
    let listed = format!("{} WHERE {whose} LIMIT $2", sql::EVENT);
    params.splice(0..0, [no(after.0), no(limit.into())]);
    all(shared.read(Step::built(listed, params)).await?, |row| event(row, 0))
}

/// These events.
pub(super) fn events_at(positions: Vec<i64>) -> Step {
    Step::built(format!("{} WHERE e.position = ANY($1)", sql::EVENT), vec![Param::Ints(positions)])
}

/// The columns of [`sql::EVENT`] from `first` on.
pub(super) fn event(row: &Row, first: usize) -> Result<Event, StoreError> {
    let position: i64 = get(row, first)?;
    let (user_id, session_id): (Option<&str>, Option<&str>) = (get(row, first + 4)?, get(row, first + 5)?);
    Ok(Event {
        position: Position(position),
        kind: get(row, first + 1)?,
        at: time(row, first + 2)?,
        account_id: account_id(get(row, first + 3)?)?,
        user_id: user_id.map(|id| parsed(UserId::new(id).ok(), "events", position)).transpose()?,
        session_id: session_id.map(|id| parsed(SessionId::new(id).ok(), "events", position)).transpose()?,
        actor_kind: get(row, first + 6)?,
        actor_id: get(row, first + 7)?,
        actor_role: get(row, first + 8)?,
        reason: get(row, first + 9)?,
        reference: get(row, first + 10)?,
        ip: get(row, first + 11)?,
        data: get(row, first + 12)?,
    })
}

/// Looks at a bounded number of the user's events: whoever has their password could make very many.
pub(super) async fn refusals(shared: &Shared, user: UserNo, since: Timestamp) -> Result<RefusalsSince, StoreError> {
    let of_user = "SELECT coalesce(sum((data::json->>'times')::int8), 0)::int8, max(at) \
                   FROM (SELECT kind, at, data FROM events WHERE user_no = $1 ORDER BY position DESC LIMIT 1000) e \
                   WHERE kind = $2 AND at >= $3";
    let params = vec![no(user.0), text(kind::SIGN_IN_REFUSED), no(since.as_millis())];
    let found = first(shared.look(Step::ask(of_user, params)).await?, |row| {
        Ok(RefusalsSince { count: get::<i64>(row, 0)?.unsigned_abs(), last: opt_time(row, 1)? })
    })?;
    Ok(found.unwrap_or_default())
}

/// Looks at a bounded number of the account's events, by all the columns of their index, so that the plan has no choice.
pub(super) async fn refused_in(
    shared: &Shared,
    account: AccountNo,
    since: Timestamp,
) -> Result<Vec<(UserNo, RefusalsSince)>, StoreError> {
    let of_account = "SELECT user_no, coalesce(sum((data::json->>'times')::int8), 0)::int8, max(at) \
                      FROM (SELECT user_no, kind, at, data FROM events \
                      WHERE (account_no, position) < ($1, 9223372036854775807) AND account_no >= $1 \
                      ORDER BY account_no DESC, position DESC LIMIT 2000) e \
                      WHERE kind = $2 AND at >= $3 AND user_no IS NOT NULL GROUP BY user_no ORDER BY user_no";
    let params = vec![no(account.0), text(kind::SIGN_IN_REFUSED), no(since.as_millis())];
    all(shared.read(Step::ask(of_account, params)).await?, |row| {
        let refusals = RefusalsSince { count: get::<i64>(row, 1)?.unsigned_abs(), last: opt_time(row, 2)? };
        Ok((UserNo(get(row, 0)?), refusals))
    })
}

pub(super) async fn keys(shared: &Shared) -> Result<Vec<ServiceKey>, StoreError> {
    all(shared.look(Step::ask(sql::KEYS, vec![])).await?, |row| key(row, 0))
}

/// How many there may be stands in the text: of a number that it does not know, the database thinks that it may be a tenth
/// of all, and reads everybody's.
pub(super) async fn due(shared: &Shared, limit: u16) -> Result<Vec<(UserNo, SessionNo)>, StoreError> {
    let due = format!(
        "SELECT s.user_no, d.session_no FROM (SELECT session_no, wake_at FROM session_activity WHERE wake_at <= {} \
         ORDER BY wake_at LIMIT {limit}) d JOIN sessions s ON s.session_no = d.session_no ORDER BY d.wake_at",
        now!()
    );
    let rows = shared.read(Step::built(due, vec![shared.time.param()])).await?;
    all(rows, |row| Ok((UserNo(get(row, 0)?), SessionNo(get(row, 1)?))))
}

pub(super) async fn origins(shared: &Shared, limit: u16) -> Result<Vec<(UserNo, Option<String>)>, StoreError> {
    let origins = format!(
        "SELECT s.user_no, s.ip FROM (SELECT session_no FROM session_activity \
         WHERE least(idle_deadline, absolute_deadline) > {} ORDER BY session_no DESC LIMIT {limit}) a \
         JOIN sessions s ON s.session_no = a.session_no ORDER BY a.session_no DESC",
        now!()
    );
    let rows = shared.read(Step::built(origins, vec![shared.time.param()])).await?;
    all(rows, |row| Ok((UserNo(get(row, 0)?), get(row, 1)?)))
}

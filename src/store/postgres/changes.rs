//! Writes a batch: few statements, each of which fails where it meets another state than was decided on.
//!
//! The events come last, then the clock: their rows are shared by everybody, and are held only from there to COMMIT,
//! which is in the same packet, so that no node can stop in between.

use super::rows::get;
use super::session::{Param, Step};
use super::{factors, round, webhooks};
use crate::domain::change::{AccountPut, Change, NewToken, TokenRotated, UserPut};
use crate::domain::end::Actor;
use crate::domain::event::EventBody;
use crate::domain::id::{AccountNo, Reference, SecretHash, SessionNo, UserNo};
use crate::domain::invitation::Invitation;
use crate::domain::time::Timestamp;
use crate::store::net::{Write, net};
use crate::store::rows::{event_data, joined};
use crate::store::{Position, StoreError, sql};
use tokio_postgres::Row;

/// A write that must hit exactly one row.
macro_rules! one {
    ($write:literal) => {
        concat!("WITH hit AS (", $write, " RETURNING 1) SELECT expect_rows(count(*), 1) FROM hit")
    };
}
pub(super) use one;

const FRESH_ACCOUNTS: &str = "SELECT nextval('accounts_account_no_seq') FROM generate_series(1, $1)";
const FRESH_USERS: &str = "SELECT nextval('users_user_no_seq') FROM generate_series(1, $1)";

fn is_new_account(change: &&Change) -> bool {
    matches!(change, Change::AccountPut(put) if put.before.is_none())
}

fn is_new_user(change: &&Change) -> bool {
    matches!(change, Change::UserPut(put) if put.before.is_none())
}

/// Asks for the numbers of what the batch creates: they are in its events, too. Nothing where it creates nothing.
pub(super) fn fresh_numbers(changes: &[Change]) -> Vec<Step> {
    let ask = |text, count: usize| Step::ask(text, vec![Param::Int(i64::try_from(count).ok())]);
    let accounts = changes.iter().filter(is_new_account).count();
    let users = changes.iter().filter(is_new_user).count();
    if accounts + users == 0 {
        return Vec::new();
    }
    vec![ask(FRESH_ACCOUNTS, accounts), ask(FRESH_USERS, users)]
}

/// The numbers of what a batch creates, by the place of the change.
struct Created(Vec<(usize, i64)>);

impl Created {
    /// Deals out what [`fresh_numbers`] asked for.
    fn of(changes: &[Change], fresh: &[Vec<Row>]) -> Result<Self, StoreError> {
        let mut created = Vec::new();
        for (is_new, numbers) in [is_new_account as fn(&&Change) -> bool, is_new_user].iter().zip(fresh) {
            let places = changes.iter().enumerate().filter(|(_, change)| is_new(change));
            for ((place, _), row) in places.zip(numbers) {
                created.push((place, get(row, 0)?));
            }
        }
        Ok(Self(created))
    }

    fn at(&self, place: usize) -> Option<i64> {
        self.0.iter().find(|(of, _)| *of == place).map(|(_, no)| *no)
    }
}

/// Everything of the batch but COMMIT; the last step tells the position of the last event.
pub(super) fn steps(changes: &[Change], fresh: &[Vec<Row>]) -> Result<Vec<Step>, StoreError> {
    let created = Created::of(changes, fresh)?;
    let net = net(changes);
    let mut steps = Vec::new();
    for write in &net.writes {
        match write {
            Write::Round(round) => steps.extend(round::steps(round)),
            Write::One(place, change) => steps.extend(one_change(change, created.at(*place))),
        }
    }
    if !net.repeats.is_empty() {
        steps.push(repeats(&net.repeats));
    }
    steps.push(events(changes, &net.events, &created));
    Ok(steps)
}

fn one_change(change: &Change, created: Option<i64>) -> Vec<Step> {
    match change {
        Change::AccountPut(put) => vec![account_put(put, created)],
        Change::UserPut(put) => user_put(put, created),
        Change::UserRemoved(gone) => {
            const REMOVE: &str =
                one!("UPDATE users SET status = 'removed', removed_at = $1 WHERE user_no = $2 AND removed_at IS NULL");
            let mut steps = vec![
                Step::ask(REMOVE, vec![at(gone.at), no(gone.user.no.0)]),
                Step::ask("DELETE FROM passwords WHERE user_no = $1", vec![no(gone.user.no.0)]),
            ];
            steps.extend(factors::remove_all(gone.user.no));
            steps
        }
        Change::PasswordSet(set) => vec![password(set.user.no.0, &set.password_hash, set.at)],
        Change::TokenRotated(rotated) => token_rotated(rotated),
        Change::DeviceNamed(named) => {
            const NAME: &str = one!("UPDATE devices SET name = $1 WHERE device_no = $2 AND user_no = $3");
            let given = named.name.as_ref().map(|name| name.as_str().to_owned());
            vec![Step::ask(NAME, vec![Param::OptText(given), no(named.device_no.0), no(named.user_no.0)])]
        }
        Change::SteppedUp(step_up) => {
            let mut steps = step_up.token.map_or_else(Vec::new, |token| rotate(step_up.session_no, token));
            steps.push(prove(step_up.session_no, step_up.at));
            steps
        }
        Change::Invited(invited) => {
            let Invitation { id, account_no, email, role, invited_by, created_at, expires_at, .. } =
                &invited.invitation;
            let what = [text(id.as_str()), no(account_no.0), text(email), text(role.as_str()), hash(invited.secret)];
            let when = [no(invited_by.0), at(*created_at), at(*expires_at)];
            vec![Step::ask(sql::INVITE, what.into_iter().chain(when).collect())]
        }
        Change::InvitationClosed(closed) => {
            const CLOSE: &str = one!("DELETE FROM invitations WHERE invitation_id = $1");
            vec![Step::ask(CLOSE, vec![text(closed.invitation.id.as_str())])]
        }
        Change::EmailConfirmed(confirmed) => {
            const CONFIRM: &str =
                one!("UPDATE users SET email_confirmed_at = $1 WHERE user_no = $2 AND removed_at IS NULL");
            vec![Step::ask(CONFIRM, vec![at(confirmed.at), no(confirmed.user_no.0)])]
        }
        // All there is to it is its event.
        Change::SupportViewed(_) | Change::MailAsked(_) | Change::SecondFactorFailed(_) => Vec::new(),
        Change::KeyCreated(key) => {
            const INSERT: &str =
                "INSERT INTO service_keys (key_id, key_hash, name, scopes, created_at) VALUES ($1, $2, $3, $4, $5)";
            let (id, name, scopes) = (text(key.id.as_str()), text(&key.name), Param::Text(joined(&key.scopes)));
            vec![Step::ask(INSERT, vec![id, hash(key.hash), name, scopes, at(key.at)])]
        }
        Change::KeyRevoked(key) => {
            const REVOKE: &str =
                one!("UPDATE service_keys SET revoked_at = $1 WHERE key_id = $2 AND revoked_at IS NULL");
            vec![Step::ask(REVOKE, vec![at(key.at), text(key.id.as_str())])]
        }
        Change::Webhook(change) => vec![webhooks::write(change)],
        Change::Factor(change) => factors::write(change),
        // These come in rounds.
        Change::SessionStarted(_) | Change::SessionEnded(_) | Change::SignInRefused(_) => Vec::new(),
    }
}

fn no(value: i64) -> Param {
    Param::Int(Some(value))
}

fn at(when: Timestamp) -> Param {
    no(when.as_millis())
}

fn text(value: &str) -> Param {
    Param::Text(value.to_owned())
}

fn hash(value: SecretHash) -> Param {
    Param::Hash(value.0.to_vec())
}

fn account_put(put: &AccountPut, created: Option<i64>) -> Step {
    const UPDATE: &str = one!(
        "UPDATE accounts SET name = $1, plan = $2, time_zone = $3, status = $4, requires_factor = $5 WHERE account_no = $6"
    );
    const INSERT: &str = "INSERT INTO accounts (account_no, account_id, name, plan, time_zone, status, requires_factor, \
                          created_at) VALUES ($6, $7, $1, $2, $3, $4, $5, $8)";
    let account = &put.account;
    let fields = [text(&account.name), text(&account.plan), text(&account.time_zone), text(account.status.as_str())];
    let mut params = Vec::from(fields);
    params.push(no(account.requires_factor.into()));
    match created {
        None => {
            params.push(no(account.no.0));
            Step::ask(UPDATE, params)
        }
        Some(number) => {
            params.extend([no(number), text(account.id.as_str()), at(account.created_at)]);
            Step::ask(INSERT, params)
        }
    }
}

fn user_put(put: &UserPut, created: Option<i64>) -> Vec<Step> {
    const UPDATE: &str = one!(
        "UPDATE users SET role = $1, status = $2, email = $3, name = $4, email_confirmed_at = $5 WHERE user_no = $6 \
         AND removed_at IS NULL"
    );
    const INSERT: &str = "INSERT INTO users (user_no, user_id, account_no, role, status, email, name, \
                          email_confirmed_at, created_at) VALUES ($6, $7, $8, $1, $2, $3, $4, $5, $9)";
    let user = &put.user;
    let (email, name) = (Param::OptText(user.email.clone()), Param::OptText(user.name.clone()));
    let confirmed = Param::Int(user.email_confirmed_at.map(Timestamp::as_millis));
    let mut params = vec![text(user.role.as_str()), text(user.status.as_str()), email, name, confirmed];
    let Some(number) = created else {
        params.push(no(user.no.0));
        let (email, name) = (Param::OptText(user.email.clone()), Param::OptText(user.name.clone()));
        let told = vec![text(user.role.as_str()), email, name, no(user.account_no.0), no(user.no.0)];
        return vec![Step::ask(UPDATE, params), Step::ask(sql::TELL_SESSIONS, told)];
    };
    params.extend([no(number), text(user.id.as_str()), no(user.account_no.0), at(user.created_at)]);
    let mut steps = vec![Step::ask(INSERT, params)];
    steps.extend(put.password_hash.as_ref().map(|hash| password(number, hash, put.at)));
    steps
}

/// A password is known by when it was set: two that are set within one millisecond must not pass for each other.
fn password(user: i64, hash: &str, when: Timestamp) -> Step {
    const UPSERT: &str = "INSERT INTO passwords (user_no, password_hash, changed_at) VALUES ($1, $2, $3) \
                          ON CONFLICT (user_no) DO UPDATE SET password_hash = excluded.password_hash, \
                          changed_at = greatest(excluded.changed_at, passwords.changed_at + 1)";
    Step::ask(UPSERT, vec![no(user), text(hash), at(when)])
}

fn token_rotated(rotated: &TokenRotated) -> Vec<Step> {
    let mut steps = rotate(rotated.session_no, rotated.token);
    steps.extend(rotated.proves.then(|| prove(rotated.session_no, rotated.at)));
    steps
}

/// The token is known by the row that it has: two that would rotate the same one meet here, and the second is refused.
fn rotate(session: SessionNo, NewToken { from, to }: NewToken) -> Vec<Step> {
    const ROTATE: &str = one!(
        "UPDATE session_tokens SET token_key = $1, token_hash = $2 \
         WHERE token_key = $3 AND token_hash = $4 AND session_no = $5"
    );
    const KEY: &str = one!("UPDATE sessions SET token_key = $1 WHERE session_no = $2 AND ended_at IS NULL");
    let params = vec![no(to.key()), hash(to), no(from.key()), hash(from), no(session.0)];
    vec![Step::ask(ROTATE, params), Step::ask(KEY, vec![no(to.key()), no(session.0)])]
}

fn prove(session: SessionNo, when: Timestamp) -> Step {
    const PROVE: &str = one!("UPDATE sessions SET proved_at = $1 WHERE session_no = $2 AND ended_at IS NULL");
    Step::ask(PROVE, vec![at(when), no(session.0)])
}

/// Adds to events that exist. Their data stays the text that it is, so that it reads alike whatever the database: the
/// number is found by its name, which no text within can show unescaped.
fn repeats(repeats: &[(Reference, UserNo, i64)]) -> Step {
    const REPEATS: &str = "WITH hit AS (UPDATE events e SET data = regexp_replace(e.data, '\"times\":\\d+', \
         '\"times\":' || ((e.data::json->>'times')::int8 + r.times)) \
         FROM unnest($1::text[], $2::int8[], $3::int8[]) AS r (reference, user_no, times) WHERE e.position = \
         (SELECT max(x.position) FROM events x WHERE x.reference = r.reference AND x.user_no = r.user_no) RETURNING 1) \
         SELECT expect_rows(count(*), cardinality($1)) FROM hit";
    let references = repeats.iter().map(|(reference, ..)| reference.as_str().to_owned()).collect();
    let users = repeats.iter().map(|(_, user, _)| user.0).collect();
    let times = repeats.iter().map(|(.., times)| *times).collect();
    Step::ask(REPEATS, vec![Param::Texts(references), Param::Ints(users), Param::Ints(times)])
}

fn events(changes: &[Change], events: &[(usize, EventBody)], created: &Created) -> Step {
    const NONE: &str = "SELECT value FROM counters WHERE name = 'events'";
    const EVENTS: &str = "WITH c AS (UPDATE counters SET value = value + cardinality($1) WHERE name = 'events' \
         RETURNING value - cardinality($1) AS before) \
         INSERT INTO events (position, kind, at, account_no, user_no, session_id, actor_kind, actor_id, actor_role, \
         reason, reference, ip, data) SELECT c.before + e.n, e.kind, e.at, e.account_no, e.user_no, e.session_id, \
         e.actor_kind, coalesce(e.actor_id, (SELECT user_id FROM users WHERE users.user_no = e.actor_no)), e.actor_role, \
         e.reason, e.reference, e.ip, e.data FROM c CROSS JOIN unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], \
         $5::text[], $6::text[], $7::text[], $8::int8[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[]) \
         WITH ORDINALITY AS e (kind, at, account_no, user_no, session_id, actor_kind, actor_id, actor_no, actor_role, \
         reason, reference, ip, data, n) RETURNING position";
    if events.is_empty() {
        return Step::ask(NONE, vec![]);
    }
    let number = |place: usize, is_new: fn(&&Change) -> bool| created.at(place).filter(|_| is_new(&&changes[place]));
    let account = |(place, event): &(usize, EventBody)| {
        number(*place, is_new_account).or(event.account_no.map(|no| no.0)).unwrap_or(AccountNo::SYSTEM.0)
    };
    let user = |(place, event): &(usize, EventBody)| number(*place, is_new_user).or(event.user_no.map(|no| no.0));
    let actor = |of: &(usize, EventBody)| match of.1.actor {
        // Whoever joins does it in their own name, which they have from now on.
        Actor::User(UserNo(0), _) => number(of.0, is_new_user),
        Actor::User(no, _) => Some(no.0),
        Actor::Service(_) | Actor::Operator | Actor::Clock => None,
    };
    let opt = |value: fn(&EventBody) -> Option<&str>| {
        Param::OptTexts(events.iter().map(|(_, event)| value(event).map(str::to_owned)).collect())
    };
    let params = vec![
        opt(|event| Some(event.kind)),
        Param::Ints(events.iter().map(|(_, event)| event.at.as_millis()).collect()),
        Param::Ints(events.iter().map(account).collect()),
        Param::OptInts(events.iter().map(user).collect()),
        opt(|event| event.session_id.as_ref().map(|id| id.as_str())),
        opt(|event| Some(event.actor.kind())),
        opt(|event| match &event.actor {
            Actor::Service(key) => Some(key.as_str()),
            Actor::User(..) | Actor::Operator | Actor::Clock => None,
        }),
        Param::OptInts(events.iter().map(actor).collect()),
        opt(|event| event.actor.role().map(|role| role.as_str())),
        opt(|event| event.reason),
        opt(|event| event.reference.as_deref()),
        opt(|event| event.ip.as_deref()),
        Param::Texts(events.iter().map(|(_, event)| event_data(event)).collect()),
    ];
    Step::ask(EVENTS, params)
}

/// The position of the last event, from the answer to the last of [`steps`].
pub(super) fn last_position(answer: &[Row]) -> Result<Position, StoreError> {
    let mut last = 0;
    for row in answer {
        last = i64::max(last, get(row, 0)?);
    }
    Ok(Position(last))
}

/// Keeps the clock from running backwards.
pub(super) fn raise_clock(now: Timestamp) -> Step {
    Step::ask("UPDATE counters SET value = $1 WHERE name = 'clock' AND value < $1", vec![at(now)])
}

/// Asks what became of a transaction: the last word about it is the database's.
pub(super) fn status(number: String) -> Step {
    Step::ask("SELECT pg_xact_status($1::text::xid8)", vec![Param::Text(number)])
}

//! Writes changes, each with its event. Every `UPDATE` states what it expects and looks at how many rows it hit.

use super::{factors, of, webhooks};
use crate::domain::admission::Started;
use crate::domain::change::{AccountPut, Change, Invited, NewToken, RefusalEvent, Refused, TokenRotated, UserPut};
use crate::domain::end::{Actor, Ended};
use crate::domain::event::EventBody;
use crate::domain::id::{AccountNo, SessionNo, UserNo};
use crate::domain::invitation::Invitation;
use crate::domain::time::Timestamp;
use crate::store::rows::{event_data, joined};
use crate::store::{Position, StoreError, sql};
use rusqlite::{Connection, Params, params};

/// Writes one change and its event; answers the position of the last event.
pub(super) fn write(connection: &Connection, change: &Change, last: Position) -> Result<Position, StoreError> {
    let mut created = (None, None);
    match change {
        Change::AccountPut(put) => created.0 = Some(account_put(connection, put)?),
        Change::UserPut(put) => created.1 = Some(user_put(connection, put)?),
        change => of_what_is_there(connection, change)?,
    }
    match change.event() {
        Some(event) => {
            let position = Position(last.0 + 1);
            insert_event(connection, position, &event, created)?;
            Ok(position)
        }
        None => Ok(last),
    }
}

/// Writes a change that creates neither account nor user, whose numbers its event would need.
fn of_what_is_there(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::AccountPut(_) | Change::UserPut(_) => Ok(()),
        Change::UserRemoved(gone) => {
            let remove =
                "UPDATE users SET status = 'removed', removed_at = $1 WHERE user_no = $2 AND removed_at IS NULL";
            one(connection, remove, params![gone.at.as_millis(), gone.user.no.0])?;
            run(connection, "DELETE FROM passwords WHERE user_no = $1", [gone.user.no.0])?;
            factors::remove_all(connection, gone.user.no)
        }
        Change::PasswordSet(set) => password(connection, set.user.no, &set.password_hash, set.at.as_millis()),
        Change::SessionStarted(started) => session_started(connection, started),
        Change::SessionEnded(ended) => session_ended(connection, ended),
        Change::TokenRotated(rotated) => token_rotated(connection, rotated),
        Change::DeviceNamed(named) => {
            let name = "UPDATE devices SET name = $1 WHERE device_no = $2 AND user_no = $3";
            let given = named.name.as_ref().map(|name| name.as_str());
            one(connection, name, params![given, named.device_no.0, named.user_no.0])
        }
        Change::SteppedUp(step_up) => {
            if let Some(token) = step_up.token {
                rotate(connection, step_up.session_no, token)?;
            }
            prove(connection, step_up.session_no, step_up.at)
        }
        Change::SignInRefused(refused) => sign_in_refused(connection, refused),
        Change::Invited(invited) => invite(connection, invited),
        Change::InvitationClosed(closed) => {
            one(connection, "DELETE FROM invitations WHERE invitation_id = $1", [closed.invitation.id.as_str()])
        }
        Change::EmailConfirmed(confirmed) => {
            let confirm = "UPDATE users SET email_confirmed_at = $1 WHERE user_no = $2 AND removed_at IS NULL";
            one(connection, confirm, params![confirmed.at.as_millis(), confirmed.user_no.0])
        }
        // All there is to it is its event.
        Change::SupportViewed(_) | Change::MailAsked(_) | Change::SecondFactorFailed(_) => Ok(()),
        Change::KeyCreated(key) => {
            let insert =
                "INSERT INTO service_keys (key_id, key_hash, name, scopes, created_at) VALUES ($1, $2, $3, $4, $5)";
            let scopes = joined(&key.scopes);
            one(connection, insert, params![key.id.as_str(), key.hash.0, key.name, scopes, key.at.as_millis()])
        }
        Change::KeyRevoked(key) => {
            let revoke = "UPDATE service_keys SET revoked_at = $1 WHERE key_id = $2 AND revoked_at IS NULL";
            one(connection, revoke, params![key.at.as_millis(), key.id.as_str()])
        }
        Change::Webhook(change) => webhooks::write(connection, change),
        Change::Factor(change) => factors::write(connection, change),
    }
}

pub(super) fn run(connection: &Connection, text: &str, params: impl Params) -> Result<usize, StoreError> {
    connection.prepare_cached(text).and_then(|mut statement| statement.execute(params)).map_err(of)
}

/// Runs a statement that must hit exactly one row: the decision was made on facts that no longer hold otherwise.
pub(super) fn one(connection: &Connection, text: &str, params: impl Params) -> Result<(), StoreError> {
    match run(connection, text, params)? {
        1 => Ok(()),
        hit => Err(StoreError::Conflict(format!("{hit} rows were hit instead of one").into())),
    }
}

fn account_put(connection: &Connection, put: &AccountPut) -> Result<AccountNo, StoreError> {
    let account = &put.account;
    let (name, plan, zone, status) = (&account.name, &account.plan, &account.time_zone, account.status.as_str());
    if put.before.is_some() {
        let update = "UPDATE accounts SET name = $1, plan = $2, time_zone = $3, status = $4, requires_factor = $5 \
                      WHERE account_no = $6";
        one(connection, update, params![name, plan, zone, status, account.requires_factor, account.no.0])?;
        return Ok(account.no);
    }
    let insert = "INSERT INTO accounts (account_id, name, plan, time_zone, status, created_at, requires_factor) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (id, created_at) = (account.id.as_str(), account.created_at.as_millis());
    one(connection, insert, params![id, name, plan, zone, status, created_at, account.requires_factor])?;
    Ok(AccountNo(connection.last_insert_rowid()))
}

fn user_put(connection: &Connection, put: &UserPut) -> Result<UserNo, StoreError> {
    let user = &put.user;
    let (role, status) = (user.role.as_str(), user.status.as_str());
    let confirmed = user.email_confirmed_at.map(Timestamp::as_millis);
    if put.before.is_some() {
        let update = "UPDATE users SET role = $1, status = $2, email = $3, name = $4, email_confirmed_at = $5 WHERE user_no = $6 \
             AND removed_at IS NULL";
        one(connection, update, params![role, status, user.email, user.name, confirmed, user.no.0])?;
        run(connection, sql::TELL_SESSIONS, params![role, user.email, user.name, user.account_no.0, user.no.0])?;
        return Ok(user.no);
    }
    let insert = "INSERT INTO users (user_id, account_no, role, status, email, name, created_at, \
                  email_confirmed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (id, created) = (user.id.as_str(), user.created_at.as_millis());
    one(connection, insert, params![id, user.account_no.0, role, status, user.email, user.name, created, confirmed])?;
    let no = UserNo(connection.last_insert_rowid());
    if let Some(hash) = &put.password_hash {
        password(connection, no, hash, put.at.as_millis())?;
    }
    Ok(no)
}

fn invite(connection: &Connection, invited: &Invited) -> Result<(), StoreError> {
    let Invitation { id, account_no, email, role, invited_by, created_at, expires_at, .. } = &invited.invitation;
    let (id, role, secret) = (id.as_str(), role.as_str(), invited.secret.0);
    let times = (created_at.as_millis(), expires_at.as_millis());
    one(connection, sql::INVITE, params![id, account_no.0, email, role, secret, invited_by.0, times.0, times.1])
}

/// A password is known by when it was set: two that are set within one millisecond must not pass for each other.
fn password(connection: &Connection, user: UserNo, hash: &str, at: i64) -> Result<(), StoreError> {
    let upsert = "INSERT INTO passwords (user_no, password_hash, changed_at) VALUES ($1, $2, $3) \
                  ON CONFLICT (user_no) DO UPDATE SET password_hash = excluded.password_hash, \
                  changed_at = max(excluded.changed_at, passwords.changed_at + 1)";
    one(connection, upsert, params![user.0, hash, at])
}

fn session_started(connection: &Connection, started: &Started) -> Result<(), StoreError> {
    device(connection, started)?;
    let (session, user, place) = (started.open_session(), started.user(), started.location());
    if let Some(code) = started.country_code() {
        let seen = "INSERT INTO user_countries (user_no, country_code, first_seen_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        run(connection, seen, params![user.no.0, code, session.created_at.as_millis()])?;
    }
    let insert = "INSERT INTO sessions (session_no, session_id, token_key, account_no, user_no, place, device_no, methods, ip, city, region, \
                  country, country_code, unfamiliar, created_at, proved_at, absolute_deadline) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let (id, methods, absolute) =
        (session.id.as_str(), joined(started.methods()), session.absolute_deadline.as_millis());
    one(
        connection,
        insert,
        params![
            session.no.0,
            id,
            started.token().key(),
            user.account_no.0,
            user.no.0,
            session.place,
            session.device.0,
            methods,
            started.ip(),
            place.city,
            place.region,
            place.country,
            place.country_code,
            started.unfamiliar(),
            session.created_at.as_millis(),
            session.proved_at.as_millis(),
            absolute
        ],
    )?;
    let token = "INSERT INTO session_tokens (token_key, token_hash, session_no, session_id, user_no, user_id, role, email, \
                 name, account_no, account_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let (hash, account) = (started.token(), user.account_id.as_ref().map_or("", |id| id.as_str()));
    one(
        connection,
        token,
        params![
            hash.key(),
            hash.0,
            session.no.0,
            id,
            user.no.0,
            user.id.as_str(),
            user.role.as_str(),
            user.email,
            user.name,
            user.account_no.0,
            account
        ],
    )?;
    let activity = "INSERT INTO session_activity (session_no, last_active_at, last_seen_at, idle_deadline, absolute_deadline, \
                    wake_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let (active, seen) = (session.activity.last_active_at.as_millis(), session.activity.last_seen_at.as_millis());
    let idle = session.activity.idle_deadline.as_millis();
    one(connection, activity, params![session.no.0, active, seen, idle, absolute, idle.min(absolute)])
}

fn device(connection: &Connection, started: &Started) -> Result<(), StoreError> {
    let (used, session, user) = (started.device(), started.open_session(), started.user());
    let (token, previous) = (used.device.token.map(|hash| hash.0), used.device.previous_token.map(|hash| hash.0));
    let (kind, browser, system) = (used.label.kind.as_str(), &used.label.browser, &used.label.system);
    let (no, at) = (used.device.no.0, session.created_at.as_millis());
    if used.is_new {
        let insert = "INSERT INTO devices (device_no, user_no, token_hash, previous_token_hash, newest_session_no, kind, browser, \
                      system, first_seen_at, last_signed_in_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
        one(connection, insert, params![no, user.no.0, token, previous, session.no.0, kind, browser, system, at])?;
    } else {
        let update = "UPDATE devices SET token_hash = $1, previous_token_hash = $2, newest_session_no = $3, kind = $4, browser = $5, \
                      system = $6, last_signed_in_at = $7 WHERE device_no = $8 AND user_no = $9";
        one(connection, update, params![token, previous, session.no.0, kind, browser, system, at, no, user.no.0])?;
    }
    // One browser is a device of everybody who signs in with it: the others' rows follow the value that it carries now.
    if let (Some(token), Some(previous)) = (token, previous) {
        let follow = "UPDATE devices SET previous_token_hash = token_hash, token_hash = $1 WHERE token_hash = $2 AND user_no <> $3";
        run(connection, follow, params![token, previous, user.no.0])?;
    }
    Ok(())
}

fn session_ended(connection: &Connection, ended: &Ended) -> Result<(), StoreError> {
    let update = "UPDATE sessions SET ended_at = $1, end_reason = $2, ended_by_role = $3, last_active_at = $4, \
                  last_seen_at = $5, idle_deadline = $6 WHERE session_no = $7 AND ended_at IS NULL";
    let role = ended.by().role().map(|role| role.as_str());
    let last = ended.last();
    let (active, seen) = (last.last_active_at.as_millis(), last.last_seen_at.as_millis());
    let (at, reason, idle) = (ended.at().as_millis(), ended.reason().as_str(), last.idle_deadline.as_millis());
    one(connection, update, params![at, reason, role, active, seen, idle, ended.no().0])?;
    one(connection, "DELETE FROM session_activity WHERE session_no = $1", [ended.no().0])
}

fn token_rotated(connection: &Connection, rotated: &TokenRotated) -> Result<(), StoreError> {
    rotate(connection, rotated.session_no, rotated.token)?;
    if rotated.proves { prove(connection, rotated.session_no, rotated.at) } else { Ok(()) }
}

/// The token is known by the row that it has: two that would rotate the same one meet here, and the second is refused.
fn rotate(connection: &Connection, session: SessionNo, NewToken { from, to }: NewToken) -> Result<(), StoreError> {
    let rotate = "UPDATE session_tokens SET token_key = $1, token_hash = $2 WHERE token_key = $3 AND token_hash = $4 AND session_no = $5";
    one(connection, rotate, params![to.key(), to.0, from.key(), from.0, session.0])?;
    let key = "UPDATE sessions SET token_key = $1 WHERE session_no = $2 AND ended_at IS NULL";
    one(connection, key, params![to.key(), session.0])
}

fn prove(connection: &Connection, session: SessionNo, at: Timestamp) -> Result<(), StoreError> {
    let prove = "UPDATE sessions SET proved_at = $1 WHERE session_no = $2 AND ended_at IS NULL";
    one(connection, prove, params![at.as_millis(), session.0])
}

fn sign_in_refused(connection: &Connection, refused: &Refused) -> Result<(), StoreError> {
    let window = &refused.window;
    let upsert = "INSERT INTO refusals (user_no, since, count, reference) VALUES ($1, $2, $3, $4) ON CONFLICT (user_no) \
                  DO UPDATE SET since = excluded.since, count = excluded.count, reference = excluded.reference";
    let reference = window.shared.as_ref().map(|shared| shared.as_str());
    one(connection, upsert, params![refused.user_no.0, window.since.as_millis(), window.count, reference])?;
    if refused.event == RefusalEvent::Repeat {
        let count = "UPDATE events SET data = json_set(data, '$.times', json_extract(data, '$.times') + 1) \
                     WHERE position = (SELECT max(position) FROM events WHERE reference = $1 AND user_no = $2)";
        one(connection, count, params![refused.reference.as_str(), refused.user_no.0])?;
    }
    Ok(())
}

fn insert_event(
    connection: &Connection,
    position: Position,
    event: &EventBody,
    created: (Option<AccountNo>, Option<UserNo>),
) -> Result<(), StoreError> {
    let account = created.0.or(event.account_no).unwrap_or(AccountNo::SYSTEM);
    let user = created.1.or(event.user_no).map(|user| user.0);
    let actor = match event.actor {
        // Whoever joins does it in their own name, which they have from now on.
        Actor::User(UserNo(0), role) => &Actor::User(created.1.unwrap_or(UserNo(0)), role),
        _ => &event.actor,
    };
    let (actor, role) = (actor_id(connection, actor)?, actor.role().map(|role| role.as_str()));
    let insert = "INSERT INTO events (position, kind, at, account_no, user_no, session_id, actor_kind, actor_id, actor_role, reason, \
                  reference, ip, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    one(
        connection,
        insert,
        params![
            position.0,
            event.kind,
            event.at.as_millis(),
            account.0,
            user,
            event.session_id.as_ref().map(|id| id.as_str()),
            event.actor.kind(),
            actor,
            role,
            event.reason,
            event.reference,
            event.ip,
            event_data(event)
        ],
    )
}

fn actor_id(connection: &Connection, actor: &Actor) -> Result<Option<String>, StoreError> {
    match actor {
        Actor::User(no, _) => {
            super::load::row(connection, "SELECT user_id FROM users WHERE user_no = $1", [no.0], |row| {
                super::load::text(row, 0)
            })
        }
        Actor::Service(key) => Ok(Some(key.as_str().to_owned())),
        Actor::Operator | Actor::Clock => Ok(None),
    }
}

//! The installation that is measured: made up, the same at every run but for its times, written as rows.
//!
//! One live session for each user, ten users to an account; behind them users who have a password and no session. Secrets and public ids are hashes of their numbers, as
//! scattered as drawn ones, so that the trees of the indexes are no denser than in real life.

use data_encoding::{BASE32_DNSSEC, BASE64URL_NOPAD};
use sha2::{Digest, Sha256};

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;

/// Users of one account.
pub const USERS_OF_AN_ACCOUNT: i64 = 10;

/// The user who has no session but one, which is the usual case.
pub const WITH_ONE_SESSION: i64 = 1;

/// The user with further live sessions, and with ended ones.
pub const WITH_SEVERAL: i64 = 2;

/// How many live sessions [`WITH_SEVERAL`] has besides the usual one.
pub const FURTHER_LIVE: i64 = 4;

/// How many ended sessions [`WITH_SEVERAL`] has: more than the page shows.
pub const ENDED: i64 = 24;

/// How often a sign-in of [`WITH_SEVERAL`] was refused.
pub const REFUSED: i64 = 5;

/// How many users there are besides, who have a password and no session.
pub const WITH_PASSWORD: i64 = 10_000;

/// Their password.
pub const PASSWORD: &str = "correct horse of the benchmark";

/// Its hash, as Innkeeper makes it: Argon2id with 19 MiB and two passes.
const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$axoY3JH0Pietu2+bIqEZ6w$\
                             cbud2F/D+ysdoyFG/BaRzVLX5p9anLy6JOROUz0XOe8";

/// A value of a column.
pub enum Value {
    /// NULL.
    Null,
    /// A number or an instant.
    Int(i64),
    /// A text.
    Text(String),
    /// A hash.
    Hash([u8; 32]),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

impl From<[u8; 32]> for Value {
    fn from(value: [u8; 32]) -> Self {
        Value::Hash(value)
    }
}

macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$(Value::from($value)),*] };
}

/// Rows of one table.
pub struct Table<'w> {
    /// Its name.
    pub name: &'static str,
    /// The columns that the rows have; the others stay NULL.
    pub columns: &'static str,
    /// The rows.
    pub rows: Box<dyn Iterator<Item = Vec<Value>> + 'w>,
}

const NAME: &str = "Mira Sommer";

/// The installation.
pub struct World {
    /// How many users have a live session.
    pub users: i64,
    /// The instant of the run, in milliseconds.
    pub now: i64,
}

/// A session of the installation.
struct Session {
    no: i64,
    user: i64,
    place: i64,
    created_at: i64,
    ended_at: Option<i64>,
}

/// The token of a session.
pub fn token(session: i64) -> String {
    BASE64URL_NOPAD.encode(&token_bytes(session))
}

/// The public id of a user.
pub fn user_id(user: i64) -> String {
    format!("u_{user:010}")
}

/// The login address of a user.
pub fn email(user: i64) -> String {
    format!("mira.{user}@reef.example")
}

fn token_bytes(session: i64) -> [u8; 32] {
    hash(&format!("token {session}"))
}

fn token_hash(session: i64) -> [u8; 32] {
    Sha256::digest(token_bytes(session)).into()
}

fn token_key(session: i64) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = token_hash(session);
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

fn role(user: i64) -> &'static str {
    if user % USERS_OF_AN_ACCOUNT == 1 { "owner" } else { "staff" }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The public id of a session.
pub fn session_id(session: i64) -> String {
    format!("s_{}", BASE32_DNSSEC.encode(&hash(&format!("session {session}"))[..16]))
}

/// The account of a user.
pub fn account_of(user: i64) -> i64 {
    (user - 1) / USERS_OF_AN_ACCOUNT + 1
}

/// The public id of an account.
pub fn account_id(account: i64) -> String {
    format!("a_{account:010}")
}

impl World {
    /// All rows, in an order in which every row finds what it refers to.
    pub fn tables(&self) -> Vec<Table<'_>> {
        vec![
            self.accounts(),
            self.users(),
            self.passwords(),
            self.devices(),
            self.sessions(),
            self.tokens(),
            self.activity(),
            self.events(),
        ]
    }

    /// How far the counters have come: sessions, events.
    pub fn counters(&self) -> [(&'static str, i64); 2] {
        let sessions = self.users + FURTHER_LIVE + ENDED;
        [("sessions", sessions), ("events", sessions + ENDED + REFUSED)]
    }

    /// Everybody: those with a session, then those with a password.
    fn people(&self) -> i64 {
        self.users + WITH_PASSWORD
    }

    fn deadline(&self) -> i64 {
        self.now + 12 * HOUR
    }

    /// Every session: the first `users` by their user, then those of [`WITH_SEVERAL`].
    fn all(&self) -> impl Iterator<Item = Session> {
        let (now, users) = (self.now, self.users);
        let usual = (1..=users).map(move |no| Session { no, user: no, place: 1, created_at: now, ended_at: None });
        let further = (1..=FURTHER_LIVE).map(move |n| {
            let created_at = now - n * 7 * MINUTE;
            Session { no: users + n, user: WITH_SEVERAL, place: n + 1, created_at, ended_at: None }
        });
        let ended = (1..=ENDED).map(move |n| {
            let created_at = now - n * 9 * HOUR;
            let ended_at = Some(created_at + HOUR);
            Session { no: users + FURTHER_LIVE + n, user: WITH_SEVERAL, place: 1, created_at, ended_at }
        });
        usual.chain(further).chain(ended)
    }

    fn accounts(&self) -> Table<'_> {
        let rows = (1..=account_of(self.people())).map(|account| {
            row![account, account_id(account), "Reef Tours", "business", "Australia/Brisbane", "active", self.now]
        });
        let columns = "account_no, account_id, name, plan, time_zone, status, created_at";
        Table { name: "accounts", columns, rows: Box::new(rows) }
    }

    fn users(&self) -> Table<'_> {
        let rows = (1..=self.people())
            .map(|user| row![user, user_id(user), account_of(user), role(user), "active", email(user), NAME, self.now]);
        let columns = "user_no, user_id, account_no, role, status, email, name, created_at";
        Table { name: "users", columns, rows: Box::new(rows) }
    }

    fn passwords(&self) -> Table<'_> {
        let rows = (self.users + 1..=self.people()).map(|user| row![user, PASSWORD_HASH, self.now]);
        Table { name: "passwords", columns: "user_no, password_hash, changed_at", rows: Box::new(rows) }
    }

    fn devices(&self) -> Table<'_> {
        let rows = self.all().map(|session| {
            let cookie = hash(&format!("device {}", session.no));
            let (no, user, at) = (session.no, session.user, session.created_at);
            row![no, user, cookie, no, "computer", "Firefox", "Windows", at, at]
        });
        let columns = "device_no, user_no, token_hash, newest_session_no, kind, browser, system, first_seen_at, \
                       last_signed_in_at";
        Table { name: "devices", columns, rows: Box::new(rows) }
    }

    fn sessions(&self) -> Table<'_> {
        let rows = self.all().map(|session| {
            let Session { no, user, place, created_at, ended_at } = session;
            let deadline = if ended_at.is_some() { created_at + 12 * HOUR } else { self.deadline() };
            let mut row = row![no, session_id(no), token_key(no), account_of(user), user, place, no, "pwd"];
            row.extend(row!["203.0.113.7", 0]);
            row.extend(row![created_at, created_at, deadline]);
            match ended_at {
                None => row.extend([Value::Null, Value::Null, Value::Null, Value::Null, Value::Null]),
                Some(at) => row.extend(row![at, "signed_out", at, at, at + 20 * MINUTE]),
            }
            row
        });
        let columns = "session_no, session_id, token_key, account_no, user_no, place, device_no, methods, ip, unfamiliar, \
                       created_at, proved_at, absolute_deadline, ended_at, end_reason, last_active_at, last_seen_at, \
                       idle_deadline";
        Table { name: "sessions", columns, rows: Box::new(rows) }
    }

    fn tokens(&self) -> Table<'_> {
        let rows = self.all().map(|session| {
            let (user, account) = (session.user, account_of(session.user));
            let mut row = row![token_key(session.no), token_hash(session.no), session.no, session_id(session.no), user];
            row.extend(row![user_id(user), role(user), email(user), NAME, account, account_id(account)]);
            row
        });
        let columns = "token_key, token_hash, session_no, session_id, user_no, user_id, role, email, name, account_no, \
                       account_id";
        Table { name: "session_tokens", columns, rows: Box::new(rows) }
    }

    fn activity(&self) -> Table<'_> {
        let open = self.all().filter(|session| session.ended_at.is_none());
        let rows = open.map(|session| {
            let (at, deadline) = (session.created_at, self.deadline());
            row![session.no, at, at, deadline, deadline, deadline]
        });
        let columns = "session_no, last_active_at, last_seen_at, idle_deadline, absolute_deadline, wake_at";
        Table { name: "session_activity", columns, rows: Box::new(rows) }
    }

    /// A start for every session, an end for those that ended, and the refused sign-ins, which are the newest.
    fn events(&self) -> Table<'_> {
        let started = self.all().map(|session| (session, "session.started", Value::Null, "{}"));
        let ended = self.all().filter(|session| session.ended_at.is_some());
        let ended = ended.map(|session| (session, "session.ended", Value::from("signed_out"), "{}"));
        let refused = (1..=REFUSED).map(|_| {
            let session =
                Session { no: WITH_SEVERAL, user: WITH_SEVERAL, place: 1, created_at: self.now, ended_at: None };
            (session, "sign_in.refused", Value::from("already_logged_in"), r#"{"times":1}"#)
        });
        let rows = (1..).zip(started.chain(ended).chain(refused)).map(|(position, (session, kind, reason, data))| {
            let at = session.ended_at.filter(|_| kind == "session.ended").unwrap_or(session.created_at);
            let (account, user) = (account_of(session.user), session.user);
            let mut row = row![position, kind, at, account, user, session_id(session.no), "user", user_id(user)];
            row.push(reason);
            row.extend(row!["203.0.113.7", data]);
            row
        });
        let columns = "position, kind, at, account_no, user_no, session_id, actor_kind, actor_id, reason, ip, data";
        Table { name: "events", columns, rows: Box::new(rows) }
    }
}

//! What a transaction locks, and what it reads after that, each in a statement of its own: a statement that waits for a
//! lock has looked at everything else, and at the clock, before it waited.

use super::rows::{account, activity, get, invitation, opt_hash, opt_time, small, time, user};
use super::session::{Param, Step};
use super::time::now;
use crate::domain::account::AccountStatus;
use crate::domain::device::Device;
use crate::domain::facts::{KnownDevice, Refusals, UserFacts};
use crate::domain::id::{AccountId, DeviceNo, FactorId, Reference, SecretHash, SessionId, SessionNo, UserNo};
use crate::domain::session::OpenSession;
use crate::domain::staff::People;
use crate::store::rows::parsed;
use crate::store::{AccountFacts, AskedUser, StoreError, sql};
use tokio_postgres::Row;

/// Admissions and ends hold the user, so that nobody else starts or ends a session of theirs.
const LOCK_USERS: &str = "SELECT user_no FROM users WHERE user_no = ANY($1) ORDER BY user_no FOR NO KEY UPDATE";

/// And the times of their open sessions: a touch that is on its way is waited for, or its deadline would be overlooked.
const LOCK_ACTIVITY: &str = "SELECT a.session_no FROM users u \
     JOIN sessions s ON s.account_no = u.account_no AND s.user_no = u.user_no AND s.ended_at IS NULL \
     JOIN session_activity a ON a.session_no = s.session_no \
     WHERE u.user_no = ANY($1) ORDER BY a.session_no FOR UPDATE OF a";

/// And the devices that a sign-in moves, other users' too who share a browser: two of them at once would otherwise wait
/// for each other.
const LOCK_DEVICES: &str = "SELECT device_no FROM devices WHERE token_hash = ANY($2) \
     OR (user_no = ANY($1) AND previous_token_hash = ANY($2)) ORDER BY device_no FOR NO KEY UPDATE";

const USERS: &str = "SELECT u.user_no, u.user_id, u.account_no, c.account_id, u.role, u.status, u.email, u.name, \
     u.created_at, u.email_confirmed_at, c.status, c.plan, p.changed_at, EXISTS (SELECT FROM devices d WHERE d.user_no = u.user_no), \
     r.since, r.count, r.reference, ARRAY(SELECT f.factor_id FROM factors f WHERE f.user_no = u.user_no), \
     c.requires_factor FROM users u JOIN accounts c ON c.account_no = u.account_no \
     LEFT JOIN passwords p ON p.user_no = u.user_no LEFT JOIN refusals r ON r.user_no = u.user_no \
     WHERE u.user_no = ANY($1) ORDER BY u.user_no";

const OPEN: &str = "SELECT s.user_no, s.session_no, s.session_id, s.place, s.device_no, s.created_at, s.proved_at, \
     a.last_active_at, a.last_seen_at, a.idle_deadline, s.absolute_deadline FROM users u \
     JOIN sessions s ON s.account_no = u.account_no AND s.user_no = u.user_no AND s.ended_at IS NULL \
     JOIN session_activity a ON a.session_no = s.session_no WHERE u.user_no = ANY($1) ORDER BY s.session_no";

/// Devices that answer to a value, now or before the last rotation, and whether their newest session was ever used.
const DEVICES: &str = "SELECT k.user_no, d.device_no, d.token_hash, d.previous_token_hash, \
     coalesce(a.last_seen_at, s.last_seen_at) > s.created_at, d.name \
     FROM unnest($1::int8[], $2::bytea[]) WITH ORDINALITY AS k (user_no, hash, n) \
     CROSS JOIN LATERAL (SELECT * FROM devices WHERE user_no = k.user_no AND token_hash = k.hash \
     UNION ALL SELECT * FROM devices WHERE user_no = k.user_no AND previous_token_hash = k.hash \
     AND token_hash IS DISTINCT FROM k.hash ORDER BY device_no DESC LIMIT 8) d \
     JOIN sessions s ON s.session_no = d.newest_session_no LEFT JOIN session_activity a ON a.session_no = s.session_no \
     ORDER BY k.n, d.device_no DESC";

const COUNTRIES: &str = "SELECT c.user_no, c.country_code FROM unnest($1::int8[], $2::text[]) AS k (user_no, code) \
     JOIN user_countries c ON c.user_no = k.user_no AND c.country_code = k.code";

/// The clock, the number of this transaction, and as many session numbers as are asked for.
const CLOCK: &str = concat!(
    "SELECT ",
    now!(),
    ", pg_current_xact_id()::text, ARRAY(SELECT nextval('sessions_session_no_seq') FROM generate_series(1, $2))"
);

const LOCK_ACCOUNT: &str = "SELECT account_no FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE";

const ACCOUNT: &str = "SELECT account_no, account_id, name, plan, time_zone, status, created_at, requires_factor \
     FROM accounts WHERE account_id = $1";

const PEOPLE: &str = "SELECT count(*) FILTER (WHERE u.status = 'active'), count(*), \
     count(*) FILTER (WHERE u.role = 'owner' AND u.status = 'active'), array_agg(u.user_no ORDER BY u.user_no) \
     FROM accounts c JOIN users u ON u.account_no = c.account_no AND u.removed_at IS NULL WHERE c.account_id = $1";

pub(super) fn clock(manual: Param, born: u16) -> Step {
    Step::ask(CLOCK, vec![manual, Param::Int(Some(born.into()))])
}

pub(super) fn account_steps(id: &AccountId) -> Vec<Step> {
    let of = |text| Step::ask(text, vec![Param::Text(id.as_str().to_owned())]);
    let invitations = format!("{} WHERE c.account_id = $1 ORDER BY i.created_at, i.invitation_id", sql::INVITATION);
    let invitations = Step::built(invitations, vec![Param::Text(id.as_str().to_owned())]);
    vec![of(LOCK_ACCOUNT), of(ACCOUNT), of(PEOPLE), invitations]
}

/// What the last three of [`account_steps`] found.
pub(super) fn account_facts(
    found: &[Row],
    people: &[Row],
    invitations: &[Row],
) -> Result<Option<AccountFacts>, StoreError> {
    let Some(row) = found.first() else { return Ok(None) };
    let account = account(row)?;
    let of = ("accounts", account.no.0);
    let Some(row) = people.first() else { return Err(StoreError::Corrupt { table: of.0, id: of.1.to_string() }) };
    let (active, present, owners) = (small(row, 0, of)?, small(row, 1, of)?, small(row, 2, of)?);
    let people = People { active, present, owners, invited: 0 };
    let users = get::<Option<Vec<i64>>>(row, 3)?.unwrap_or_default();
    let users = users.into_iter().map(UserNo).collect();
    let invitations = invitations.iter().map(invitation).collect::<Result<_, _>>()?;
    Ok(Some(AccountFacts { account, people, users, invitations }))
}

/// What is loaded of users, in the order of [`Asked::steps`].
pub(super) struct Asked {
    users: Vec<i64>,
    devices: (Vec<i64>, Vec<Vec<u8>>),
    countries: (Vec<i64>, Vec<String>),
    take_overs: Vec<i64>,
}

impl Asked {
    pub(super) fn of(asked: Vec<(UserNo, AskedUser)>) -> Self {
        let mut all = Self {
            users: Vec::new(),
            devices: Default::default(),
            countries: Default::default(),
            take_overs: Vec::new(),
        };
        for (no, AskedUser { devices, countries, take_overs }) in asked {
            all.users.push(no.0);
            all.take_overs.extend(take_overs.then_some(no.0));
            for SecretHash(hash) in devices {
                all.devices.0.push(no.0);
                all.devices.1.push(hash.to_vec());
            }
            for code in countries {
                all.countries.0.push(no.0);
                all.countries.1.push(code);
            }
        }
        all
    }

    /// Locks, then reads. What nobody asks for is left out.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.users.is_empty() {
            return steps;
        }
        let users = || vec![Param::Ints(self.users.clone())];
        steps.push(Step::ask(LOCK_USERS, users()));
        steps.push(Step::ask(LOCK_ACTIVITY, users()));
        let (of, hashes) = &self.devices;
        if !of.is_empty() {
            steps.push(Step::ask(LOCK_DEVICES, vec![Param::Ints(of.clone()), Param::Hashes(hashes.clone())]));
        }
        steps.push(Step::ask(USERS, users()));
        steps.push(Step::ask(OPEN, users()));
        if !of.is_empty() {
            steps.push(Step::ask(DEVICES, vec![Param::Ints(of.clone()), Param::Hashes(hashes.clone())]));
        }
        let (of, codes) = &self.countries;
        if !of.is_empty() {
            steps.push(Step::ask(COUNTRIES, vec![Param::Ints(of.clone()), Param::Texts(codes.clone())]));
        }
        steps.extend(self.take_overs.iter().map(|no| Step::ask(sql::TAKEN_OVER, vec![Param::Int(Some(*no))])));
        steps
    }

    /// Makes facts of the answers to [`Self::steps`].
    pub(super) fn facts(&self, answers: &mut impl Iterator<Item = Vec<Row>>) -> Result<Vec<UserFacts>, StoreError> {
        let mut next = || answers.next().unwrap_or_default();
        if self.users.is_empty() {
            return Ok(Vec::new());
        }
        let (with_devices, with_countries) = (!self.devices.0.is_empty(), !self.countries.0.is_empty());
        for _locked in 0..if with_devices { 3 } else { 2 } {
            next();
        }
        let mut users = next().iter().map(user_facts).collect::<Result<Vec<_>, _>>()?;
        for row in &next() {
            let open = open_session(row)?;
            each(&mut users, get(row, 0)?, |facts| facts.open.push(open))?;
        }
        if with_devices {
            for row in &next() {
                let device = device(row)?;
                each(&mut users, get(row, 0)?, |facts| {
                    if facts.devices.iter().all(|other| other.device.no != device.device.no) {
                        facts.devices.push(device);
                    }
                })?;
            }
        }
        if with_countries {
            for row in &next() {
                let code = get(row, 1)?;
                each(&mut users, get(row, 0)?, |facts| facts.countries.push(code))?;
            }
        }
        for _ in &self.take_overs {
            for row in &next() {
                let at = time(row, 1)?;
                each(&mut users, get(row, 0)?, |facts| facts.taken_over.push(at))?;
            }
        }
        Ok(users)
    }
}

/// Adds to the facts of one user; they are sorted by number.
fn each(users: &mut [UserFacts], no: i64, add: impl FnOnce(&mut UserFacts)) -> Result<(), StoreError> {
    let at = users.binary_search_by_key(&no, |facts| facts.user.no.0);
    let at = parsed(at.ok(), "users", no)?;
    add(&mut users[at]);
    Ok(())
}

/// A user without what comes in rows of its own.
fn user_facts(row: &Row) -> Result<UserFacts, StoreError> {
    let user = user(row)?;
    let of = ("refusals", user.no.0);
    let refusals = match opt_time(row, 14)? {
        Some(since) => {
            let shared = get::<Option<String>>(row, 16)?.map(Reference::new);
            Refusals { since, count: small(row, 15, of)?, shared }
        }
        None => Refusals::default(),
    };
    Ok(UserFacts {
        account_status: parsed(AccountStatus::parse(get(row, 10)?), "accounts", user.account_no.0)?,
        plan: get(row, 11)?,
        password_changed_at: opt_time(row, 12)?,
        factors: get::<Vec<String>>(row, 17)?
            .into_iter()
            .map(|id| parsed(FactorId::new(id.clone()).ok(), "factors", id))
            .collect::<Result<_, _>>()?,
        taken_over: Vec::new(),
        factor_required: get::<i64>(row, 18)? != 0,
        open: Vec::new(),
        devices: Vec::new(),
        has_signed_in: get(row, 13)?,
        countries: Vec::new(),
        refusals,
        user,
    })
}

fn open_session(row: &Row) -> Result<OpenSession, StoreError> {
    let no: i64 = get(row, 1)?;
    Ok(OpenSession {
        no: SessionNo(no),
        id: parsed(SessionId::new(get::<&str>(row, 2)?).ok(), "sessions", no)?,
        place: small(row, 3, ("sessions", no))?,
        device: DeviceNo(get(row, 4)?),
        created_at: time(row, 5)?,
        proved_at: time(row, 6)?,
        activity: activity(row, 7)?,
        absolute_deadline: time(row, 10)?,
    })
}

fn device(row: &Row) -> Result<KnownDevice, StoreError> {
    let (token, previous_token) = (opt_hash(row, 2)?, opt_hash(row, 3)?);
    let device = Device { no: DeviceNo(get(row, 1)?), token, previous_token, name: get(row, 5)? };
    Ok(KnownDevice { device, newest_session_used: get(row, 4)? })
}

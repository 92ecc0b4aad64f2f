//! Checks, many in one statement: while one batch is under way on a connection, the next one gathers.
//!
//! A check joins only a batch that has not been sent, so the database looks after it was asked, and no answer is older
//! than its question.

use super::pool::Pool;
use super::rows::{account_id, activity, device_label, get, key, opt_hash, opt_time, time};
use super::session::{Param, Session, Step};
use super::time::{Time, now};
use crate::domain::device::Place;
use crate::domain::end::EndReason;
use crate::domain::id::{DeviceNo, SessionId, SessionNo, UserId, UserNo};
use crate::domain::user::Role;
use crate::secret::constant_time_eq;
use crate::store::rows::{parsed, split};
use crate::store::{
    CheckAsk, CheckFacts, Checked, CheckedState, CheckedUser, Reply, ServiceKey, SessionOrigin, StoreError,
};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::Row;

/// Connections that checks go over: while the database works on one batch, this process reads the other.
const CONNECTIONS: usize = 2;

/// Checks that may wait before they are told that the store does not answer.
const WAITING_MAX: usize = 8_192;

/// Checks in one statement.
const BATCH_MAX: usize = 512;

/// Whoever waits longer is told that the store does not answer.
const DEADLINE: Duration = Duration::from_secs(2);

macro_rules! look {
    ($columns:literal, $joins:literal) => {
        concat!(
            "SELECT k.n, ",
            now!(),
            ", t.token_hash, t.session_no, t.session_id, t.user_no, t.user_id, t.name, t.email, t.role, t.account_id, \
             c.plan, a.last_active_at, a.last_seen_at, a.idle_deadline, a.absolute_deadline, s.ended_at, s.end_reason, \
             s.absolute_deadline",
            $columns,
            " FROM unnest($2::int8[], $3::bool[], $4::bool[]) WITH ORDINALITY AS k (key, counted, origin, n) \
             LEFT JOIN session_tokens t ON t.token_key = k.key \
             LEFT JOIN session_activity a ON a.session_no = t.session_no \
             LEFT JOIN accounts c ON c.account_no = CASE WHEN k.counted THEN t.account_no END \
             LEFT JOIN sessions s ON s.session_no = CASE WHEN k.origin OR a.session_no IS NULL THEN t.session_no END",
            $joins
        )
    };
}

/// A row for each token, whether it means something or not. The plan is read where it is needed only, and the wide row
/// of a session only where that has ended: a condition beside the key would be looked at after the row was fetched, so it
/// stands within the key.
const LOOK: &str = look!("", "");

/// The same with what a session was started from, where that is asked for.
const LOOK_ORIGIN: &str = look!(
    ", s.device_no, d.kind, d.browser, d.system, s.ip, s.city, s.region, s.country, s.country_code, s.methods, \
     s.unfamiliar, s.created_at, s.proved_at, d.name",
    " LEFT JOIN devices d ON d.device_no = CASE WHEN k.origin THEN s.device_no END"
);

const KEYS: &str = "SELECT k.n, s.key_id, s.name, s.scopes, s.created_at, s.revoked_at \
     FROM unnest($1::bytea[]) WITH ORDINALITY AS k (hash, n) \
     JOIN service_keys s ON s.key_hash = k.hash AND s.revoked_at IS NULL";

struct Asked {
    ask: CheckAsk,
    at: Instant,
    tell: oneshot::Sender<Result<CheckFacts, StoreError>>,
}

/// The way to the tasks that look.
pub(super) struct Checks {
    queue: mpsc::Sender<Asked>,
}

impl Checks {
    pub(super) fn start(time: &Time, pool: impl Fn() -> Arc<Pool>, tasks: &mut JoinSet<()>) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..CONNECTIONS {
            tasks.spawn(Looker { time: time.clone(), pool: pool(), session: None }.serve(waiting.clone()));
        }
        Self { queue }
    }

    pub(super) fn ask(&self, ask: &CheckAsk) -> Reply<CheckFacts> {
        let (tell, answer) = oneshot::channel();
        match self.queue.try_send(Asked { ask: *ask, at: Instant::now(), tell }) {
            Ok(()) => Reply::Waiting(answer),
            Err(_) => Reply::Ready(Some(Err(StoreError::Unavailable("too many checks wait already".into())))),
        }
    }
}

fn late() -> StoreError {
    StoreError::Unavailable("the database did not answer in time".into())
}

struct Looker {
    time: Time,
    pool: Arc<Pool>,
    session: Option<Session>,
}

impl Looker {
    async fn serve(mut self, waiting: Arc<Mutex<mpsc::Receiver<Asked>>>) {
        // Before the first check asks for it. What fails here is tried again then.
        self.session = self.pool.connect().await.ok();
        loop {
            let mut batch = Vec::new();
            if waiting.lock().await.recv_many(&mut batch, BATCH_MAX).await == 0 {
                break;
            }
            let now = Instant::now();
            batch.retain(|asked| !asked.tell.is_closed());
            let (fresh, old): (Vec<_>, Vec<_>) = batch.into_iter().partition(|asked| now < asked.at + DEADLINE);
            old.into_iter().for_each(|asked| asked.tell(Err(late())));
            if !fresh.is_empty() {
                self.answer(fresh, now).await;
            }
        }
    }

    async fn answer(&mut self, batch: Vec<Asked>, now: Instant) {
        let oldest = batch.iter().map(|asked| asked.at).min().unwrap_or(now);
        let asks: Vec<CheckAsk> = batch.iter().map(|asked| asked.ask).collect();
        let mut looking = pin!(look(self.session.take(), &self.pool, (&self.time, &asks)));
        let answers = match timeout_at(oldest + DEADLINE, &mut looking).await {
            Ok(answers) => answers,
            Err(_) => {
                batch.into_iter().for_each(|asked| asked.tell(Err(late())));
                // A database that answers nobody for so long, on this connection, is asked over another one.
                self.session =
                    timeout_at(now + DEADLINE, looking).await.ok().and_then(|looked| looked.ok()).map(|(s, _)| s);
                return;
            }
        };
        match answers {
            Ok((session, answers)) => {
                self.session = Some(session);
                batch.into_iter().zip(answers).for_each(|(asked, answer)| asked.tell(answer));
            }
            Err(error) => {
                let why: Arc<StoreError> = Arc::new(error);
                batch
                    .into_iter()
                    .for_each(|asked| asked.tell(Err(StoreError::Unavailable(Box::new(Together(why.clone()))))));
            }
        }
    }
}

/// One failure of a whole batch, told to each.
#[derive(Debug, thiserror::Error)]
#[error("the checks of this moment could not be looked up")]
struct Together(#[source] Arc<StoreError>);

impl Asked {
    fn tell(self, answer: Result<CheckFacts, StoreError>) {
        self.tell.send(answer).ok();
    }
}

type Answers = Vec<Result<CheckFacts, StoreError>>;

async fn look(
    session: Option<Session>,
    pool: &Pool,
    (time, asks): (&Time, &[CheckAsk]),
) -> Result<(Session, Answers), StoreError> {
    let mut session = match session.filter(|session| !session.is_broken()) {
        Some(session) => session,
        None => pool.connect().await?,
    };
    let mut answers = session.run(&steps(time, asks)).await?;
    session.warnings();
    let looked = answers.pop().unwrap_or_default();
    let mut keys = keys(asks, &answers.pop().unwrap_or_default())?;
    let mut facts: Answers = Vec::new();
    facts.resize_with(asks.len(), || Err(StoreError::Database("a check was not answered".into())));
    for row in &looked {
        let at = place(row, asks.len())?;
        // A standby answers for nobody.
        let now = time.read(row, 1)?;
        let key = keys.get_mut(at).and_then(Option::take).transpose();
        facts[at] = key.and_then(|key| Ok(CheckFacts { now, session: checked(row, &asks[at])?, key }));
    }
    Ok((session, facts))
}

/// Keys first: the clock is read after everything else.
fn steps(time: &Time, asks: &[CheckAsk]) -> Vec<Step> {
    let mut steps = Vec::with_capacity(2);
    if asks.iter().any(|ask| ask.key.is_some()) {
        let hashes = asks.iter().map(|ask| ask.key.map(|hash| hash.0.to_vec())).collect();
        steps.push(Step::ask(KEYS, vec![Param::OptHashes(hashes)]));
    }
    let text = if asks.iter().any(|ask| ask.origin) { LOOK_ORIGIN } else { LOOK };
    let params = vec![
        time.param(),
        Param::OptInts(asks.iter().map(|ask| ask.token.map(|token| token.key())).collect()),
        Param::Bools(asks.iter().map(|ask| ask.counted).collect()),
        Param::Bools(asks.iter().map(|ask| ask.origin).collect()),
    ];
    steps.push(Step::ask(text, params));
    steps
}

/// Which check a row answers.
fn place(row: &Row, asked: usize) -> Result<usize, StoreError> {
    let number: i64 = get(row, 0)?;
    let place = usize::try_from(number - 1).ok().filter(|place| *place < asked);
    place.ok_or_else(|| StoreError::Database("an answer to no check".into()))
}

/// The key of each check. One that cannot be read is the trouble of whoever came with it.
fn keys(asks: &[CheckAsk], rows: &[Row]) -> Result<Vec<Option<Result<ServiceKey, StoreError>>>, StoreError> {
    let mut keys = Vec::new();
    keys.resize_with(if rows.is_empty() { 0 } else { asks.len() }, || None);
    for row in rows {
        let at = place(row, keys.len())?;
        keys[at] = Some(key(row, 1));
    }
    Ok(keys)
}

fn checked(row: &Row, ask: &CheckAsk) -> Result<Option<Checked>, StoreError> {
    let (Some(token), Some(stored)) = (ask.token, opt_hash(row, 2)?) else { return Ok(None) };
    if !constant_time_eq(&stored, &token) {
        return Ok(None);
    }
    let no: i64 = get(row, 3)?;
    let user = CheckedUser {
        no: UserNo(get(row, 5)?),
        id: parsed(UserId::new(get::<&str>(row, 6)?).ok(), "session_tokens", no)?,
        name: get(row, 7)?,
        email: get(row, 8)?,
        role: parsed(Role::parse(get(row, 9)?), "session_tokens", no)?,
        account_id: account_id(get(row, 10)?)?,
        plan: get(row, 11)?,
    };
    let (state, absolute_deadline) = match get::<Option<i64>>(row, 12)? {
        Some(_) => (CheckedState::Open(activity(row, 12)?), time(row, 15)?),
        None => {
            let reason = get::<Option<&str>>(row, 17)?.and_then(EndReason::parse);
            let (at, absolute) =
                (parsed(opt_time(row, 16)?, "sessions", no)?, parsed(opt_time(row, 18)?, "sessions", no)?);
            (CheckedState::Ended(at, parsed(reason, "sessions", no)?), absolute)
        }
    };
    let id = parsed(SessionId::new(get::<&str>(row, 4)?).ok(), "session_tokens", no)?;
    let origin = if ask.origin { Some(Box::new(origin(row, no)?)) } else { None };
    Ok(Some(Checked { no: SessionNo(no), id, user, absolute_deadline, state, origin }))
}

/// The columns of [`LOOK_ORIGIN`] beyond those of [`LOOK`].
fn origin(row: &Row, no: i64) -> Result<SessionOrigin, StoreError> {
    Ok(SessionOrigin {
        device_no: DeviceNo(parsed(get(row, 19)?, "sessions", no)?),
        device: device_label(row, 20, no)?,
        ip: get(row, 23)?,
        place: Place {
            city: get(row, 24)?,
            region: get(row, 25)?,
            country: get(row, 26)?,
            country_code: get(row, 27)?,
        },
        methods: split(get(row, 28)?),
        unfamiliar: get::<i64>(row, 29)? != 0,
        created_at: time(row, 30)?,
        proved_at: time(row, 31)?,
        device_name: get(row, 32)?,
    })
}

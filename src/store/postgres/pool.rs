//! Connections for one purpose, replaced when they are lost.
//!
//! Each purpose has its own, so that a flood of one kind cannot hold up another. A session that did not answer is never
//! used again: its connection is closed, and the database undoes what was open on it.

use super::connect::Connector;
use super::rows::get;
use super::session::{Session, Step};
use super::{Options, STATEMENT_TIMEOUT_MS};
use crate::store::StoreError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// How long somebody waits for a session that others use, or for a connection.
const LEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// Pauses between attempts to connect, after the first failure and at most: a database that comes back must not meet
/// every node at once, and must not be waited for longer than that.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// What makes plans independent of statistics. They are made once and kept; one that was made while a table was small
/// would read all of it when it has grown, until somebody analyses it. And nothing here is so large that it should take
/// several processors from those who check.
const BY_KEYS: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; \
                       SET max_parallel_workers_per_gather = 0; SET plan_cache_mode = force_generic_plan";

pub(super) struct Pool {
    what_for: &'static str,
    connector: Connector,
    options: Options,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Session>>,
    pause: Mutex<Option<(Instant, Duration)>>,
}

impl Pool {
    pub(super) fn new(what_for: &'static str, size: usize, (connector, options): (&Connector, Options)) -> Arc<Self> {
        let (permits, idle, pause) = (Arc::new(Semaphore::new(size)), Mutex::default(), Mutex::default());
        Arc::new(Self { what_for, connector: connector.clone(), options, permits, idle, pause })
    }

    /// A session that nobody else uses meanwhile.
    pub(super) async fn lease(self: &Arc<Self>) -> Result<Leased, StoreError> {
        let waited = timeout(LEASE_TIMEOUT, self.permits.clone().acquire_owned()).await;
        let permit = waited.map_err(|_| unavailable("every connection of this kind is in use"))?;
        let permit = permit.map_err(|closed| StoreError::Unavailable(Box::new(closed)))?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().filter(|idle| !idle.is_broken());
        let session = match idle {
            Some(session) => session,
            None => self.connect().await?,
        };
        Ok(Leased { session: Some(session), pool: self.clone(), _permit: permit })
    }

    /// A session of its own, for whoever keeps it.
    pub(super) async fn connect(&self) -> Result<Session, StoreError> {
        let now = Instant::now();
        let paused = *self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        if paused.is_some_and(|(until, _)| now < until) {
            return Err(unavailable("the database could not be reached a moment ago"));
        }
        let connected = timeout(LEASE_TIMEOUT, self.prepared()).await;
        let connected = connected.unwrap_or_else(|_| Err(unavailable("no connection in time")));
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        *pause = match &connected {
            Ok(_) => None,
            Err(_) => {
                let next = paused.map_or(PAUSES.0, |(_, last)| (last * 2).min(PAUSES.1));
                Some((Instant::now() + next, next))
            }
        };
        connected
    }

    async fn prepared(&self) -> Result<Session, StoreError> {
        let connection = self.connector.connect(self.what_for).await?;
        let kept = self.options.named_statements;
        let mut session = Session::over(connection, kept);
        let standby = session.rows(Step::ask("SELECT pg_is_in_recovery()", vec![])).await?;
        if standby.first().map_or(Ok(true), |row| get(row, 0))? {
            return Err(unavailable("the database is a standby, which takes no writes and is behind"));
        }
        // Behind a pooler that hands connections around there is nothing to set, and nothing is planned for long.
        if kept {
            let settings = format!("SET statement_timeout = {STATEMENT_TIMEOUT_MS}; {BY_KEYS}");
            session.run(&[Step::Plain(settings)]).await?;
        }
        // What was warned of until now concerns no commit.
        session.warnings();
        Ok(session)
    }

    fn take_back(&self, mut session: Session) {
        session.warnings();
        // Whoever comes next would wait for what was asked before, and by somebody who has gone.
        if !session.is_broken() && session.has_answered() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        }
    }
}

fn unavailable(why: &'static str) -> StoreError {
    StoreError::Unavailable(why.into())
}

/// A session on loan. It goes back when this is dropped, unless something is still being asked over it. What was begun has
/// to be ended first; see [`Leased::roll_back`].
pub(super) struct Leased {
    session: Option<Session>,
    pool: Arc<Pool>,
    /// Let go after the session is back.
    _permit: OwnedSemaphorePermit,
}

impl Leased {
    pub(super) fn session(&mut self) -> &mut Session {
        self.session.as_mut().expect("a loan has its session until it is dropped")
    }

    /// Undoes what is open on it, in a task of its own; outside of a runtime the connection is closed, which undoes it
    /// as well.
    pub(super) fn roll_back(mut self) {
        // One that does not answer would only keep the next from its turn; closing it undoes everything.
        if self.session.as_ref().is_some_and(Session::is_broken) {
            self.session = None;
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            drop(self.session.take());
            return;
        };
        runtime.spawn(async move {
            if self.session().run(&[Step::Plain("ROLLBACK".into())]).await.is_err() {
                drop(self.session.take());
            }
        });
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.pool.take_back(session);
        }
    }
}

//! A transaction: locks and facts in one packet, writes and COMMIT in another.

use super::pool::Leased;
use super::rows::get;
use super::session::Step;
use super::{IDLE_TIMEOUT_MS, LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS, Shared, changes, load, reads, rows, setup};
use crate::domain::change::Change;
use crate::domain::facts::Facts;
use crate::domain::id::{AccountId, SecretHash, SessionNo, UserNo};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::{AccountFacts, AskedUser, Committed, StoreError, Transaction, UserBy};
use async_trait::async_trait;
use std::sync::Arc;
use tokio_postgres::Row;

/// Opens a transaction. What is acknowledged must be on disk, and with synchronous standbys on theirs: no setting of the
/// server, the database or the role may make a commit mean less, and a stronger one stays. Times are set for this
/// transaction alone, so that they hold behind a pooler, too.
pub(super) fn begin() -> Step {
    Step::Plain(format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
         SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') \
         WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true), \
         set_config('lock_timeout', '{LOCK_TIMEOUT_MS}', true), \
         set_config('statement_timeout', '{STATEMENT_TIMEOUT_MS}', true), \
         set_config('idle_in_transaction_session_timeout', '{IDLE_TIMEOUT_MS}', true)"
    ))
}

pub(super) fn commit() -> Step {
    Step::Plain("COMMIT".into())
}

/// Says whether the database warned of the commit that has just been answered. A wait for a standby that was given up
/// is a warning only, and then the change is not where it was promised to be.
pub(super) fn acknowledged(leased: &mut Leased) -> Result<(), StoreError> {
    match leased.session().warnings() {
        None => Ok(()),
        Some(warning) => Err(StoreError::Unavailable(warning.into())),
    }
}

pub(super) struct PostgresTransaction {
    leased: Option<Leased>,
    shared: Arc<Shared>,
    begun: bool,
    /// Its number in the database, and the clock as it was last read.
    number: Option<(String, Timestamp)>,
}

impl Drop for PostgresTransaction {
    fn drop(&mut self) {
        if let Some(leased) = self.leased.take()
            && self.begun
        {
            leased.roll_back();
        }
    }
}

impl PostgresTransaction {
    pub(super) fn over(leased: Leased, shared: Arc<Shared>) -> Self {
        Self { leased: Some(leased), shared, begun: false, number: None }
    }

    fn leased(&mut self) -> &mut Leased {
        self.leased.as_mut().expect("a transaction has its connection until it is committed or dropped")
    }

    /// Says all of it in one packet, behind BEGIN where that has not been said yet.
    async fn run(&mut self, mut steps: Vec<Step>) -> Result<impl Iterator<Item = Vec<Row>> + use<>, StoreError> {
        let first = !self.begun;
        if first {
            steps.insert(0, begin());
        }
        self.begun = true;
        let answers = self.leased().session().run(&steps).await?;
        Ok(answers.into_iter().skip(usize::from(first)))
    }

    /// What the answer to [`load::clock`] says.
    fn read_clock(&mut self, answer: &[Row]) -> Result<(Timestamp, Vec<SessionNo>), StoreError> {
        let now = self.shared.time.of(answer, 0)?;
        let mut born = Vec::new();
        for row in answer {
            self.number = Some((get(row, 1)?, now));
            born = get::<Vec<i64>>(row, 2)?;
        }
        Ok((now, born.into_iter().map(SessionNo).collect()))
    }

    async fn number(&mut self) -> Result<(String, Timestamp), StoreError> {
        if self.number.is_none() {
            let clock = load::clock(self.shared.time.param(), 0);
            let answer = self.run(vec![clock]).await?.next().unwrap_or_default();
            self.read_clock(&answer)?;
        }
        self.number.clone().ok_or_else(|| StoreError::Database("the transaction has no number".into()))
    }

    async fn write(&mut self, changes: &[Change]) -> Result<Committed, StoreError> {
        let (number, now) = self.number().await?;
        let fresh = changes::fresh_numbers(changes);
        let fresh = if fresh.is_empty() { Vec::new() } else { self.run(fresh).await?.collect() };
        let mut steps = changes::steps(changes, &fresh)?;
        steps.push(changes::raise_clock(now));
        let events = steps.len() - 2;
        steps.push(commit());
        steps.push(changes::status(number));
        let answers: Vec<_> = self.run(steps).await?.collect();
        let status = answers.last().and_then(|rows| rows.first()).map(|row| get::<Option<&str>>(row, 0)).transpose()?;
        if status.flatten() != Some("committed") {
            return Err(StoreError::Unavailable("the database did not keep the transaction".into()));
        }
        let last = answers.get(events).map_or(&[] as &[Row], Vec::as_slice);
        Ok(Committed { last: changes::last_position(last)? })
    }
}

#[async_trait]
impl Transaction for PostgresTransaction {
    async fn account(&mut self, id: &AccountId) -> Result<Option<AccountFacts>, StoreError> {
        let answers: Vec<_> = self.run(load::account_steps(id)).await?.collect();
        match answers.as_slice() {
            [_locked, account, people, invitations] => load::account_facts(account, people, invitations),
            _ => Ok(None),
        }
    }

    async fn find_user(&mut self, by: UserBy<'_>) -> Result<Option<User>, StoreError> {
        let found = self.run(vec![reads::user(by)]).await?.next().unwrap_or_default();
        reads::first(found, rows::user)
    }

    async fn users(&mut self, asked: Vec<(UserNo, AskedUser)>, born: u16) -> Result<Facts, StoreError> {
        let asked = load::Asked::of(asked);
        let mut steps = asked.steps();
        steps.push(load::clock(self.shared.time.param(), born));
        let mut answers = self.run(steps).await?;
        let users = asked.facts(&mut answers)?;
        let (now, born) = self.read_clock(&answers.next().unwrap_or_default())?;
        Ok(Facts { now, users, born })
    }

    async fn take_setup(&mut self, code: SecretHash) -> Result<Option<Timestamp>, StoreError> {
        setup::works_until(&self.run(vec![setup::take(code)]).await?.next().unwrap_or_default())
    }

    async fn commit(mut self: Box<Self>, changes: Vec<Change>) -> Result<Committed, StoreError> {
        let committed = self.write(&changes).await?;
        acknowledged(self.leased())?;
        drop(self.leased.take());
        // Visible to everybody by now; this node's own readers are told before whoever asked.
        self.shared.news.committed(committed.last);
        Ok(committed)
    }
}

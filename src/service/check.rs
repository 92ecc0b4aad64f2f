//! Is this token a live session now? The hot path: one look at the store, and a touch.

use super::{Innkeeper, ServiceError};
use crate::domain::activity::Counted;
use crate::domain::end::EndReason;
use crate::domain::id::{SecretHash, SessionId, SessionNo};
use crate::domain::session::{Activity, Touch, Verdict, earlier_deadline, lapse, later, verdict};
use crate::domain::time::Timestamp;
use crate::store::{
    CheckAsk, CheckFacts, Checked, CheckedState, CheckedUser, ServiceKey, SessionOrigin, SessionView, StoreError,
};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Whoever has waited so long for a check is told that the store does not answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);

/// How often one check looks at the store before it gives up.
const LOOKS_MAX: usize = 4;

/// What the store said about a token and a key, not judged yet.
#[derive(Debug)]
pub struct Looked {
    facts: CheckFacts,
    asked: CheckAsk,
    /// When it has to be answered by.
    by: Instant,
}

impl Looked {
    /// The service key that came along, unless it is unknown or revoked.
    pub fn key(&self) -> Option<&ServiceKey> {
        self.facts.key.as_ref()
    }
}

/// What a check answers.
#[derive(Clone, Debug)]
pub enum CheckOutcome {
    /// The session may be used.
    Live(Box<LiveSession>),
    /// It is over: when and why.
    Over(Box<Checked>, Timestamp, EndReason),
    /// The token means nothing.
    Unknown,
}

/// A session that was live when it was checked.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// The store's number.
    pub no: SessionNo,
    /// The public id.
    pub id: SessionId,
    /// Whose it is.
    pub user: CheckedUser,
    /// Its times after this check.
    pub activity: Activity,
    /// When it is over whatever the activity.
    pub absolute_deadline: Timestamp,
    /// The instant of the check.
    pub now: Timestamp,
    /// What it was started from, if that was asked for.
    pub origin: Option<Box<SessionOrigin>>,
}

impl LiveSession {
    /// How long it would live from the check on without further activity.
    pub fn remaining(&self) -> Duration {
        earlier_deadline(self.activity.idle_deadline, self.absolute_deadline).0.since(self.now)
    }

    /// The session as the API shows it, if it was asked what it was started from.
    pub fn into_view(self) -> Option<SessionView> {
        let SessionOrigin { device_no, device, device_name, ip, place, methods, unfamiliar, created_at, proved_at } =
            *self.origin?;
        Some(SessionView {
            no: self.no,
            id: self.id,
            user_no: self.user.no,
            user_id: self.user.id,
            account_id: self.user.account_id,
            device_no,
            device,
            device_name,
            ip,
            place,
            methods,
            unfamiliar,
            created_at,
            proved_at,
            activity: self.activity,
            absolute_deadline: self.absolute_deadline,
            end: None,
            ended_by_role: None,
        })
    }
}

impl Innkeeper {
    /// Looks a token and a key up. Changes nothing.
    pub async fn look_up(&self, asked: CheckAsk) -> Result<Looked, ServiceError> {
        let by = Instant::now() + ANSWERED_WITHIN;
        let facts = self.inner.store.check(&asked).await?;
        Ok(Looked { facts, asked, by })
    }

    /// Judges what was looked up, and touches the session if it is live.
    pub async fn conclude(&self, looked: Looked) -> Result<CheckOutcome, ServiceError> {
        let Looked { mut facts, asked, by } = looked;
        let again = CheckAsk { key: None, ..asked };
        let counted = if asked.counted { Counted::Counted } else { Counted::NotCounted };
        // A second look is needed where the first found a lapse or lost a race; more than that is bad luck.
        for _ in 0..LOOKS_MAX {
            let Some(session) = facts.session.take() else { return Ok(CheckOutcome::Unknown) };
            match self.judge((session, counted, facts.now), by).await? {
                Judged::Done(outcome) => return Ok(outcome),
                Judged::LookAgain => facts = in_time(by, async { Ok(self.inner.store.check(&again).await?) }).await?,
            }
        }
        Err(ServiceError::Busy)
    }

    /// Looks up and judges in one.
    pub async fn check(&self, token: Option<SecretHash>, counted: Counted) -> Result<CheckOutcome, ServiceError> {
        let asked = CheckAsk { token, counted: counted == Counted::Counted, ..CheckAsk::default() };
        let looked = self.look_up(asked).await?;
        self.conclude(looked).await
    }

    /// How long a session lives from now on if nobody does anything; `None` where it is over or its token means nothing.
    /// Whoever asks is not seen by it: an open page asks for itself.
    pub async fn remaining(&self, token: SecretHash) -> Result<Option<Duration>, ServiceError> {
        let looked = self.look_up(CheckAsk { token: Some(token), ..CheckAsk::default() }).await?;
        let Some(session) = &looked.facts.session else { return Ok(None) };
        if let CheckedState::Open(stored) = session.state {
            let (idle, now) = (self.inner.touches.latest(session.no, &stored).idle_deadline, looked.facts.now);
            if lapse(idle, session.absolute_deadline, now).is_none() {
                return Ok(Some(earlier_deadline(idle, session.absolute_deadline).0.since(now)));
            }
        }
        // Whether it has lapsed is said under the lock alone.
        Ok(match self.conclude(looked).await? {
            CheckOutcome::Live(session) => Some(session.remaining()),
            CheckOutcome::Over(..) | CheckOutcome::Unknown => None,
        })
    }

    async fn judge(
        &self,
        (session, counted, now): (Checked, Counted, Timestamp),
        by: Instant,
    ) -> Result<Judged, ServiceError> {
        let CheckedState::Open(stored) = session.state else { return Ok(Judged::Done(over(session, now))) };
        let stored = self.inner.touches.kept(session.no).map_or(stored, |kept| later(&stored, &kept));
        let policy = self.inner.policies.of(session.user.plan.as_deref().unwrap_or_default(), now);
        let activity = match verdict(&stored, session.absolute_deadline, counted, policy, now) {
            Verdict::Lapsed => {
                // Said only by whoever holds the lock and then marks it: a touch may be on its way.
                return match in_time(by, self.inner.ends.mark_lapsed(vec![session.user.no])).await {
                    Ok(()) => Ok(Judged::LookAgain),
                    Err(ServiceError::Store(error)) if matches!(*error, StoreError::Full) => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "a lapsed session could not be marked"
                        );
                        Ok(Judged::Done(over(session, now)))
                    }
                    // Whoever could not look under the lock does not know.
                    Err(error) => Err(error),
                };
            }
            Verdict::Live(Touch::Must(moved)) => {
                if !in_time(by, self.inner.touches.write(session.no, moved)).await? {
                    return Ok(Judged::LookAgain);
                }
                moved
            }
            Verdict::Live(Touch::May(moved)) => self.inner.touches.gather_from(session.no, &stored, &moved),
        };
        let Checked { no, id, user, absolute_deadline, origin, .. } = session;
        let live = LiveSession { no, id, user, activity, absolute_deadline, now, origin };
        Ok(Judged::Done(CheckOutcome::Live(Box::new(live))))
    }
}

/// Waits for what a check needs beyond its look. What was asked for may still be done when the wait is given up: then
/// whoever asked is told nothing about the session.
async fn in_time<T>(by: Instant, work: impl Future<Output = Result<T, ServiceError>>) -> Result<T, ServiceError> {
    let late = |_| StoreError::Unavailable("the store did not answer a check in time".into());
    timeout_at(by, work).await.map_err(late)?
}

enum Judged {
    Done(CheckOutcome),
    LookAgain,
}

fn over(session: Checked, now: Timestamp) -> CheckOutcome {
    let (at, reason) = match session.state {
        CheckedState::Ended(at, reason) => (at, reason),
        CheckedState::Open(times) => lapse(times.idle_deadline, session.absolute_deadline, now)
            .unwrap_or_else(|| earlier_deadline(times.idle_deadline, session.absolute_deadline)),
    };
    CheckOutcome::Over(Box::new(session), at, reason)
}

//! The lane of ends: sign-out, terminate, removal, and deadlines that somebody noticed.

use super::acting::{Acting, Barred, allowed};
use super::gather::{Asked, Gatherer, answer};
use super::touches::Touches;
use super::{Policies, ServiceError};
use crate::domain::change::Change;
use crate::domain::end::{Actor, EndReason, Note, end, end_all, mark_lapsed};
use crate::domain::facts::{Facts, UserFacts};
use crate::domain::id::{SessionId, UserNo};
use crate::domain::permission::{Action, may_end_sessions_of, may_release_sessions_of};
use crate::store::{AskedUser, Lane, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What to end.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// Whatever of these users has passed a deadline.
    Lapsed(Vec<UserNo>),
    /// One session.
    One(UserNo, SessionId),
    /// Every session of these users but one.
    All(Vec<UserNo>, Option<SessionId>),
}

/// An end, why, and on whose word.
#[derive(Clone, Debug)]
pub(super) struct EndCommand {
    pub(super) what: End,
    pub(super) reason: EndReason,
    pub(super) by: Actor,
    /// The session in which somebody acts. If it is over when its turn comes, nothing is done.
    pub(super) acting: Option<Acting>,
    /// Whose sessions may end by it.
    pub(super) reach: Reach,
}

/// Whose sessions an end may reach, looked at under the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Whoever they are of: that was looked at before, and cannot change.
    Any,
    /// Others in the account of whoever acts, as far as their role allows by then, with a fresh proof.
    Team,
    /// Those of people whom support may release, with a fresh proof, and for a reason that is written down.
    Support(Note),
}

/// What came of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndAnswer {
    /// So many live sessions were ended; those that were over already do not count.
    Ended(u64),
    /// Whoever acted may not, or may no longer.
    Barred(Barred),
}

type Batch = Vec<Asked<EndCommand, EndAnswer>>;

pub(super) struct Ends(Gatherer<EndCommand, EndAnswer>);

impl Ends {
    pub(super) fn start(store: Arc<dyn Store>, policies: Arc<Policies>, touches: Arc<Touches>) -> Self {
        let lane = Arc::new(EndsLane { store, policies, touches });
        Self(Gatherer::start(move |batch| {
            let lane = lane.clone();
            async move { lane.run(batch).await }
        }))
    }

    pub(super) async fn ask(&self, command: EndCommand) -> Result<EndAnswer, ServiceError> {
        self.0.ask(command).await
    }

    /// Marks what has lapsed of these users' sessions.
    pub(super) async fn mark_lapsed(&self, users: Vec<UserNo>) -> Result<(), ServiceError> {
        let (what, by) = (End::Lapsed(users), Actor::Clock);
        let command = EndCommand { what, reason: EndReason::Idle, by, acting: None, reach: Reach::Any };
        self.ask(command).await.map(|_| ())
    }
}

struct EndsLane {
    store: Arc<dyn Store>,
    policies: Arc<Policies>,
    touches: Arc<Touches>,
}

impl EndsLane {
    async fn run(&self, batch: Batch) {
        match self.end_all(&batch).await {
            // The store has let its reserve go: there is space for ends now.
            Err(StoreError::Full) => {
                let answers = self.end_all(&batch).await;
                answer(batch, answers);
            }
            // Only the one whose row makes no sense fails.
            Err(StoreError::Conflict(_) | StoreError::Corrupt { .. }) if batch.len() > 1 => {
                for asked in batch {
                    let alone = vec![asked];
                    let answers = self.end_all(&alone).await;
                    answer(alone, answers);
                }
            }
            answers => answer(batch, answers),
        }
    }

    async fn end_all(&self, batch: &Batch) -> Result<Vec<EndAnswer>, StoreError> {
        let mut transaction = self.store.begin(Lane::Ends).await?;
        let mut facts = transaction.users(users_of(batch), 0).await?;
        self.touches.apply_held(&mut facts);
        let mut changes: Vec<Change> = Vec::new();
        let mut answers = Vec::with_capacity(batch.len());
        for Asked { command, .. } in batch {
            let (ends, answer) = decide((&facts, &self.policies), command);
            for change in &ends {
                facts.apply(change);
            }
            changes.extend(ends);
            answers.push(answer);
        }
        if !changes.is_empty() {
            transaction.commit(changes).await?;
        }
        Ok(answers)
    }
}

fn users_of(batch: &Batch) -> Vec<(UserNo, AskedUser)> {
    let mut users: BTreeMap<UserNo, AskedUser> = BTreeMap::new();
    for Asked { command, .. } in batch {
        let about = match &command.what {
            End::One(user, _) => std::slice::from_ref(user),
            End::Lapsed(users) | End::All(users, _) => users,
        };
        for user in about.iter().chain(command.acting.as_ref().map(|acting| &acting.user)) {
            users.entry(*user).or_default();
        }
    }
    users.into_iter().collect()
}

fn decide((facts, policies): (&Facts, &Policies), command: &EndCommand) -> (Vec<Change>, EndAnswer) {
    let EndCommand { what, reason, by, acting, reach } = command;
    let now = facts.now;
    let is_over =
        |Acting { user, session }: &Acting| facts.user(*user).and_then(|facts| facts.live(session, now)).is_none();
    if acting.as_ref().is_some_and(is_over) {
        return (vec![], EndAnswer::Barred(Barred::ActorOver));
    }
    let actor = acting.as_ref().and_then(|acting| facts.user(acting.user));
    let (needs, note) = match reach {
        Reach::Any => (None, None),
        Reach::Team => (Some(Action::EndTeamSessions), None),
        Reach::Support(note) => (Some(Action::UseSupport), Some(note)),
    };
    if let (Some(action), Some(acting), Some(actor)) = (needs, acting, actor)
        && let Err(barred) = allowed(actor, acting, action, (facts, policies))
    {
        return (vec![], EndAnswer::Barred(barred));
    }
    let in_reach = |target: &UserFacts| match (reach, actor) {
        (Reach::Any, _) => true,
        (Reach::Team, Some(actor)) => {
            actor.user.account_no == target.user.account_no
                && actor.user.no != target.user.no
                && may_end_sessions_of(actor.user.role, target.user.role)
        }
        (Reach::Support(_), Some(actor)) => {
            actor.user.no != target.user.no && may_release_sessions_of(actor.user.role, target.user.role)
        }
        (Reach::Team | Reach::Support(_), None) => false,
    };
    let reached = |user: &UserNo| facts.user(*user).filter(|target| in_reach(target));
    let ends = match what {
        End::Lapsed(users) => {
            let facts = users.iter().filter_map(reached);
            facts.flat_map(|f| f.open.iter().filter_map(|s| mark_lapsed(s, &f.user, now))).collect::<Vec<_>>()
        }
        End::One(user, session) => {
            let facts = reached(user).into_iter();
            let one = facts.flat_map(|f| f.open.iter().filter(|s| s.id == *session).map(move |s| (s, &f.user)));
            one.map(|(session, user)| end(session, user, *reason, by, now)).collect()
        }
        End::All(users, except) => {
            let facts = users.iter().filter_map(reached);
            facts.flat_map(|f| end_all(f, except.as_ref(), *reason, by, now)).collect()
        }
    };
    let live = ends.iter().filter(|ended| ended.reason() == *reason && ended.by() == by).count();
    let ends = ends.into_iter().map(|ended| Change::SessionEnded(ended.with_note(note)));
    (ends.collect(), EndAnswer::Ended(live as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::samples::{at, open_session, user_facts};
    use crate::domain::id::AccountNo;
    use crate::domain::policy::SessionPolicy;
    use crate::domain::user::Role;

    /// How many sessions end of somebody with a role in an account, by whoever has this role when their turn comes, so
    /// many milliseconds after their proof.
    fn ended((role, after): (Role, i64), (theirs, account): (Role, i64), reach: Reach) -> EndAnswer {
        let (mut actor, mut target) = (user_facts(vec![open_session(1, 0)]), user_facts(vec![open_session(2, 0)]));
        actor.user.role = role;
        (target.user.no, target.user.role, target.user.account_no) = (UserNo(2), theirs, AccountNo(account));
        let acting = Some(Acting { user: actor.user.no, session: actor.open[0].id.clone() });
        let (what, by) = (End::All(vec![target.user.no, actor.user.no], None), Actor::User(actor.user.no, Role::Owner));
        let command = EndCommand { what, reason: EndReason::TerminatedByOwner, by, acting, reach };
        let facts = Facts { now: at(after), users: vec![actor, target], born: vec![] };
        decide((&facts, &Policies::new(SessionPolicy::default(), None, vec![])), &command).1
    }

    #[test]
    fn whose_sessions_somebody_reaches_is_decided_by_what_holds_under_the_lock() {
        let (one, none) = (EndAnswer::Ended(1), EndAnswer::Ended(0));
        for (role, theirs, expected) in [
            (Role::Owner, Role::Owner, one),
            (Role::Manager, Role::Staff, one),
            (Role::Manager, Role::Manager, one),
            (Role::Manager, Role::Owner, none),
        ] {
            assert_eq!(ended((role, 1), (theirs, 1), Reach::Team), expected, "{role:?} {theirs:?}");
            assert_eq!(ended((role, 1), (theirs, 2), Reach::Team), none, "another account is out of reach");
        }
        let barred = EndAnswer::Barred;
        let late = 10 * 60_000;
        assert_eq!(ended((Role::Owner, late - 1), (Role::Staff, 1), Reach::Team), one);
        assert_eq!(ended((Role::Owner, late), (Role::Staff, 1), Reach::Team), barred(Barred::NeedsStepUp));
        assert_eq!(ended((Role::Staff, 1), (Role::Staff, 1), Reach::Team), barred(Barred::NotAllowed));
        assert_eq!(ended((Role::Staff, late), (Role::Owner, 2), Reach::Any), EndAnswer::Ended(2));
    }
}

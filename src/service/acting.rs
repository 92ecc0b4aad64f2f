//! In whose name something is written, and whether they may. Looked at under the lock: whoever has lost their role, their
//! session or the freshness of their proof meanwhile changes nothing.

use super::Policies;
use crate::domain::end::Actor;
use crate::domain::facts::{Facts, UserFacts};
use crate::domain::id::{AccountNo, SessionId, UserNo};
use crate::domain::permission::{Action, may};
use crate::domain::session::OpenSession;
use crate::domain::time::Timestamp;
use crate::store::SessionView;

/// A person who acts from within a session of theirs.
#[derive(Clone, Debug)]
pub struct Acting {
    /// Who.
    pub(super) user: UserNo,
    /// From within which session.
    pub(super) session: SessionId,
}

impl Acting {
    /// Whoever is signed in with this session.
    pub fn within(session: &SessionView) -> Self {
        Self { user: session.user_no, session: session.id.clone() }
    }
}

/// Why somebody may not do what they asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// The session in which they act is over.
    ActorOver,
    /// Their role does not allow it.
    NotAllowed,
    /// Their last proof is too old for it.
    NeedsStepUp,
}

/// Who writes: somebody whose right was looked at before (an application, the operator), or a person whose right is
/// looked at under the lock.
#[derive(Clone, Debug)]
pub(super) enum By {
    /// On their own word.
    Word(Actor),
    /// A person who needs their role and a fresh proof for this.
    Person(Acting, Action),
}

impl By {
    /// The person whose facts are needed, too.
    pub(super) fn person(&self) -> Option<UserNo> {
        match self {
            By::Word(_) => None,
            By::Person(acting, _) => Some(acting.user),
        }
    }

    /// In whose name events are written, and to which account they are bound; `None`: to any.
    pub(super) fn actor(&self, facts: &Facts, policies: &Policies) -> Result<(Actor, Option<AccountNo>), Barred> {
        let (acting, action) = match self {
            By::Word(actor) => return Ok((actor.clone(), None)),
            By::Person(acting, action) => (acting, *action),
        };
        let user = facts.user(acting.user).ok_or(Barred::ActorOver)?;
        allowed(user, acting, action, (facts, policies))?;
        Ok((Actor::User(user.user.no, user.user.role), Some(user.user.account_no)))
    }
}

/// Whether somebody acts from within a live session, has the role for it and has proved lately who they are.
pub(super) fn allowed(
    user: &UserFacts,
    acting: &Acting,
    action: Action,
    (facts, policies): (&Facts, &Policies),
) -> Result<(), Barred> {
    entitled(user, (&acting.session, action), facts.now)?;
    fresh(user, acting, (facts, policies))
}

/// Whether somebody acts from within a live session and has proved lately who they are.
pub(super) fn fresh(user: &UserFacts, acting: &Acting, (facts, policies): (&Facts, &Policies)) -> Result<(), Barred> {
    let session = user.live(&acting.session, facts.now).ok_or(Barred::ActorOver)?;
    let within = policies.of(&user.plan, facts.now).step_up_within;
    if facts.now < session.proved_at + within { Ok(()) } else { Err(Barred::NeedsStepUp) }
}

/// Whether somebody acts from within a live session and has the role for it.
pub(super) fn entitled<'a>(
    user: &'a UserFacts,
    (session, action): (&SessionId, Action),
    now: Timestamp,
) -> Result<&'a OpenSession, Barred> {
    let session = user.live(session, now).ok_or(Barred::ActorOver)?;
    if may(user.user.role, action) { Ok(session) } else { Err(Barred::NotAllowed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::samples::{at, open_session, user_facts};
    use crate::domain::policy::SessionPolicy;
    use crate::domain::user::Role;

    fn judged(role: Role, now: i64, session: &str) -> Result<(), Barred> {
        let mut user = user_facts(vec![open_session(1, 0)]);
        user.user.role = role;
        let acting = Acting { user: user.user.no, session: SessionId::new(session).unwrap() };
        let policies = Policies::new(SessionPolicy::default(), None, vec![]);
        let facts = Facts { now: at(now), users: vec![user], born: vec![] };
        By::Person(acting, Action::ManageStaff).actor(&facts, &policies).map(|_| ())
    }

    #[test]
    fn whoever_acts_needs_a_live_session_their_role_and_a_fresh_proof() {
        assert_eq!(judged(Role::Owner, 0, "s_1"), Ok(()));
        assert_eq!(judged(Role::Owner, 0, "s_2"), Err(Barred::ActorOver));
        assert_eq!(judged(Role::Owner, 20 * 60_000, "s_1"), Err(Barred::ActorOver));
        assert_eq!(judged(Role::Manager, 0, "s_1"), Err(Barred::NotAllowed));
        assert_eq!(judged(Role::Owner, 10 * 60_000 - 1, "s_1"), Ok(()));
        assert_eq!(judged(Role::Owner, 10 * 60_000, "s_1"), Err(Barred::NeedsStepUp));
    }
}

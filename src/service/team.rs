//! The sessions of an account, as those who answer for it look after them.

use super::acting::{Acting, Barred};
use super::ends::{End, EndAnswer, EndCommand, Reach};
use super::{ActedOn, Innkeeper, ServiceError};
use crate::domain::end::{Actor, EndReason};
use crate::domain::id::{AccountNo, SessionId, UserId, UserNo};
use crate::domain::permission::{Action, may, may_end_sessions_of};
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User, UserStatus};
use crate::store::{RefusalsSince, SessionView, SessionsOf, SessionsPage, StateFilter, UserBy};

/// Sessions that are read at once.
const AT_ONCE: u16 = 200;

/// People whose sessions end in one transaction.
const PEOPLE_AT_ONCE: usize = 200;

/// Most live sessions of one account that are listed.
pub const TEAM_SESSIONS_MAX: usize = 1_000;

/// Which sessions of others end.
#[derive(Clone, Debug)]
pub enum TeamEnd {
    /// One.
    Session(SessionId),
    /// All of one person.
    Person(UserId),
    /// All of everybody but whoever asks.
    Everybody,
}

impl Innkeeper {
    /// Live sessions of an account, newest first, up to [`TEAM_SESSIONS_MAX`], and one more where there are more.
    pub async fn team_sessions(&self, of: AccountNo) -> Result<Vec<SessionView>, ServiceError> {
        let mut all: Vec<SessionView> = Vec::new();
        loop {
            let page = SessionsPage { before: all.last().map(|session| session.no), limit: AT_ONCE };
            let found = self.inner.store.sessions(SessionsOf::Account(of), StateFilter::Live, page).await?;
            let done = found.len() < usize::from(AT_ONCE);
            all.extend(found.into_iter().map(|session| self.up_to_date(session)));
            if done || TEAM_SESSIONS_MAX < all.len() {
                all.truncate(TEAM_SESSIONS_MAX + 1);
                return Ok(all);
            }
        }
    }

    /// Who of an account was refused so often, or oftener, at or after an instant because they were signed in already.
    pub async fn refused_in(
        &self,
        account: AccountNo,
        (since, often): (Timestamp, u64),
    ) -> Result<Vec<(User, RefusalsSince)>, ServiceError> {
        let mut found = Vec::new();
        for (no, refusals) in self.inner.store.refused_in(account, since).await? {
            if often <= refusals.count {
                let user = self.inner.store.user(UserBy::No(no)).await?;
                let there = user.filter(|user| user.status != UserStatus::Removed);
                found.extend(there.map(|user| (user, refusals)));
            }
        }
        Ok(found)
    }

    /// Somebody who answers for an account ends sessions of others in it. Whose their role reaches is looked at once more
    /// under the lock; sessions beyond it stay.
    pub async fn end_in_team(&self, acting: &SessionView, which: TeamEnd) -> Result<ActedOn, ServiceError> {
        let Some(user) = self.inner.store.user(UserBy::No(acting.user_no)).await? else {
            return Ok(ActedOn::Barred(Barred::ActorOver));
        };
        if !may(user.role, Action::EndTeamSessions) {
            return Ok(ActedOn::Barred(Barred::NotAllowed));
        }
        let what = match self.in_reach(&user, which).await? {
            Ok(what) => what,
            Err(refused) => return Ok(refused),
        };
        let mut ended = 0;
        for what in in_pieces(what) {
            let command = EndCommand {
                what,
                reason: EndReason::TerminatedByOwner,
                by: Actor::User(user.no, user.role),
                acting: Some(Acting::within(acting)),
                reach: Reach::Team,
            };
            match self.inner.ends.ask(command).await? {
                EndAnswer::Ended(count) => ended += count,
                barred @ EndAnswer::Barred(_) => return Ok(barred.into()),
            }
        }
        Ok(ActedOn::Ended(ended))
    }

    /// What is to end, as far as it is in this account and in reach.
    async fn in_reach(&self, acting: &User, which: TeamEnd) -> Result<Result<End, ActedOn>, ServiceError> {
        let of_team = |user: &User| user.account_no == acting.account_no && user.no != acting.no;
        let reaches = |theirs: Role| may_end_sessions_of(acting.role, theirs);
        Ok(match which {
            TeamEnd::Session(id) => {
                let Some(session) = self.inner.store.session(&id).await? else { return Ok(Err(ActedOn::NotFound)) };
                let target = self.inner.store.user(UserBy::No(session.user_no)).await?;
                match target.filter(of_team) {
                    Some(target) if reaches(target.role) => Ok(End::One(target.no, id)),
                    Some(_) => Err(ActedOn::Barred(Barred::NotAllowed)),
                    None => Err(ActedOn::NotFound),
                }
            }
            TeamEnd::Person(id) => match self.inner.store.user(UserBy::Id(&id)).await?.filter(of_team) {
                Some(target) if reaches(target.role) => Ok(End::All(vec![target.no], None)),
                Some(_) => Err(ActedOn::Barred(Barred::NotAllowed)),
                None => Err(ActedOn::NotFound),
            },
            TeamEnd::Everybody => {
                let users = self.people_of(acting.account_no).await?;
                let reached = users.iter().filter(|user| of_team(user) && reaches(user.role));
                Ok(End::All(reached.map(|user| user.no).collect::<Vec<UserNo>>(), None))
            }
        })
    }
}

/// The same in pieces, so that nobody waits for everybody of a large account.
pub(super) fn in_pieces(what: End) -> Vec<End> {
    match what {
        End::All(users, except) => {
            users.chunks(PEOPLE_AT_ONCE).map(|some| End::All(some.to_vec(), except.clone())).collect()
        }
        one => vec![one],
    }
}

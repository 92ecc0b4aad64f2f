//! What support may do: find somebody, look at what happened to them, and release their sessions. Whoever is looked at,
//! and whoever answers for their account, finds it in their history.

use super::acting::{Acting, Barred, entitled};
use super::ends::{End, EndCommand, Reach};
use super::{ActedOn, Innkeeper, ServiceError};
use crate::domain::account::Account;
use crate::domain::change::{Change, SupportViewed};
use crate::domain::email::normal_email;
use crate::domain::end::{Actor, EndReason, Note};
use crate::domain::event::kind;
use crate::domain::id::{AccountId, AccountNo, SessionId, UserId, UserNo};
use crate::domain::permission::{Action, may, may_release_sessions_of};
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserStatus};
use crate::secret;
use crate::store::{AskedUser, Event, HistoryOf, Lane, SessionView, StoreError, UserBy};
use std::time::Duration;

/// A look at somebody counts as one with those before it for so long.
const ONE_LOOK: Duration = Duration::from_secs(10 * 60);

/// How many of the latest looks at somebody are searched for one's own.
const LOOKS: u16 = 50;

/// Most refusals that share a reference, by accident.
const REFUSALS: u16 = 10;

/// What a search has found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The account with this id.
    pub account: Option<Account>,
    /// The people, each once.
    pub people: Vec<FoundPerson>,
}

/// Somebody whom a search has found.
#[derive(Clone, Debug)]
pub struct FoundPerson {
    /// Who; perhaps somebody who was removed.
    pub user: User,
    /// Their account; support and administrators have none.
    pub account: Option<Account>,
    /// By what.
    pub by: FoundBy,
}

/// By what somebody was found.
#[derive(Clone, Debug)]
pub enum FoundBy {
    /// Their id or their address.
    Themselves,
    /// A session of theirs.
    Session(Box<SessionView>),
    /// A sign-in of theirs that was refused.
    Refusal(Box<Event>),
}

/// What support looks at.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// Somebody.
    Person(&'a User),
    /// The list of an account's people.
    PeopleOf(&'a Account),
}

impl Seen<'_> {
    fn user_no(self) -> Option<UserNo> {
        match self {
            Seen::Person(user) => Some(user.no),
            Seen::PeopleOf(_) => None,
        }
    }

    fn account_no(self) -> AccountNo {
        match self {
            Seen::Person(user) => user.account_no,
            Seen::PeopleOf(account) => account.no,
        }
    }
}

impl Innkeeper {
    /// Finds people and accounts by what somebody typed: an address, an id of a user, an account or a session, or the
    /// reference of a refusal as it was read out. Each is looked up by its own index, and only as a whole.
    pub async fn find(&self, typed: &str) -> Result<Found, ServiceError> {
        let (store, typed) = (&self.inner.store, typed.trim());
        let mut users: Vec<(User, FoundBy)> = Vec::new();
        if let Some(reference) = secret::reference_read(typed) {
            for (no, event) in store.refused_as(&reference, REFUSALS).await? {
                let found = store.user(UserBy::No(no)).await?;
                users.extend(found.map(|user| (user, FoundBy::Refusal(Box::new(event)))));
            }
        }
        if let Ok(id) = UserId::new(typed) {
            users.extend(store.user(UserBy::Id(&id)).await?.map(|user| (user, FoundBy::Themselves)));
        }
        if let Some(email) = normal_email(typed) {
            users.extend(store.user(UserBy::Email(&email)).await?.map(|user| (user, FoundBy::Themselves)));
        }
        if let Ok(id) = SessionId::new(typed)
            && let Some(session) = self.session(&id).await?
        {
            let found = store.user(UserBy::No(session.user_no)).await?;
            users.extend(found.map(|user| (user, FoundBy::Session(Box::new(session)))));
        }
        let account = match AccountId::new(typed) {
            Ok(id) => store.account(&id).await?,
            Err(_) => None,
        };
        let mut people: Vec<FoundPerson> = Vec::new();
        for (user, by) in users {
            if people.iter().all(|known| known.user.no != user.no) {
                let account = self.account_of(&user).await?;
                people.push(FoundPerson { user, account, by });
            }
        }
        Ok(Found { account, people })
    }

    /// Writes down that support looks at somebody, or at the list of an account's people, before anything of it is shown:
    /// at most once in ten minutes for each who looks. Whoever looks at themselves leaves nothing behind.
    pub async fn look_at(&self, acting: &Acting, seen: Seen<'_>) -> Result<Result<(), Barred>, ServiceError> {
        let Some(actor) = self.inner.store.user(UserBy::No(acting.user)).await? else {
            return Ok(Err(Barred::ActorOver));
        };
        if !may(actor.role, Action::UseSupport) {
            return Ok(Err(Barred::NotAllowed));
        }
        let now = self.inner.store.now().await?;
        if seen.user_no() == Some(actor.no) || self.has_looked(&actor, seen, now).await? {
            return Ok(Ok(()));
        }
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(actor.no, AskedUser::default())], 0).await?;
        let Some(actor) = facts.user(actor.no) else { return Ok(Err(Barred::ActorOver)) };
        if let Err(barred) = entitled(actor, (&acting.session, Action::UseSupport), facts.now) {
            return Ok(Err(barred));
        }
        // Whoever looked at the same moment has committed by now: both lock whoever looks.
        if self.has_looked(&actor.user, seen, facts.now).await? {
            return Ok(Ok(()));
        }
        let by = Actor::User(actor.user.no, actor.user.role);
        let viewed = SupportViewed { user_no: seen.user_no(), account_no: seen.account_no(), at: facts.now, by };
        transaction.commit(vec![Change::SupportViewed(viewed)]).await?;
        Ok(Ok(()))
    }

    /// Whether somebody has looked at the same so lately that it counts as one look. An id may have been somebody else's
    /// before.
    async fn has_looked(&self, actor: &User, seen: Seen<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let of = match seen {
            Seen::Person(user) => HistoryOf::User(user.no),
            Seen::PeopleOf(account) => HistoryOf::Account(account.no),
        };
        let looks = self.inner.store.history(of, &[kind::SUPPORT_VIEWED], None, LOOKS).await?;
        Ok(looks.entries.iter().any(|entry| {
            entry.event.actor_id.as_deref() == Some(actor.id.as_str())
                && entry.event.user_id.is_some() == seen.user_no().is_some()
                && actor.created_at <= entry.event.at
                && now.since(entry.event.at) < ONE_LOOK
        }))
    }

    /// Support ends one session of somebody, or all of theirs, for a reason that is written down. The role, the proof
    /// and whom it reaches are looked at under the lock.
    pub async fn release(
        &self,
        acting: &SessionView,
        (user, session): (&User, Option<SessionId>),
        note: Note,
    ) -> Result<ActedOn, ServiceError> {
        let Some(actor) = self.inner.store.user(UserBy::No(acting.user_no)).await? else {
            return Ok(ActedOn::Barred(Barred::ActorOver));
        };
        if actor.no == user.no || !may_release_sessions_of(actor.role, user.role) {
            return Ok(ActedOn::Barred(Barred::NotAllowed));
        }
        if user.status == UserStatus::Removed {
            return Ok(ActedOn::NotFound);
        }
        let command = EndCommand {
            what: match session {
                Some(id) => End::One(user.no, id),
                None => End::All(vec![user.no], None),
            },
            reason: EndReason::TerminatedBySupport,
            by: Actor::User(actor.no, actor.role),
            acting: Some(Acting::within(acting)),
            reach: Reach::Support(note),
        };
        Ok(self.inner.ends.ask(command).await?.into())
    }
}

//! Sessions for pages and API: start one on an application's word, list, end.

use super::acting::Acting;
use super::acting::Barred;
use super::ends::{End, EndAnswer, EndCommand, Reach};
use super::sign_in::{Client, StepUp};
use super::team::in_pieces;
use super::{Innkeeper, ServiceError};
use crate::domain::admission::{Admit, Refusal, Started};
use crate::domain::end::{Actor, EndReason};
use crate::domain::id::{AccountId, Reference, SecretHash, SessionId, SessionNo, UserId, UserNo};
use crate::domain::policy::AtLimit;
use crate::domain::proof::Proof;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::secret::{self, SessionToken};
use crate::store::{RefusalsSince, SessionView, SessionsOf, SessionsPage, StateFilter, UserBy};

/// A session that an application asks for, having proved the user itself.
#[derive(Debug)]
pub struct NewSession {
    /// Whose.
    pub user: UserId,
    /// What they come from.
    pub client: Client,
    /// Hash of the application's own name for the device.
    pub device: Option<SecretHash>,
    /// How the application proved them, such as `pwd`.
    pub methods: Vec<String>,
    /// Whether the oldest session makes room, whatever the policy says.
    pub replace_oldest: bool,
}

/// A session that an application has started.
#[derive(Debug)]
pub struct StartedSession {
    /// Its token, told this once.
    pub token: SessionToken,
    /// The session.
    pub session: SessionView,
}

/// Why an application gets no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionRefusal {
    /// There is no such user.
    UnknownUser,
    /// The user or their account is suspended.
    Suspended,
    /// Every place of the user is taken.
    AlreadyLoggedIn(Reference),
}

/// What came of acting on sessions from within one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActedOn {
    /// So many live sessions were ended.
    Ended(u64),
    /// There is no such session, or it is somebody else's.
    NotFound,
    /// Whoever acts may not.
    Barred(Barred),
}

impl From<EndAnswer> for ActedOn {
    fn from(answer: EndAnswer) -> Self {
        match answer {
            EndAnswer::Ended(count) => ActedOn::Ended(count),
            EndAnswer::Barred(why) => ActedOn::Barred(why),
        }
    }
}

impl Innkeeper {
    /// Starts a session on an application's word.
    pub async fn start_session(
        &self,
        ask: NewSession,
        by: Actor,
    ) -> Result<Result<StartedSession, SessionRefusal>, ServiceError> {
        let user = self.inner.store.user(UserBy::Id(&ask.user)).await?;
        // Support and administrators belong to no application: none can make itself one of them.
        let Some(user) = user.filter(|user| !user.role.is_system()) else {
            return Ok(Err(SessionRefusal::UnknownUser));
        };
        let (label, ip, place) = self.where_from(&ask.client);
        let token = SessionToken::generate();
        let admit = Admit {
            user: user.no,
            proof: Proof::Vouched,
            methods: ask.methods,
            presented_session: None,
            presented_device: ask.device,
            new_device: ask.device,
            label,
            ip,
            place,
            take_over: None,
            at_limit: ask.replace_oldest.then_some(AtLimit::ReplaceOldest),
            by,
            session_id: secret::session_id(),
            token: token.hash(),
            reference: secret::reference(),
        };
        Ok(match self.inner.admissions.ask(admit).await? {
            Ok(started) => Ok(StartedSession { token, session: view_of(&started) }),
            Err((Refusal::AlreadyLoggedIn, reference)) => Err(SessionRefusal::AlreadyLoggedIn(reference)),
            Err((Refusal::Suspended, _)) => Err(SessionRefusal::Suspended),
            Err((
                Refusal::UnknownUser
                | Refusal::ProofOutdated
                | Refusal::FactorMissing
                | Refusal::FactorNotSetUp
                | Refusal::TooManyTakeOvers,
                _,
            )) => Err(SessionRefusal::UnknownUser),
        })
    }

    /// One session.
    pub async fn session(&self, id: &SessionId) -> Result<Option<SessionView>, ServiceError> {
        let found = self.inner.store.session(id).await?;
        Ok(found.map(|session| self.up_to_date(session)))
    }

    /// Adds to an open session what is known of its activity and not stored yet.
    pub(super) fn up_to_date(&self, mut session: SessionView) -> SessionView {
        if session.end.is_none() {
            session.activity = self.inner.touches.latest(session.no, &session.activity);
        }
        session
    }

    /// A user's sessions, newest first; `None` where there is no such user.
    pub async fn sessions_of_user(
        &self,
        id: &UserId,
        state: StateFilter,
        page: SessionsPage,
    ) -> Result<Option<Vec<SessionView>>, ServiceError> {
        let Some(user) = self.inner.store.user(UserBy::Id(id)).await? else { return Ok(None) };
        let of = SessionsOf::User(user.account_no, user.no);
        let found = self.inner.store.sessions(of, state, page).await?;
        Ok(Some(found.into_iter().map(|session| self.up_to_date(session)).collect()))
    }

    /// An account's sessions, newest first; `None` where there is no such account.
    pub async fn sessions_of_account(
        &self,
        id: &AccountId,
        state: StateFilter,
        page: SessionsPage,
    ) -> Result<Option<Vec<SessionView>>, ServiceError> {
        let Some(account) = self.inner.store.account(id).await? else { return Ok(None) };
        let found = self.inner.store.sessions(SessionsOf::Account(account.no), state, page).await?;
        Ok(Some(found.into_iter().map(|session| self.up_to_date(session)).collect()))
    }

    /// Ends one session. False where there is none of that id.
    pub async fn end_session(&self, id: &SessionId, reason: EndReason, by: Actor) -> Result<bool, ServiceError> {
        let Some(session) = self.inner.store.session(id).await? else { return Ok(false) };
        let what = End::One(session.user_no, session.id);
        self.inner.ends.ask(EndCommand { what, reason, by, acting: None, reach: Reach::Any }).await?;
        Ok(true)
    }

    /// Ends a user's sessions but one, and says how many live ones that were; `None` where there is no such user.
    pub async fn end_sessions_of_user(
        &self,
        id: &UserId,
        except: Option<SessionId>,
        by: Actor,
    ) -> Result<Option<u64>, ServiceError> {
        let Some(user) = self.inner.store.user(UserBy::Id(id)).await? else { return Ok(None) };
        self.end_all_of(vec![user], except, by).await.map(Some)
    }

    /// Ends every session of an account, and says how many live ones that were; `None` where there is no such account.
    pub async fn end_sessions_of_account(&self, id: &AccountId, by: Actor) -> Result<Option<u64>, ServiceError> {
        let Some(account) = self.inner.store.account(id).await? else { return Ok(None) };
        let users = self.people_of(account.no).await?;
        self.end_all_of(users, None, by).await.map(Some)
    }

    async fn end_all_of(&self, users: Vec<User>, except: Option<SessionId>, by: Actor) -> Result<u64, ServiceError> {
        let mut ended = 0;
        for what in in_pieces(End::All(users.iter().map(|user| user.no).collect(), except)) {
            let (reason, by) = (EndReason::TerminatedByApi, by.clone());
            let command = EndCommand { what, reason, by, acting: None, reach: Reach::Any };
            if let EndAnswer::Ended(count) = self.inner.ends.ask(command).await? {
                ended += count;
            }
        }
        Ok(ended)
    }

    /// Records that an application has proved the user of a session again. The session keeps its token: the application has
    /// it, and this answer has no place for another. `None` where there is no such session, false
    /// where it is over.
    pub async fn step_up_session(
        &self,
        id: &SessionId,
        methods: Vec<String>,
        by: Actor,
    ) -> Result<Option<bool>, ServiceError> {
        let Some(session) = self.inner.store.session(id).await? else { return Ok(None) };
        let user = self.inner.store.user(UserBy::No(session.user_no)).await?;
        let Some(user) = user.filter(|user| !user.role.is_system()) else { return Ok(None) };
        let proof = StepUp { proof: Proof::Vouched, methods: Some(methods), token: None, by };
        Ok(Some(self.step_up(user.no, id, proof).await?.is_ok()))
    }

    /// Sessions of a person that are over, those that ended last first; none that ended before an instant.
    pub async fn ended_lately(
        &self,
        of: &SessionView,
        since: Timestamp,
        limit: u16,
    ) -> Result<Vec<SessionView>, ServiceError> {
        let Some(user) = self.inner.store.user(UserBy::No(of.user_no)).await? else { return Ok(Vec::new()) };
        Ok(self.inner.store.ended_lately((user.account_no, user.no), since, limit).await?)
    }

    /// How often somebody with this user's password was refused at or after an instant.
    pub async fn refusals(&self, of: UserNo, since: Timestamp) -> Result<RefusalsSince, ServiceError> {
        Ok(self.inner.store.refusals(of, since).await?)
    }

    /// A person ends one of their own sessions from within another, or the one they are in.
    pub async fn terminate(&self, acting: &SessionView, target: &SessionId) -> Result<ActedOn, ServiceError> {
        let found = self.inner.store.session(target).await?;
        let Some(target) = found.filter(|session| session.user_no == acting.user_no) else {
            return Ok(ActedOn::NotFound);
        };
        let own = target.id == acting.id;
        let reason = if own { EndReason::SignedOut } else { EndReason::TerminatedByUser };
        self.act(acting, End::One(target.user_no, target.id), (reason, !own)).await
    }

    /// A person ends all of their sessions but the one they are in.
    pub async fn end_others(&self, acting: &SessionView) -> Result<ActedOn, ServiceError> {
        let what = End::All(vec![acting.user_no], Some(acting.id.clone()));
        self.act(acting, what, (EndReason::TerminatedByUser, true)).await
    }

    async fn act(
        &self,
        acting: &SessionView,
        what: End,
        (reason, sensitive): (EndReason, bool),
    ) -> Result<ActedOn, ServiceError> {
        let Some(user) = self.inner.store.user(UserBy::No(acting.user_no)).await? else {
            return Ok(ActedOn::Barred(Barred::ActorOver));
        };
        let now = self.inner.store.now().await?;
        if sensitive && !self.proved_lately(&user, acting.proved_at, now).await? {
            return Ok(ActedOn::Barred(Barred::NeedsStepUp));
        }
        let acting = Some(Acting::within(acting));
        let by = Actor::User(user.no, user.role);
        Ok(self.inner.ends.ask(EndCommand { what, reason, by, acting, reach: Reach::Any }).await?.into())
    }

    /// Whether the last full proof is young enough for sensitive actions.
    pub async fn proved_lately(&self, user: &User, proved_at: Timestamp, now: Timestamp) -> Result<bool, ServiceError> {
        Ok(now < proved_at + self.policy_of(user, now).await?.step_up_within)
    }
}

/// A session as it is at the moment it starts.
fn view_of(started: &Started) -> SessionView {
    let (session, user) = (started.open_session(), started.user());
    SessionView {
        no: SessionNo(session.no.0),
        id: session.id,
        user_no: user.no,
        user_id: user.id.clone(),
        account_id: user.account_id.clone(),
        device_no: session.device,
        device: started.device().label.clone(),
        device_name: started.device().device.name.clone(),
        ip: started.ip().map(str::to_owned),
        place: started.location().clone(),
        methods: started.methods().to_vec(),
        unfamiliar: started.unfamiliar(),
        created_at: session.created_at,
        proved_at: session.proved_at,
        activity: session.activity,
        absolute_deadline: session.absolute_deadline,
        end: None,
        ended_by_role: None,
    }
}

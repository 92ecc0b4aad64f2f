//! Sign-in by password, sign-out, and step-up: proving again, within a session, who one is.

use super::ends::{End, EndCommand};
use super::{Innkeeper, ServiceError};
use crate::client::geo::{Located, locate};
use crate::client::hints::Hints;
use crate::client::user_agent::describe;
use crate::domain::admission::{Admit, Refusal};
use crate::domain::change::{Change, SteppedUp};
use crate::domain::device::{DeviceLabel, Place};
use crate::domain::email::normal_email;
use crate::domain::end::{Actor, EndReason};
use crate::domain::id::{Reference, SecretHash, SessionId, UserNo};
use crate::domain::user::{Role, User, UserStatus};
use crate::password::{Busy, Password};
use crate::secret::{self, DeviceToken, SessionToken};
use crate::store::{AskedUser, CheckAsk, CheckedState, Lane, StoreError, StoredPassword, UserBy};
use std::net::IpAddr;
use std::time::Duration;

/// What a browser carries besides the form.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser {
    /// Hash of its session cookie.
    pub session: Option<SecretHash>,
    /// Hash of its device cookie.
    pub device: Option<SecretHash>,
}

/// What somebody comes from.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Their address.
    pub ip: Option<IpAddr>,
    /// What their client calls itself.
    pub user_agent: Option<String>,
    /// What else it says about itself.
    pub hints: Hints,
}

/// A sign-in by password.
#[derive(Debug)]
pub struct SignIn {
    /// The login address as typed.
    pub email: String,
    /// The password as typed.
    pub password: String,
    /// What the browser carries.
    pub browser: Browser,
    /// What it comes from.
    pub client: Client,
}

/// A session has started.
#[derive(Debug)]
pub struct SignedInNow {
    /// Its public id.
    pub session_id: SessionId,
    /// Its token, for the cookie.
    pub token: SessionToken,
    /// The new value of the device cookie.
    pub device: DeviceToken,
}

/// Why no session was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInRefusal {
    /// Unknown, wrong, suspended, without a password: one answer for all of them.
    WrongCredentials,
    /// Everything was right, and somebody is signed in already.
    AlreadyLoggedIn {
        /// What support can look up.
        reference: Reference,
        /// The role of the person refused: what they can do next depends on it.
        role: Role,
        /// How long the other one must be inactive until the place is free.
        idle_timeout: Duration,
    },
    /// So many passwords are being verified that this one must wait its turn elsewhere.
    Busy,
}

/// Why a step-up did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUpRefusal {
    /// The password is not theirs.
    WrongPassword,
    /// The session is over.
    SessionOver,
    /// So many passwords are being verified that this one must wait.
    Busy,
}

impl From<Busy> for StepUpRefusal {
    fn from(_: Busy) -> Self {
        StepUpRefusal::Busy
    }
}

impl Innkeeper {
    /// Signs somebody in by password.
    ///
    /// The password is verified before any transaction, with the same work whoever it is; what it was verified against
    /// is compared again under the lock.
    pub async fn sign_in(&self, ask: SignIn) -> Result<Result<SignedInNow, SignInRefusal>, ServiceError> {
        let user = match normal_email(&ask.email) {
            Some(email) => self.inner.store.user(UserBy::Email(&email)).await?,
            None => None,
        };
        let stored = match &user {
            Some(user) => self.inner.store.password(user.no).await?,
            None => None,
        };
        let (hash, changed_at) = match stored {
            Some(StoredPassword { hash, changed_at }) => (Some(hash), Some(changed_at)),
            None => (None, None),
        };
        let right = match Password::new(ask.password) {
            Some(password) => self.inner.hasher.verify(password, hash).await,
            None => Ok(false),
        };
        let user = match (right, user) {
            (Err(Busy), _) => return Ok(Err(SignInRefusal::Busy)),
            (Ok(true), Some(user)) => user,
            _ => return Ok(Err(SignInRefusal::WrongCredentials)),
        };
        let (token, device) = (SessionToken::generate(), DeviceToken::generate());
        let (label, ip, place) = self.where_from(&ask.client);
        let session_id = secret::session_id();
        let admit = Admit {
            user: user.no,
            password_of: changed_at,
            methods: vec!["pwd".into()],
            presented_session: self.open_session_of(ask.browser.session).await?,
            presented_device: ask.browser.device,
            new_device: Some(device.hash()),
            label,
            ip,
            place,
            at_limit: None,
            by: Actor::User(user.no, user.role),
            session_id: session_id.clone(),
            token: token.hash(),
            reference: secret::reference(),
        };
        let answer = self.inner.admissions.ask(admit).await?;
        Ok(match answer {
            Ok(_) => Ok(SignedInNow { session_id, token, device }),
            Err((Refusal::AlreadyLoggedIn, reference)) => Err(self.already_logged_in(&user, reference).await?),
            Err(_) => Err(SignInRefusal::WrongCredentials),
        })
    }

    async fn already_logged_in(&self, user: &User, reference: Reference) -> Result<SignInRefusal, ServiceError> {
        let account = match &user.account_id {
            Some(id) => self.inner.store.account(id).await?,
            None => None,
        };
        let plan = account.map_or_else(String::new, |account| account.plan);
        let idle_timeout = self.inner.policies.of(&plan).idle_timeout;
        Ok(SignInRefusal::AlreadyLoggedIn { reference, role: user.role, idle_timeout })
    }

    /// The open session that a browser's cookie belongs to.
    async fn open_session_of(
        &self,
        token: Option<SecretHash>,
    ) -> Result<Option<(UserNo, crate::domain::id::SessionNo)>, ServiceError> {
        if token.is_none() {
            return Ok(None);
        }
        let found = self.inner.store.check(&CheckAsk { token, ..CheckAsk::default() }).await?.session;
        let open = found.filter(|session| matches!(session.state, CheckedState::Open(_)));
        Ok(open.map(|session| (session.user.no, session.no)))
    }

    /// What somebody comes from, for a person to recognise.
    pub(super) fn where_from(&self, client: &Client) -> (DeviceLabel, Option<String>, Place) {
        let label = describe(client.user_agent.as_deref(), &client.hints);
        let place = match client.ip.map(|ip| locate(self.inner.geo.as_ref(), ip)) {
            Some(Located::At(place)) => place,
            _ => Place::default(),
        };
        (label, client.ip.map(|ip| ip.to_string()), place)
    }

    /// Ends the session of this token. Harmless where it is over already.
    pub async fn sign_out(&self, token: SecretHash) -> Result<(), ServiceError> {
        let found = self.inner.store.check(&CheckAsk { token: Some(token), ..CheckAsk::default() }).await?.session;
        let Some(session) = found.filter(|session| matches!(session.state, CheckedState::Open(_))) else {
            return Ok(());
        };
        let by = Actor::User(session.user.no, session.user.role);
        let what = End::One(session.user.no, session.id);
        let command = EndCommand { what, reason: EndReason::SignedOut, by, acting: None };
        self.inner.ends.ask(command).await.map(|_| ())
    }

    /// Proves by password, within a session, who one is.
    pub async fn step_up_by_password(
        &self,
        session: &SessionId,
        password: String,
    ) -> Result<Result<(), StepUpRefusal>, ServiceError> {
        let Some(view) = self.inner.store.session(session).await? else {
            return Ok(Err(StepUpRefusal::SessionOver));
        };
        let stored = self.inner.store.password(view.user_no).await?;
        let verified = match Password::new(password) {
            Some(password) => self.inner.hasher.verify(password, stored.map(|stored| stored.hash)).await,
            None => Ok(false),
        };
        match verified {
            Err(Busy) => Ok(Err(StepUpRefusal::Busy)),
            Ok(false) => Ok(Err(StepUpRefusal::WrongPassword)),
            Ok(true) => {
                let user = self.inner.store.user(UserBy::No(view.user_no)).await?;
                let Some(user) = user.filter(|user| user.status == UserStatus::Active) else {
                    return Ok(Err(StepUpRefusal::SessionOver));
                };
                let by = Actor::User(user.no, user.role);
                let proved = self.step_up(&user, session, (vec!["pwd".into()], by)).await?;
                Ok(if proved { Ok(()) } else { Err(StepUpRefusal::SessionOver) })
            }
        }
    }

    /// Records a full proof within a live session. False where the session is over.
    pub(super) async fn step_up(
        &self,
        user: &User,
        session: &SessionId,
        (methods, by): (Vec<String>, Actor),
    ) -> Result<bool, StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(user.no, AskedUser::default())], 0).await?;
        let now = facts.now;
        let Some(open) = facts.user(user.no).and_then(|facts| facts.live(session, now)) else { return Ok(false) };
        let step_up = SteppedUp {
            session_no: open.no,
            session_id: open.id.clone(),
            user_no: user.no,
            account_no: user.account_no,
            methods,
            at: now,
            by,
        };
        transaction.commit(vec![Change::SteppedUp(step_up)]).await?;
        Ok(true)
    }
}

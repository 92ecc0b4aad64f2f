//! Sign-in by password, sign-out, and step-up: proving again, within a session, who one is.

use super::ends::{End, EndCommand, Reach};
use super::guessing::Verified;
use super::{Innkeeper, ServiceError};
use crate::client::geo::{Located, locate};
use crate::client::hints::Hints;
use crate::client::user_agent::describe;
use crate::domain::admission::{Admit, Refusal};
use crate::domain::change::{Change, SteppedUp};
use crate::domain::device::{DeviceLabel, Place};
use crate::domain::email::normal_email;
use crate::domain::end::{Actor, EndReason};
use crate::domain::facts::Facts;
use crate::domain::id::{Reference, SecretHash, SessionId, UserNo};
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User, UserStatus};
use crate::secret::{self, DeviceToken, SessionToken};
use crate::store::{AskedUser, CheckAsk, CheckedState, Lane, StoreError, UserBy};
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
    /// There were so many failures in a row that the next try has to wait so long. Whether it was right is not said.
    Throttled(Duration),
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
    /// There were so many failures in a row that the next try has to wait so long. Whether it was right is not said.
    Throttled(Duration),
}

impl Innkeeper {
    /// Signs somebody in by password.
    ///
    /// The password is verified before any transaction, with the same work whoever it is; what it was verified against
    /// is compared again under the lock.
    pub async fn sign_in(&self, ask: SignIn) -> Result<Result<SignedInNow, SignInRefusal>, ServiceError> {
        let email = normal_email(&ask.email);
        let user = match &email {
            Some(email) => self.inner.store.user(UserBy::Email(email)).await?,
            None => None,
        };
        let from = (user.as_ref().map(|user| user.no), ask.browser.device, ask.client.ip);
        let tried = self.sign_in_try(email.as_deref().unwrap_or_default(), from).await?;
        // Nobody has number 0: whoever does not exist costs this look, too, or its time would tell them apart. So would the
        // transaction behind a right password, which is nobody's who is suspended.
        let no = user.as_ref().filter(|user| user.status == UserStatus::Active).map_or(UserNo(0), |user| user.no);
        let stored = self.inner.store.password(no).await?;
        let (stored, changed_at) = stored.map(|stored| ((no, stored.hash), stored.changed_at)).unzip();
        let (user, failed) = match (self.verify(&tried, ask.password, stored).await?, user) {
            (Verified::Right { failed }, Some(user)) => (user, failed),
            (Verified::Right { .. } | Verified::Wrong, _) => return Ok(Err(SignInRefusal::WrongCredentials)),
            (Verified::Busy, _) => return Ok(Err(SignInRefusal::Busy)),
            (Verified::Throttled(wait), _) => return Ok(Err(SignInRefusal::Throttled(wait))),
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
            Ok(_) => {
                if failed {
                    self.succeeded(&tried).await;
                }
                Ok(SignedInNow { session_id, token, device })
            }
            // No failure, and no success that clears one.
            Err((Refusal::AlreadyLoggedIn, reference)) => Err(self.already_logged_in(&user, reference).await?),
            Err(_) => {
                let wait = self.failed(&tried).await?;
                Err(wait.map_or(SignInRefusal::WrongCredentials, SignInRefusal::Throttled))
            }
        })
    }

    async fn already_logged_in(&self, user: &User, reference: Reference) -> Result<SignInRefusal, ServiceError> {
        let idle_timeout = self.policy_of(user, self.inner.store.now().await?).await?.idle_timeout;
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
        let command = EndCommand { what, reason: EndReason::SignedOut, by, acting: None, reach: Reach::Any };
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
        let password_set_at = match self.verify_current(&view, password).await? {
            Ok(set_at) => Some(set_at),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let user = self.inner.store.user(UserBy::No(view.user_no)).await?;
        let Some(user) = user.filter(|user| user.status == UserStatus::Active) else {
            return Ok(Err(StepUpRefusal::SessionOver));
        };
        let by = Actor::User(user.no, user.role);
        let proof = Proof { methods: vec!["pwd".into()], by, password_set_at };
        Ok(self.step_up(user.no, session, proof).await?)
    }

    /// Records a full proof within a live session.
    pub(super) async fn step_up(
        &self,
        user: UserNo,
        session: &SessionId,
        proof: Proof,
    ) -> Result<Result<(), StepUpRefusal>, StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(user, AskedUser::default())], 0).await?;
        match proof.decide(&facts, user, session) {
            Ok(step_up) => transaction.commit(vec![Change::SteppedUp(step_up)]).await.map(|_| Ok(())),
            Err(refusal) => Ok(Err(refusal)),
        }
    }
}

/// A full proof that is ready to be recorded under the lock.
pub(super) struct Proof {
    /// How, such as `pwd`.
    pub(super) methods: Vec<String>,
    /// Who says so.
    pub(super) by: Actor,
    /// When the password that was verified had been set; `None` where it was something else that was proved.
    pub(super) password_set_at: Option<Timestamp>,
}

impl Proof {
    fn decide(self, facts: &Facts, user: UserNo, session: &SessionId) -> Result<SteppedUp, StepUpRefusal> {
        let (now, over) = (facts.now, StepUpRefusal::SessionOver);
        let user = facts.user(user).ok_or(over)?;
        let open = user.live(session, now).ok_or(over)?;
        // Set anew while it was being verified: what was typed proves nothing now.
        if self.password_set_at.is_some() && self.password_set_at != user.password_changed_at {
            return Err(StepUpRefusal::WrongPassword);
        }
        let Self { methods, by, .. } = self;
        let (user_no, account_no) = (user.user.no, user.user.account_no);
        Ok(SteppedUp { session_no: open.no, session_id: open.id.clone(), user_no, account_no, methods, at: now, by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::samples::{at, open_session, user_facts};

    #[test]
    fn a_password_that_was_set_anew_while_it_was_verified_proves_nothing() {
        let session = open_session(1, 0);
        let (user, id) = (user_facts(vec![session.clone()]), session.id.clone());
        let set_at = user.password_changed_at.expect("the sample has a password");
        let (no, role) = (user.user.no, user.user.role);
        let facts = Facts { now: session.created_at, users: vec![user], born: vec![] };
        let decided = |password_set_at| {
            let proof = Proof { methods: vec!["pwd".into()], by: Actor::User(no, role), password_set_at };
            proof.decide(&facts, no, &id).map(|step_up| step_up.session_no)
        };
        assert_eq!(decided(Some(set_at)), Ok(session.no));
        assert_eq!(decided(None), Ok(session.no), "another proof has nothing to do with passwords");
        assert_eq!(decided(Some(at(set_at.as_millis() + 1))), Err(StepUpRefusal::WrongPassword));
    }
}

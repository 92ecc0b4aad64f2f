//! Sign-in by password, sign-out, and step-up: proving again, within a session, who one is.

use super::ends::{End, EndCommand, Reach};
use super::guessing::{Tried, Verified};
use super::second_step::Proven;
use super::{Innkeeper, ServiceError};
use crate::client::geo::{Located, locate};
use crate::client::hints::Hints;
use crate::client::user_agent::describe;
use crate::domain::admission::{Admit, Refusal};
use crate::domain::change::{Change, NewToken, SteppedUp};
use crate::domain::device::{DeviceLabel, Place};
use crate::domain::email::normal_email;
use crate::domain::end::{Actor, EndReason};
use crate::domain::facts::Facts;
use crate::domain::id::{Reference, SecretHash, SessionId, UserNo};
use crate::domain::proof::{Proof, ProofFault, Second};
use crate::domain::throttle::Hold;
use crate::domain::user::{Role, User, UserStatus};
use crate::secret::{self, DeviceToken, PendingToken, SessionToken};
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
#[derive(Debug)]
pub enum SignInRefusal {
    /// Unknown, wrong, suspended, without a password: one answer for all of them.
    WrongCredentials,
    /// The password was right, and a second factor is asked for. What the browser carries until then.
    FactorNeeded(PendingToken),
    /// The password was right, their account requires a second factor, and they have none: they set one up first.
    SetUpNeeded(PendingToken),
    /// The code is none of theirs, or was used before.
    WrongCode,
    /// The passkey is nobody's who may sign in, or does not prove it, or took too long: one answer for all of them.
    WrongPasskey,
    /// What was begun with the password is over: its time, its tries, or what it was begun with.
    Over,
    /// Everything was right, and somebody is signed in already.
    AlreadyLoggedIn {
        /// What support can look up.
        reference: Reference,
        /// The role of the person refused: what they can do next depends on it.
        role: Role,
        /// How long the other one must be inactive until the place is free.
        idle_timeout: Duration,
        /// What the browser goes on with, where a second factor was proved that need not be proved again.
        pending: Option<PendingToken>,
        /// Whether they may end the other one and continue here.
        take_over: TakeOver,
    },
    /// So many passwords are being verified that this one must wait its turn elsewhere.
    Busy,
    /// There were so many failures in a row that the next try has to wait so long. Whether it was right is not said.
    Throttled(Duration),
    /// So many codes of apps were wrong in a row that none is taken any more, here or on any device that is new to them.
    CodesSpent,
}

impl From<Hold> for SignInRefusal {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::For(wait) => SignInRefusal::Throttled(wait),
            Hold::Spent => SignInRefusal::CodesSpent,
        }
    }
}

/// Whether somebody who is refused at the limit may end the other session and continue here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeOver {
    /// They may.
    Offered,
    /// They may, once they have proved by a code that is mailed to them that it is them.
    ByMail,
    /// They have done so too often within the hour.
    TooMany,
    /// They have not proved enough, or it is not the policy.
    No,
}

/// Why a step-up did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUpRefusal {
    /// The password is not theirs.
    WrongPassword,
    /// The code is none of theirs, or was used before.
    WrongCode,
    /// The passkey is none of theirs, or does not prove it, or took too long.
    WrongPasskey,
    /// The session is over.
    SessionOver,
    /// So many passwords are being verified that this one must wait.
    Busy,
    /// There were so many failures in a row that the next try has to wait so long. Whether it was right is not said.
    Throttled(Duration),
    /// So many codes of apps were wrong in a row that none is taken any more.
    CodesSpent,
}

impl From<Hold> for StepUpRefusal {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::For(wait) => StepUpRefusal::Throttled(wait),
            Hold::Spent => StepUpRefusal::CodesSpent,
        }
    }
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
        let (user, set_at, failed) = match (self.verify(&tried, ask.password, stored).await?, user, changed_at) {
            (Verified::Right { failed }, Some(user), Some(set_at)) => (user, set_at, failed),
            (Verified::Right { .. } | Verified::Wrong, ..) => return Ok(Err(SignInRefusal::WrongCredentials)),
            (Verified::Busy, ..) => return Ok(Err(SignInRefusal::Busy)),
            (Verified::Held(hold), ..) => return Ok(Err(hold.into())),
        };
        // Whoever has a second factor is told under the lock that it is missing, and asked for it then.
        let proven = Proven { user, proof: Proof::Password(set_at, Second::Nothing), failed, until: None };
        self.go_on(proven, (ask.browser, &ask.client), None).await
    }

    /// Asks for a session for somebody who has proved who they are. This is the one way in for people.
    pub(super) async fn admit_person(
        &self,
        user: &User,
        proof: &Proof,
        (browser, client): (Browser, &Client),
        take_over: Option<SessionId>,
    ) -> Result<Result<SignedInNow, (Refusal, Reference)>, ServiceError> {
        let (token, device) = (SessionToken::generate(), DeviceToken::generate());
        let (label, ip, place) = self.where_from(client);
        let session_id = secret::session_id();
        let admit = Admit {
            user: user.no,
            proof: proof.clone(),
            methods: proof.methods(),
            presented_session: self.open_session_of(browser.session).await?,
            presented_device: browser.device,
            new_device: Some(device.hash()),
            label,
            ip,
            place,
            at_limit: None,
            take_over,
            by: Actor::User(user.no, user.role),
            session_id: session_id.clone(),
            token: token.hash(),
            reference: secret::reference(),
        };
        Ok(self.inner.admissions.ask(admit).await?.map(|_| SignedInNow { session_id, token, device }))
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

    /// Proves within a session who one is: by password, and by a code where they have a second factor. Gives the token that
    /// the session has from now on.
    pub async fn step_up_by_password(
        &self,
        session: &SessionId,
        (password, code): (String, &str),
        browser: Browser,
    ) -> Result<Result<SessionToken, StepUpRefusal>, ServiceError> {
        let Some(view) = self.inner.store.session(session).await? else {
            return Ok(Err(StepUpRefusal::SessionOver));
        };
        let set_at = match self.verify_current(&view, password).await? {
            Ok(set_at) => set_at,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let user = self.inner.store.user(UserBy::No(view.user_no)).await?;
        let Some(user) = user.filter(|user| user.status == UserStatus::Active) else {
            return Ok(Err(StepUpRefusal::SessionOver));
        };
        let second = match self.second_within(&user, code, browser.device).await? {
            Ok(second) => second,
            Err(refusal) => return Ok(Err(refusal)),
        };
        Ok(self.prove_once_more((&user, session), Proof::Password(set_at, second), browser).await?)
    }

    /// What a code proves that was typed within a session, where one is needed.
    async fn second_within(
        &self,
        user: &User,
        code: &str,
        device: Option<SecretHash>,
    ) -> Result<Result<Second, StepUpRefusal>, ServiceError> {
        if self.inner.store.factors(user.no).await?.is_empty() {
            return Ok(Ok(Second::Nothing));
        }
        // Apart from the tries of the password: a right one must not forget wrong codes.
        let tried = self.factor_try(user.no, device, Tried::code(code)).await?;
        if let Some(hold) = self.held(&tried).await? {
            return Ok(Err(hold.into()));
        }
        let second = self.second_by_code(user, code, self.inner.store.now().await?).await?;
        Ok(match (self.judged(&tried, second.is_some()).await?, second) {
            (Verified::Right { failed }, Some(second)) => {
                if failed {
                    self.succeeded(&tried).await;
                }
                Ok(second)
            }
            (Verified::Held(hold), _) => Err(hold.into()),
            (Verified::Busy, _) => Err(StepUpRefusal::Busy),
            (Verified::Right { .. } | Verified::Wrong, _) => Err(StepUpRefusal::WrongCode),
        })
    }

    /// Records what a person has proved in the browser of their session, which gets another token with that: whoever has
    /// copied the one before has nothing from then on.
    pub(super) async fn prove_once_more(
        &self,
        (user, session): (&User, &SessionId),
        proof: Proof,
        browser: Browser,
    ) -> Result<Result<SessionToken, StepUpRefusal>, StoreError> {
        let Some(from) = browser.session else { return Ok(Err(StepUpRefusal::SessionOver)) };
        let new = SessionToken::generate();
        let (token, by) = (Some(NewToken { from, to: new.hash() }), Actor::User(user.no, user.role));
        let step_up = StepUp { proof, methods: None, token, by };
        Ok(self.step_up(user.no, session, step_up).await?.map(|()| new))
    }

    /// Records a full proof within a live session.
    pub(super) async fn step_up(
        &self,
        user: UserNo,
        session: &SessionId,
        step_up: StepUp,
    ) -> Result<Result<(), StepUpRefusal>, StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(user, AskedUser::default())], 0).await?;
        let proved = match step_up.decide(&facts, user, session) {
            Ok(proved) => proved,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match transaction.commit(vec![Change::SteppedUp(proved)]).await {
            Ok(_) => Ok(Ok(())),
            // The token that was presented is no longer this session's: of two who prove at once, the other was faster.
            Err(StoreError::Conflict(_)) => Ok(Err(StepUpRefusal::SessionOver)),
            Err(error) => Err(error),
        }
    }
}

/// A full proof that is ready to be recorded under the lock.
pub(super) struct StepUp {
    /// What was proved.
    pub(super) proof: Proof,
    /// How, such as `pwd`, where an application says so.
    pub(super) methods: Option<Vec<String>>,
    /// The token that the session gets.
    pub(super) token: Option<NewToken>,
    /// Who says so.
    pub(super) by: Actor,
}

impl StepUp {
    fn decide(self, facts: &Facts, user: UserNo, session: &SessionId) -> Result<SteppedUp, StepUpRefusal> {
        let (now, over) = (facts.now, StepUpRefusal::SessionOver);
        let user = facts.user(user).ok_or(over)?;
        let open = user.live(session, now).ok_or(over)?;
        match (self.proof.suffices(user), &self.proof) {
            // What the account requires is asked for on the way in.
            (Ok(()) | Err(ProofFault::NotSetUp), _) => {}
            // Removed while it was being verified.
            (Err(ProofFault::Outdated), Proof::Passkey(_)) => return Err(StepUpRefusal::WrongPasskey),
            // Set anew while it was being verified: what was typed proves nothing now.
            (Err(ProofFault::Outdated), _) => return Err(StepUpRefusal::WrongPassword),
            (Err(ProofFault::FactorMissing), _) => return Err(StepUpRefusal::WrongCode),
        }
        Ok(SteppedUp {
            session_no: open.no,
            session_id: open.id.clone(),
            user_no: user.user.no,
            account_no: user.user.account_no,
            methods: self.methods.unwrap_or_else(|| self.proof.methods()),
            token: self.token,
            at: now,
            by: self.by,
        })
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
        let decided = |proof| {
            let step_up = StepUp { proof, methods: None, token: None, by: Actor::User(no, role) };
            step_up.decide(&facts, no, &id).map(|step_up| step_up.session_no)
        };
        let password = |set_at| Proof::Password(set_at, Second::Nothing);
        assert_eq!(decided(password(set_at)), Ok(session.no));
        assert_eq!(decided(Proof::Vouched), Ok(session.no), "an application's word has nothing to do with passwords");
        assert_eq!(decided(password(at(set_at.as_millis() + 1))), Err(StepUpRefusal::WrongPassword));
    }

    #[test]
    fn a_proof_gives_a_token_to_a_session_that_is_live_under_the_lock_and_to_no_other() {
        let user = user_facts(vec![open_session(1, 0)]);
        let (no, role, id) = (user.user.no, user.user.role, user.open[0].id.clone());
        let set_at = user.password_changed_at.expect("the sample has a password");
        let token = Some(NewToken { from: SecretHash([1; 32]), to: SecretHash([2; 32]) });
        let decided = |now, session: &SessionId| {
            let facts = Facts { now, users: vec![user.clone()], born: vec![] };
            let (proof, by) = (Proof::Password(set_at, Second::Nothing), Actor::User(no, role));
            StepUp { proof, methods: None, token, by }.decide(&facts, no, session)
        };
        let over = user.open[0].activity.idle_deadline;
        assert_eq!(decided(at(over.as_millis() - 1), &id).map(|proved| proved.token), Ok(token));
        assert_eq!(decided(over, &id), Err(StepUpRefusal::SessionOver));
        let ended = SessionId::new("s_2").expect("it is an id");
        assert_eq!(decided(at(0), &ended), Err(StepUpRefusal::SessionOver));
    }
}

//! Passkeys: set up within a session, asked for after the password or in its place, and used to prove within a session
//! who one is. Every challenge is kept by the store, for five minutes and one answer.
//!
//! One is made when somebody presses the button, and not when they open the page: so no page writes by being looked at,
//! a page that is loaded twice or ahead of time takes nothing from another, and what is asked is never too old.

use super::factors::{Decided, NewFactor};
use super::guessing::{Tried, Verified};
use super::second_step::Proven;
use super::sign_in::{Browser, Client, SignInRefusal, SignedInNow, StepUpRefusal};
use super::{Barred, FactorAdded, FactorRefusal, Innkeeper, ServiceError};
use crate::domain::factor::{FactorKind, FactorMark, FactorName, FactorState};
use crate::domain::id::{FactorId, SecretHash, SessionId, UserNo};
use crate::domain::one_time::{ONE_TIME_VALID, OneTime, Purpose};
use crate::domain::proof::Proof;
use crate::domain::throttle::PASSKEY_QUESTIONS;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserStatus};
use crate::passkey::{Asked, Owner, PasskeyAnswer};
use crate::secret::{self, SessionToken};
use crate::store::{SessionView, StoreError, UserBy};
use data_encoding::HEXLOWER;
use std::net::IpAddr;
use std::time::Duration;

/// How often an answer is verified again because the passkey was used elsewhere at the same moment.
const USES_AT_ONCE: usize = 4;

impl Innkeeper {
    /// Whether passkeys work at the address of this installation.
    pub fn takes_passkeys(&self) -> bool {
        self.inner.passkeys.is_some()
    }

    /// What a browser is asked so that it makes a passkey; `None` where none can be made. One question is open for each
    /// session: the last.
    pub async fn ask_new_passkey(&self, acting: &SessionView) -> Result<Option<String>, ServiceError> {
        match self.inner.store.user(UserBy::No(acting.user_no)).await? {
            Some(user) => self.ask_new_passkey_of(&user, within(Purpose::PasskeySetUp, &acting.id)).await,
            None => Ok(None),
        }
    }

    pub(super) async fn ask_new_passkey_of(
        &self,
        user: &User,
        of: (Purpose, SecretHash),
    ) -> Result<Option<String>, ServiceError> {
        let Some(passkeys) = &self.inner.passkeys else { return Ok(None) };
        let login = user.email.as_deref().unwrap_or(user.id.as_str());
        let owner = Owner { login, name: user.name.as_deref().unwrap_or(login) };
        let known = self.passkeys_of(user.no).await?;
        let Some(asked) = passkeys.ask_for_new(&owner, &known) else { return Ok(None) };
        self.keep_challenge(of, Some(user.no), asked.kept).await?;
        Ok(Some(asked.options))
    }

    /// Sets the passkey up that a browser has made. Every other session of theirs ends.
    pub async fn add_passkey(
        &self,
        acting: &SessionView,
        (name, answer): (&str, &str),
    ) -> Result<Decided<FactorAdded>, ServiceError> {
        let now = self.inner.store.now().await?;
        // Before anything else: the answer is not used up by a proof that has become too old.
        if !self.is_fresh(acting, now).await? {
            return Ok(Err(FactorRefusal::Barred(Barred::NeedsStepUp)));
        }
        let Some(name) = FactorName::typed(name) else { return Ok(Err(FactorRefusal::NotAName)) };
        match self.passkey_made((within(Purpose::PasskeySetUp, &acting.id), answer), name, now).await? {
            Ok(new) => self.add_factor(acting, new).await,
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// The passkey that a browser has made, if that is what it was asked last.
    pub(super) async fn passkey_made(
        &self,
        (of, answer): ((Purpose, SecretHash), &str),
        name: FactorName,
        now: Timestamp,
    ) -> Result<Decided<NewFactor>, StoreError> {
        let taken = self.inner.store.take_one_time(of, now).await?;
        let (Some(passkeys), Some(taken)) = (&self.inner.passkeys, taken) else { return Ok(Err(FactorRefusal::Over)) };
        let Some(made) = passkeys.made(&taken.data, answer) else { return Ok(Err(FactorRefusal::NotMade)) };
        let mark = FactorMark::Credential(made.credential);
        Ok(Ok(NewFactor { kind: FactorKind::Passkey, name, state: made.state, mark }))
    }

    /// What a browser is asked in place of a password, of whoever sits there; `None` where there are no passkeys. Every
    /// question is kept, so a network that has asked too often waits so long.
    pub async fn ask_anybodys_passkey(
        &self,
        ip: Option<IpAddr>,
    ) -> Result<Result<Option<String>, Duration>, ServiceError> {
        if !self.takes_passkeys() {
            return Ok(Ok(None));
        }
        if let Some(wait) = self.too_often("questions for passkeys", PASSKEY_QUESTIONS, ip).await? {
            return Ok(Err(wait));
        }
        let asked = self.inner.passkeys.as_ref().and_then(|passkeys| passkeys.ask(&[]));
        let Some((asked, challenge)) = asked.and_then(|asked| asked.challenge().map(|of| (asked, of))) else {
            return Ok(Ok(None));
        };
        self.keep_challenge((Purpose::PasskeySignIn, challenge), None, asked.kept).await?;
        Ok(Ok(Some(asked.options)))
    }

    /// Signs somebody in by a passkey alone, which says who they are.
    pub async fn sign_in_by_passkey(
        &self,
        (browser, client): (Browser, &Client),
        answer: &str,
    ) -> Result<Result<SignedInNow, SignInRefusal>, ServiceError> {
        let store = &self.inner.store;
        let Some(answer) = PasskeyAnswer::read(answer) else { return Ok(Err(SignInRefusal::WrongPasskey)) };
        let now = store.now().await?;
        let of = (Purpose::PasskeySignIn, answer.challenge());
        let Some(taken) = store.take_one_time(of, now).await? else { return Ok(Err(SignInRefusal::WrongPasskey)) };
        let owner = match store.passkey(answer.credential()).await? {
            Some((user, ..)) => store.user(UserBy::No(user)).await?,
            None => None,
        };
        let Some(user) = owner else { return Ok(Err(SignInRefusal::WrongPasskey)) };
        let tried = self.factor_try(user.no, browser.device, Tried::PasskeyAlone).await?;
        if let Some(hold) = self.held(&tried).await? {
            return Ok(Err(hold.into()));
        }
        let used = self.use_passkey(user.no, (&taken, &answer), now).await?;
        let (failed, id) = match (self.judged(&tried, used.is_some()).await?, used) {
            (Verified::Right { failed }, Some(id)) => (failed, id),
            (Verified::Held(hold), _) => return Ok(Err(hold.into())),
            (Verified::Busy, _) => return Ok(Err(SignInRefusal::Busy)),
            (Verified::Right { .. } | Verified::Wrong, _) => return Ok(Err(SignInRefusal::WrongPasskey)),
        };
        let proven = Proven { user, proof: Proof::Passkey(id), failed, until: None };
        Ok(self.go_on(proven, (browser, client), None).await?.map_err(|refusal| match refusal {
            SignInRefusal::WrongCredentials => SignInRefusal::WrongPasskey,
            other => other,
        }))
    }

    /// What a browser is asked within a session; `None` where they have no passkey.
    pub async fn ask_own_passkey(&self, acting: &SessionView) -> Result<Option<String>, ServiceError> {
        self.ask_passkey_of(acting.user_no, within(Purpose::PasskeyStepUp, &acting.id)).await
    }

    /// Proves within a session who one is, by a passkey alone. Gives the token that the session has from now on.
    pub async fn step_up_by_passkey(
        &self,
        acting: &SessionView,
        answer: &str,
        browser: Browser,
    ) -> Result<Result<SessionToken, StepUpRefusal>, ServiceError> {
        let store = &self.inner.store;
        let tried = self.factor_try(acting.user_no, browser.device, Tried::Unguessable).await?;
        if let Some(hold) = self.held(&tried).await? {
            return Ok(Err(hold.into()));
        }
        let user = store.user(UserBy::No(acting.user_no)).await?;
        let Some(user) = user.filter(|user| user.status == UserStatus::Active) else {
            return Ok(Err(StepUpRefusal::SessionOver));
        };
        let of = within(Purpose::PasskeyStepUp, &acting.id);
        let used = self.passkey_proved(user.no, (of, answer), store.now().await?).await?;
        let id = match (self.judged(&tried, used.is_some()).await?, used) {
            (Verified::Right { failed }, Some(id)) => {
                if failed {
                    self.succeeded(&tried).await;
                }
                id
            }
            (Verified::Held(hold), _) => return Ok(Err(hold.into())),
            (Verified::Busy, _) => return Ok(Err(StepUpRefusal::Busy)),
            (Verified::Right { .. } | Verified::Wrong, _) => return Ok(Err(StepUpRefusal::WrongPasskey)),
        };
        Ok(self.prove_once_more((&user, &acting.id), Proof::Passkey(id), browser).await?)
    }

    /// What a browser is asked so that it uses a passkey of somebody who is known; `None` where they have none.
    pub(super) async fn ask_passkey_of(
        &self,
        user: UserNo,
        of: (Purpose, SecretHash),
    ) -> Result<Option<String>, ServiceError> {
        let known = self.passkeys_of(user).await?;
        if known.is_empty() {
            return Ok(None);
        }
        let asked = self.inner.passkeys.as_ref().and_then(|passkeys| passkeys.ask(&known));
        let Some(Asked { options, kept }) = asked else { return Ok(None) };
        self.keep_challenge(of, Some(user), kept).await?;
        Ok(Some(options))
    }

    /// The passkey of somebody that an answer proves, if it answers what was asked last.
    pub(super) async fn passkey_proved(
        &self,
        user: UserNo,
        (of, answer): ((Purpose, SecretHash), &str),
        now: Timestamp,
    ) -> Result<Option<FactorId>, StoreError> {
        let Some(answer) = PasskeyAnswer::read(answer) else { return Ok(None) };
        let taken = self.inner.store.take_one_time(of, now).await?;
        let Some(taken) = taken.filter(|taken| taken.user_no == Some(user)) else { return Ok(None) };
        self.use_passkey(user, (&taken, &answer), now).await
    }

    async fn use_passkey(
        &self,
        user: UserNo,
        (taken, answer): (&OneTime, &PasskeyAnswer),
        now: Timestamp,
    ) -> Result<Option<FactorId>, StoreError> {
        let (Some(passkeys), store) = (&self.inner.passkeys, &self.inner.store) else { return Ok(None) };
        for _ in 0..USES_AT_ONCE {
            let known = store.passkey(answer.credential()).await?;
            let Some((_, factor, was)) = known.filter(|(owner, ..)| *owner == user) else { return Ok(None) };
            let Some(is) = passkeys.used(&taken.data, answer, &was) else { return Ok(None) };
            if store.use_passkey(&factor.id, (was, is), now).await? {
                return Ok(Some(factor.id));
            }
        }
        Ok(None)
    }

    async fn passkeys_of(&self, user: UserNo) -> Result<Vec<FactorState>, StoreError> {
        let factors = self.inner.store.factors(user).await?.into_iter();
        Ok(factors.filter(|(factor, _)| factor.kind == FactorKind::Passkey).map(|(_, state)| state).collect())
    }

    async fn keep_challenge(
        &self,
        (purpose, secret): (Purpose, SecretHash),
        user_no: Option<UserNo>,
        data: String,
    ) -> Result<(), StoreError> {
        let expires_at = self.inner.store.now().await? + ONE_TIME_VALID;
        self.inner.store.keep_one_time(OneTime { secret, purpose, user_no, data, tries_left: 1, expires_at }).await
    }
}

/// The question that is open within a session.
fn within(purpose: Purpose, session: &SessionId) -> (Purpose, SecretHash) {
    (purpose, secret::hash_of(&format!("{} {session}", purpose.as_str())))
}

/// The question that is open for a sign-in that goes on.
pub(super) fn of_pending(purpose: Purpose, pending: SecretHash) -> (Purpose, SecretHash) {
    (purpose, secret::hash_of(&format!("{} {}", purpose.as_str(), HEXLOWER.encode(&pending.0))))
}

//! The rest of a sign-in after the password: a second factor, and continuing here what somebody has begun elsewhere.
//! Until it is through there is no session; what is known of it stays in the store, for five minutes and five tries.

use super::guessing::{Tried, Try, Verified};
use super::passkeys::of_pending;
use super::sign_in::{Browser, Client, SignInRefusal, SignedInNow, TakeOver};
use super::{Innkeeper, ServiceError};
use crate::domain::admission::{Refusal, SecondAsk, second_factor_failed};
use crate::domain::change::{Change, WrongSecond};
use crate::domain::end::Actor;
use crate::domain::factor::{FactorChange, FactorChanged, FactorKind};
use crate::domain::id::{FactorId, Reference, SecretHash, SessionId, UserNo};
use crate::domain::one_time::{ONE_TIME_TRIES, ONE_TIME_VALID, OneTime, Purpose};
use crate::domain::policy::AtLimit;
use crate::domain::proof::{Proof, Second};
use crate::domain::throttle::Hold;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserStatus};
use crate::secret::{self, PendingToken, RecoveryCode};
use crate::store::{AskedUser, Lane, StoreError, UserBy};
use crate::totp;
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

/// What is remembered of a sign-in that is not through.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    /// Whether failures came before it.
    pub(super) failed: bool,
    pub(super) step: Step,
}

/// What comes next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Step {
    /// A second factor is missing, after the password that had been set then, in milliseconds.
    Second(i64),
    /// The same, and their account requires a second factor, which they do not have yet: this is the secret that their app
    /// is given.
    SetUp(i64, String),
    /// Everything was proved, and a session has not started: every place was taken, or recovery codes had to be shown
    /// first. They may continue here what is in the way.
    Proved(Proved),
    /// The same, and a code was mailed that is known by this id.
    CodeMailed(String, Proved),
}

/// A [`Proof`] as it is stored: when the password that came first had been set, which factor came after it, and when the
/// address had been confirmed to which a code was mailed that came last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Proved {
    Password(i64),
    Factor(i64, String, String),
    JustSetUp(i64, String, String),
    RecoveryCode(i64),
    Passkey(String),
    Mailed(Box<Proved>, i64),
}

/// What somebody gives after their password.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    /// A code of an app, or a recovery code.
    Code(&'a str),
    /// What their browser answered when it was asked for a passkey.
    Passkey(&'a str),
}

/// What somebody may give after their password, besides a recovery code.
#[derive(Clone, Debug, Default)]
pub struct SecondWays {
    /// Whether they have an app that shows codes, and one is taken.
    pub app: bool,
    /// Whether they have one, and so many codes were wrong that none is taken any more.
    pub codes_spent: bool,
    /// Whether they have a passkey that works here.
    pub passkey: bool,
}

/// What comes with a request of somebody who is signing in.
#[derive(Clone, Debug)]
pub struct Continued {
    /// Hash of what the browser carries since the step before.
    pub pending: SecretHash,
    /// What else it carries.
    pub browser: Browser,
    /// What it comes from.
    pub client: Client,
}

/// Somebody who has proved something, and what else is known of their sign-in.
pub(super) struct Proven {
    pub(super) user: User,
    pub(super) proof: Proof,
    /// Whether failures came before, to be forgotten.
    pub(super) failed: bool,
    /// Until when it may go on, of a sign-in that has begun: what follows does not make it longer.
    pub(super) until: Option<Timestamp>,
}

impl Innkeeper {
    /// What somebody may go on with; `None` where what they had begun is over.
    pub async fn second_ways(
        &self,
        pending: SecretHash,
        device: Option<SecretHash>,
    ) -> Result<Option<SecondWays>, ServiceError> {
        let Some((user, Pending { step: Step::Second(_), .. }, _)) = self.pending(pending).await? else {
            return Ok(None);
        };
        let factors = self.inner.store.factors(user.no).await?;
        let has = |kind| factors.iter().any(|(factor, _)| factor.kind == kind);
        let passkey = self.takes_passkeys() && has(FactorKind::Passkey);
        let app = has(FactorKind::Totp);
        let codes_spent = app && self.codes_spent(user.no, device).await?;
        Ok(Some(SecondWays { app: app && !codes_spent, codes_spent, passkey }))
    }

    /// What the browser of somebody is asked who may go on with a passkey; `None` where they may not.
    pub async fn ask_second_passkey(&self, pending: SecretHash) -> Result<Option<String>, ServiceError> {
        match self.pending(pending).await? {
            Some((user, Pending { step: Step::Second(_), .. }, _)) => {
                self.ask_passkey_of(user.no, of_pending(Purpose::PasskeySecondStep, pending)).await
            }
            _ => Ok(None),
        }
    }

    /// Goes on with a second factor, or with a recovery code instead.
    pub async fn sign_in_by_second(
        &self,
        ask: Continued,
        given: Given<'_>,
    ) -> Result<Result<SignedInNow, SignInRefusal>, ServiceError> {
        let Some((user, pending, kept)) = self.pending(ask.pending).await? else { return Ok(Err(SignInRefusal::Over)) };
        let Step::Second(password_set_at) = pending.step else { return Ok(Err(SignInRefusal::Over)) };
        let (store, now) = (&self.inner.store, self.inner.store.now().await?);
        // Begun with another password: what follows proves nothing, and counts for nobody.
        let set_at = store.password(user.no).await?.map(|password| password.changed_at);
        if set_at != Some(Timestamp::from_millis(password_set_at)) {
            return Ok(Err(SignInRefusal::Over));
        }
        let tried = self.factor_try(user.no, ask.browser.device, given.tried()).await?;
        if let Some(hold) = self.held(&tried).await? {
            return Ok(Err(hold.into()));
        }
        let of = (Purpose::PendingSignIn, ask.pending);
        let Some(spent) = store.spend_try(of, now).await? else { return Ok(Err(SignInRefusal::Over)) };
        let (second, wrong) = match given {
            Given::Code(code) => (self.second_by_code(&user, code, now).await?, SignInRefusal::WrongCode),
            Given::Passkey(answer) => {
                let of = of_pending(Purpose::PasskeySecondStep, ask.pending);
                let used = self.passkey_proved(user.no, (of, answer), now).await?;
                (used.map(|id| Second::Factor(id, FactorKind::Passkey)), SignInRefusal::WrongPasskey)
            }
        };
        let verified = self.judged(&tried, second.is_some()).await?;
        if verified == Verified::Wrong {
            // Of two presses of a button the other one was faster, and right: nobody has guessed.
            if spent.tries_left > 0 && store.one_time(of, now).await?.is_none() {
                return Ok(Err(SignInRefusal::Over));
            }
            self.tell_failed(user.no, (Timestamp::from_millis(password_set_at), given.wrong()), &ask).await?;
        }
        let failed = match (verified, spent.tries_left) {
            (Verified::Right { failed }, _) => failed,
            (Verified::Busy, _) => return Ok(Err(SignInRefusal::Busy)),
            (Verified::Held(_) | Verified::Wrong, 0) => return Ok(Err(SignInRefusal::Over)),
            (Verified::Held(hold), _) => return Ok(Err(hold.into())),
            (Verified::Wrong, _) => return Ok(Err(wrong)),
        };
        let (Some(second), Some(_)) = (second, store.take_one_time(of, now).await?) else {
            return Ok(Err(SignInRefusal::Over));
        };
        let proof = Proof::Password(Timestamp::from_millis(password_set_at), second);
        let (failed, until) = (failed || pending.failed, Some(kept.expires_at));
        self.go_on(Proven { user, proof, failed, until }, (ask.browser, &ask.client), None).await
    }

    /// Writes that a second factor was wrong after a right password. Whoever has to wait leaves no event, so there are no
    /// more of them than the waits allow: nobody fills the store with what they guess.
    async fn tell_failed(
        &self,
        user: UserNo,
        (password_of, wrong): (Timestamp, WrongSecond),
        ask: &Continued,
    ) -> Result<(), StoreError> {
        let (label, ip, place) = self.where_from(&ask.client);
        let presented_device = ask.browser.device;
        let devices = presented_device.into_iter().collect();
        let asked = AskedUser { devices, countries: place.country_code.iter().cloned().collect(), take_overs: false };
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(user, asked)], 0).await?;
        let ask = SecondAsk { password_of, wrong, presented_device, label, ip, place };
        let failed = facts.user(user).and_then(|user| second_factor_failed(user, ask, facts.now));
        if let Some(failed) = failed {
            transaction.commit(vec![Change::SecondFactorFailed(failed)]).await?;
        }
        Ok(())
    }

    /// Asks for a session, and says what comes next where there is none yet.
    pub(super) async fn go_on(
        &self,
        proven: Proven,
        (browser, client): (Browser, &Client),
        take_over: Option<SessionId>,
    ) -> Result<Result<SignedInNow, SignInRefusal>, ServiceError> {
        let Proven { user, proof, failed, .. } = &proven;
        // Before there is a session, by which the device gets another value and would be taken for a new one.
        let tries = if *failed { self.tries_of(&proven, (browser, client)).await? } else { vec![] };
        let refusal = match self.admit_person(user, proof, (browser, client), take_over).await? {
            Ok(started) => {
                for tried in &tries {
                    self.succeeded(tried).await;
                }
                return Ok(Ok(started));
            }
            Err(refusal) => refusal,
        };
        Ok(Err(match refusal {
            // No failure, and no success that clears one.
            (Refusal::AlreadyLoggedIn, reference) => self.blocked(&proven, (reference, TakeOver::Offered)).await?,
            (Refusal::TooManyTakeOvers, reference) => self.blocked(&proven, (reference, TakeOver::TooMany)).await?,
            (Refusal::FactorNotSetUp, _) => {
                let step = Step::SetUp(first_of_two(proof), BASE64.encode(&secret::totp_secret().0));
                SignInRefusal::SetUpNeeded(self.keep_pending(&proven, step).await?)
            }
            (Refusal::FactorMissing, _) => {
                let step = Step::Second(first_of_two(proof));
                SignInRefusal::FactorNeeded(self.keep_pending(&proven, step).await?)
            }
            (Refusal::UnknownUser | Refusal::Suspended | Refusal::ProofOutdated, _) => {
                let tried = self.login_try(user, (browser, client)).await?;
                self.failed(&tried).await?.map_or(SignInRefusal::WrongCredentials, SignInRefusal::from)
            }
        }))
    }

    /// Every place is taken. Whoever has proved more than people share may continue here, if that is the policy, and whoever
    /// reads their mail may prove it by that; neither they nor who has proved a second factor in whatever way need to prove
    /// it all again within their time.
    async fn blocked(
        &self,
        proven: &Proven,
        (reference, take_over): (Reference, TakeOver),
    ) -> Result<SignInRefusal, ServiceError> {
        let policy = self.policy_of(&proven.user, self.inner.store.now().await?).await?;
        let (idle_timeout, role) = (policy.idle_timeout, proven.user.role);
        let take_over = match policy.at_limit {
            AtLimit::VerifiedTakeover if self.sets_up_first(&proven.user, &proven.proof).await? => TakeOver::No,
            AtLimit::VerifiedTakeover if proven.proof.is_personal() => take_over,
            at_limit if self.may_prove_by_mail(&proven.user, (&proven.proof, at_limit)).await? => TakeOver::ByMail,
            _ => TakeOver::No,
        };
        let goes_on = take_over == TakeOver::ByMail || !matches!(proven.proof, Proof::Password(_, Second::Nothing));
        let pending = match Proved::of(&proven.proof).filter(|_| goes_on) {
            Some(proved) => Some(self.keep_pending(proven, Step::Proved(proved)).await?),
            None => None,
        };
        Ok(SignInRefusal::AlreadyLoggedIn { reference, role, idle_timeout, pending, take_over })
    }

    /// Remembers a sign-in that is not through.
    pub(super) async fn keep_pending(&self, proven: &Proven, step: Step) -> Result<PendingToken, ServiceError> {
        let pending = Pending { failed: proven.failed, step };
        let token = PendingToken::generate();
        let expires_at = match proven.until {
            Some(until) => until,
            None => self.inner.store.now().await? + ONE_TIME_VALID,
        };
        let kept = OneTime {
            secret: token.hash(),
            purpose: Purpose::PendingSignIn,
            user_no: Some(proven.user.no),
            data: serde_json::to_string(&pending).expect("numbers and names are JSON"),
            tries_left: ONE_TIME_TRIES,
            expires_at,
        };
        self.inner.store.keep_one_time(kept).await?;
        Ok(token)
    }

    /// The sign-in that a browser carries, of somebody who may still sign in.
    pub(super) async fn pending(&self, secret: SecretHash) -> Result<Option<(User, Pending, OneTime)>, ServiceError> {
        let now = self.inner.store.now().await?;
        let Some(kept) = self.inner.store.one_time((Purpose::PendingSignIn, secret), now).await? else {
            return Ok(None);
        };
        let Some(user_no) = kept.user_no else { return Ok(None) };
        let user = self.inner.store.user(UserBy::No(user_no)).await?;
        let Some(user) = user.filter(|user| user.status == UserStatus::Active) else { return Ok(None) };
        let Ok(pending) = serde_json::from_str(&kept.data) else { return Ok(None) };
        Ok(Some((user, pending, kept)))
    }

    /// What a code proves, which it does once: of an app, its step is used up, and of recovery codes, it is gone.
    pub(super) async fn second_by_code(
        &self,
        user: &User,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<Second>, StoreError> {
        if let Some(code) = RecoveryCode::read(code) {
            return Ok(self.use_recovery_code(user, code.hash()).await?.then_some(Second::RecoveryCode));
        }
        for (factor, state) in self.inner.store.factors(user.no).await? {
            if factor.kind != FactorKind::Totp {
                continue;
            }
            let Some(step) = totp::step_of(&state.0, code, now) else { continue };
            if self.inner.store.use_step(&factor.id, step, now).await? {
                return Ok(Some(Second::Factor(factor.id, FactorKind::Totp)));
            }
        }
        Ok(None)
    }

    async fn use_recovery_code(&self, user: &User, code: SecretHash) -> Result<bool, StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(user.no, AskedUser::default())], 0).await?;
        let (what, by) = (FactorChanged::CodeUsed(code), Actor::User(user.no, user.role));
        let used = FactorChange { user_no: user.no, account_no: user.account_no, what, at: facts.now, by };
        match transaction.commit(vec![Change::Factor(used)]).await {
            Ok(_) => Ok(true),
            // There is none like it, or no longer.
            Err(StoreError::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn login_try(&self, user: &User, (browser, client): (Browser, &Client)) -> Result<Try, ServiceError> {
        let login = user.email.as_deref().unwrap_or_default();
        self.sign_in_try(login, (Some(user.no), browser.device, client.ip)).await
    }

    /// What a sign-in makes good for, here and by this proof.
    async fn tries_of(&self, proven: &Proven, from: (Browser, &Client)) -> Result<Vec<Try>, ServiceError> {
        let (user, device) = (&proven.user, from.0.device);
        let mut tries = vec![self.login_try(user, from).await?];
        if let Some(tried) = tried_of(&proven.proof) {
            tries.push(self.factor_try(user.no, device, tried).await?);
        }
        Ok(tries)
    }

    /// Whether so many codes of somebody were wrong that none is taken any more.
    async fn codes_spent(&self, user: UserNo, device: Option<SecretHash>) -> Result<bool, ServiceError> {
        let tried = self.factor_try(user, device, Tried::Code).await?;
        Ok(self.held(&tried).await? == Some(Hold::Spent))
    }
}

impl Given<'_> {
    fn tried(self) -> Tried {
        match self {
            Given::Code(code) => Tried::code(code),
            Given::Passkey(_) => Tried::Unguessable,
        }
    }

    /// What it was, if it was wrong.
    fn wrong(self) -> WrongSecond {
        match (self, self.tried()) {
            (Given::Passkey(_), _) => WrongSecond::Passkey,
            (Given::Code(_), Tried::Code) => WrongSecond::Code,
            (Given::Code(_), _) => WrongSecond::RecoveryCode,
        }
    }
}

/// With what the second factor was tried that somebody has proved; `None` where it was none.
fn tried_of(proof: &Proof) -> Option<Tried> {
    match proof {
        Proof::Vouched | Proof::Password(_, Second::Nothing) => None,
        Proof::Password(_, Second::Factor(_, FactorKind::Totp) | Second::JustSetUp(_, FactorKind::Totp)) => {
            Some(Tried::Code)
        }
        Proof::Password(..) => Some(Tried::Unguessable),
        Proof::Passkey(_) => Some(Tried::PasskeyAlone),
        Proof::Mailed(proof, _) => tried_of(proof),
    }
}

/// When the password had been set, in milliseconds, that was proved and after which something is missing.
fn first_of_two(proof: &Proof) -> i64 {
    match proof {
        Proof::Password(set_at, _) => set_at.as_millis(),
        // The code was mailed while a factor was set up elsewhere, or began to be required.
        Proof::Mailed(proof, _) => first_of_two(proof),
        Proof::Passkey(_) | Proof::Vouched => unreachable!("only a password is the first of two"),
    }
}

impl Proved {
    /// What is remembered of a proof; `None` where there is nothing to remember.
    fn of(proof: &Proof) -> Option<Self> {
        match proof {
            Proof::Passkey(id) => Some(Proved::Passkey(id.to_string())),
            Proof::Password(set_at, second) => {
                let set_at = set_at.as_millis();
                match second {
                    Second::Nothing => Some(Proved::Password(set_at)),
                    Second::Factor(id, kind) => Some(Proved::Factor(set_at, id.to_string(), kind.as_str().to_owned())),
                    Second::JustSetUp(id, kind) => {
                        Some(Proved::JustSetUp(set_at, id.to_string(), kind.as_str().to_owned()))
                    }
                    Second::RecoveryCode => Some(Proved::RecoveryCode(set_at)),
                }
            }
            Proof::Mailed(proof, confirmed_at) => {
                Some(Proved::Mailed(Box::new(Self::of(proof)?), confirmed_at.as_millis()))
            }
            Proof::Vouched => None,
        }
    }

    pub(super) fn proof(&self) -> Option<Proof> {
        let id = |id: &String| FactorId::new(id.clone()).ok();
        let (set_at, second) = match self {
            Proved::Passkey(passkey) => return Some(Proof::Passkey(id(passkey)?)),
            Proved::Mailed(proved, confirmed_at) => {
                return Some(Proof::Mailed(Box::new(proved.proof()?), Timestamp::from_millis(*confirmed_at)));
            }
            Proved::Password(set_at) => (set_at, Second::Nothing),
            Proved::Factor(set_at, factor, kind) => (set_at, Second::Factor(id(factor)?, FactorKind::parse(kind)?)),
            Proved::JustSetUp(set_at, factor, kind) => {
                (set_at, Second::JustSetUp(id(factor)?, FactorKind::parse(kind)?))
            }
            Proved::RecoveryCode(set_at) => (set_at, Second::RecoveryCode),
        };
        Some(Proof::Password(Timestamp::from_millis(*set_at), second))
    }
}

//! What only somebody knows who reads the mail of a login: a link that shows it, and a code by which somebody who was
//! refused continues here what was begun elsewhere. Both are made when the mail is sent, and stored as hashes.

use super::guessing::Try;
use super::second_step::{Continued, Proved, Proven, Step};
use super::sign_in::{Client, SignInRefusal};
use super::{Innkeeper, ServiceError};
use crate::domain::change::{AskedMail, Change, EmailConfirmed, MailAsked};
use crate::domain::end::Actor;
use crate::domain::id::{SecretHash, UserNo};
use crate::domain::one_time::{ONE_TIME_TRIES, OneTime, Purpose};
use crate::domain::policy::AtLimit;
use crate::domain::proof::{Proof, Second};
use crate::domain::throttle::Hold;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserStatus};
use crate::secret::{self, ConfirmationCode, MailCode, PendingToken};
use crate::store::{AskedUser, Lane, SessionView, StoreError, UserBy};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long the link works by which an address is confirmed.
const CONFIRMATION_VALID: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a sign-in may go on for which a code was mailed, and how long that code works. A mail may take minutes.
pub const MAIL_CODE_VALID: Duration = Duration::from_secs(10 * 60);

/// Why no mail was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailRefusal {
    /// No mail is sent at all.
    NoMail,
    /// They have no address, or it is confirmed already.
    NothingToConfirm,
    /// They have asked so often that they have to wait so long.
    Throttled(Duration),
}

/// What is remembered of a code that was mailed.
#[derive(Serialize, Deserialize)]
struct MailedCode {
    hash: String,
    /// When the address was confirmed to which it went, in milliseconds.
    confirmed_at: i64,
}

impl Innkeeper {
    /// Somebody who is signed in asks for the link by which they show that they read what is mailed to them. Returns the
    /// address to which it goes.
    pub async fn ask_confirmation(
        &self,
        acting: &SessionView,
        client: &Client,
    ) -> Result<Result<String, MailRefusal>, ServiceError> {
        if !self.sends_mail() {
            return Ok(Err(MailRefusal::NoMail));
        }
        let user = self.inner.store.user(UserBy::No(acting.user_no)).await?;
        let user = user.filter(|user| user.status == UserStatus::Active && user.email_confirmed_at.is_none());
        let Some((user, email)) = user.and_then(|user| user.email.clone().map(|email| (user, email))) else {
            return Ok(Err(MailRefusal::NothingToConfirm));
        };
        let tried = Try::of_mail("confirmation", &email, client.ip);
        match self.asked_too_often(&tried).await? {
            Some(Hold::For(wait)) => return Ok(Err(MailRefusal::Throttled(wait))),
            Some(Hold::Spent) => unreachable!("asking for mail waits, and never comes to an end"),
            None => {}
        }
        let ip = client.ip.map(|ip| ip.to_string());
        self.write_asked(&user, (AskedMail::EmailConfirmation, ip)).await?;
        Ok(Ok(email))
    }

    /// Writes that somebody asks for a mail; whoever follows the events sends it.
    pub(super) async fn write_asked(
        &self,
        user: &User,
        (what, ip): (AskedMail, Option<String>),
    ) -> Result<(), StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let at = transaction.users(vec![(user.no, AskedUser::default())], 0).await?.now;
        let by = Actor::User(user.no, user.role);
        let asked = MailAsked { what, user_no: user.no, account_no: user.account_no, ip, at, by };
        transaction.commit(vec![Change::MailAsked(asked)]).await.map(|_| ())
    }

    /// The code of the link in the mail to somebody, and until when it works; `None` where there is nothing to confirm
    /// any more.
    pub(super) async fn confirmation_code(
        &self,
        user: &User,
    ) -> Result<Option<(ConfirmationCode, Timestamp)>, StoreError> {
        let Some(email) = user.email.as_ref().filter(|_| user.email_confirmed_at.is_none()) else { return Ok(None) };
        let (code, expires_at) = (ConfirmationCode::generate(), self.inner.store.now().await? + CONFIRMATION_VALID);
        let kept = OneTime {
            secret: code.hash(),
            purpose: Purpose::EmailConfirmation,
            user_no: Some(user.no),
            data: serde_json::to_string(email).expect("a text is JSON"),
            tries_left: ONE_TIME_TRIES,
            expires_at,
        };
        self.inner.store.keep_one_time(kept).await?;
        Ok(Some((code, expires_at)))
    }

    /// Whose address this link confirms, if it still does.
    pub async fn confirmation_of(&self, code: SecretHash) -> Result<Option<User>, ServiceError> {
        let store = &self.inner.store;
        let kept = store.one_time((Purpose::EmailConfirmation, code), store.now().await?).await?;
        let Some(OneTime { user_no: Some(user), data, .. }) = kept else { return Ok(None) };
        let user = store.user(UserBy::No(user)).await?.filter(|user| user.status == UserStatus::Active);
        let mailed_to: Option<String> = serde_json::from_str(&data).ok();
        Ok(user.filter(|user| user.email.is_some() && user.email == mailed_to))
    }

    /// Confirms the address to which this link was mailed. `None` where it is worth nothing, or no longer.
    pub async fn confirm_email(&self, code: SecretHash) -> Result<Option<User>, ServiceError> {
        let Some(user) = self.confirmation_of(code).await? else { return Ok(None) };
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(user.no, AskedUser::default())], 0).await?;
        let of = facts.user(user.no).map(|facts| &facts.user);
        if of.is_none_or(|of| of.email != user.email || of.status != UserStatus::Active) {
            return Ok(None);
        }
        let confirmed = of.and_then(|of| confirmed(of, facts.now));
        if let Some(confirmed) = confirmed {
            transaction.commit(vec![confirmed]).await?;
        }
        // Not before: a store that fails in between leaves the link as good as it was.
        let store = &self.inner.store;
        store.take_one_time((Purpose::EmailConfirmation, code), store.now().await?).await?;
        Ok(Some(user))
    }

    /// Whether a code by mail would let somebody who is refused continue here: where that is the policy, mail is sent, and
    /// they have shown that they read it. Whoever has to set up a second factor first has to do that.
    pub(super) async fn may_prove_by_mail(
        &self,
        user: &User,
        (proof, at_limit): (&Proof, AtLimit),
    ) -> Result<bool, ServiceError> {
        let reads_mail = self.sends_mail() && user.email.is_some() && user.email_confirmed_at.is_some();
        if at_limit != AtLimit::VerifiedTakeover || proof.is_personal() || !reads_mail {
            return Ok(false);
        }
        Ok(!self.sets_up_first(user, proof).await?)
    }

    /// Whether somebody with this proof has to set up a second factor before they may come in.
    pub(super) async fn sets_up_first(&self, user: &User, proof: &Proof) -> Result<bool, ServiceError> {
        let of_password = if let Proof::Mailed(proof, _) = proof { proof } else { proof };
        if !matches!(of_password, Proof::Password(_, Second::Nothing)) {
            return Ok(false);
        }
        Ok(self.account_of(user).await?.is_some_and(|account| account.requires_factor))
    }

    /// Somebody who was refused asks for a code by mail. The sign-in goes on for ten minutes; who gets no mail begins
    /// again, so that what was proved by a password never lasts longer.
    pub async fn ask_take_over_code(
        &self,
        ask: Continued,
    ) -> Result<Result<PendingToken, SignInRefusal>, ServiceError> {
        let over = Ok(Err(SignInRefusal::Over));
        let (store, now) = (&self.inner.store, self.inner.store.now().await?);
        let Some((user, pending, kept)) = self.pending(ask.pending).await? else { return over };
        let Step::Proved(proved) = pending.step else { return over };
        let (Some(proof), Some(email)) = (proved.proof(), &user.email) else { return over };
        let policy = self.policy_of(&user, now).await?;
        if !self.may_prove_by_mail(&user, (&proof, policy.at_limit)).await? {
            return over;
        }
        let tried = Try::of_mail("take-over code", email, ask.client.ip);
        if let Some(hold) = self.asked_too_often(&tried).await? {
            return Ok(Err(hold.into()));
        }
        if store.take_one_time((kept.purpose, kept.secret), now).await?.is_none() {
            return over;
        }
        let code_id = secret::code_id();
        let (label, ip, place) = self.where_from(&ask.client);
        let what = AskedMail::TakeOverCode { code_id: code_id.clone(), label, country_code: place.country_code };
        self.write_asked(&user, (what, ip)).await?;
        let proven = Proven { user, proof, failed: pending.failed, until: Some(now + MAIL_CODE_VALID) };
        Ok(Ok(self.keep_pending(&proven, Step::CodeMailed(code_id, proved)).await?))
    }

    /// The code in the mail to somebody who asked for it then, and until when it works; `None` where that is too long ago,
    /// or their address is no longer what it was.
    pub(super) async fn take_over_code(
        &self,
        user: &User,
        (code_id, asked_at): (&str, Timestamp),
    ) -> Result<Option<(MailCode, Timestamp)>, StoreError> {
        let expires_at = asked_at + MAIL_CODE_VALID;
        let Some(confirmed_at) = user.email_confirmed_at else { return Ok(None) };
        if self.inner.store.now().await? >= expires_at {
            return Ok(None);
        }
        let code = MailCode::generate();
        let hash = HEXLOWER.encode(&code.hash(code_id).0);
        let kept = OneTime {
            secret: key_of(code_id),
            purpose: Purpose::TakeOverCode,
            user_no: Some(user.no),
            data: serde_json::to_string(&MailedCode { hash, confirmed_at: confirmed_at.as_millis() })
                .expect("texts and numbers are JSON"),
            tries_left: ONE_TIME_TRIES,
            expires_at,
        };
        self.inner.store.keep_one_time(kept).await?;
        Ok(Some((code, expires_at)))
    }

    /// The address to which a code was mailed for this sign-in.
    pub async fn code_mailed_to(&self, pending: SecretHash) -> Result<Option<String>, ServiceError> {
        let found = self.pending(pending).await?;
        let mailed = found.filter(|(_, pending, _)| matches!(pending.step, Step::CodeMailed(..)));
        Ok(mailed.and_then(|(user, ..)| user.email))
    }

    /// Goes on with the code that was mailed: whoever types it may continue here what is in the way.
    pub async fn prove_by_mail(
        &self,
        ask: Continued,
        code: &str,
    ) -> Result<Result<PendingToken, SignInRefusal>, ServiceError> {
        let over = Ok(Err(SignInRefusal::Over));
        let (store, now) = (&self.inner.store, self.inner.store.now().await?);
        let Some((user, pending, kept)) = self.pending(ask.pending).await? else { return over };
        let Step::CodeMailed(code_id, proved) = pending.step else { return over };
        let Some(code) = MailCode::read(code) else { return Ok(Err(SignInRefusal::WrongCode)) };
        let of = (Purpose::TakeOverCode, key_of(&code_id));
        // Before its mail was sent there is none, and nobody can know it.
        let Some(spent) = store.spend_try(of, now).await? else { return Ok(Err(SignInRefusal::WrongCode)) };
        let Some(confirmed_at) = proved_at(&spent, user.no, &code.hash(&code_id)) else {
            if spent.tries_left > 0 {
                return Ok(Err(SignInRefusal::WrongCode));
            }
            store.take_one_time((kept.purpose, kept.secret), now).await?;
            return over;
        };
        let (used, went_on) =
            (store.take_one_time(of, now).await?, store.take_one_time((kept.purpose, kept.secret), now).await?);
        let proved = Proved::Mailed(Box::new(proved), confirmed_at);
        let (Some(_), Some(_), Some(proof)) = (used, went_on, proved.proof()) else { return over };
        let proven = Proven { user, proof, failed: pending.failed, until: Some(kept.expires_at) };
        Ok(Ok(self.keep_pending(&proven, Step::Proved(proved)).await?))
    }
}

/// By what the store knows the code of a sign-in.
fn key_of(code_id: &str) -> SecretHash {
    secret::hash_of(&format!("take-over code {code_id}"))
}

/// When the address had been confirmed to which a code was mailed, in milliseconds, if this is that code.
fn proved_at(kept: &OneTime, user: UserNo, given: &SecretHash) -> Option<i64> {
    let mailed: MailedCode = serde_json::from_str(&kept.data).ok().filter(|_| kept.user_no == Some(user))?;
    let hash: [u8; 32] = HEXLOWER.decode(mailed.hash.as_bytes()).ok()?.try_into().ok()?;
    secret::constant_time_eq(&SecretHash(hash), given).then_some(mailed.confirmed_at)
}

/// What is to be written where somebody has shown that they read their mail; `None` where it is known.
pub(super) fn confirmed(user: &User, at: Timestamp) -> Option<Change> {
    let by = Actor::User(user.no, user.role);
    let confirmed = EmailConfirmed { user_no: user.no, account_no: user.account_no, at, by };
    (user.email.is_some() && user.email_confirmed_at.is_none()).then_some(Change::EmailConfirmed(confirmed))
}

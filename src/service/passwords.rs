//! Passwords that are set: checked and hashed outside any transaction, and changed by the person whose they are.

use super::acting::{Acting, Barred, fresh};
use super::guessing::{Try, Verified};
use super::sign_in::StepUpRefusal;
use super::{Innkeeper, Policies, ServiceError};
use crate::domain::change::{Change, NewToken, PasswordSet, TokenRotated};
use crate::domain::end::{Actor, EndReason, end_all};
use crate::domain::facts::Facts;
use crate::domain::id::{SecretHash, UserNo};
use crate::domain::time::Timestamp;
use crate::password::{Busy, Password, PasswordRefusal, Strength, check_new_password};
use crate::secret::SessionToken;
use crate::store::{AskedUser, Lane, SessionView, StoreError, UserBy};
use std::time::Duration;

/// What a person types who changes their password.
#[derive(Debug)]
pub struct PasswordChange {
    /// The password that they have.
    pub current: String,
    /// The password that they want.
    pub new: String,
}

/// The password has been changed.
#[derive(Debug)]
pub struct PasswordChanged {
    /// The token that the session has from now on, for the cookie.
    pub token: SessionToken,
    /// How many other live sessions ended.
    pub ended: u64,
}

/// Why the password stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChangeRefusal {
    /// The current password is not theirs, or they have none.
    WrongPassword,
    /// The new password is the current one.
    Unchanged,
    /// The new password cannot be used.
    Password(PasswordRefusal),
    /// They have a second factor, and have not proved it lately.
    NeedsStepUp,
    /// The session in which they acted is over, or has another token already.
    SessionOver,
    /// So many passwords are being verified that this one must wait.
    Busy,
    /// There were so many failures in a row that the next try has to wait so long. Whether it was right is not said.
    Throttled(Duration),
}

/// Why a new password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewPasswordRefusal {
    /// It cannot be used.
    Password(PasswordRefusal),
    /// So many passwords are being hashed that this one must wait.
    Busy,
}

impl From<StepUpRefusal> for PasswordChangeRefusal {
    fn from(refusal: StepUpRefusal) -> Self {
        match refusal {
            // It asks for no code.
            StepUpRefusal::WrongPassword
            | StepUpRefusal::WrongCode
            | StepUpRefusal::WrongPasskey
            | StepUpRefusal::CodesSpent => PasswordChangeRefusal::WrongPassword,
            StepUpRefusal::SessionOver => PasswordChangeRefusal::SessionOver,
            StepUpRefusal::Busy => PasswordChangeRefusal::Busy,
            StepUpRefusal::Throttled(wait) => PasswordChangeRefusal::Throttled(wait),
        }
    }
}

impl From<NewPasswordRefusal> for PasswordChangeRefusal {
    fn from(refusal: NewPasswordRefusal) -> Self {
        match refusal {
            NewPasswordRefusal::Password(refusal) => PasswordChangeRefusal::Password(refusal),
            NewPasswordRefusal::Busy => PasswordChangeRefusal::Busy,
        }
    }
}

type Decided<T> = Result<T, PasswordChangeRefusal>;

impl Innkeeper {
    /// Checks a new password, against the words by which account and person are known too, and hashes it.
    pub(super) async fn hash_new(&self, typed: String, words: &[&str]) -> Result<String, NewPasswordRefusal> {
        check_new_password(&typed, words).map_err(NewPasswordRefusal::Password)?;
        let password = Password::new(typed).ok_or(NewPasswordRefusal::Password(PasswordRefusal::TooLong))?;
        let hash = self.inner.hasher.hash(password).await.map_err(|Busy| NewPasswordRefusal::Busy)?;
        hash.map_err(NewPasswordRefusal::Password)
    }

    /// How hard a password is to guess for somebody who knows these texts about whoever chose it; `None` where others keep
    /// the hashing threads busy: advice is not worth a wait.
    pub async fn strength_of(&self, typed: &str, known: &[&str]) -> Option<Strength> {
        let password = Password::new(typed.to_owned())?;
        let known = known.iter().map(|text| (*text).to_owned()).collect();
        self.inner.hasher.rate(password, known).await.ok()
    }

    /// When a user's password was last set; `None` without one.
    pub async fn password_changed_at(&self, user: UserNo) -> Result<Option<Timestamp>, ServiceError> {
        Ok(self.inner.store.password(user).await?.map(|password| password.changed_at))
    }

    /// A person changes their password. Every other session of theirs ends, and the one in which they act, known by its
    /// token, gets another.
    pub async fn change_password(
        &self,
        acting: &SessionView,
        token: SecretHash,
        ask: PasswordChange,
    ) -> Result<Decided<PasswordChanged>, ServiceError> {
        let changed_at = match self.verify_current(acting, ask.current.clone()).await? {
            Ok(changed_at) => changed_at,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        // Said only to whoever knows the current one.
        if ask.new == ask.current {
            return Ok(Err(PasswordChangeRefusal::Unchanged));
        }
        let hash = match self.hash_for(acting.user_no, ask.new).await? {
            Ok(hash) => hash,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(acting.user_no, AskedUser::default())], 0).await?;
        let new = SessionToken::generate();
        let rotation = Rotation { token: NewToken { from: token, to: new.hash() }, hash, verified: changed_at };
        let changes = match rotation.decide((&facts, &self.inner.policies), acting) {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let ended = changes.iter().filter(|change| is_end_by_change(change)).count() as u64;
        match transaction.commit(changes).await {
            Ok(_) => Ok(Ok(PasswordChanged { token: new, ended })),
            // The token that was presented is no longer this session's.
            Err(StoreError::Conflict(_)) => Ok(Err(PasswordChangeRefusal::SessionOver)),
            Err(error) => Err(error.into()),
        }
    }

    /// Verifies the current password of whoever a session is of, typed within it, and says when it was set.
    pub(super) async fn verify_current(
        &self,
        of: &SessionView,
        typed: String,
    ) -> Result<Result<Timestamp, StepUpRefusal>, ServiceError> {
        let stored = self.inner.store.password(of.user_no).await?;
        let (stored, changed_at) = stored.map(|stored| ((of.user_no, stored.hash), stored.changed_at)).unzip();
        let tried = Try::within(&of.id);
        Ok(match (self.verify(&tried, typed, stored).await?, changed_at) {
            (Verified::Right { failed }, Some(changed_at)) => {
                if failed {
                    self.succeeded(&tried).await;
                }
                Ok(changed_at)
            }
            (Verified::Right { .. } | Verified::Wrong, _) => Err(StepUpRefusal::WrongPassword),
            (Verified::Busy, _) => Err(StepUpRefusal::Busy),
            (Verified::Held(hold), _) => Err(hold.into()),
        })
    }

    /// Stores a password's hash as it is made now in place of an older one, for as long as that one is still stored. What
    /// was proved has been, also if this fails: then the next sign-in does it.
    pub(super) async fn renew(&self, user: UserNo, (from, to): (&str, &str)) {
        if let Err(error) = self.inner.store.renew_password(user, (from, to)).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the hash of a password could not be renewed; the next sign-in does it");
        }
    }

    async fn hash_for(&self, user: UserNo, typed: String) -> Result<Decided<String>, ServiceError> {
        let user = self.inner.store.user(UserBy::No(user)).await?;
        let account = match &user {
            Some(user) => self.account_of(user).await?.map(|account| account.name),
            None => None,
        };
        let (name, email) = user.map_or((None, None), |user| (user.name, user.email));
        let words: Vec<&str> = [account.as_deref(), name.as_deref(), email.as_deref()].into_iter().flatten().collect();
        Ok(self.hash_new(typed, &words).await.map_err(PasswordChangeRefusal::from))
    }
}

/// A change of password that is ready to be decided under the lock.
struct Rotation {
    token: NewToken,
    hash: String,
    /// When the password that was verified had been set.
    verified: Timestamp,
}

impl Rotation {
    fn decide(self, (facts, policies): (&Facts, &Policies), acting: &SessionView) -> Decided<Vec<Change>> {
        let (now, over) = (facts.now, PasswordChangeRefusal::SessionOver);
        let user = facts.user(acting.user_no).ok_or(over)?;
        let session = user.live(&acting.id, now).ok_or(over)?;
        // A password alone changes none where there is more to prove.
        let acting_within = Acting::within(acting);
        if !user.factors.is_empty() && fresh(user, &acting_within, (facts, policies)) == Err(Barred::NeedsStepUp) {
            return Err(PasswordChangeRefusal::NeedsStepUp);
        }
        // Set anew while it was being verified, by another page or by the API: what was typed proves nothing now.
        if user.password_changed_at != Some(self.verified) {
            return Err(PasswordChangeRefusal::WrongPassword);
        }
        let by = Actor::User(user.user.no, user.user.role);
        let ends = end_all(user, Some(&acting.id), EndReason::PasswordChanged, &by, now);
        let mut changes: Vec<Change> = ends.into_iter().map(Change::SessionEnded).collect();
        changes.push(Change::PasswordSet(PasswordSet {
            user: user.user.clone(),
            password_hash: self.hash,
            at: now,
            by: by.clone(),
        }));
        // Where there is a second factor, the password alone is no fresh proof.
        let proves = user.factors.is_empty();
        changes.push(Change::TokenRotated(TokenRotated {
            proves,
            session_no: session.no,
            session_id: session.id.clone(),
            user_no: user.user.no,
            account_no: user.user.account_no,
            token: self.token,
            at: now,
            by,
        }));
        Ok(changes)
    }
}

/// Whether a change ends a session that was live until now.
fn is_end_by_change(change: &Change) -> bool {
    matches!(change, Change::SessionEnded(ended) if ended.reason() == EndReason::PasswordChanged)
}

//! A password that was forgotten is set anew by a link that goes to the mail address of its login, and nowhere else.

use super::guessing::Try;
use super::mailbox::confirmed;
use super::passwords::NewPasswordRefusal;
use super::{Innkeeper, ServiceError};
use crate::domain::change::{AskedMail, Change, PasswordSet};
use crate::domain::email::normal_email;
use crate::domain::end::{Actor, EndReason, end_all};
use crate::domain::facts::Facts;
use crate::domain::id::SecretHash;
use crate::domain::one_time::{ONE_TIME_TRIES, OneTime, Purpose};
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserStatus};
use crate::password::PasswordRefusal;
use crate::secret::ResetCode;
use crate::store::{AskedUser, Lane, UserBy};
use std::net::IpAddr;
use std::time::Duration;

/// How long the link of a mail works.
const RESET_VALID: Duration = Duration::from_secs(30 * 60);

/// Why the password stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetRefusal {
    /// The link was used, or is too old; or the password was set since the mail was sent.
    Gone,
    /// The new password cannot be used.
    Password(PasswordRefusal),
    /// So many passwords are being hashed that this one must wait.
    Busy,
}

impl Innkeeper {
    /// Somebody has forgotten the password of a login. Whether it is anybody's, nobody is told: what comes of it is mailed,
    /// and written once this has been answered.
    pub async fn ask_reset(&self, email: &str, ip: Option<IpAddr>) -> Result<(), ServiceError> {
        let Some(email) = normal_email(email).filter(|_| self.sends_mail()) else { return Ok(()) };
        // Counted like failures, so that nobody's mailbox and history is filled.
        let tried = Try::of_mail("reset", &email, ip);
        if self.asked_too_often(&tried).await?.is_some() {
            return Ok(());
        }
        let found = self.inner.store.user(UserBy::Email(&email)).await?;
        let user = found.filter(|user| user.status == UserStatus::Active);
        let innkeeper = self.clone();
        tokio::spawn(async move {
            let Some(user) = user else { return };
            let asked = (AskedMail::PasswordReset, ip.map(|ip| ip.to_string()));
            if let Err(error) = innkeeper.write_asked(&user, asked).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "a reset of a password could not be written; whoever asked for it asks again");
            }
        });
        Ok(())
    }

    /// The code of the link in the mail to somebody, and until when it works. Each works until one of them has been used.
    pub(super) async fn reset_code(&self, user: &User) -> Result<(ResetCode, Timestamp), ServiceError> {
        let (code, store) = (ResetCode::generate(), &self.inner.store);
        let set_at = store.password(user.no).await?.map(|password| password.changed_at.as_millis());
        let expires_at = store.now().await? + RESET_VALID;
        let kept = OneTime {
            secret: code.hash(),
            purpose: Purpose::PasswordReset,
            user_no: Some(user.no),
            data: serde_json::to_string(&(set_at, &user.email)).expect("a number and a text are JSON"),
            tries_left: ONE_TIME_TRIES,
            expires_at,
        };
        store.keep_one_time(kept).await?;
        Ok((code, expires_at))
    }

    /// Whose password this link sets anew, if it still does.
    pub async fn reset_of(&self, code: SecretHash) -> Result<Option<User>, ServiceError> {
        Ok(self.open_reset(code).await?.map(|(user, _)| user))
    }

    async fn open_reset(&self, code: SecretHash) -> Result<Option<(User, Option<Timestamp>)>, ServiceError> {
        let store = &self.inner.store;
        let kept = store.one_time((Purpose::PasswordReset, code), store.now().await?).await?;
        let Some(OneTime { user_no: Some(user), data, .. }) = kept else { return Ok(None) };
        let Ok((set_at, email)) = serde_json::from_str::<(Option<i64>, Option<String>)>(&data) else { return Ok(None) };
        let set_at = set_at.map(Timestamp::from_millis);
        // Another link that was used, or a change of the password, has closed it.
        if store.password(user).await?.map(|password| password.changed_at) != set_at {
            return Ok(None);
        }
        // And so has a change of the address: it was mailed to another one.
        let user = store.user(UserBy::No(user)).await?;
        let user = user.filter(|user| user.status == UserStatus::Active && user.email == email);
        Ok(user.map(|user| (user, set_at)))
    }

    /// Sets a password anew. Every session of theirs ends, and nobody is signed in by it: whoever has a second factor is
    /// asked for it at the next sign-in like everybody who knows the password.
    pub async fn reset_password(
        &self,
        code: SecretHash,
        new: String,
    ) -> Result<Result<User, ResetRefusal>, ServiceError> {
        let Some((user, set_at)) = self.open_reset(code).await? else { return Ok(Err(ResetRefusal::Gone)) };
        let account = self.account_of(&user).await?.map(|account| account.name);
        let words = [account.as_deref(), user.name.as_deref(), user.email.as_deref()];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        let hash = match self.hash_new(new, &words).await {
            Ok(hash) => hash,
            Err(NewPasswordRefusal::Password(refusal)) => return Ok(Err(ResetRefusal::Password(refusal))),
            Err(NewPasswordRefusal::Busy) => return Ok(Err(ResetRefusal::Busy)),
        };
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(user.no, AskedUser::default())], 0).await?;
        let Some(changes) = decide(&facts, &user, (set_at, hash)) else { return Ok(Err(ResetRefusal::Gone)) };
        transaction.commit(changes).await?;
        self.used_up(code).await;
        Ok(Ok(user))
    }

    /// Takes a link away by which a password was set. Only now, so that an outage before costs nobody a second mail; and if
    /// it stays, it is worth nothing all the same, since the password is no longer what it was.
    async fn used_up(&self, code: SecretHash) {
        let store = &self.inner.store;
        let taken = match store.now().await {
            Ok(now) => store.take_one_time((Purpose::PasswordReset, code), now).await,
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "a link that has set a password could not be taken away; it works no more, and goes later"
            );
        }
    }
}

/// What is to be written; `None` where the person may no longer, or the password was set or the address changed meanwhile.
fn decide(facts: &Facts, user: &User, (set_at, password_hash): (Option<Timestamp>, String)) -> Option<Vec<Change>> {
    let of = facts.user(user.no)?;
    if of.user.status != UserStatus::Active || of.user.email != user.email || of.password_changed_at != set_at {
        return None;
    }
    let (at, by) = (facts.now, Actor::User(of.user.no, of.user.role));
    let ends = end_all(of, None, EndReason::PasswordReset, &by, at).into_iter().map(Change::SessionEnded);
    let set = PasswordSet { user: of.user.clone(), password_hash, at, by };
    // The link came by mail.
    Some(ends.chain([Change::PasswordSet(set)]).chain(confirmed(&of.user, at)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::samples::{at, open_session, user_facts};

    #[test]
    fn a_reset_ends_every_session_and_only_while_the_password_and_the_address_are_what_they_were() {
        let user = user_facts(vec![open_session(1, 0), open_session(2, 0)]);
        let (mailed, set_at) = (user.user.clone(), user.password_changed_at);
        let facts = Facts { now: at(5), users: vec![user], born: vec![] };
        let decided = |set_at| decide(&facts, &mailed, (set_at, "hash".into())).map(|changes| changes.len());
        assert_eq!(decided(set_at), Some(4), "two ends, a password, and an address that is read");
        assert_eq!(decided(None), None);
        assert_eq!(decided(Some(at(1))), None);
        let mut suspended = facts.clone();
        suspended.users[0].user.status = UserStatus::Suspended;
        assert!(decide(&suspended, &mailed, (set_at, "hash".into())).is_none());
        let mut moved = facts.clone();
        moved.users[0].user.email = Some("mira@elsewhere.example".into());
        assert!(decide(&moved, &mailed, (set_at, "hash".into())).is_none());
    }
}

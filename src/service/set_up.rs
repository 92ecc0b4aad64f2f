//! The first second factor of somebody whose account requires one, set up on the way in.

use super::second_step::{Continued, Pending, Proved, Proven, Step};
use super::sign_in::SignInRefusal;
use super::{Innkeeper, ServiceError};
use crate::domain::change::Change;
use crate::domain::end::Actor;
use crate::domain::factor::{Factor, FactorChange, FactorChanged, FactorKind, FactorMark, FactorName, FactorState};
use crate::domain::id::{FactorId, SecretHash};
use crate::domain::proof::{Proof, Second, may_set_up};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::secret::{self, PendingToken, RecoveryCode};
use crate::store::{AskedUser, Lane};
use crate::totp;
use data_encoding::BASE64;

/// What is set up: how it is called, what it is verified with, and the step of the code that has proved that it works.
type SetUp = (FactorName, FactorState, i64);

impl Innkeeper {
    /// The secret that the app of somebody is given whose account requires a second factor, and whose it is.
    pub async fn required_set_up(&self, pending: SecretHash) -> Result<Option<(User, FactorState)>, ServiceError> {
        Ok(self.pending(pending).await?.and_then(|(user, pending, _)| Some((user, pending.set_up()?.1))))
    }

    /// Sets that app up, once it has shown the right code. There is no session yet: with the recovery codes comes what the
    /// browser goes on with.
    pub async fn set_up_required(
        &self,
        ask: Continued,
        (name, code): (FactorName, &str),
    ) -> Result<Result<(Vec<RecoveryCode>, PendingToken), SignInRefusal>, ServiceError> {
        let over = Ok(Err(SignInRefusal::Over));
        let (store, now) = (&self.inner.store, self.inner.store.now().await?);
        let Some((user, pending, kept)) = self.pending(ask.pending).await? else { return over };
        let Some((set_at, secret)) = pending.set_up() else { return over };
        let Some(spent) = store.spend_try((kept.purpose, kept.secret), now).await? else { return over };
        let Some(step) = totp::step_of(&secret.0, code, now) else {
            return if spent.tries_left == 0 { over } else { Ok(Err(SignInRefusal::WrongCode)) };
        };
        if store.take_one_time((kept.purpose, kept.secret), now).await?.is_none() {
            return over;
        }
        let Some((factor, codes)) = self.add_required(&user, set_at, (name, secret, step)).await? else { return over };
        let step = Step::Proved(Proved::JustSetUp(set_at.as_millis(), factor.to_string()));
        let proof = Proof::Password(set_at, Second::JustSetUp(factor));
        // The codes have to be written down first.
        let proven = Proven { user, proof, failed: pending.failed, until: None };
        Ok(Ok((codes, self.keep_pending(&proven, step).await?)))
    }

    /// `None`: they may not, or no longer.
    async fn add_required(
        &self,
        user: &User,
        password_of: Timestamp,
        (name, secret, step): SetUp,
    ) -> Result<Option<(FactorId, Vec<RecoveryCode>)>, ServiceError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(user.no, AskedUser::default())], 0).await?;
        if !facts.user(user.no).is_some_and(|of| may_set_up(of, password_of)) {
            return Ok(None);
        }
        let (codes, id, at) = (RecoveryCode::generate(), secret::factor_id(), facts.now);
        let (kind, name) = (FactorKind::Totp, name.as_str().to_owned());
        let factor = Factor { id: id.clone(), kind, name, created_at: at, last_used_at: None };
        let whats = [
            FactorChanged::Added(factor, secret, FactorMark::Step(step)),
            FactorChanged::CodesMade(codes.iter().map(RecoveryCode::hash).collect()),
        ];
        let (user_no, account_no, by) = (user.no, user.account_no, Actor::User(user.no, user.role));
        let change = |what| Change::Factor(FactorChange { user_no, account_no, what, at, by: by.clone() });
        transaction.commit(whats.map(change).into()).await?;
        Ok(Some((id, codes)))
    }
}

impl Pending {
    /// When the password had been set that came first, and what an app is given that is set up now.
    fn set_up(&self) -> Option<(Timestamp, FactorState)> {
        let Step::SetUp(set_at, secret) = &self.step else { return None };
        let secret = BASE64.decode(secret.as_bytes()).ok().map(FactorState)?;
        Some((Timestamp::from_millis(*set_at), secret))
    }
}

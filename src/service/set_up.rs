//! The first second factor of somebody whose account requires one, set up on the way in.

use super::factors::NewFactor;
use super::passkeys::of_pending;
use super::second_step::{Continued, Given, Pending, Proved, Proven, Step};
use super::sign_in::SignInRefusal;
use super::{Innkeeper, ServiceError};
use crate::domain::change::Change;
use crate::domain::end::Actor;
use crate::domain::factor::{Factor, FactorChange, FactorChanged, FactorKind, FactorMark, FactorName, FactorState};
use crate::domain::id::{FactorId, SecretHash};
use crate::domain::one_time::Purpose;
use crate::domain::proof::{Proof, Second, may_set_up};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::secret::{self, PendingToken, RecoveryCode};
use crate::store::{AskedUser, Lane, StoreError};
use crate::totp;
use data_encoding::BASE64;

impl Innkeeper {
    /// The secret that the app of somebody is given whose account requires a second factor, and whose it is.
    pub async fn required_set_up(&self, pending: SecretHash) -> Result<Option<(User, FactorState)>, ServiceError> {
        Ok(self.pending(pending).await?.and_then(|(user, pending, _)| Some((user, pending.set_up()?.1))))
    }

    /// What their browser is asked so that it makes a passkey instead; `None` where it cannot, or what they had begun is
    /// over.
    pub async fn ask_required_passkey(&self, pending: SecretHash) -> Result<Option<String>, ServiceError> {
        match self.required_set_up(pending).await? {
            Some((user, _)) => self.ask_new_passkey_of(&user, of_pending(Purpose::PasskeySetUp, pending)).await,
            None => Ok(None),
        }
    }

    /// Sets that app up, once it has shown the right code, or a passkey that the browser has made. There is no session
    /// yet: with the recovery codes comes what the browser goes on with.
    pub async fn set_up_required(
        &self,
        ask: Continued,
        (name, given): (FactorName, Given<'_>),
    ) -> Result<Result<(Vec<RecoveryCode>, PendingToken), SignInRefusal>, ServiceError> {
        let over = Ok(Err(SignInRefusal::Over));
        let (store, now) = (&self.inner.store, self.inner.store.now().await?);
        let Some((user, pending, kept)) = self.pending(ask.pending).await? else { return over };
        let Some((set_at, secret)) = pending.set_up() else { return over };
        let Some(spent) = store.spend_try((kept.purpose, kept.secret), now).await? else { return over };
        let new = match self.required_factor((ask.pending, secret), (name, given), now).await? {
            Ok(new) => new,
            Err(_) if spent.tries_left == 0 => return over,
            Err(wrong) => return Ok(Err(wrong)),
        };
        if store.take_one_time((kept.purpose, kept.secret), now).await?.is_none() {
            return over;
        }
        let kind = new.kind;
        let Some((factor, codes)) = self.add_required(&user, set_at, new).await? else { return over };
        let step = Step::Proved(Proved::JustSetUp(set_at.as_millis(), factor.to_string(), kind.as_str().to_owned()));
        let proof = Proof::Password(set_at, Second::JustSetUp(factor, kind));
        // The codes have to be written down first.
        let proven = Proven { user, proof, failed: pending.failed, until: None };
        Ok(Ok((codes, self.keep_pending(&proven, step).await?)))
    }

    /// What has just proved that it works.
    async fn required_factor(
        &self,
        (pending, secret): (SecretHash, FactorState),
        (name, given): (FactorName, Given<'_>),
        now: Timestamp,
    ) -> Result<Result<NewFactor, SignInRefusal>, StoreError> {
        Ok(match given {
            Given::Code(code) => {
                let step = totp::step_of(&secret.0, code, now).ok_or(SignInRefusal::WrongCode);
                step.map(|step| NewFactor { kind: FactorKind::Totp, name, state: secret, mark: FactorMark::Step(step) })
            }
            Given::Passkey(answer) => {
                let of = of_pending(Purpose::PasskeySetUp, pending);
                self.passkey_made((of, answer), name, now).await?.map_err(|_| SignInRefusal::WrongPasskey)
            }
        })
    }

    /// `None`: they may not, or no longer; or somebody has that passkey already.
    async fn add_required(
        &self,
        user: &User,
        password_of: Timestamp,
        NewFactor { kind, name, state, mark }: NewFactor,
    ) -> Result<Option<(FactorId, Vec<RecoveryCode>)>, ServiceError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(user.no, AskedUser::default())], 0).await?;
        if !facts.user(user.no).is_some_and(|of| may_set_up(of, password_of)) {
            return Ok(None);
        }
        let (codes, id, at) = (RecoveryCode::generate(), secret::factor_id(), facts.now);
        let name = name.as_str().to_owned();
        let factor = Factor { id: id.clone(), kind, name, created_at: at, last_used_at: None };
        let whats = [
            FactorChanged::Added(factor, state, mark),
            FactorChanged::CodesMade(codes.iter().map(RecoveryCode::hash).collect()),
        ];
        let (user_no, account_no, by) = (user.no, user.account_no, Actor::User(user.no, user.role));
        let change = |what| Change::Factor(FactorChange { user_no, account_no, what, at, by: by.clone() });
        match transaction.commit(whats.map(change).into()).await {
            Ok(_) => Ok(Some((id, codes))),
            Err(StoreError::Conflict(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
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

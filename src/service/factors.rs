//! Second factors of a person, as they set them up and take them away, and the recovery codes beside them.

use super::acting::{Acting, Barred, fresh};
use super::{Innkeeper, Policies, ServiceError};
use crate::domain::change::Change;
use crate::domain::end::{Actor, EndReason, end_all};
use crate::domain::factor::{
    FACTORS_MAX, Factor, FactorChange, FactorChanged, FactorKind, FactorMark, FactorName, FactorState,
};
use crate::domain::facts::{Facts, UserFacts};
use crate::domain::id::{AccountNo, FactorId, SecretHash, UserId, UserNo};
use crate::domain::one_time::{ONE_TIME_TRIES, OneTime, Purpose};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::secret::{self, RecoveryCode};
use crate::store::{AskedUser, Lane, SessionView, StoreError, UserBy};
use crate::totp;
use data_encoding::BASE64;
use std::time::Duration;

/// How long somebody may take to set an app up.
const SET_UP_VALID: Duration = Duration::from_secs(15 * 60);

/// A second factor is set up.
#[derive(Debug)]
pub struct FactorAdded {
    /// With the first one: the recovery codes, shown this once.
    pub codes: Vec<RecoveryCode>,
    /// How many other live sessions ended.
    pub ended: u64,
}

/// Why second factors stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorRefusal {
    /// Whoever acts may not.
    Barred(Barred),
    /// There is no such factor of theirs.
    NotFound,
    /// It needs a name that can be seen, and that is not too long.
    NotAName,
    /// They have as many as anybody may have.
    TooMany,
    /// It is their last one, and their account requires one.
    Required,
    /// The code does not fit what the app was given.
    WrongCode,
    /// The browser's answer is no passkey that was asked for.
    NotMade,
    /// What the app or the browser was given is no longer good: too many tries, or too much time.
    Over,
}

/// A second factor that has proved that it works.
pub(super) struct NewFactor {
    pub(super) kind: FactorKind,
    pub(super) name: FactorName,
    pub(super) state: FactorState,
    pub(super) mark: FactorMark,
}

pub(super) type Decided<T> = Result<T, FactorRefusal>;

/// What is to be written, given the facts; and what comes of it for whoever asked.
type Decide<'a, T> = dyn FnOnce(&UserFacts, &Facts) -> Decided<(Vec<FactorChanged>, T)> + Send + 'a;

impl Innkeeper {
    /// A user's second factors, oldest first.
    pub async fn factors(&self, of: UserNo) -> Result<Vec<Factor>, ServiceError> {
        Ok(self.inner.store.factors(of).await?.into_iter().map(|(factor, _)| factor).collect())
    }

    /// How many people of an account have no second factor.
    pub async fn people_without_factor(&self, of: AccountNo) -> Result<u32, ServiceError> {
        Ok(self.inner.store.without_factor(of).await?)
    }

    /// How many recovery codes a user has left.
    pub async fn recovery_codes_left(&self, of: UserNo) -> Result<u16, ServiceError> {
        Ok(self.inner.store.recovery_codes_left(of).await?)
    }

    /// The secret that an app is given within this session: the same one until a code of it has come, its time is over, or
    /// the person proves once more who they are. Nobody shows it to who has not proved that lately.
    pub async fn totp_set_up(&self, acting: &SessionView) -> Result<FactorState, ServiceError> {
        let (store, of) = (&self.inner.store, set_up_of(acting));
        let now = store.now().await?;
        let kept = match store.one_time(of, now).await? {
            Some(kept) => kept,
            None => {
                let kept = OneTime {
                    secret: of.1,
                    purpose: of.0,
                    user_no: Some(acting.user_no),
                    data: BASE64.encode(&secret::totp_secret().0),
                    tries_left: ONE_TIME_TRIES,
                    expires_at: now + SET_UP_VALID,
                };
                // The page has to show it without script, so opening the page keeps it. A page that is opened twice at
                // once, as by a browser that loads ahead, shows the same both times.
                store.one_time_or(kept, now).await?
            }
        };
        let secret = BASE64.decode(kept.data.as_bytes());
        let corrupt = |_| StoreError::Corrupt { table: "one_time", id: acting.id.to_string() };
        Ok(secret.map(FactorState).map_err(corrupt)?)
    }

    /// Sets an app up that has shown the right code. Every other session of theirs ends.
    pub async fn add_totp(
        &self,
        acting: &SessionView,
        (name, code): (&str, &str),
    ) -> Result<Decided<FactorAdded>, ServiceError> {
        let (store, of) = (&self.inner.store, set_up_of(acting));
        let now = store.now().await?;
        // Before anything else: whatever else is wrong is said beside the secret.
        if !self.is_fresh(acting, now).await? {
            return Ok(Err(FactorRefusal::Barred(Barred::NeedsStepUp)));
        }
        let Some(name) = FactorName::typed(name) else { return Ok(Err(FactorRefusal::NotAName)) };
        let Some(kept) = store.spend_try(of, now).await? else { return Ok(Err(FactorRefusal::Over)) };
        let Ok(secret) = BASE64.decode(kept.data.as_bytes()) else { return Ok(Err(FactorRefusal::Over)) };
        let Some(step) = totp::step_of(&secret, code, now) else {
            let over = kept.tries_left == 0;
            return Ok(Err(if over { FactorRefusal::Over } else { FactorRefusal::WrongCode }));
        };
        // Of two who send the code at once, one sets it up.
        if store.take_one_time(of, now).await?.is_none() {
            return Ok(Err(FactorRefusal::Over));
        }
        let (state, mark) = (FactorState(secret), FactorMark::Step(step));
        self.add_factor(acting, NewFactor { kind: FactorKind::Totp, name, state, mark }).await
    }

    /// One more second factor; with the first one, recovery codes. Every other session of theirs ends.
    pub(super) async fn add_factor(
        &self,
        acting: &SessionView,
        NewFactor { kind, name, state, mark }: NewFactor,
    ) -> Result<Decided<FactorAdded>, ServiceError> {
        let codes = RecoveryCode::generate();
        let hashes = codes.iter().map(RecoveryCode::hash).collect();
        let decide = move |user: &UserFacts, facts: &Facts| {
            if user.factors.len() >= FACTORS_MAX {
                return Err(FactorRefusal::TooMany);
            }
            let factor = Factor {
                id: secret::factor_id(),
                kind,
                name: name.as_str().to_owned(),
                created_at: facts.now,
                last_used_at: None,
            };
            let is_first = user.factors.is_empty();
            let mut changes = vec![FactorChanged::Added(factor, state, mark)];
            changes.extend(is_first.then_some(FactorChanged::CodesMade(hashes)));
            Ok((changes, is_first))
        };
        let decided = self.change_factors(acting, Box::new(decide)).await?;
        Ok(decided.map(|(ended, is_first)| FactorAdded { codes: if is_first { codes } else { vec![] }, ended }))
    }

    /// Takes a second factor away. Every other session of theirs ends; says how many did.
    pub async fn remove_factor(&self, acting: &SessionView, id: &FactorId) -> Result<Decided<u64>, ServiceError> {
        let known = self.factors(acting.user_no).await?;
        let Some(factor) = known.into_iter().find(|factor| factor.id == *id) else {
            return Ok(Err(FactorRefusal::NotFound));
        };
        let decide = |user: &UserFacts, _: &Facts| match user.factors.as_slice() {
            [last] if *last == factor.id && user.factor_required => Err(FactorRefusal::Required),
            factors if factors.contains(&factor.id) => Ok((vec![FactorChanged::Removed(factor)], ())),
            _ => Err(FactorRefusal::NotFound),
        };
        Ok(self.change_factors(acting, Box::new(decide)).await?.map(|(ended, ())| ended))
    }

    /// Makes new recovery codes; those before are worth nothing. Only who has a second factor has codes that stand in.
    pub async fn make_recovery_codes(&self, acting: &SessionView) -> Result<Decided<Vec<RecoveryCode>>, ServiceError> {
        let codes = RecoveryCode::generate();
        let hashes = codes.iter().map(RecoveryCode::hash).collect();
        let decide = move |user: &UserFacts, _: &Facts| match user.factors.is_empty() {
            true => Err(FactorRefusal::NotFound),
            false => Ok((vec![FactorChanged::CodesMade(hashes)], ())),
        };
        Ok(self.change_factors(acting, Box::new(decide)).await?.map(|_| codes))
    }

    /// Takes every second factor of a user away, as whoever keeps them does it for somebody who has lost theirs. Their
    /// sessions end. `None` where there is no such user; else how many factors there were.
    pub async fn remove_factors(&self, user: &UserId, by: &Actor) -> Result<Option<usize>, ServiceError> {
        match self.inner.store.user(UserBy::Id(user)).await?.filter(|user| !user.role.is_system()) {
            Some(user) => self.remove_factors_of(&user, by).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same for support and administrators.
    pub async fn remove_system_factors(&self, user: &UserId, by: &Actor) -> Result<Option<usize>, ServiceError> {
        match self.inner.store.user(UserBy::Id(user)).await?.filter(|user| user.role.is_system()) {
            Some(user) => self.remove_factors_of(&user, by).await.map(Some),
            None => Ok(None),
        }
    }

    async fn remove_factors_of(&self, user: &User, by: &Actor) -> Result<usize, ServiceError> {
        let known = self.factors(user.no).await?;
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(user.no, AskedUser::default())], 0).await?;
        let Some(of) = facts.user(user.no) else { return Ok(0) };
        let (user_no, account_no, at) = (user.no, user.account_no, facts.now);
        let gone = known.into_iter().filter(|factor| of.factors.contains(&factor.id)).map(FactorChanged::Removed);
        let gone = gone.map(|what| FactorChange { user_no, account_no, what, at, by: by.clone() });
        let gone: Vec<Change> = gone.map(Change::Factor).collect();
        let count = gone.len();
        if count > 0 {
            let ends = end_all(of, None, EndReason::MfaChanged, by, at).into_iter().map(Change::SessionEnded);
            transaction.commit(ends.chain(gone).collect()).await?;
        }
        Ok(count)
    }

    /// Whether their last proof is young enough to be asked for more. Looked at again under the lock.
    pub(super) async fn is_fresh(&self, acting: &SessionView, now: Timestamp) -> Result<bool, ServiceError> {
        match self.inner.store.user(UserBy::No(acting.user_no)).await? {
            Some(user) => self.proved_lately(&user, acting.proved_at, now).await,
            None => Ok(false),
        }
    }

    /// Decides under the lock, for somebody with a fresh proof. Where a factor comes or goes, every other session ends.
    async fn change_factors<T>(
        &self,
        acting: &SessionView,
        decide: Box<Decide<'_, T>>,
    ) -> Result<Decided<(u64, T)>, ServiceError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(acting.user_no, AskedUser::default())], 0).await?;
        let (changes, of_it) = match decided(acting, (&facts, &self.inner.policies), decide) {
            Ok(decided) => decided,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let ended = changes.iter().filter(|change| is_end_by_factor(change)).count() as u64;
        match transaction.commit(changes).await {
            Ok(_) => Ok(Ok((ended, of_it))),
            // Of two at once the other one was faster.
            Err(StoreError::Conflict(_)) => Ok(Err(FactorRefusal::NotFound)),
            Err(error) => Err(error.into()),
        }
    }
}

/// What is known of an app that is being set up within a session. After another proof it is another one: whoever saw the
/// one before, in front of a page that was left open, has seen nothing.
fn set_up_of(session: &SessionView) -> (Purpose, SecretHash) {
    let (id, proved_at) = (&session.id, session.proved_at.as_millis());
    (Purpose::TotpSetUp, secret::hash_of(&format!("totp set-up {id} {proved_at}")))
}

fn decided<T>(
    acting: &SessionView,
    (facts, policies): (&Facts, &Policies),
    decide: Box<Decide<'_, T>>,
) -> Decided<(Vec<Change>, T)> {
    let barred = |why| Err(FactorRefusal::Barred(why));
    let Some(user) = facts.user(acting.user_no) else { return barred(Barred::ActorOver) };
    if let Err(why) = fresh(user, &Acting::within(acting), (facts, policies)) {
        return barred(why);
    }
    let (whats, of_it) = decide(user, facts)?;
    let (at, by) = (facts.now, Actor::User(user.user.no, user.user.role));
    let moves = whats.iter().any(|what| matches!(what, FactorChanged::Added(..) | FactorChanged::Removed(_)));
    let ends = match moves {
        true => end_all(user, Some(&acting.id), EndReason::MfaChanged, &by, at),
        false => Vec::new(),
    };
    let (user_no, account_no) = (user.user.no, user.user.account_no);
    let factors = whats.into_iter().map(|what| FactorChange { user_no, account_no, what, at, by: by.clone() });
    let changes = ends.into_iter().map(Change::SessionEnded).chain(factors.map(Change::Factor));
    Ok((changes.collect(), of_it))
}

/// Whether a change ends a session that was live until now.
fn is_end_by_factor(change: &Change) -> bool {
    matches!(change, Change::SessionEnded(ended) if ended.reason() == EndReason::MfaChanged)
}

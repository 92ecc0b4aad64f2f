//! Failed proofs, counted so that guessing becomes slow: by login, by device, by session, by network and by person. The store
//! keeps the counts, so that nodes agree, and knows of each only a hash.

use super::{Innkeeper, ServiceError};
use crate::domain::factor::FactorKind;
use crate::domain::id::{DeviceNo, FactorId, SecretHash, SessionId, UserNo};
use crate::domain::network::network;
use crate::domain::throttle::{Counted, Hold, Quota, Throttle};
use crate::domain::time::Timestamp;
use crate::password::{Password, Verdict};
use crate::secret::{RecoveryCode, hash_of};
use crate::store::StoreError;
use std::net::IpAddr;
use std::time::Duration;

/// Under what a try is counted.
pub(super) struct Try {
    counted: Vec<(Counted, SecretHash)>,
    /// What a success forgets besides, though it keeps nobody from this.
    forgets: Vec<SecretHash>,
}

/// What a second factor is tried with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// Six digits of an app, which can be guessed.
    Code,
    /// A recovery code or a passkey, which cannot.
    Unguessable,
    /// A passkey in place of the password. Anybody can send a wrong one, so wrong ones keep nobody from anything else.
    PasskeyAlone,
}

impl Tried {
    /// With a code as it was typed.
    pub(super) fn code(typed: &str) -> Self {
        if RecoveryCode::read(typed).is_some() { Tried::Unguessable } else { Tried::Code }
    }
}

/// Whose second factor is tried, and where.
pub(super) struct Factors {
    pub(super) user: UserNo,
    /// The device, if they have signed in with it before.
    pub(super) device: Option<DeviceNo>,
    /// Their first app: where that is another one, nothing is left of wrong codes.
    pub(super) app: Option<FactorId>,
    /// When their password was set.
    pub(super) password_set_at: Option<Timestamp>,
}

impl Factors {
    /// Failures with what cannot be guessed, after the password (`factor`) or in its place (`passkey`). They are counted all
    /// the same, since each costs work.
    fn unguessable(&self, what: &str) -> (Counted, SecretHash) {
        let UserNo(user) = self.user;
        match self.device {
            Some(DeviceNo(device)) => (Counted::Device, hash_of(&format!("{what} {user} device {device}"))),
            None => (Counted::Login, hash_of(&format!("{what} {user}"))),
        }
    }

    /// Failures with codes, on this device or on any that they never signed in with.
    fn codes(&self, device: Option<DeviceNo>) -> [(Counted, SecretHash); 2] {
        let (UserNo(user), app) = (self.user, self.app.as_ref().map_or("", FactorId::as_str));
        let device = device.map(|DeviceNo(device)| format!(" device {device}")).unwrap_or_default();
        let codes = format!("codes {user} {app}{device}");
        let set_at = self.password_set_at.unwrap_or_default().as_millis();
        let of_password = hash_of(&format!("{codes} since {set_at}"));
        [(Counted::Codes, hash_of(&codes)), (Counted::CodesOfPassword, of_password)]
    }
}

impl Try {
    fn of(counted: impl IntoIterator<Item = (Counted, SecretHash)>) -> Self {
        Self { counted: counted.into_iter().collect(), forgets: vec![] }
    }

    /// A proof within a session.
    pub(super) fn within(session: &SessionId) -> Self {
        Self::of([(Counted::Session, hash_of(&format!("session {session}")))])
    }

    /// A second factor of somebody. What cannot be guessed is not kept from anybody by wrong codes, and makes good for
    /// all of them, on whatever device: so nobody who has it is kept out for long.
    pub(super) fn of_factor(of: &Factors, tried: Tried) -> Self {
        match tried {
            Tried::Code => Self { forgets: vec![of.unguessable("factor").1], ..Self::of(of.codes(of.device)) },
            Tried::Unguessable => {
                let codes = of.codes(of.device).into_iter().chain(of.codes(None));
                Self { forgets: codes.map(|(_, subject)| subject).collect(), ..Self::of([of.unguessable("factor")]) }
            }
            Tried::PasskeyAlone => {
                let others = of.codes(of.device).into_iter().chain(of.codes(None)).chain([of.unguessable("factor")]);
                Self { forgets: others.map(|(_, subject)| subject).collect(), ..Self::of([of.unguessable("passkey")]) }
            }
        }
    }

    /// A mail that is asked for, to whomever.
    pub(super) fn of_mail(what: &str, login: &str, ip: Option<IpAddr>) -> Self {
        let by_login = (Counted::Login, hash_of(&format!("{what} {login}")));
        let by_network = ip.map(|ip| (Counted::Network, hash_of(&format!("{what} from {}", network(ip, 64)))));
        Self::of([by_login].into_iter().chain(by_network))
    }

    /// What keeps whoever tries from it; `None`: nothing.
    fn hold(&self, throttles: &[Throttle], now: Timestamp) -> Option<Hold> {
        let holds = self.counted.iter().zip(throttles).filter_map(|((counted, _), known)| known.hold(*counted, now));
        holds.max()
    }

    /// Whether there are failures that a success forgets.
    fn own_failures(&self, throttles: &[Throttle]) -> bool {
        let network = |at: usize| self.counted.get(at).is_some_and(|(counted, _)| *counted == Counted::Network);
        throttles.iter().enumerate().any(|(at, throttle)| throttle.failures > 0 && !network(at))
    }

    /// What it is counted under, and then what else a success forgets.
    fn subjects(&self) -> Vec<SecretHash> {
        self.counted.iter().map(|(_, subject)| *subject).chain(self.forgets.iter().copied()).collect()
    }
}

/// What came of a password that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verified {
    /// It is the one.
    Right {
        /// Whether failures came before it, to be forgotten with [`Innkeeper::succeeded`].
        failed: bool,
    },
    /// It is not. This was counted, unless it cannot be anybody's password.
    Wrong,
    /// Too many passwords are being verified.
    Busy,
    /// There were too many failures before it. Whether it was right is not said.
    Held(Hold),
}

impl Innkeeper {
    /// Verifies a password with the same work whoever it is of, unless whoever types has to wait. Of tries that run side
    /// by side each looks again once it knows, and says only what it still may.
    pub(super) async fn verify(
        &self,
        tried: &Try,
        typed: String,
        stored: Option<(UserNo, String)>,
    ) -> Result<Verified, ServiceError> {
        if let Some(hold) = self.held(tried).await? {
            return Ok(Verified::Held(hold));
        }
        // What cannot be a password is nobody's: it costs no work, so it costs no write either.
        let Some(password) = Password::new(typed) else { return Ok(Verified::Wrong) };
        let hash = stored.as_ref().map(|(_, hash)| hash.clone());
        let Ok(verdict) = self.inner.hasher.verify(password, hash).await else { return Ok(Verified::Busy) };
        let judged = self.judged(tried, matches!(verdict, Verdict::Right { .. })).await?;
        if let (Verified::Right { .. }, Verdict::Right { renewed: Some(renewed) }, Some((user, hash))) =
            (judged, verdict, stored)
        {
            self.renew(user, (&hash, &renewed)).await;
        }
        Ok(judged)
    }

    /// What keeps whoever tries from it; `None`: nothing.
    pub(super) async fn held(&self, tried: &Try) -> Result<Option<Hold>, ServiceError> {
        let before = self.inner.store.throttles(tried.subjects()).await?;
        Ok(tried.hold(&before, self.inner.store.now().await?))
    }

    /// Counts something that one network may do so often; where that was too often, how long it has to wait.
    pub(super) async fn too_often(
        &self,
        what: &str,
        quota: Quota,
        ip: Option<IpAddr>,
    ) -> Result<Option<Duration>, ServiceError> {
        let Some(ip) = ip else { return Ok(None) };
        let now = self.inner.store.now().await?;
        let (number, left) = quota.at(now);
        // Each window has a count of its own, which nothing has to set back.
        let subject = hash_of(&format!("{what} from {} in window {number}", network(ip, 64)));
        let is_full = |before: &[Throttle]| before.first().is_some_and(|before| before.failures >= quota.most);
        // Whoever goes on asking beyond it costs a look and no write.
        let full = is_full(&self.inner.store.throttles(vec![subject]).await?)
            || is_full(&self.inner.store.failed(vec![(subject, now - quota.window)], now).await?);
        Ok(full.then_some(left))
    }

    /// Says of a try what it still may, now that it is known whether it was right.
    pub(super) async fn judged(&self, tried: &Try, right: bool) -> Result<Verified, ServiceError> {
        if right {
            let meanwhile = self.inner.store.throttles(tried.subjects()).await?;
            if tried.hold(&meanwhile, self.inner.store.now().await?).is_none() {
                return Ok(Verified::Right { failed: tried.own_failures(&meanwhile) });
            }
            // Others were faster. From here on it is answered and counted as a wrong one.
        }
        Ok(self.failed(tried).await?.map_or(Verified::Wrong, Verified::Held))
    }

    /// A sign-in with this login, whether or not it is anybody's. On a device that has signed in with it before nobody
    /// else's failures count, neither those with the login nor those of the network.
    pub(super) async fn sign_in_try(
        &self,
        login: &str,
        (user, device, ip): (Option<UserNo>, Option<SecretHash>, Option<IpAddr>),
    ) -> Result<Try, ServiceError> {
        // Nobody has number 0: whoever does not exist is looked for like everybody else.
        let known = match device {
            Some(device) => self.inner.store.known_device(user.unwrap_or(UserNo(0)), device).await?,
            None => None,
        };
        // By its number, which stays when its token changes, and which it has for each of its users.
        if let Some(DeviceNo(device)) = known {
            return Ok(Try::of([(Counted::Device, hash_of(&format!("device {device}")))]));
        }
        let by_login = (Counted::Login, hash_of(&format!("login {login}")));
        let by_network = ip.map(|ip| (Counted::Network, hash_of(&format!("network {}", network(ip, 64)))));
        Ok(Try::of([by_login].into_iter().chain(by_network)))
    }

    /// A second factor of somebody: on a device that they have signed in with before, strangers' failures do not count.
    pub(super) async fn factor_try(
        &self,
        user: UserNo,
        device: Option<SecretHash>,
        tried: Tried,
    ) -> Result<Try, StoreError> {
        let store = &self.inner.store;
        let device = match device {
            Some(device) => store.known_device(user, device).await?,
            None => None,
        };
        let apps = store.factors(user).await?.into_iter().map(|(factor, _)| factor);
        let app = apps.filter(|factor| factor.kind == FactorKind::Totp).map(|factor| factor.id).next();
        let password_set_at = store.password(user).await?.map(|password| password.changed_at);
        Ok(Try::of_factor(&Factors { user, device, app, password_set_at }, tried))
    }

    /// Counts a failure, and says what would have kept whoever tried from it: somebody else was faster.
    pub(super) async fn failed(&self, tried: &Try) -> Result<Option<Hold>, ServiceError> {
        let now = self.inner.store.now().await?;
        let counted = tried.counted.iter().map(|(counted, subject)| (*subject, now - counted.remembered_for()));
        let before = self.inner.store.failed(counted.collect(), now).await?;
        Ok(tried.hold(&before, now))
    }

    /// Counts something that may be asked for now and then; what keeps whoever asks from it, also where others who asked at
    /// the same moment were faster.
    pub(super) async fn asked_too_often(&self, tried: &Try) -> Result<Option<Hold>, ServiceError> {
        match self.held(tried).await? {
            Some(hold) => Ok(Some(hold)),
            None => self.failed(tried).await,
        }
    }

    /// Forgets the failures in a row, but those of the network: whoever has one login could guess others between. What
    /// has succeeded has, also if they cannot be forgotten: then the next success does it.
    pub(super) async fn succeeded(&self, tried: &Try) {
        let own = tried.counted.iter().filter(|(counted, _)| *counted != Counted::Network).map(|(_, subject)| *subject);
        let forgotten = own.chain(tried.forgets.iter().copied()).collect();
        if let Err(error) = self.inner.store.succeeded(forgotten).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "failures before a success could not be forgotten; the next success does it");
        }
    }
}

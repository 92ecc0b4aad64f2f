//! Failed proofs, counted so that guessing becomes slow: by login, by device, by session and by network. The store keeps
//! the counts, so that nodes agree, and knows of each only a hash.

use super::{Innkeeper, ServiceError};
use crate::domain::id::{DeviceNo, SecretHash, SessionId, UserNo};
use crate::domain::network::network;
use crate::domain::throttle::{Counted, Quota, Throttle};
use crate::domain::time::Timestamp;
use crate::password::{Password, Verdict};
use crate::secret::hash_of;
use std::net::IpAddr;
use std::time::Duration;

/// Under what a try is counted.
pub(super) struct Try(Vec<(Counted, SecretHash)>);

impl Try {
    /// A proof within a session.
    pub(super) fn within(session: &SessionId) -> Self {
        Self(vec![(Counted::Session, hash_of(&format!("session {session}")))])
    }

    /// A second factor of somebody, on a device that they have signed in with before or on any other.
    pub(super) fn of_factor(user: UserNo, device: Option<DeviceNo>) -> Self {
        let UserNo(user) = user;
        Self(vec![match device {
            Some(DeviceNo(device)) => (Counted::Device, hash_of(&format!("factor {user} device {device}"))),
            None => (Counted::Login, hash_of(&format!("factor {user}"))),
        }])
    }

    /// A mail that is asked for, to whomever.
    pub(super) fn of_mail(what: &str, login: &str, ip: Option<IpAddr>) -> Self {
        let by_login = (Counted::Login, hash_of(&format!("{what} {login}")));
        let by_network = ip.map(|ip| (Counted::Network, hash_of(&format!("{what} from {}", network(ip, 64)))));
        Self([by_login].into_iter().chain(by_network).collect())
    }

    /// How long whoever tries has to wait; `None`: they may.
    fn wait(&self, throttles: &[Throttle], now: Timestamp) -> Option<Duration> {
        let waits = self.0.iter().zip(throttles).filter_map(|((counted, _), throttle)| throttle.wait(*counted, now));
        waits.max()
    }

    fn own_failures(&self, throttles: &[Throttle]) -> bool {
        self.0
            .iter()
            .zip(throttles)
            .any(|((counted, _), throttle)| *counted != Counted::Network && throttle.failures > 0)
    }

    fn subjects(&self) -> Vec<SecretHash> {
        self.0.iter().map(|(_, subject)| *subject).collect()
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
    /// The next try has to wait so long. Whether it was right is not said.
    Throttled(Duration),
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
        if let Some(wait) = self.must_wait(tried).await? {
            return Ok(Verified::Throttled(wait));
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

    /// How long whoever tries has to wait first; `None`: they may.
    pub(super) async fn must_wait(&self, tried: &Try) -> Result<Option<Duration>, ServiceError> {
        let before = self.inner.store.throttles(tried.subjects()).await?;
        Ok(tried.wait(&before, self.inner.store.now().await?))
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
            if tried.wait(&meanwhile, self.inner.store.now().await?).is_none() {
                return Ok(Verified::Right { failed: tried.own_failures(&meanwhile) });
            }
            // Others were faster. From here on it is answered and counted as a wrong one.
        }
        Ok(self.failed(tried).await?.map_or(Verified::Wrong, Verified::Throttled))
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
            return Ok(Try(vec![(Counted::Device, hash_of(&format!("device {device}")))]));
        }
        let by_login = (Counted::Login, hash_of(&format!("login {login}")));
        let by_network = ip.map(|ip| (Counted::Network, hash_of(&format!("network {}", network(ip, 64)))));
        Ok(Try([by_login].into_iter().chain(by_network).collect()))
    }

    /// Counts a failure, and says how long whoever tried would have had to wait: somebody else was faster.
    pub(super) async fn failed(&self, tried: &Try) -> Result<Option<Duration>, ServiceError> {
        let now = self.inner.store.now().await?;
        let counted = tried.0.iter().map(|(counted, subject)| (*subject, now - counted.remembered_for())).collect();
        let before = self.inner.store.failed(counted, now).await?;
        Ok(tried.wait(&before, now))
    }

    /// Forgets the failures in a row, but those of the network: whoever has one login could guess others between. What
    /// has succeeded has, also if they cannot be forgotten: then the next success does it.
    pub(super) async fn succeeded(&self, tried: &Try) {
        let own = tried.0.iter().filter(|(counted, _)| *counted != Counted::Network).map(|(_, subject)| *subject);
        if let Err(error) = self.inner.store.succeeded(own.collect()).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "failures before a success could not be forgotten; the next success does it");
        }
    }
}

//! Failed proofs, counted so that guessing becomes slow: by login, by device, by session and by network. The store keeps
//! the counts, so that nodes agree, and knows of each only a hash.

use super::{Innkeeper, ServiceError};
use crate::domain::id::{SecretHash, SessionId, UserNo};
use crate::domain::throttle::{Counted, FAILURES_KEPT_FOR, Throttle};
use crate::domain::time::Timestamp;
use crate::password::Password;
use crate::secret::hash_of;
use std::net::IpAddr;
use std::time::Duration;

/// Counts that are forgotten in one piece.
const FORGOTTEN_AT_ONCE: u16 = 500;

/// Under what a try is counted.
pub(super) struct Try(Vec<(Counted, SecretHash)>);

impl Try {
    /// A proof within a session.
    pub(super) fn within(session: &SessionId) -> Self {
        Self(vec![(Counted::Session, hash_of(&format!("session {session}")))])
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
    /// It is not. This was counted.
    Wrong,
    /// Too many passwords are being verified.
    Busy,
    /// The next try has to wait so long. Whether it was right is not said.
    Throttled(Duration),
}

impl Innkeeper {
    /// Verifies a password with the same work whoever it is of, unless whoever types has to wait. Tries that run side by
    /// side tell no more than those one after the other: each says only what it still may when it is counted.
    pub(super) async fn verify(
        &self,
        tried: &Try,
        typed: String,
        hash: Option<String>,
    ) -> Result<Verified, ServiceError> {
        let before = self.inner.store.throttles(tried.subjects()).await?;
        if let Some(wait) = tried.wait(&before, self.inner.store.now().await?) {
            return Ok(Verified::Throttled(wait));
        }
        let right = match Password::new(typed) {
            Some(password) => self.inner.hasher.verify(password, hash).await,
            None => Ok(false),
        };
        let Ok(right) = right else { return Ok(Verified::Busy) };
        if !right {
            return Ok(self.failed(tried).await?.map_or(Verified::Wrong, Verified::Throttled));
        }
        let meanwhile = self.inner.store.throttles(tried.subjects()).await?;
        let wait = tried.wait(&meanwhile, self.inner.store.now().await?);
        Ok(wait.map_or(Verified::Right { failed: tried.own_failures(&meanwhile) }, Verified::Throttled))
    }

    /// A sign-in with this login, whether or not it is anybody's. On a device that has signed in with it before, strangers'
    /// failures do not count.
    pub(super) async fn sign_in_try(
        &self,
        login: &str,
        (user, device, ip): (Option<UserNo>, Option<SecretHash>, Option<IpAddr>),
    ) -> Result<Try, ServiceError> {
        // Nobody has number 0: whoever does not exist is looked for like everybody else.
        let known = match device {
            Some(device) => self.inner.store.knows_device(user.unwrap_or(UserNo(0)), device).await?.then_some(device),
            None => None,
        };
        let by_login = match known {
            Some(SecretHash(device)) => {
                let device = data_encoding::HEXLOWER.encode(&device);
                (Counted::Device, hash_of(&format!("device {device} {login}")))
            }
            None => (Counted::Login, hash_of(&format!("login {login}"))),
        };
        let by_network = ip.map(|ip| (Counted::Network, hash_of(&format!("network {}", network_of(ip)))));
        Ok(Try([by_login].into_iter().chain(by_network).collect()))
    }

    /// Counts a failure, and says how long whoever tried would have had to wait: somebody else was faster.
    pub(super) async fn failed(&self, tried: &Try) -> Result<Option<Duration>, ServiceError> {
        let now = self.inner.store.now().await?;
        let counted = tried.0.iter().map(|(counted, subject)| (*subject, now - counted.remembered_for())).collect();
        let before = self.inner.store.failed(counted, now).await?;
        Ok(tried.wait(&before, now))
    }

    /// Forgets the failures in a row, but those of the network: whoever has one login could guess others between.
    pub(super) async fn succeeded(&self, tried: &Try) -> Result<(), ServiceError> {
        let own = tried.0.iter().filter(|(counted, _)| *counted != Counted::Network).map(|(_, subject)| *subject);
        Ok(self.inner.store.succeeded(own.collect()).await?)
    }

    /// Forgets failures that count no more.
    pub(super) async fn forget_failures(&self) -> Result<(), ServiceError> {
        let before = self.inner.store.now().await? - FAILURES_KEPT_FOR;
        while self.inner.store.forget_failures(before, FORGOTTEN_AT_ONCE).await? {}
        Ok(())
    }
}

/// The network that one customer has, as far as guessing goes: /24, or /64.
fn network_of(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_counted_together_and_strangers_are_not() {
        let network = |ip: &str| network_of(ip.parse().unwrap());
        assert_eq!(network("203.0.113.7"), network("203.0.113.200"));
        assert_eq!(network("203.0.113.7"), network("::ffff:203.0.113.8"));
        assert_ne!(network("203.0.113.7"), network("203.0.114.7"));
        assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::3"), network("2001:db8:1:3::3"));
    }
}

//! The configured rules of a session. See docs/sessions.md.

use super::time::Timestamp;
use std::time::Duration;

/// What happens when somebody who has proved who they are finds every place taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtLimit {
    /// The sign-in is refused, and that is all: wait, sign out elsewhere, or ask support.
    Refuse,
    /// The sign-in is refused first; whoever then proves more than a password may end the older session.
    VerifiedTakeover,
    /// The oldest session makes room.
    ReplaceOldest,
}

impl AtLimit {
    /// The name in configuration and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            AtLimit::Refuse => "refuse",
            AtLimit::VerifiedTakeover => "verified_takeover",
            AtLimit::ReplaceOldest => "replace_oldest",
        }
    }

    /// The value with this name.
    pub fn parse(text: &str) -> Option<Self> {
        [AtLimit::Refuse, AtLimit::VerifiedTakeover, AtLimit::ReplaceOldest].into_iter().find(|a| a.as_str() == text)
    }
}

/// The rules that hold for the sessions of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// How many sessions one user may have at once; at least 1.
    pub sessions_per_user: u16,
    /// What happens to a sign-in when they are all taken.
    pub at_limit: AtLimit,
    /// Longest time without counted activity.
    pub idle_timeout: Duration,
    /// Longest time since sign-in, whatever the activity.
    pub absolute_lifetime: Duration,
    /// How long a proof (sign-in or step-up) suffices for sensitive actions.
    pub step_up_within: Duration,
}

/// A policy that is announced: from an instant on it holds, and until then the one before it.
///
/// At that instant nobody is thrown out: no further session is admitted beyond its limit, and the extra ones end at their
/// own deadlines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPolicy {
    /// From when on it holds.
    pub effective_from: Timestamp,
    /// What holds from then on.
    pub policy: SessionPolicy,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            sessions_per_user: 1,
            at_limit: AtLimit::VerifiedTakeover,
            idle_timeout: Duration::from_secs(20 * 60),
            absolute_lifetime: Duration::from_secs(12 * 60 * 60),
            step_up_within: Duration::from_secs(10 * 60),
        }
    }
}

impl SessionPolicy {
    /// A counted touch is written before its answer once the stored time is older than this: a minute, or a quarter of
    /// a short idle timeout. Younger ones are gathered.
    pub fn must_write_after(&self) -> Duration {
        Duration::from_secs(60).min(self.idle_timeout / 4)
    }

    /// Longest time that gathered touches wait: a second, or an eighth of a short idle timeout, so that a gathered
    /// touch is stored well before the deadline that it moves.
    pub fn gather_at_most(&self) -> Duration {
        Duration::from_secs(1).min(self.idle_timeout / 8)
    }
}

//! Accounts and what their plan allows.

use super::id::{AccountId, AccountNo};
use super::policy::{AtLimit, SessionPolicy};
use super::time::Timestamp;
use std::time::Duration;

/// A plan as configured. Payment is somebody else's business: the price is shown, not charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Stable name, such as `team`.
    pub code: String,
    /// What people read, such as "Team".
    pub name: String,
    /// Price as configured, such as `49.00`; none is shown where it is absent.
    pub price: Option<String>,
    /// ISO 4217 code of the price's currency.
    pub currency: Option<String>,
    /// What the price is for, such as `month`.
    pub per: Option<String>,
    /// How many logins there are beside the owner's.
    pub staff_logins: u32,
    /// Where the plan departs from the common session policy.
    pub overrides: PolicyOverrides,
}

/// The parts of the session policy that a plan may set for its accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyOverrides {
    /// See [`SessionPolicy::sessions_per_user`].
    pub sessions_per_user: Option<u16>,
    /// See [`SessionPolicy::at_limit`].
    pub at_limit: Option<AtLimit>,
    /// See [`SessionPolicy::idle_timeout`].
    pub idle_timeout: Option<Duration>,
    /// See [`SessionPolicy::absolute_lifetime`].
    pub absolute_lifetime: Option<Duration>,
}

impl PolicyOverrides {
    /// The policy that holds under these overrides.
    pub fn over(&self, common: &SessionPolicy) -> SessionPolicy {
        SessionPolicy {
            sessions_per_user: self.sessions_per_user.unwrap_or(common.sessions_per_user),
            at_limit: self.at_limit.unwrap_or(common.at_limit),
            idle_timeout: self.idle_timeout.unwrap_or(common.idle_timeout),
            absolute_lifetime: self.absolute_lifetime.unwrap_or(common.absolute_lifetime),
            step_up_within: common.step_up_within,
        }
    }
}

impl Plan {
    /// The plans that exist without configuration: `solo`, `team`, `business`.
    pub fn built_in() -> Vec<Plan> {
        let plan = |code: &str, name: &str, staff_logins| Plan {
            code: code.into(),
            name: name.into(),
            price: None,
            currency: None,
            per: None,
            staff_logins,
            overrides: PolicyOverrides::default(),
        };
        vec![plan("solo", "Solo", 0), plan("team", "Team", 5), plan("business", "Business", 25)]
    }
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountStatus {
    /// Its people may sign in.
    Active,
    /// Nobody may sign in; suspension ended every session.
    Suspended,
}

impl AccountStatus {
    /// The name in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            AccountStatus::Active => "active",
            AccountStatus::Suspended => "suspended",
        }
    }

    /// The value with this name.
    pub fn parse(text: &str) -> Option<Self> {
        [AccountStatus::Active, AccountStatus::Suspended].into_iter().find(|s| s.as_str() == text)
    }
}

/// The paying organisation; has a plan and users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The store's number; 0 before it was stored.
    pub no: AccountNo,
    /// The public id.
    pub id: AccountId,
    /// What people read.
    pub name: String,
    /// Code of its plan.
    pub plan: String,
    /// IANA name of the time zone in which its people read times, such as `Australia/Brisbane`.
    pub time_zone: String,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// Whether its people need a second factor to sign in.
    pub requires_factor: bool,
    /// When it was created.
    pub created_at: Timestamp,
}

//! Users: people who can sign in.

use super::id::{AccountId, AccountNo, UserId, UserNo};
use super::time::Timestamp;

/// Longest name of a person or an account, in characters.
pub const NAME_LENGTH_MAX: usize = 200;

/// Whether a text may be what people read of a person or an account: not blank, not too long, and nothing in it that
/// breaks a line, controls a terminal or turns the text around it. Joiners within words are left alone: names in several
/// scripts need them.
pub fn is_name(text: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.trim().is_empty() && text.chars().count() <= NAME_LENGTH_MAX && !text.chars().any(odd)
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Answers for the account; there is always at least one.
    Owner,
    /// Sees and ends the team's sessions, except the owner's.
    Manager,
    /// Sees and ends their own sessions.
    Staff,
    /// Support of the company that runs the software; belongs to no account.
    Support,
    /// Administers the installation; belongs to no account.
    Admin,
}

impl Role {
    const ALL: [Role; 5] = [Role::Owner, Role::Manager, Role::Staff, Role::Support, Role::Admin];

    /// The name in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Manager => "manager",
            Role::Staff => "staff",
            Role::Support => "support",
            Role::Admin => "admin",
        }
    }

    /// The value with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }

    /// Whether people with this role belong to no account.
    pub const fn is_system(self) -> bool {
        matches!(self, Role::Support | Role::Admin)
    }
}

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatus {
    /// May sign in.
    Active,
    /// May not, until reinstated.
    Suspended,
    /// Gone. The id and the address may be given again, to a new person.
    Removed,
}

impl UserStatus {
    const ALL: [UserStatus; 3] = [UserStatus::Active, UserStatus::Suspended, UserStatus::Removed];

    /// The name in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            UserStatus::Active => "active",
            UserStatus::Suspended => "suspended",
            UserStatus::Removed => "removed",
        }
    }

    /// The value with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// A person who can sign in; belongs to one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The store's number; 0 before it was stored.
    pub no: UserNo,
    /// The public id.
    pub id: UserId,
    /// The store's number of the account.
    pub account_no: AccountNo,
    /// The account's public id; `None` for system users, who belong to none.
    pub account_id: Option<AccountId>,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in.
    pub status: UserStatus,
    /// Login address, normalised; absent for people whom only the API signs in.
    pub email: Option<String>,
    /// When it was shown that they read what is mailed there; `None` where it never was, or of another address.
    pub email_confirmed_at: Option<Timestamp>,
    /// What people read; may be absent.
    pub name: Option<String>,
    /// When they were created.
    pub created_at: Timestamp,
}

impl User {
    /// What they are called: their name, else their address, else their id.
    pub fn called(&self) -> &str {
        called(self.name.as_deref(), self.email.as_deref(), self.id.as_str())
    }
}

/// What somebody is called: their name, else their address, else their id.
pub fn called<'a>(name: Option<&'a str>, email: Option<&'a str>, id: &'a str) -> &'a str {
    name.into_iter().chain(email).find(|text| !text.is_empty()).unwrap_or(id)
}

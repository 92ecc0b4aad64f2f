//! Second factors, and the codes that stand in for them. See docs/sign-in.md.

use super::device::{DEVICE_NAME_LENGTH_MAX, is_seen, visible};
use super::end::Actor;
use super::id::{AccountNo, FactorId, SecretHash, UserNo};
use super::time::Timestamp;
use std::fmt;

/// Most second factors of one user.
pub const FACTORS_MAX: usize = 10;

/// How many recovery codes are made at once.
pub const RECOVERY_CODES: usize = 10;

/// What a second factor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactorKind {
    /// An app that shows a code of six digits, which changes every half minute (RFC 6238).
    Totp,
    /// A key that a device or a password manager keeps, and uses once it has seen who sits there (WebAuthn).
    Passkey,
}

impl FactorKind {
    const ALL: [FactorKind; 2] = [FactorKind::Totp, FactorKind::Passkey];

    /// The name in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            FactorKind::Totp => "totp",
            FactorKind::Passkey => "passkey",
        }
    }

    /// The value with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// How it is called among the methods of a session (RFC 8176).
    pub const fn method(self) -> &'static str {
        match self {
            FactorKind::Totp => "otp",
            FactorKind::Passkey => "hwk",
        }
    }
}

/// What a user calls a second factor, such as `Phone`: text that can be seen, in any script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorName(String);

impl FactorName {
    /// Takes a name as it was typed; `None` where nothing of it can be seen, or it has more than
    /// [`DEVICE_NAME_LENGTH_MAX`] characters.
    pub fn typed(text: &str) -> Option<Self> {
        let name = visible(text);
        (is_seen(&name) && name.chars().count() <= DEVICE_NAME_LENGTH_MAX).then_some(Self(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A second factor of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Its public id.
    pub id: FactorId,
    /// What it is.
    pub kind: FactorKind,
    /// What its user calls it.
    pub name: String,
    /// Since when they have it.
    pub created_at: Timestamp,
    /// When it proved something last; `None`: never since it was set up.
    pub last_used_at: Option<Timestamp>,
}

/// What a second factor is verified with: the secret that its app shares with us, or what is known of a passkey.
#[derive(Clone, PartialEq, Eq)]
pub struct FactorState(pub Vec<u8>);

impl fmt::Debug for FactorState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorState(…)")
    }
}

/// What becomes of somebody's second factors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorChange {
    /// Whose.
    pub user_no: UserNo,
    /// Of which account.
    pub account_no: AccountNo,
    /// What.
    pub what: FactorChanged,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
}

/// What must not come twice of a second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactorMark {
    /// The step of the code that set an app up, which is used up by that.
    Step(i64),
    /// What a passkey is called by whoever made it. Nobody else has it.
    Credential(Vec<u8>),
}

/// See [`FactorChange`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactorChanged {
    /// They have one more, which has just proved that it works.
    Added(Factor, FactorState, FactorMark),
    /// They have it no longer. With the last one go the recovery codes.
    Removed(Factor),
    /// They have these recovery codes from now on, and no others.
    CodesMade(Vec<SecretHash>),
    /// One of them is used up.
    CodeUsed(SecretHash),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_has_a_name_that_can_be_seen() {
        assert_eq!(FactorName::typed("  My\u{200e} phone ").as_ref().map(FactorName::as_str), Some("My phone"));
        assert!(FactorName::typed(&"é".repeat(60)).is_some());
        for none in ["", " \n ", "\u{200b}", &"é".repeat(61)] {
            assert_eq!(FactorName::typed(none), None, "{none:?}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_what_a_factor_is_verified_with() {
        assert_eq!(format!("{:?}", FactorState(vec![7; 20])), "FactorState(…)");
    }
}

//! What may succeed once: the rest of a sign-in, a factor that is being set up, a challenge for a passkey, a reset of a
//! password, what is mailed to show that somebody reads it. Known by the hash of a secret, and gone after its success, its last try or its time.

use super::id::{SecretHash, UserNo};
use super::time::Timestamp;
use std::time::Duration;

/// How long a sign-in may take after the password.
pub const ONE_TIME_VALID: Duration = Duration::from_secs(5 * 60);

/// How often somebody may try.
pub const ONE_TIME_TRIES: u16 = 5;

/// How many of one purpose somebody may have: a further one takes the place of the oldest. Whoever knows a password begins
/// as many sign-ins as they like. It is far more than anybody has open, and so many that whoever would push somebody's own
/// out verifies a hundred passwords first.
pub const ONE_TIME_OPEN_MAX: u16 = 100;

/// What it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Somebody who has proved their password goes on.
    PendingSignIn,
    /// Somebody is setting up an app that shows codes.
    TotpSetUp,
    /// A challenge for a passkey that is being set up.
    PasskeySetUp,
    /// A challenge for a passkey after the password.
    PasskeySecondStep,
    /// A challenge for a passkey in place of a password.
    PasskeySignIn,
    /// A challenge for a passkey within a session.
    PasskeyStepUp,
    /// A password that was forgotten is set anew.
    PasswordReset,
    /// Somebody shows that they read what is mailed to their address.
    EmailConfirmation,
    /// The same, of somebody who is signing in and wants to continue what they have begun elsewhere.
    TakeOverCode,
}

impl Purpose {
    const ALL: [Purpose; 9] = [
        Purpose::PendingSignIn,
        Purpose::TotpSetUp,
        Purpose::PasskeySetUp,
        Purpose::PasskeySecondStep,
        Purpose::PasskeySignIn,
        Purpose::PasskeyStepUp,
        Purpose::PasswordReset,
        Purpose::EmailConfirmation,
        Purpose::TakeOverCode,
    ];

    /// The name in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Purpose::PendingSignIn => "pending_sign_in",
            Purpose::TotpSetUp => "totp_set_up",
            Purpose::PasskeySetUp => "passkey_set_up",
            Purpose::PasskeySecondStep => "passkey_second_step",
            Purpose::PasskeySignIn => "passkey_sign_in",
            Purpose::PasskeyStepUp => "passkey_step_up",
            Purpose::PasswordReset => "password_reset",
            Purpose::EmailConfirmation => "email_confirmation",
            Purpose::TakeOverCode => "take_over_code",
        }
    }

    /// The value with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// Something that may succeed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTime {
    /// Hash of the secret by which it is known.
    pub secret: SecretHash,
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is; `None`: whoever answers says who they are.
    pub user_no: Option<UserNo>,
    /// What has to be remembered for it, a JSON object.
    pub data: String,
    /// How often somebody may still try.
    pub tries_left: u16,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
}

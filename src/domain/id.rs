//! Names of things. Public ids are text, one newtype each; internal numbers never leave the process.

use std::fmt;

/// Longest public id, in bytes.
pub const ID_LENGTH_MAX: usize = 64;

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id has 1 to 64 characters from A-Z a-z 0-9 . _ : @ - and is not \".\" or \"..\"")
    }
}

/// Whether `text` may name something: 1 to 64 characters from `[A-Za-z0-9._:@-]`, and neither `.` nor `..`, which
/// clients and proxies resolve away in a path.
pub fn is_id(text: &str) -> bool {
    (1..=ID_LENGTH_MAX).contains(&text.len())
        && text != "."
        && text != ".."
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'@' | b'-'))
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as an id, or says that it is none.
            pub fn new(text: impl Into<String>) -> Result<Self, NotAnId> {
                let text = text.into();
                if is_id(&text) { Ok(Self(text)) } else { Err(NotAnId) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, given away.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// An account's public id; may be the caller's own.
    AccountId
}
text_id! {
    /// A user's public id; may be the caller's own.
    UserId
}
text_id! {
    /// A session's public id: shown and used in addresses. Not the token, which is secret.
    SessionId
}
text_id! {
    /// A service key's public id.
    KeyId
}
text_id! {
    /// An invitation's public id. Not the code in its link, which is secret.
    InvitationId
}
text_id! {
    /// A webhook's public id.
    WebhookId
}
text_id! {
    /// A second factor's public id.
    FactorId
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);
    };
}

number! {
    /// The store's number of an account; 0 is the system account of support and administrators.
    AccountNo
}
number! {
    /// The store's number of a user. Locks are taken in its ascending order. A re-created user id gets a new one.
    UserNo
}
number! {
    /// The store's number of a session.
    SessionNo
}
number! {
    /// The store's number of a device.
    DeviceNo
}
number! {
    /// The store's number of a webhook.
    WebhookNo
}

impl AccountNo {
    /// The account of support and administrators, who belong to no customer.
    pub const SYSTEM: AccountNo = AccountNo(0);
}

/// SHA-256 of a secret: what the store holds of tokens, device cookies and keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    /// The first 64 bits as an integer: the key of the token table. The whole hash is compared after the look-up.
    pub fn key(&self) -> i64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        i64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// Reference of a refusal, such as `R-7K3M-92QD`: shown to the person refused, looked up by support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

impl Reference {
    /// Takes a reference as it was made by the secrets module or read from the store.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, `R-XXXX-XXXX`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_1_to_64_characters_of_the_allowed_ones_and_is_no_dot_segment() {
        for good in ["a", "...", "A.b_c:d@e-9", &"x".repeat(64)] {
            assert!(UserId::new(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "é", "a\n", &"x".repeat(65)] {
            assert!(UserId::new(bad).is_err(), "{bad}");
        }
    }
}

//! What single fields may be. Each function names the field in its refusal.

use crate::domain::user::{NAME_LENGTH_MAX, is_name};
use crate::web::problem::Problem;
use serde::Deserialize;
use std::net::IpAddr;
use utoipa::ToSchema;

/// Longest user agent, in bytes.
const USER_AGENT_BYTES_MAX: usize = 8 * 1024;

/// Longest device id of the caller's own, in characters.
const DEVICE_ID_LENGTH_MAX: usize = 256;

/// Most ways to have proved somebody at once.
const METHODS_MAX: usize = 8;

/// Longest name of such a way.
const METHOD_LENGTH_MAX: usize = 16;

/// Most header fields that are passed on.
const HINTS_MAX: usize = 32;

/// Longest name or value of a header field that is passed on, in bytes.
const HINT_BYTES_MAX: usize = 1024;

/// A role that people of an account have.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    Owner,
    Manager,
    Staff,
}

impl From<Role> for crate::domain::user::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Manager => Self::Manager,
            Role::Staff => Self::Staff,
        }
    }
}

/// Whether the people of an account need a second factor.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum SecondFactor {
    Optional,
    Required,
}

/// Whether a user may sign in, or an account be used.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Active,
    Suspended,
}

impl From<Status> for crate::domain::user::UserStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Suspended => Self::Suspended,
        }
    }
}

impl From<Status> for crate::domain::account::AccountStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Suspended => Self::Suspended,
        }
    }
}

/// A name that people read.
pub(super) fn name(field: &str, text: &str) -> Result<(), Problem> {
    if is_name(text) {
        return Ok(());
    }
    let no_length = text.trim().is_empty() || text.chars().count() > NAME_LENGTH_MAX;
    Err(Problem::invalid(
        field,
        if no_length {
            "A name has 1 to 200 characters, and not only spaces."
        } else {
            "A name has no control characters and no line breaks."
        },
    ))
}

/// How somebody was proved; the caller decides whether none is acceptable.
pub(super) fn methods(methods: &[String]) -> Result<(), Problem> {
    let is_method = |method: &String| {
        (1..=METHOD_LENGTH_MAX).contains(&method.len())
            && method.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    if (1..=METHODS_MAX).contains(&methods.len()) && methods.iter().all(is_method) {
        return Ok(());
    }
    Err(Problem::invalid("methods", "Name 1 to 8 methods, each of 1 to 16 characters from a-z 0-9 _, such as `pwd`."))
}

/// An address of the internet protocol.
pub(super) fn ip(field: &str, text: &str) -> Result<IpAddr, Problem> {
    text.parse().map_err(|_| Problem::invalid(field, "This is neither an IPv4 nor an IPv6 address."))
}

/// What a client calls itself.
pub(super) fn user_agent(field: &str, text: &str) -> Result<(), Problem> {
    if text.len() <= USER_AGENT_BYTES_MAX {
        return Ok(());
    }
    Err(Problem::invalid(field, "A user agent has at most 8192 bytes."))
}

/// The caller's own name for a device.
pub(super) fn device_id(field: &str, text: &str) -> Result<(), Problem> {
    if (1..=DEVICE_ID_LENGTH_MAX).contains(&text.chars().count()) {
        return Ok(());
    }
    Err(Problem::invalid(field, "A device id has 1 to 256 characters."))
}

/// Header fields that are passed on.
pub(super) fn hints(field: &str, pairs: &[(String, String)]) -> Result<(), Problem> {
    let fits = |(name, value): &(String, String)| name.len() <= HINT_BYTES_MAX && value.len() <= HINT_BYTES_MAX;
    if pairs.len() <= HINTS_MAX && pairs.iter().all(fits) {
        return Ok(());
    }
    Err(Problem::invalid(field, "Pass on at most 32 header fields, each with at most 1024 bytes."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_200_characters_that_people_can_read() {
        for good in ["Reef Tours", "é", &"é".repeat(200), "می\u{200c}خواهم"] {
            assert!(name("name", good).is_ok(), "{good}");
        }
        for bad in ["", "  ", "a\nb", "a\0", "a\u{202e}b", &"x".repeat(201)] {
            assert!(name("name", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn methods_are_1_to_8_short_words() {
        let of = |names: &[&str]| methods(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        for good in [&["pwd"][..], &["pwd", "otp", "hwk"], &["a_1"], &["a"; 8], &["sixteen_letters_"]] {
            assert!(of(good).is_ok(), "{good:?}");
        }
        for bad in [&[][..], &[""], &["a"; 9], &["PWD"], &["a,b"], &["seventeen_letters"]] {
            assert!(of(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn lengths_are_bounded() {
        assert!(user_agent("client.user_agent", &"x".repeat(8192)).is_ok());
        assert!(user_agent("client.user_agent", &"x".repeat(8193)).is_err());
        assert!(device_id("client.device_id", &"é".repeat(256)).is_ok());
        assert!(device_id("client.device_id", &"x".repeat(257)).is_err());
        assert!(device_id("client.device_id", "").is_err());
        let pair = |value: usize| ("a".to_owned(), "x".repeat(value));
        assert!(hints("client.hints", &vec![pair(1024); 32]).is_ok());
        assert!(hints("client.hints", &vec![pair(1); 33]).is_err());
        assert!(hints("client.hints", &[pair(1025)]).is_err());
    }
}

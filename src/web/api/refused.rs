//! Refusals by the rules, as problems.

use crate::domain::admission::ALREADY_LOGGED_IN;
use crate::password::{HashRefusal, PasswordRefusal};
use crate::service::{DirectoryRefusal, SessionRefusal, WebhookRefusal};
use crate::web::problem::Problem;
use axum::http::StatusCode;

/// Seconds after which a password may be hashed again.
const BUSY_FOR: u32 = 1;

pub(super) fn unknown_account() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown_account", "There is no account with this id.")
}

pub(super) fn unknown_user() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown_user", "There is no user with this id.")
}

pub(super) fn unknown_session() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown_session", "There is no session with this id.")
}

pub(super) fn session_over() -> Problem {
    Problem::new(StatusCode::CONFLICT, "session_over", "The session is over.")
}

pub(super) fn unknown_webhook() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown_webhook", "There is no webhook with this id.")
}

pub(super) fn unknown_delivery() -> Problem {
    let detail = "There is no delivery of an event with this id to this webhook.";
    Problem::new(StatusCode::NOT_FOUND, "unknown_delivery", detail)
}

fn conflict(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, detail)
}

/// Why accounts and users stay as they are.
pub(super) fn directory(refusal: DirectoryRefusal) -> Problem {
    match refusal {
        DirectoryRefusal::UnknownAccount => unknown_account(),
        DirectoryRefusal::UnknownUser => unknown_user(),
        DirectoryRefusal::UnknownPlan => Problem::invalid("plan", "There is no plan with this code."),
        DirectoryRefusal::UnknownTimeZone => {
            Problem::invalid("time_zone", "There is no such time zone: use an IANA name such as `Australia/Brisbane`.")
        }
        DirectoryRefusal::Missing(field) => Problem::invalid(field, "This field is needed for a new one."),
        DirectoryRefusal::PlanTooSmall(used, of) => {
            let detail =
                format!("{used} staff logins are in use and the plan has {of}: suspend or remove people first.");
            conflict("plan_too_small", detail)
        }
        DirectoryRefusal::NoStaffLoginLeft => {
            conflict("no_staff_login_left", "Every staff login of the plan is in use: choose a larger plan.")
        }
        DirectoryRefusal::EmailTaken => {
            conflict("email_taken", "Somebody else has this mail address.").with_field("email")
        }
        DirectoryRefusal::IdTaken => conflict("id_taken", "Somebody has this id already.").with_field("id"),
        DirectoryRefusal::NotAnEmail => Problem::invalid("email", "This is not a mail address."),
        DirectoryRefusal::AccountFixed => {
            conflict("account_fixed", "A user's account cannot change.").with_field("account_id")
        }
        DirectoryRefusal::LastOwner => {
            conflict("last_owner", "An account with people keeps an owner: make somebody else one first.")
        }
        DirectoryRefusal::NotARoleOfAccounts => {
            Problem::invalid("role", "People of an account are owner, manager or staff.")
        }
        DirectoryRefusal::NotASystemRole => {
            Problem::invalid("role", "Those who belong to no account are support or admin.")
        }
        DirectoryRefusal::Password(refusal) => Problem::invalid("password", password(refusal)),
        DirectoryRefusal::Hash(refusal) => Problem::invalid("password_hash", hash(refusal)),
        DirectoryRefusal::Yourself | DirectoryRefusal::Barred(_) => only_people(),
        DirectoryRefusal::Busy => {
            let detail = "So many passwords are being worked on that this one must wait. Nothing was changed.";
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "busy", detail).with_retry_after(BUSY_FOR)
        }
    }
}

fn password(refusal: PasswordRefusal) -> &'static str {
    match refusal {
        PasswordRefusal::TooShort => "A password has at least 8 characters.",
        PasswordRefusal::TooLong => "A password has at most 256 characters.",
        PasswordRefusal::Common => "This password is among those that are tried first.",
        PasswordRefusal::Breached => "This password was stolen elsewhere: it is in the list of breached passwords.",
        PasswordRefusal::OwnWord => "This password contains a name or an address of its own account.",
    }
}

fn hash(refusal: HashRefusal) -> &'static str {
    match refusal {
        HashRefusal::Unknown => "This is no whole hash of a kind that is known here: bcrypt, scrypt, PBKDF2 or Argon2.",
        HashRefusal::TooCostly => {
            "Verifying a password against this hash would take more than a second or more than 128 MiB."
        }
    }
}

/// Only people are held to this, and people do not call the API.
fn only_people() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "role_not_allowed", "Nobody who calls this may do that.")
}

/// Why webhooks and deliveries stay as they are.
pub(super) fn webhook(refusal: WebhookRefusal) -> Problem {
    match refusal {
        WebhookRefusal::Unknown => unknown_webhook(),
        WebhookRefusal::UnknownDelivery => unknown_delivery(),
        WebhookRefusal::Url(refusal) => Problem::invalid("url", refusal.to_string()),
        WebhookRefusal::UnknownType(place) => Problem::invalid(
            format!("types[{place}]"),
            "There are no events of this type. The documentation of `/events` lists them; leave the field out for all.",
        ),
        WebhookRefusal::TooMany => {
            conflict("too_many_webhooks", "There are 20 webhooks, and no more are possible: remove one first.")
        }
        WebhookRefusal::Disabled => conflict(
            "webhook_disabled",
            "The webhook is disabled: its receiver said that it is gone. Create a new one.",
        ),
        WebhookRefusal::Barred(_) => only_people(),
        WebhookRefusal::NotFailed => conflict("not_failed", "The delivery has arrived, or is still being tried."),
    }
}

/// Why an application gets no session.
pub(super) fn session(refusal: SessionRefusal) -> Problem {
    match refusal {
        SessionRefusal::UnknownUser => unknown_user(),
        SessionRefusal::Suspended => {
            Problem::new(StatusCode::FORBIDDEN, "user_suspended", "The user or their account is suspended.")
        }
        SessionRefusal::AlreadyLoggedIn(reference) => {
            conflict("already_logged_in", ALREADY_LOGGED_IN).with_reference(reference.as_str())
        }
    }
}

//! The catalogue: every sentence that a page shows, in English. Templates hold no words of their own.
//!
//! A translation is a second folder like this one. Sentences with numbers, times or names in them are functions.

pub(crate) mod api_docs;
mod ended;

pub use self::ended::{EndFacts, end_reason, told_why};

use super::moment;
use crate::domain::user::Role;
use std::time::Duration;

/// The rule, word for word, as somebody reads it who is refused.
pub use crate::domain::admission::ALREADY_LOGGED_IN as REFUSAL;

// Everywhere.
pub(crate) const LANG: &str = "en";
pub(crate) const PRODUCT: &str = "Innkeeper";
pub(crate) const SKIP: &str = "Skip to content";
pub(crate) const NAV_LABEL: &str = "Account";
pub(crate) const NAV_OVERVIEW: &str = "Overview";
pub(crate) const NAV_SECURITY: &str = "Security";
pub(crate) const NAV_SESSIONS: &str = "Active sessions";
pub(crate) const MENU_LABEL: &str = "Your menu";
pub(crate) const SIGN_OUT: &str = "Sign out";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const REFERENCE: &str = "Reference";
pub(crate) const CONTACT_SUPPORT: &str = "Contact support";
pub(crate) const SUPPORT_UNKNOWN: &str = "Support: the people who run this service";

// Sign-in.
pub(crate) const SIGN_IN: &str = "Sign in";
pub(crate) const EMAIL: &str = "E-mail address";
pub(crate) const PASSWORD: &str = "Password";
/// What is said where more people sign in at this moment than passwords can be verified.
pub const SIGN_IN_BUSY: &str = "Very many people are signing in at this moment, and your attempt had to wait too long. Try again in a few seconds.";
/// The answer to every sign-in whose address and password do not fit, whatever the cause.
pub const WRONG_CREDENTIALS: &str = "The e-mail address or the password is not right.";

// Refusal.
pub(crate) const REFUSAL_TITLE: &str = "Signed in elsewhere";
pub(crate) const REFUSAL_STEP_AGAIN: &str = "Then sign in again here.";
pub(crate) const REFUSAL_TRY_AGAIN: &str = "Try to sign in again";
pub(crate) const REFUSAL_OWNER: &str = "Working at the same time as a colleague?";
pub(crate) const REFUSAL_OWNER_PLANS: &str = "Compare the plans with staff logins";
pub(crate) const REFUSAL_OWNER_TEXT: &str = "Plans with staff logins give each person a login of their own.";
pub(crate) const REFUSAL_STAFF: &str =
    "Working at the same time as a colleague? Ask your account owner for a login of your own.";

// Signed out.
pub(crate) const SIGNED_OUT_TITLE: &str = "You are signed out";
/// What is said to a browser without a session; true also for one that never had any.
pub const NOT_SIGNED_IN: &str = "This browser is not signed in.";
pub(crate) const SIGN_IN_AGAIN: &str = "Sign in again";

// Account.
pub(crate) const ACCOUNT_TITLE: &str = "Your account";
pub(crate) const ACCOUNT_INTRO: &str = "Who you are here, and what you can look after.";
pub(crate) const ACCOUNT_YOU: &str = "You";
pub(crate) const ACCOUNT_NAME: &str = "Name";
pub(crate) const ACCOUNT_USER_ID: &str = "User id";
pub(crate) const ACCOUNT_ROLE: &str = "Role";
pub(crate) const ACCOUNT_ACCOUNT: &str = "Account";
pub(crate) const ACCOUNT_PLAN: &str = "Plan";
pub(crate) const ACCOUNT_SESSIONS_TEXT: &str = "See where you are signed in, and end what you do not know.";

// Active sessions.
pub(crate) const SESSIONS_TITLE: &str = "Active sessions";
pub(crate) const SESSIONS_INTRO: &str = "Where you are signed in right now. End what you do not know.";
pub(crate) const SESSIONS_NONE: &str = "No live session.";
pub(crate) const SESSIONS_ONLY: &str = "You are signed in on this device only.";
pub(crate) const THIS_DEVICE: &str = "This device";
pub(crate) const NEW_DEVICE: &str = "New device";
pub(crate) const APPROXIMATE: &str = "approx.";
pub(crate) const ADDRESS: &str = "Address";
pub(crate) const SIGNED_IN: &str = "Signed in";
pub(crate) const LAST_ACTIVE: &str = "Last active";
pub(crate) const ACTIVE_NOW: &str = "Active now";
pub(crate) const ENDS_IF_UNUSED: &str = "if unused";
pub(crate) const ENDS: &str = "Ends";
pub(crate) const ENDS_AT_LATEST: &str = "at the latest";
pub(crate) const ENDS_BY_ITSELF: &str = "Ends by itself";
pub(crate) const TERMINATE: &str = "Terminate";
pub(crate) const END_OTHERS: &str = "End all other sessions";
pub(crate) const ENDED_TITLE: &str = "Recently ended";
pub(crate) const ENDED: &str = "Ended";
pub(crate) const ENDED_NONE: &str = "No session of yours has ended lately.";
pub(crate) const TIPS_TITLE: &str = "Good habits";
pub(crate) const TIPS: [&str; 5] = [
    "Look here from time to time, above all after using a shared or public computer and after travelling.",
    "End at once what you do not know.",
    "Sign out on devices that are not yours.",
    "Use a strong password that you use nowhere else.",
    "Sessions end by themselves after inactivity and after a set maximum time.",
];
pub(crate) const HELP_TITLE: &str = "Need help?";
pub(crate) const HELP_TEXT: &str = "If something here looks wrong and you cannot end it, ask.";
pub(crate) const HELP_UNKNOWN: &str =
    "If something here looks wrong and you cannot end it, ask the people who run this service.";
pub(crate) const REFUSED_TITLE: &str = "Refused sign-in";
pub(crate) const REFUSED_LAST: &str = "Last attempt:";
pub(crate) const REFUSED_ADVICE: &str =
    "If that was not you, somebody knows your password: have it changed, and look at the sessions below.";

// Confirmations.
pub(crate) const TERMINATE_TITLE: &str = "End this session?";
pub(crate) const TERMINATE_TEXT: &str = "Whoever uses it is signed out at once and is told why.";
pub(crate) const END_OTHERS_TITLE: &str = "End all other sessions?";
pub(crate) const END_OTHERS_TEXT: &str =
    "You stay signed in on this device. Everywhere else you are signed out at once.";

// Step-up.
pub(crate) const STEP_UP_TITLE: &str = "Confirm that it is you";
pub(crate) const STEP_UP: &str = "Confirm";
pub(crate) const STEP_UP_AS: &str = "Signed in as";
/// What a step-up says whose password is not right.
pub const WRONG_PASSWORD: &str = "The password is not right.";

// Errors.
pub(crate) const ERROR_HOME: &str = "To your account";

/// What a page says about a status of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorWords {
    /// The heading.
    pub title: &'static str,
    /// What happened.
    pub sentence: &'static str,
    /// What to do next.
    pub next: &'static str,
}

/// The words for a status; those of 500 for one that no page is written for.
pub fn error(status: u16) -> ErrorWords {
    let (title, sentence, next) = match status {
        400 | 408 => ("That did not arrive whole", "The request could not be read.", "Go back and try again."),
        403 => (
            "Not allowed",
            "This request came from another site, or is not yours to make.",
            "Go back to the page where you started and try again there.",
        ),
        404 => ("Not found", "There is nothing at this address, or it is not yours.", "Check the address, or go back."),
        405 => {
            ("Not possible here", "This address does not take that kind of request.", "Go back and use the buttons.")
        }
        413 => ("Too much at once", "What was sent is larger than this service accepts.", "Send less, and try again."),
        429 => ("Too many attempts", "There were too many attempts in a short time.", "Wait a little, then try again."),
        503 => (
            "Not available right now",
            "The service cannot answer at the moment, and nobody has been signed out.",
            "Wait a few seconds, then load this page again.",
        ),
        _ => (
            "Something went wrong",
            "This is our fault, and it has been recorded.",
            "Try again; if it happens again, tell support when it did.",
        ),
    };
    ErrorWords { title, sentence, next }
}

/// What somebody reads whose sign-in attempts failed too often.
pub fn too_many_attempts(wait: Duration) -> String {
    format!("Too many failed attempts. Try again in {}.", moment::duration(wait))
}

/// What somebody who is refused can do about it.
pub fn refusal_steps(idle_timeout: Duration) -> String {
    format!("Sign out on the other device, or wait until it has been inactive for {}.", moment::duration(idle_timeout))
}

/// What a role is called in front of people.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Manager => "Manager",
        Role::Staff => "Staff",
        Role::Support => "Support",
        Role::Admin => "Administrator",
    }
}

/// What a kind of device is called.
pub fn device_kind(kind: crate::domain::device::DeviceKind) -> &'static str {
    use crate::domain::device::DeviceKind;
    match kind {
        DeviceKind::Computer => "Computer",
        DeviceKind::Phone => "Phone",
        DeviceKind::Tablet => "Tablet",
        DeviceKind::Other => "Other device",
        DeviceKind::Unknown => "Unknown kind",
    }
}

/// A device by its browser and system, either of which may be empty: "Firefox on Windows".
pub fn device(browser: &str, system: &str) -> String {
    match (browser.is_empty(), system.is_empty()) {
        (false, false) => format!("{browser} on {system}"),
        (false, true) => browser.into(),
        (true, false) => system.into(),
        (true, true) => "Unknown device".into(),
    }
}

/// A place by what is known of it: "Cairns, Australia", "Australia", "Unknown".
pub fn place(place: &crate::domain::device::Place) -> String {
    let near = place.city.as_deref().or(place.region.as_deref());
    match (near, place.country.as_deref()) {
        (Some(near), Some(country)) => format!("{near}, {country}"),
        (Some(only), None) | (None, Some(only)) => only.into(),
        (None, None) => PLACE_UNKNOWN.into(),
    }
}

/// The place of an address that no database knows.
pub const PLACE_UNKNOWN: &str = "Unknown";

/// The place of an address that is not on the internet.
pub const PLACE_PRIVATE: &str = "Private network";

/// The zone in which a page tells its times.
pub(crate) fn times_in(zone: &str) -> String {
    format!("Times are given in this zone: {zone}.")
}

/// How often somebody with the right password was refused.
pub(crate) fn refused_attempts(count: u64) -> String {
    if count == 1 {
        "Somebody tried to sign in as you while you were signed in, with the right password, and was refused.".into()
    } else {
        format!(
            "Somebody tried to sign in as you {count} times while you were signed in, with the right password, and was refused."
        )
    }
}

/// What is said after one session was ended from the page.
pub fn terminated(device: &str) -> String {
    format!("The session on {device} has ended. Whoever used it is told why.")
}

/// What is said where the session was over before the button was pressed.
pub const ALREADY_OVER: &str = "That session was already over.";

/// What is said after all other sessions were ended.
pub fn ended_others(count: u64) -> String {
    match count {
        0 => "There was no other session to end.".into(),
        1 => "1 other session has ended.".into(),
        _ => format!("{count} other sessions have ended."),
    }
}

/// How many sessions a list holds.
pub(crate) fn session_count(count: usize) -> String {
    moment::count(count as u64, "session")
}

/// Why a step-up is asked for.
pub fn step_up_why(within: Duration) -> String {
    format!(
        "Ending other sessions needs a sign-in within the last {}. Yours is older, so please give your password again.",
        moment::duration(within)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_names_the_configured_idle_timeout() {
        assert!(refusal_steps(Duration::from_secs(45)).ends_with("inactive for 45 seconds."));
        assert!(refusal_steps(Duration::from_secs(3600)).ends_with("inactive for 1 hour."));
    }

    #[test]
    fn a_device_and_a_place_are_named_by_what_is_known() {
        use crate::domain::device::Place;
        assert_eq!(device("Firefox", "Windows"), "Firefox on Windows");
        assert_eq!(device("", "Windows"), "Windows");
        assert_eq!(device("curl", ""), "curl");
        assert_eq!(device("", ""), "Unknown device");
        let full = Place {
            city: Some("Cairns".into()),
            region: Some("Queensland".into()),
            country: Some("Australia".into()),
            country_code: Some("AU".into()),
        };
        assert_eq!(place(&full), "Cairns, Australia");
        assert_eq!(place(&Place { city: None, ..full.clone() }), "Queensland, Australia");
        assert_eq!(place(&Place { city: None, region: None, ..full }), "Australia");
        assert_eq!(place(&Place::default()), "Unknown");
    }

    #[test]
    fn an_outage_says_that_nobody_has_been_signed_out() {
        assert!(error(503).sentence.contains("nobody has been signed out"));
        assert_eq!(error(418), error(500));
    }
}

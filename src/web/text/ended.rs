//! Why a session ended: the sentence for the person whose it was, and the short form in a list.

use crate::domain::user::Role;
use crate::web::moment;
use std::time::Duration;

/// What is known of an end beside its reason.
#[derive(Clone, Copy, Debug)]
pub struct EndFacts {
    /// The idle timeout of the session that ended.
    pub idle_timeout: Duration,
    /// The absolute lifetime of the session that ended.
    pub absolute_lifetime: Duration,
    /// The role of the person who ended it, where that is known and is not the user.
    pub by: Option<Role>,
}

/// The sentence for somebody whose session ended, by the name of its reason: who did it, and why.
pub fn told_why(reason: &str, facts: &EndFacts) -> String {
    let sentence = match reason {
        "signed_out" => "You signed out.",
        "idle" => return format!("You were signed out after {} of inactivity.", moment::duration(facts.idle_timeout)),
        "lifetime" => {
            let lifetime = moment::duration(facts.absolute_lifetime);
            return format!("You were signed out because a session lasts {lifetime} at most, however active it is.");
        }
        "terminated_by_user" => {
            "This session was ended from another device, by you or by somebody who signs in with your login."
        }
        "terminated_by_owner" => match facts.by {
            Some(Role::Owner) => "The owner of your account ended this session.",
            Some(Role::Manager) => "A manager of your account ended this session.",
            _ => "The owner or a manager of your account ended this session.",
        },
        "terminated_by_support" => "Support ended this session.",
        "terminated_by_api" => "The application that you were signed in to ended this session.",
        "taken_over" => {
            "This session was ended on another device, where somebody proved to be you and continued there."
        }
        "replaced_same_browser" => "You signed in again in the same browser, and the new session replaced this one.",
        "replaced_other_user" => "Somebody else signed in in the same browser, which ended your session.",
        "replaced_oldest" => "You signed in on another device, and your oldest session, this one, made room for it.",
        "password_changed" => "Your password was changed on another device, which ended this session.",
        "password_reset" => "Your password was reset, which ended all your sessions.",
        "mfa_changed" => "Your second factor was changed on another device, which ended this session.",
        "user_suspended" => "Your login was suspended, which ended your session.",
        "user_removed" => "Your login was removed from the account, which ended your session.",
        "account_suspended" => "Your account was suspended, which ended the sessions of everybody in it.",
        "policy" => "The people who run this service changed the session rules, which ended this session.",
        _ => "Your session is over.",
    };
    sentence.into()
}

/// The reason of an end in a list, after the time: short, and in lower case.
pub fn end_reason(reason: &str) -> &'static str {
    match reason {
        "signed_out" => "signed out",
        "idle" => "inactive for too long",
        "lifetime" => "reached its maximum time",
        "terminated_by_user" => "ended from this page",
        "terminated_by_owner" => "ended by the owner or a manager of the account",
        "terminated_by_support" => "ended by support",
        "terminated_by_api" => "ended by the application",
        "taken_over" => "continued on another device",
        "replaced_same_browser" => "signed in again in the same browser",
        "replaced_other_user" => "somebody else signed in in the same browser",
        "replaced_oldest" => "made room for a newer session",
        "password_changed" => "the password was changed",
        "password_reset" => "the password was reset",
        "mfa_changed" => "the second factor was changed",
        "user_suspended" => "the login was suspended",
        "user_removed" => "the login was removed",
        "account_suspended" => "the account was suspended",
        "policy" => "the session rules were changed",
        _ => "over",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const REASONS: [&str; 18] = [
        "signed_out",
        "idle",
        "lifetime",
        "terminated_by_user",
        "terminated_by_owner",
        "terminated_by_support",
        "terminated_by_api",
        "taken_over",
        "replaced_same_browser",
        "replaced_other_user",
        "replaced_oldest",
        "password_changed",
        "password_reset",
        "mfa_changed",
        "user_suspended",
        "user_removed",
        "account_suspended",
        "policy",
    ];

    const FACTS: EndFacts = EndFacts {
        idle_timeout: Duration::from_secs(1200),
        absolute_lifetime: Duration::from_secs(12 * 3600),
        by: Some(Role::Manager),
    };

    #[test]
    fn every_reason_has_one_sentence_and_one_short_form_of_its_own() {
        let sentences: BTreeSet<_> = REASONS.iter().map(|reason| told_why(reason, &FACTS)).collect();
        let short: BTreeSet<_> = REASONS.iter().map(|reason| end_reason(reason)).collect();
        assert_eq!((sentences.len(), short.len()), (18, 18));
        for sentence in &sentences {
            assert!(sentence.ends_with('.') && sentence.matches('.').count() == 1, "{sentence}");
            assert_ne!(*sentence, told_why("none of them", &FACTS));
        }
        assert!(!short.contains(end_reason("none of them")));
    }

    #[test]
    fn the_sentence_names_the_limit_that_was_reached_and_the_role_that_ended() {
        assert_eq!(told_why("idle", &FACTS), "You were signed out after 20 minutes of inactivity.");
        assert!(told_why("lifetime", &FACTS).contains("12 hours"));
        assert!(told_why("terminated_by_owner", &FACTS).contains("A manager"));
        assert!(told_why("terminated_by_owner", &EndFacts { by: None, ..FACTS }).contains("owner or a manager"));
    }
}

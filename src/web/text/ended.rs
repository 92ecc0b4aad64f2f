//! Why a session ended: the sentence for the person whose it was, and the short form in a list.

use crate::domain::end::EndReason;
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

/// The sentence for somebody whose session ended, by its reason: who did it, and why.
pub fn told_why(reason: EndReason, facts: &EndFacts) -> String {
    let sentence = match reason {
        EndReason::SignedOut => "You signed out.",
        EndReason::Idle => {
            return format!("You were signed out after {} of inactivity.", moment::duration(facts.idle_timeout));
        }
        EndReason::Lifetime => {
            let lifetime = moment::duration(facts.absolute_lifetime);
            return format!("You were signed out because a session lasts {lifetime} at most, however active it is.");
        }
        EndReason::TerminatedByUser => {
            "This session was ended from another device, by you or by somebody who signs in with your login."
        }
        EndReason::TerminatedByOwner => match facts.by {
            Some(Role::Owner) => "The owner of your account ended this session.",
            Some(Role::Manager) => "A manager of your account ended this session.",
            _ => "The owner or a manager of your account ended this session.",
        },
        EndReason::TerminatedBySupport => "Support ended this session.",
        EndReason::TerminatedByApi => "The application that you were signed in to ended this session.",
        EndReason::TakenOver => {
            "This session was ended on another device, where somebody proved to be you and continued there."
        }
        EndReason::ReplacedSameBrowser => {
            "You signed in again in the same browser, and the new session replaced this one."
        }
        EndReason::ReplacedOtherUser => "Somebody else signed in in the same browser, which ended your session.",
        EndReason::ReplacedOldest => {
            "You signed in on another device, and your oldest session, this one, made room for it."
        }
        EndReason::PasswordChanged => "Your password was changed on another device, which ended this session.",
        EndReason::PasswordReset => "Your password was reset, which ended all your sessions.",
        EndReason::MfaChanged => "Your second factor was changed on another device, which ended this session.",
        EndReason::UserSuspended => "Your login was suspended, which ended your session.",
        EndReason::UserRemoved => "Your login was removed from the account, which ended your session.",
        EndReason::AccountSuspended => "Your account was suspended, which ended the sessions of everybody in it.",
        EndReason::Policy => "The people who run this service changed the session rules, which ended this session.",
    };
    sentence.into()
}

/// The reason of an end in a list, after the time: short, and in lower case.
pub fn end_reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::SignedOut => "signed out",
        EndReason::Idle => "inactive for too long",
        EndReason::Lifetime => "reached its maximum time",
        EndReason::TerminatedByUser => "ended from this page",
        EndReason::TerminatedByOwner => "ended by the owner or a manager of the account",
        EndReason::TerminatedBySupport => "ended by support",
        EndReason::TerminatedByApi => "ended by the application",
        EndReason::TakenOver => "continued on another device",
        EndReason::ReplacedSameBrowser => "signed in again in the same browser",
        EndReason::ReplacedOtherUser => "somebody else signed in in the same browser",
        EndReason::ReplacedOldest => "made room for a newer session",
        EndReason::PasswordChanged => "the password was changed",
        EndReason::PasswordReset => "the password was reset",
        EndReason::MfaChanged => "the second factor was changed",
        EndReason::UserSuspended => "the login was suspended",
        EndReason::UserRemoved => "the login was removed",
        EndReason::AccountSuspended => "the account was suspended",
        EndReason::Policy => "the session rules were changed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const FACTS: EndFacts = EndFacts {
        idle_timeout: Duration::from_secs(1200),
        absolute_lifetime: Duration::from_secs(12 * 3600),
        by: Some(Role::Manager),
    };

    #[test]
    fn every_reason_has_one_sentence_and_one_short_form_of_its_own() {
        let sentences: BTreeSet<_> = EndReason::ALL.iter().map(|reason| told_why(*reason, &FACTS)).collect();
        let short: BTreeSet<_> = EndReason::ALL.iter().map(|reason| end_reason(*reason)).collect();
        assert_eq!((sentences.len(), short.len()), (EndReason::ALL.len(), EndReason::ALL.len()));
        for sentence in &sentences {
            assert!(sentence.ends_with('.') && sentence.matches('.').count() == 1, "{sentence}");
        }
    }

    #[test]
    fn the_sentence_names_the_limit_that_was_reached_and_the_role_that_ended() {
        assert_eq!(told_why(EndReason::Idle, &FACTS), "You were signed out after 20 minutes of inactivity.");
        assert!(told_why(EndReason::Lifetime, &FACTS).contains("12 hours"));
        assert!(told_why(EndReason::TerminatedByOwner, &FACTS).contains("A manager"));
        assert!(told_why(EndReason::TerminatedByOwner, &EndFacts { by: None, ..FACTS }).contains("owner or a manager"));
    }
}

//! Why a session ended: the sentence for the person whose it was, and the short form in a list.

use super::Language;
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
pub fn told_why(language: Language, reason: EndReason, facts: &EndFacts) -> String {
    let idle = moment::duration(language, facts.idle_timeout);
    let lifetime = moment::duration(language, facts.absolute_lifetime);
    let key = by_role("told-why", reason, facts.by);
    language.tell(&key, &[("idle", idle.into()), ("lifetime", lifetime.into())])
}

/// The reason of an end in a list, after the time.
pub fn end_reason(language: Language, reason: EndReason, by: Option<Role>) -> String {
    language.say(&by_role("end-reason", reason, by))
}

/// Ends by an owner or a manager name the one of them who did it, where that is known.
fn by_role(family: &str, reason: EndReason, by: Option<Role>) -> String {
    let key = format!("{family}-{}", reason.as_str());
    match (reason, by) {
        (EndReason::TerminatedByOwner, Some(role @ (Role::Owner | Role::Manager))) => {
            format!("{key}.{}", role.as_str())
        }
        _ => key,
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
    fn every_reason_has_one_sentence_and_one_short_form_of_its_own_in_every_language() {
        for language in Language::ALL {
            let sentences: BTreeSet<_> =
                EndReason::ALL.iter().map(|reason| told_why(language, *reason, &FACTS)).collect();
            let short: BTreeSet<_> = EndReason::ALL.iter().map(|reason| end_reason(language, *reason, None)).collect();
            assert_eq!((sentences.len(), short.len()), (EndReason::ALL.len(), EndReason::ALL.len()));
            for sentence in &sentences {
                assert!(sentence.ends_with('.') && sentence.matches('.').count() == 1, "{sentence}");
            }
        }
    }

    #[test]
    fn the_sentence_names_the_limit_that_was_reached_and_the_role_that_ended() {
        let said = |reason, facts: &EndFacts| told_why(Language::English, reason, facts);
        assert_eq!(said(EndReason::Idle, &FACTS), "You were signed out after 20 minutes of inactivity.");
        assert!(said(EndReason::Lifetime, &FACTS).contains("12 hours"));
        assert!(said(EndReason::TerminatedByOwner, &FACTS).contains("A manager"));
        assert!(said(EndReason::TerminatedByOwner, &EndFacts { by: None, ..FACTS }).contains("owner or a manager"));
        let short = end_reason(Language::English, EndReason::TerminatedByOwner, Some(Role::Owner));
        assert_eq!(short, "ended by the owner of the account");
    }
}

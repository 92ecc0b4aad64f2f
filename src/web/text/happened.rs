//! What happened, in one sentence for a history, and what else there is to say of it.

use super::Language;
use super::ended::end_reason;
use super::words::{person, role};
use crate::domain::end::EndReason;
use crate::domain::event::kind;
use crate::domain::user::Role;
use crate::service::Event;
use serde_json::{Map, Value};

/// Groups of what happened, by which a history can be narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Who signed in.
    SignIns,
    /// Who was refused.
    Refused,
    /// Which sessions ended.
    Ended,
    /// People, the account and its plan.
    People,
    /// Passwords, proofs, devices, and what support looked at.
    Security,
}

/// Every kind of event, with the group in which it is found: the one list of what a history has words for.
const KINDS: [(&str, Group); 34] = [
    (kind::SESSION_STARTED, Group::SignIns),
    (kind::SIGN_IN_REFUSED, Group::Refused),
    (kind::SECOND_FACTOR_FAILED, Group::Refused),
    (kind::SESSION_ENDED, Group::Ended),
    (kind::ACCOUNT_CREATED, Group::People),
    (kind::ACCOUNT_CHANGED, Group::People),
    (kind::PLAN_CHANGED, Group::People),
    (kind::USER_CREATED, Group::People),
    (kind::USER_CHANGED, Group::People),
    (kind::USER_REMOVED, Group::People),
    (kind::INVITATION_CREATED, Group::People),
    (kind::INVITATION_REVOKED, Group::People),
    (kind::INVITATION_ACCEPTED, Group::People),
    (kind::INVITATION_EXPIRED, Group::People),
    (kind::PASSWORD_SET, Group::Security),
    (kind::RESET_ASKED, Group::Security),
    (kind::EMAIL_CONFIRMATION_ASKED, Group::Security),
    (kind::EMAIL_CONFIRMED, Group::Security),
    (kind::TAKE_OVER_CODE_ASKED, Group::Security),
    (kind::FACTOR_ADDED, Group::Security),
    (kind::FACTOR_REMOVED, Group::Security),
    (kind::RECOVERY_CODES_MADE, Group::Security),
    (kind::RECOVERY_CODE_USED, Group::Security),
    (kind::SESSION_STEPPED_UP, Group::Security),
    (kind::TOKEN_ROTATED, Group::Security),
    (kind::DEVICE_NAMED, Group::Security),
    (kind::SUPPORT_VIEWED, Group::Security),
    (kind::KEY_CREATED, Group::Security),
    (kind::KEY_REVOKED, Group::Security),
    (kind::WEBHOOK_CREATED, Group::Security),
    (kind::WEBHOOK_SECRET_ROTATED, Group::Security),
    (kind::WEBHOOK_DISABLED, Group::Security),
    (kind::WEBHOOK_REMOVED, Group::Security),
    (kind::DELIVERY_RETRIED, Group::Security),
];

impl Group {
    /// Every group, in the order in which they are offered.
    pub const ALL: [Group; 5] = [Group::SignIns, Group::Refused, Group::Ended, Group::People, Group::Security];

    /// The name in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Group::SignIns => "sign-ins",
            Group::Refused => "refused",
            Group::Ended => "ended",
            Group::People => "people",
            Group::Security => "security",
        }
    }

    /// The group with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == text)
    }

    /// The group of a kind of event.
    pub fn of(kind: &str) -> Option<Self> {
        KINDS.iter().find(|(known, _)| *known == kind).map(|(_, group)| *group)
    }

    /// The kinds of events in it.
    pub fn kinds(self) -> Vec<&'static str> {
        KINDS.iter().filter(|(_, group)| *group == self).map(|(kind, _)| *kind).collect()
    }
}

/// What happened, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// In one sentence.
    pub sentence: String,
    /// What else is known of it: what it is called, and what it is.
    pub details: Vec<(String, String)>,
}

/// What stands in the data of an event.
struct Data(Map<String, Value>);

impl Data {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    fn given(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }
}

/// The data of an event, or nothing where it makes no sense.
pub(crate) fn event_data(event: &Event) -> Map<String, Value> {
    match serde_json::from_str(&event.data) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// What happened, given what plans are called.
pub fn happened(language: Language, event: &Event, plan: &dyn Fn(&str) -> String) -> Happened {
    let data = Data(event_data(event));
    let about = |key: &str, name: &str| language.tell(key, &[(name, person(data.given(name)).into())]);
    let mut details: &[&str] = &[];
    let sentence = match event.kind.as_str() {
        kind::SIGN_IN_REFUSED => {
            let times = data.0.get("times").and_then(Value::as_u64).unwrap_or(1);
            language.count("happened-refused", times)
        }
        kind::SECOND_FACTOR_FAILED => second_factor_failed(language, event.reason.as_deref()),
        kind::SESSION_ENDED => {
            details = &["note"];
            ended(language, event)
        }
        kind::DEVICE_NAMED if data.given("name").is_empty() => language.say("happened-device-unnamed"),
        kind::DEVICE_NAMED => about("happened-device-named", "name"),
        kind::FACTOR_ADDED if data.given("factor") == "passkey" => about("happened-passkey-added", "name"),
        kind::FACTOR_REMOVED if data.given("factor") == "passkey" => about("happened-passkey-removed", "name"),
        kind::FACTOR_ADDED => about("happened-factor-added", "name"),
        kind::FACTOR_REMOVED => about("happened-factor-removed", "name"),
        kind::USER_CREATED => {
            details = &["role", "name", "email"];
            language.say("happened-user-created")
        }
        kind::USER_CHANGED => {
            details = &["role", "name", "email"];
            of_status(language, "user", data.text("status"))
        }
        kind::ACCOUNT_CREATED => {
            details = &["name", "plan", "time_zone"];
            language.say("happened-account-created")
        }
        kind::ACCOUNT_CHANGED => {
            details = &["name", "plan", "time_zone", "second_factor"];
            of_status(language, "account", data.text("status"))
        }
        kind::PLAN_CHANGED => {
            // Whatever else changed with it stands in the same event.
            details = &["plan", "previous_plan", "name", "time_zone", "status", "second_factor"];
            language.say("happened-plan-changed")
        }
        kind::INVITATION_CREATED => {
            details = &["role"];
            about("happened-invited", "email")
        }
        kind::INVITATION_REVOKED => about("happened-invitation-revoked", "email"),
        kind::INVITATION_ACCEPTED => {
            details = &["role"];
            about("happened-invitation-accepted", "email")
        }
        kind::INVITATION_EXPIRED => about("happened-invitation-expired", "email"),
        kind::SUPPORT_VIEWED if event.user_id.is_none() => language.say("happened-support-viewed-people"),
        kind::KEY_CREATED => about("happened-key-created", "name"),
        kind::KEY_REVOKED => about("happened-key-revoked", "name"),
        other => language.say(plainly(other)),
    };
    let known = details.iter().filter_map(|name| Some((*name, data.text(name)?)));
    Happened { sentence, details: known.map(|(name, value)| detail(language, (name, value), plan)).collect() }
}

/// What there is to say of an event of this kind, where that is the same for all of them.
fn plainly(kind: &str) -> &'static str {
    match kind {
        kind::SESSION_STARTED => "happened-signed-in",
        kind::SESSION_STEPPED_UP => "happened-stepped-up",
        kind::TOKEN_ROTATED => "happened-token-rotated",
        kind::PASSWORD_SET => "happened-password-set",
        kind::RESET_ASKED => "happened-reset-asked",
        kind::EMAIL_CONFIRMATION_ASKED => "happened-confirmation-asked",
        kind::EMAIL_CONFIRMED => "happened-email-confirmed",
        kind::TAKE_OVER_CODE_ASKED => "happened-take-over-code-asked",
        kind::RECOVERY_CODES_MADE => "happened-codes-made",
        kind::RECOVERY_CODE_USED => "happened-code-used",
        kind::USER_REMOVED => "happened-user-removed",
        kind::SUPPORT_VIEWED => "happened-support-viewed",
        kind::WEBHOOK_CREATED => "happened-webhook-created",
        kind::WEBHOOK_SECRET_ROTATED => "happened-webhook-rotated",
        kind::WEBHOOK_DISABLED => "happened-webhook-disabled",
        kind::WEBHOOK_REMOVED => "happened-webhook-removed",
        kind::DELIVERY_RETRIED => "happened-delivery-retried",
        _ => "happened-other",
    }
}

fn second_factor_failed(language: Language, reason: Option<&str>) -> String {
    language.say(match reason {
        Some("wrong_code") => "happened-wrong-code",
        Some("wrong_recovery_code") => "happened-wrong-recovery-code",
        Some("wrong_passkey") => "happened-wrong-passkey",
        _ => "happened-second-failed",
    })
}

/// The end of a session, with its reason.
fn ended(language: Language, event: &Event) -> String {
    let by = event.actor_role.as_deref().and_then(Role::parse);
    match event.reason.as_deref().and_then(EndReason::parse) {
        None => language.say("happened-ended"),
        // In the list of sessions it is "this page".
        Some(EndReason::TerminatedByUser) => language.say("happened-ended-elsewhere"),
        Some(reason) => language.tell("happened-ended-why", &[("reason", end_reason(language, reason, by).into())]),
    }
}

fn of_status(language: Language, what: &str, status: Option<&str>) -> String {
    language.say(match (what, status) {
        ("user", Some("suspended")) => "happened-user-suspended",
        ("user", Some("active")) => "happened-user-reinstated",
        ("user", _) => "happened-user-changed",
        (_, Some("suspended")) => "happened-account-suspended",
        (_, Some("active")) => "happened-account-reinstated",
        _ => "happened-account-changed",
    })
}

fn detail(language: Language, (name, value): (&str, &str), plan: &dyn Fn(&str) -> String) -> (String, String) {
    let key = match name {
        "role" => "happened-detail-role",
        "name" => "happened-detail-name",
        "email" => "happened-detail-email",
        "plan" => "happened-detail-plan",
        "previous_plan" => "happened-detail-previous-plan",
        "status" => "happened-detail-status",
        "note" => "happened-detail-note",
        "second_factor" => "happened-detail-second-factor",
        _ => "happened-detail-time-zone",
    };
    let value = match name {
        "role" => Role::parse(value).map_or_else(|| value.to_owned(), |known| role(language, known)),
        "plan" | "previous_plan" => plan(value),
        "status" => of_status(language, "account", Some(value)),
        "second_factor" if value == "required" => language.say("happened-detail-required"),
        "second_factor" => language.say("happened-detail-optional"),
        _ if value.is_empty() => language.say("happened-detail-none"),
        _ => value.to_owned(),
    };
    (language.say(key), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::service::Position;
    use std::collections::BTreeSet;

    fn event(kind: &str, data: &str) -> Event {
        Event {
            position: Position(1),
            kind: kind.into(),
            at: Timestamp::from_millis(0),
            account_id: None,
            user_id: None,
            session_id: None,
            actor_kind: "user".into(),
            actor_id: None,
            actor_role: None,
            reason: None,
            reference: None,
            ip: None,
            data: data.into(),
        }
    }

    fn said(language: Language, kind: &str, data: &str) -> Happened {
        happened(language, &event(kind, data), &|code| format!("the {code} plan"))
    }

    #[test]
    fn every_kind_of_event_has_words_of_its_own_and_a_group() {
        for language in Language::ALL {
            let mut sentences = BTreeSet::new();
            let all: BTreeSet<_> = kind::ALL.into_iter().chain(KINDS.iter().map(|(kind, _)| *kind)).collect();
            for kind in all {
                assert!(Group::of(kind).is_some(), "{kind} is in no group: add it to KINDS");
                let sentence = said(language, kind, "{}").sentence;
                assert_ne!(sentence, language.say("happened-other"), "{kind} has no words: add them to happened()");
                assert!(sentences.insert(sentence), "{kind} says what another one says");
            }
        }
    }

    #[test]
    fn every_kind_is_in_one_group_and_every_group_has_some() {
        let all: BTreeSet<_> = KINDS.iter().map(|(kind, _)| kind).collect();
        assert_eq!(all.len(), KINDS.len());
        for group in Group::ALL {
            assert!(!group.kinds().is_empty());
            assert_eq!(Group::parse(group.as_str()), Some(group));
        }
        assert_eq!((Group::parse("nothing"), Group::of("nothing")), (None, None));
    }

    #[test]
    fn a_change_says_what_is_now() {
        let en = Language::English;
        let changed = said(en, "user.changed", r#"{"status":"suspended","role":"manager","email":""}"#);
        assert_eq!(changed.sentence, "Login suspended");
        let details = [("Role", "Manager"), ("E-mail address", "none")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(changed.details, details);
        assert_eq!(said(en, "user.changed", r#"{"status":"active"}"#).sentence, "Login reinstated");
        assert_eq!(said(en, "account.changed", r#"{"status":"suspended"}"#).sentence, "Account suspended");
        let plan = said(en, kind::PLAN_CHANGED, r#"{"plan":"team","previous_plan":"solo","status":"suspended"}"#);
        assert_eq!((plan.sentence.as_str(), plan.details[1].1.as_str()), ("Plan changed", "the solo plan"));
        assert_eq!(plan.details[2].1, "Account suspended");
        assert!(
            said(en, kind::INVITATION_CREATED, r#"{"email":"leo@reef.example"}"#).sentence.contains("leo@reef.example")
        );
        assert_eq!(
            said(en, "sign_in.refused", r#"{"times":14}"#).sentence,
            "Sign-in refused 14 times: signed in already"
        );
        assert_eq!(said(Language::German, "user.password_set", "{}").sentence, "Passwort gesetzt");
    }

    #[test]
    fn an_end_says_why_and_by_which_role() {
        let by = |reason: &str, role: Option<&str>| {
            let event = Event {
                reason: Some(reason.into()),
                actor_role: role.map(str::to_owned),
                ..event("session.ended", "{}")
            };
            happened(Language::English, &event, &str::to_owned).sentence
        };
        assert_eq!(by("terminated_by_owner", Some("manager")), "Session over: ended by a manager of the account");
        assert_eq!(by("idle", None), "Session over: inactive for too long");
        assert_eq!(by("vanished", None), "Session over");
        let sentences: BTreeSet<_> = EndReason::ALL.iter().map(|reason| by(reason.as_str(), None)).collect();
        assert_eq!(sentences.len(), EndReason::ALL.len());
    }

    #[test]
    fn data_that_make_no_sense_take_nothing_away_but_themselves() {
        for data in ["", "[]", "null", r#"{"role":7}"#, r#"{"role":"king","times":"x"}"#] {
            for (kind, _) in KINDS {
                assert!(!said(Language::English, kind, data).sentence.is_empty());
            }
        }
    }
}

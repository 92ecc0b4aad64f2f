//! Mail: which events somebody is mailed about, and how often. When a mail is tried again is as for webhooks.

use super::end::EndReason;
use super::event::kind;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What happened longer ago is no news, and is not mailed: whoever sets mail up today mails nobody about last year.
pub const NEWS_FOR: Duration = DAY;

/// How long it is remembered that a mail was sent, or given up. Not shorter than any kind's [`MailKind::apart`].
pub const DONE_KEPT_FOR: Duration = DAY;

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MailKind {
    /// Somebody is invited; to them.
    Invitation,
    /// A session was started on a device and in a place that are both new; to whose it is.
    NewSignIn,
    /// A session was ended by somebody else; to whose it was.
    SessionEnded,
    /// A password was set; to whose it is.
    PasswordChanged,
    /// A sign-in was refused that came from a device and a place that are both new; to whose login it was.
    SignInRefused,
    /// A password was forgotten: the link by which it is set anew; to whose it is.
    PasswordReset,
    /// A second factor came or went, or a recovery code was used up; to whose it is.
    FactorChanged,
    /// Somebody wants to show that they read what is mailed to them: the link by which they do; to them.
    EmailConfirmation,
    /// Somebody wants to continue elsewhere: the code by which they show who they are; to whose login it is.
    TakeOverCode,
    /// A second factor was wrong after a right password, on a device and in a place that are both new; to whose login it is.
    SecondFactorFailed,
}

impl MailKind {
    /// Every kind.
    pub const ALL: [MailKind; 10] = [
        MailKind::Invitation,
        MailKind::NewSignIn,
        MailKind::SessionEnded,
        MailKind::PasswordChanged,
        MailKind::SignInRefused,
        MailKind::PasswordReset,
        MailKind::FactorChanged,
        MailKind::EmailConfirmation,
        MailKind::TakeOverCode,
        MailKind::SecondFactorFailed,
    ];

    /// The name in the store and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            MailKind::Invitation => "invitation",
            MailKind::NewSignIn => "new_sign_in",
            MailKind::SessionEnded => "session_ended",
            MailKind::PasswordChanged => "password_changed",
            MailKind::SignInRefused => "sign_in_refused",
            MailKind::PasswordReset => "password_reset",
            MailKind::FactorChanged => "factor_changed",
            MailKind::EmailConfirmation => "email_confirmation",
            MailKind::TakeOverCode => "take_over_code",
            MailKind::SecondFactorFailed => "second_factor_failed",
        }
    }

    /// The kind with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The least time between two mails of this kind to one person. A refusal or a wrong code can be had by anybody who has the password,
    /// and a reset be asked for by anybody at all, as often as they like; nobody shall fill a mailbox with it.
    pub const fn apart(self) -> Duration {
        match self {
            MailKind::SignInRefused | MailKind::SecondFactorFailed => DAY,
            MailKind::PasswordReset | MailKind::EmailConfirmation => Duration::from_secs(60),
            _ => Duration::ZERO,
        }
    }
}

/// What an event says, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What happened.
    pub kind: &'a str,
    /// Why.
    pub reason: Option<&'a str>,
    /// Whether it came from a device and a place that are both new, or not known.
    pub unfamiliar: bool,
    /// Whether the place is known.
    pub place_known: bool,
    /// Whether a person did it in a browser of theirs, and no application for them.
    pub by_person: bool,
}

impl Told<'_> {
    /// Whether it is new for sure. An application need not tell devices apart, nor say where somebody is; then every
    /// sign-in looks unfamiliar, and nobody is mailed about each of them.
    fn is_new(&self) -> bool {
        self.unfamiliar && (self.place_known || self.by_person)
    }
}

/// The mail that an event is worth, if it is worth one.
pub fn worth(told: Told<'_>) -> Option<MailKind> {
    match told.kind {
        kind::INVITATION_CREATED => Some(MailKind::Invitation),
        kind::SESSION_STARTED => told.is_new().then_some(MailKind::NewSignIn),
        kind::SESSION_ENDED => {
            let by_others = [EndReason::TerminatedByOwner, EndReason::TerminatedBySupport, EndReason::TakenOver];
            let reason = told.reason.and_then(EndReason::parse)?;
            by_others.contains(&reason).then_some(MailKind::SessionEnded)
        }
        kind::PASSWORD_SET => Some(MailKind::PasswordChanged),
        kind::RESET_ASKED => Some(MailKind::PasswordReset),
        kind::EMAIL_CONFIRMATION_ASKED => Some(MailKind::EmailConfirmation),
        kind::TAKE_OVER_CODE_ASKED => Some(MailKind::TakeOverCode),
        kind::FACTOR_ADDED | kind::FACTOR_REMOVED | kind::RECOVERY_CODE_USED => Some(MailKind::FactorChanged),
        kind::SIGN_IN_REFUSED => told.is_new().then_some(MailKind::SignInRefused),
        kind::SECOND_FACTOR_FAILED => told.is_new().then_some(MailKind::SecondFactorFailed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, reason: Option<&str>, unfamiliar: bool) -> Option<MailKind> {
        worth(Told { kind, reason, unfamiliar, place_known: true, by_person: true })
    }

    #[test]
    fn where_an_application_says_neither_device_nor_place_nobody_is_mailed() {
        for kind in [kind::SESSION_STARTED, kind::SIGN_IN_REFUSED, kind::SECOND_FACTOR_FAILED] {
            for (place_known, by_person, mailed) in
                [(true, true, true), (true, false, true), (false, true, true), (false, false, false)]
            {
                let told = Told { kind, reason: None, unfamiliar: true, place_known, by_person };
                assert_eq!(worth(told).is_some(), mailed, "{told:?}");
            }
        }
    }

    #[test]
    fn a_sign_in_a_refusal_and_a_wrong_code_are_mailed_only_where_device_and_place_are_new() {
        assert_eq!(of("session.started", None, true), Some(MailKind::NewSignIn));
        assert_eq!(of("session.started", None, false), None);
        assert_eq!(of("sign_in.refused", Some("already_logged_in"), true), Some(MailKind::SignInRefused));
        assert_eq!(of("sign_in.refused", Some("already_logged_in"), false), None);
        let failed = "sign_in.second_factor_failed";
        assert_eq!(of(failed, Some("wrong_code"), true), Some(MailKind::SecondFactorFailed));
        assert_eq!(of(failed, Some("wrong_code"), false), None);
    }

    #[test]
    fn of_ends_only_those_by_somebody_else_are_mailed() {
        let mailed: Vec<_> = EndReason::ALL
            .iter()
            .filter(|reason| of("session.ended", Some(reason.as_str()), false).is_some())
            .collect();
        let by_others = [EndReason::TerminatedByOwner, EndReason::TerminatedBySupport, EndReason::TakenOver];
        assert_eq!(mailed, by_others.iter().collect::<Vec<_>>());
        assert_eq!(of("session.ended", None, true), None);
        assert_eq!(of("session.ended", Some("vanished"), true), None);
    }

    #[test]
    fn every_kind_of_mail_comes_of_an_event_and_most_events_are_mailed_to_nobody() {
        let reason = Some(EndReason::TakenOver.as_str());
        let mut mailed: Vec<_> = kind::ALL.iter().filter_map(|kind| of(kind, reason, true)).collect();
        mailed.sort_unstable();
        mailed.dedup();
        assert_eq!(mailed, MailKind::ALL);
        let plain = kind::ALL.iter().filter(|kind| of(kind, None, false).is_some());
        let expected = [
            &kind::PASSWORD_SET,
            &kind::RESET_ASKED,
            &kind::EMAIL_CONFIRMATION_ASKED,
            &kind::TAKE_OVER_CODE_ASKED,
            &kind::FACTOR_ADDED,
            &kind::FACTOR_REMOVED,
            &kind::RECOVERY_CODE_USED,
            &kind::INVITATION_CREATED,
        ];
        assert_eq!(plain.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_kind_is_found_by_its_name_and_remembered_for_as_long_as_it_matters() {
        for kind in MailKind::ALL {
            assert_eq!(MailKind::parse(kind.as_str()), Some(kind));
            assert!(kind.apart() <= DONE_KEPT_FOR);
        }
        assert_eq!(MailKind::parse("advertisement"), None);
    }
}

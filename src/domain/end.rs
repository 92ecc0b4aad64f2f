//! How sessions end. See docs/sessions.md, "Ends". [`Ended`] has one constructor: nothing ends but through [`end`].

use super::device::{is_seen, visible};
use super::facts::UserFacts;
use super::id::{AccountNo, KeyId, SessionId, SessionNo, UserNo};
use super::session::{Activity, OpenSession};
use super::time::Timestamp;
use super::user::{Role, User};

macro_rules! end_reasons {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// Why a session ended. The closed list: a column, an answer of the API, and a sentence told to the person.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EndReason { $($(#[$doc])* $variant,)* }

        impl EndReason {
            /// Every reason.
            pub const ALL: &[EndReason] = &[$(EndReason::$variant,)*];

            /// The name in the store and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(EndReason::$variant => $text,)* }
            }
        }
    };
}

end_reasons! {
    /// The person signed out.
    SignedOut = "signed_out",
    /// No counted activity for as long as the idle timeout.
    Idle = "idle",
    /// The absolute lifetime was over.
    Lifetime = "lifetime",
    /// The person ended it from another of their sessions.
    TerminatedByUser = "terminated_by_user",
    /// The account's owner or a manager ended it.
    TerminatedByOwner = "terminated_by_owner",
    /// Support ended it.
    TerminatedBySupport = "terminated_by_support",
    /// The application ended it by the API.
    TerminatedByApi = "terminated_by_api",
    /// The person proved who they are on another device and continued there.
    TakenOver = "taken_over",
    /// The same browser signed in again.
    ReplacedSameBrowser = "replaced_same_browser",
    /// Somebody else signed in in the same browser.
    ReplacedOtherUser = "replaced_other_user",
    /// A newer sign-in needed the place.
    ReplacedOldest = "replaced_oldest",
    /// The password was changed.
    PasswordChanged = "password_changed",
    /// The password was reset.
    PasswordReset = "password_reset",
    /// A second factor was changed.
    MfaChanged = "mfa_changed",
    /// The user was suspended.
    UserSuspended = "user_suspended",
    /// The user was removed.
    UserRemoved = "user_removed",
    /// The account was suspended.
    AccountSuspended = "account_suspended",
    /// An operator applied a new policy at once.
    Policy = "policy",
}

impl EndReason {
    /// The reason with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|r| r.as_str() == text)
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person, or one who was signing in.
    User(UserNo, Role),
    /// An application, by its service key.
    Service(KeyId),
    /// Whoever runs the server, from its command line.
    Operator,
    /// Nobody: a deadline passed.
    Clock,
}

impl Actor {
    /// The kind's name in the store and on the wire.
    pub const fn kind(&self) -> &'static str {
        match self {
            Actor::User(_, Role::Support | Role::Admin) => "support",
            Actor::User(..) => "user",
            Actor::Service(_) => "service",
            Actor::Operator => "operator",
            Actor::Clock => "clock",
        }
    }

    /// The role of the person who acted.
    pub const fn role(&self) -> Option<Role> {
        match self {
            Actor::User(_, role) => Some(*role),
            _ => None,
        }
    }
}

/// Longest reason that is written for an end, in characters.
pub const NOTE_LENGTH_MAX: usize = 500;

/// Why somebody ended a session, in their own words: text that can be seen, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// Takes a reason as it was typed. Spaces and line breaks become single spaces, and what cannot be seen is left out.
    /// `None` where nothing is left, or more than [`NOTE_LENGTH_MAX`] characters.
    pub fn typed(text: &str) -> Option<Self> {
        let note = visible(text);
        (is_seen(&note) && note.chars().count() <= NOTE_LENGTH_MAX).then_some(Self(note))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The end of a session, decided and not yet stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    no: SessionNo,
    id: SessionId,
    account_no: AccountNo,
    user_no: UserNo,
    at: Timestamp,
    reason: EndReason,
    by: Actor,
    last: Activity,
    note: Option<Note>,
}

impl Ended {
    /// The same with what somebody wrote who ended it. Of a deadline nobody has written anything.
    #[must_use]
    pub fn with_note(self, note: Option<&Note>) -> Self {
        let note = note.filter(|_| self.by != Actor::Clock).cloned();
        Self { note, ..self }
    }
    /// The session's number.
    pub fn no(&self) -> SessionNo {
        self.no
    }
    /// The session's public id.
    pub fn id(&self) -> &SessionId {
        &self.id
    }
    /// The account of its user.
    pub fn account_no(&self) -> AccountNo {
        self.account_no
    }
    /// Its user.
    pub fn user_no(&self) -> UserNo {
        self.user_no
    }
    /// When it ended: for a lapsed session the deadline, not the moment somebody noticed.
    pub fn at(&self) -> Timestamp {
        self.at
    }
    /// Why it ended.
    pub fn reason(&self) -> EndReason {
        self.reason
    }
    /// Who ended it.
    pub fn by(&self) -> &Actor {
        &self.by
    }
    /// Why, in the words of whoever ended it.
    pub fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }
    /// Its times at the end.
    pub fn last(&self) -> Activity {
        self.last
    }
}

/// Ends an open session: for `reason` while it is live, and for the deadline that it has passed otherwise, since what is
/// over cannot be ended again.
pub fn end(session: &OpenSession, user: &User, reason: EndReason, by: &Actor, now: Timestamp) -> Ended {
    let (at, reason, by) = match session.lapse(now) {
        Some((deadline, lapsed)) => (deadline, lapsed, Actor::Clock),
        None => (now, reason, by.clone()),
    };
    Ended {
        no: session.no,
        id: session.id.clone(),
        account_no: user.account_no,
        user_no: user.no,
        at,
        reason,
        by,
        last: session.activity,
        note: None,
    }
}

/// Marks a session that has passed a deadline; `None` while it is live.
pub fn mark_lapsed(session: &OpenSession, user: &User, now: Timestamp) -> Option<Ended> {
    let (_, reason) = session.lapse(now)?;
    Some(end(session, user, reason, &Actor::Clock, now))
}

/// Ends every open session of a user but one.
pub fn end_all(
    facts: &UserFacts,
    except: Option<&SessionId>,
    reason: EndReason,
    by: &Actor,
    now: Timestamp,
) -> Vec<Ended> {
    let others = facts.open.iter().filter(|session| Some(&session.id) != except);
    others.map(|session| end(session, &facts.user, reason, by, now)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::samples::{at, open_session, user_facts};

    #[test]
    fn the_list_of_reasons_is_closed_and_each_has_its_own_name() {
        assert_eq!(EndReason::ALL.len(), 18);
        for reason in EndReason::ALL {
            assert_eq!(EndReason::parse(reason.as_str()), Some(*reason));
        }
        assert_eq!(EndReason::parse("vanished"), None);
    }

    #[test]
    fn what_has_lapsed_ends_at_its_deadline_for_that_reason_whoever_asks() {
        let facts = user_facts(vec![open_session(1, 0)]);
        let deadline = facts.open[0].activity.idle_deadline;
        for (now, at_expected, reason) in [
            (deadline.as_millis() - 1, at(deadline.as_millis() - 1), EndReason::SignedOut),
            (deadline.as_millis(), deadline, EndReason::Idle),
            (deadline.as_millis() + 1, deadline, EndReason::Idle),
        ] {
            let ended = end(&facts.open[0], &facts.user, EndReason::SignedOut, &Actor::Operator, at(now));
            assert_eq!((ended.at(), ended.reason()), (at_expected, reason), "at {now}");
        }
    }

    #[test]
    fn a_note_is_one_line_that_can_be_seen_and_bounded() {
        assert_eq!(Note::typed("  lost \r\n tablet\u{202e} ").unwrap().as_str(), "lost tablet");
        assert_eq!(Note::typed(&"é".repeat(NOTE_LENGTH_MAX)).unwrap().as_str().chars().count(), NOTE_LENGTH_MAX);
        for none in ["", " \n\t", "\u{200b}\u{200d}", &"x".repeat(NOTE_LENGTH_MAX + 1)] {
            assert_eq!(Note::typed(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_deadline_carries_no_note() {
        let facts = user_facts(vec![open_session(1, 0)]);
        let note = Note::typed("lost tablet");
        let deadline = facts.open[0].activity.idle_deadline;
        let by = Actor::User(UserNo(9), Role::Support);
        let ended = |now| end(&facts.open[0], &facts.user, EndReason::TerminatedBySupport, &by, now);
        assert_eq!(ended(at(1)).with_note(note.as_ref()).note(), note.as_ref());
        assert_eq!(ended(deadline).with_note(note.as_ref()).note(), None);
    }

    #[test]
    fn end_all_spares_the_excepted_one() {
        let facts = user_facts(vec![open_session(1, 0), open_session(2, 5)]);
        let kept = facts.open[1].id.clone();
        let ended = end_all(&facts, Some(&kept), EndReason::TerminatedByUser, &Actor::Operator, at(10));
        assert_eq!(ended.iter().map(Ended::no).collect::<Vec<_>>(), [facts.open[0].no]);
    }
}

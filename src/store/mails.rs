//! Which mails come of events, whichever database holds them.

use crate::domain::id::UserNo;
use crate::domain::mail::{MailKind, NEWS_FOR, Told, worth};
use crate::domain::time::Timestamp;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::time::Duration;

/// An event, as far as it matters here.
pub(super) struct Happened {
    pub(super) position: i64,
    pub(super) kind: String,
    pub(super) at: Timestamp,
    pub(super) user: Option<UserNo>,
    pub(super) actor_kind: String,
    pub(super) reason: Option<String>,
    pub(super) data: String,
}

impl Happened {
    fn told(&self) -> Told<'_> {
        // Most events do not say the word at all.
        let may_be = self.data.contains("\"unfamiliar\"");
        let data: Map<String, Value> =
            if may_be { serde_json::from_str(&self.data).unwrap_or_default() } else { Map::new() };
        Told {
            kind: &self.kind,
            reason: self.reason.as_deref(),
            unfamiliar: data.get("unfamiliar") == Some(&Value::from(1)),
            place_known: data.contains_key("country_code"),
            by_person: ["user", "support"].contains(&self.actor_kind.as_str()),
        }
    }
}

/// A mail that is to be made, unless its person was made one of this kind after an instant.
pub(super) struct NewMail {
    pub(super) position: i64,
    pub(super) kind: MailKind,
    pub(super) user: Option<UserNo>,
    pub(super) unless_after: Timestamp,
}

/// What comes of a piece of events.
pub(super) struct Piece {
    /// The mails that are to be made.
    pub(super) mails: Vec<NewMail>,
    /// Up to which event everything is done with it.
    pub(super) reached: i64,
    /// Whether the piece is full, so that there may be more.
    pub(super) full: bool,
}

impl Piece {
    /// What comes of these events, of which at most `limit` were asked for; `last` is the last event there is.
    pub(super) fn of(happened: &[Happened], (last, limit): (i64, u16), now: Timestamp) -> Self {
        let full = happened.len() >= usize::from(limit);
        // Where there are no more, everything up to the last event is done, and what is missing was forgotten.
        let furthest = happened.last().map_or(last, |event| event.position);
        let reached = if full { furthest } else { last.max(furthest) };
        let mut lately = HashSet::new();
        let mut mails = Vec::new();
        for event in happened.iter().filter(|event| now < event.at + NEWS_FOR) {
            let Some(kind) = worth(event.told()) else { continue };
            if kind.apart() > Duration::ZERO && !lately.insert((event.user, kind)) {
                continue;
            }
            let (position, user) = (event.position, event.user);
            mails.push(NewMail { position, kind, user, unless_after: now - kind.apart() });
        }
        Self { mails, reached, full }
    }

    /// Whether it is worth a commit to have come so far. What is worth none is looked at again, which costs less.
    pub(super) fn is_worth_writing(&self) -> bool {
        self.full || !self.mails.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_600_000_000);

    fn happened(position: i64, kind: &str, (user, data): (i64, &str)) -> Happened {
        let (kind, user, data) = (kind.to_owned(), Some(UserNo(user)), data.to_owned());
        Happened { position, kind, at: NOW, user, actor_kind: "user".into(), reason: None, data }
    }

    const NEW: &str = r#"{"browser":"Firefox","unfamiliar":1}"#;

    fn made(happened: &[Happened]) -> Vec<i64> {
        Piece::of(happened, (99, 100), NOW).mails.iter().map(|mail| mail.position).collect()
    }

    #[test]
    fn what_a_stranger_calls_their_browser_makes_nothing_unfamiliar() {
        for (data, unfamiliar) in [
            (NEW, true),
            (r#"{"unfamiliar":0}"#, false),
            (r#"{"browser":"\"unfamiliar\":1"}"#, false),
            (r#"{"browser":"unfamiliar"}"#, false),
            ("{\"unfamiliar\":1", false),
        ] {
            assert_eq!(!made(&[happened(1, "session.started", (1, data))]).is_empty(), unfamiliar, "{data}");
        }
    }

    #[test]
    fn of_refusals_in_one_piece_one_is_mailed_to_each_person() {
        let refused = |position, user| happened(position, "sign_in.refused", (user, NEW));
        assert_eq!(made(&[refused(1, 1), refused(2, 1), refused(3, 2), refused(4, 1)]), [1, 3]);
        let set = |position| happened(position, "user.password_set", (1, "{}"));
        assert_eq!(made(&[set(1), set(2)]), [1, 2], "what happened twice is told twice");
    }

    #[test]
    fn what_happened_a_day_ago_is_no_news() {
        let ago = |millis: i64| Happened {
            at: Timestamp::from_millis(NOW.as_millis() - millis),
            ..happened(1, "user.password_set", (1, "{}"))
        };
        let day = 24 * 60 * 60 * 1000;
        assert_eq!((made(&[ago(day - 1)]).len(), made(&[ago(day)]).len()), (1, 0));
    }

    #[test]
    fn a_piece_is_written_where_it_is_full_or_makes_a_mail() {
        let step = |position| happened(position, "session.stepped_up", (1, "{}"));
        let piece = |events: &[Happened], limit| Piece::of(events, (9, limit), NOW);
        let few = piece(&[step(3), step(4)], 3);
        assert!(!few.is_worth_writing() && few.reached == 9);
        let full = piece(&[step(3), step(4)], 2);
        assert!(full.is_worth_writing() && full.reached == 4);
        let some = piece(&[step(3), happened(4, "user.password_set", (1, "{}"))], 3);
        assert!(some.is_worth_writing() && some.reached == 9 && !some.full);
    }
}

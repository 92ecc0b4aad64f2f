//! Turns the changes of a batch into few writes that leave the same behind: for a database to which each statement is a
//! message.
//!
//! Starts and ends are gathered into rounds. In a round all ends are written before all starts, whatever their order
//! was: that only frees places earlier. What would notice the difference begins the next round.

use crate::domain::admission::Started;
use crate::domain::change::{Change, RefusalEvent, Refused};
use crate::domain::end::Ended;
use crate::domain::event::{Datum, EventBody};
use crate::domain::id::{Reference, SecretHash, UserNo};

/// A batch as few writes, in this order; then what it adds to events that exist, then its own events.
#[derive(Debug, Default)]
pub(super) struct Net<'a> {
    /// What is written, round by round.
    pub(super) writes: Vec<Write<'a>>,
    /// Refusals that are counted in an event of an earlier batch: which, whose, and how many.
    pub(super) repeats: Vec<(Reference, UserNo, i64)>,
    /// The events, each with the place of its change in the batch.
    pub(super) events: Vec<(usize, EventBody)>,
}

/// One of the writes.
#[derive(Debug)]
pub(super) enum Write<'a> {
    /// Sessions and refusals, many at once.
    Round(Round<'a>),
    /// Anything else, with its place in the batch.
    One(usize, &'a Change),
}

/// Ends, then starts; of refusals the last of each user.
#[derive(Debug, Default)]
pub(super) struct Round<'a> {
    pub(super) ends: Vec<&'a Ended>,
    pub(super) starts: Vec<&'a Started>,
    pub(super) refusals: Vec<&'a Refused>,
}

impl<'a> Round<'a> {
    /// A session that starts in this round is ended in the next one.
    fn takes_end(&self, ended: &Ended) -> bool {
        self.starts.iter().all(|started| started.open_session().no != ended.no())
    }

    /// Two starts of one user, or of one browser, write the same device.
    fn takes_start(&self, started: &Started) -> bool {
        let values = |of: &Started| [of.device().device.token, of.device().device.previous_token];
        let shares = |a: Option<SecretHash>| a.is_some() && values(started).contains(&a);
        self.starts.iter().all(|other| other.user().no != started.user().no && !values(other).into_iter().any(shares))
    }

    fn refuse(&mut self, refused: &'a Refused) {
        match self.refusals.iter_mut().find(|other| other.user_no == refused.user_no) {
            Some(known) => *known = refused,
            None => self.refusals.push(refused),
        }
    }
}

/// Nets a batch.
pub(super) fn net(changes: &[Change]) -> Net<'_> {
    let mut net = Net::default();
    for (place, change) in changes.iter().enumerate() {
        match change {
            Change::SessionEnded(ended) => net.round(|round| round.takes_end(ended)).ends.push(ended),
            Change::SessionStarted(started) => net.round(|round| round.takes_start(started)).starts.push(started),
            Change::SignInRefused(refused) => {
                net.round(|_| true).refuse(refused);
                if refused.event == RefusalEvent::Repeat {
                    net.repeat(refused);
                }
            }
            other => net.writes.push(Write::One(place, other)),
        }
        net.events.extend(change.event().map(|event| (place, event)));
    }
    net
}

impl<'a> Net<'a> {
    /// The round at the end, if it takes what comes, or the next one.
    fn round(&mut self, takes: impl FnOnce(&Round<'a>) -> bool) -> &mut Round<'a> {
        if !matches!(self.writes.last(), Some(Write::Round(round)) if takes(round)) {
            self.writes.push(Write::Round(Round::default()));
        }
        match self.writes.last_mut() {
            Some(Write::Round(round)) => round,
            _ => unreachable!("a round was added right before, if none was there"),
        }
    }

    /// Counts a refusal in the event that it shares: one of this batch, or one that exists.
    fn repeat(&mut self, refused: &Refused) {
        let of_batch = self.events.iter_mut().map(|(_, event)| event).rfind(|event| {
            event.reference.as_deref() == Some(refused.reference.as_str()) && event.user_no == Some(refused.user_no)
        });
        if let Some(event) = of_batch {
            for (name, datum) in &mut event.data {
                if let ("times", Datum::Number(times)) = (*name, datum) {
                    *times += 1;
                }
            }
            return;
        }
        let known = |(reference, user, _): &&mut (Reference, UserNo, i64)| {
            *reference == refused.reference && *user == refused.user_no
        };
        match self.repeats.iter_mut().find(known) {
            Some((_, _, times)) => *times += 1,
            None => self.repeats.push((refused.reference.clone(), refused.user_no, 1)),
        }
    }
}

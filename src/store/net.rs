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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{Account, AccountStatus};
    use crate::domain::admission::{Admission, Admit, admit};
    use crate::domain::change::AccountPut;
    use crate::domain::device::{DeviceLabel, Place};
    use crate::domain::end::Actor;
    use crate::domain::facts::samples::{at, open_session, user_facts};
    use crate::domain::facts::{Facts, UserFacts};
    use crate::domain::id::{AccountId, AccountNo, SessionId, SessionNo};
    use crate::domain::policy::{AtLimit, SessionPolicy};
    use crate::domain::proof::Proof;

    fn ask(user: i64, device: Option<u8>) -> Admit {
        Admit {
            user: UserNo(user),
            proof: Proof::Vouched,
            take_over: None,
            methods: vec![],
            presented_session: None,
            presented_device: device.map(|value| SecretHash([value; 32])),
            new_device: device.map(|value| SecretHash([value + 1; 32])),
            label: DeviceLabel::unknown(),
            ip: None,
            place: Place::default(),
            at_limit: None,
            by: Actor::Operator,
            session_id: SessionId::new("s_x").unwrap(),
            token: SecretHash([0; 32]),
            reference: Reference::new(format!("R-{user}")),
        }
    }

    fn people(count: i64) -> Facts {
        let of = |no| {
            let mut facts = user_facts(vec![]);
            facts.user.no = UserNo(no);
            facts
        };
        Facts { now: at(1_000), users: (1..=count).map(of).collect::<Vec<UserFacts>>(), born: vec![] }
    }

    /// Decides the sign-ins as a batch does.
    fn batch(facts: &mut Facts, at_limit: AtLimit, asks: &[Admit]) -> Vec<Change> {
        let policy = SessionPolicy { at_limit, ..SessionPolicy::default() };
        let mut changes = Vec::new();
        for (number, ask) in (100..).zip(asks) {
            let (Admission::Admit(decided, _) | Admission::Refuse(decided, _)) =
                admit(facts, ask, &policy, SessionNo(number));
            decided.iter().for_each(|change| facts.apply(change));
            changes.extend(decided);
        }
        changes
    }

    /// The numbers that end and start, round by round.
    fn rounds(net: &Net<'_>) -> Vec<(Vec<i64>, Vec<i64>)> {
        let round = |write: &Write<'_>| match write {
            Write::Round(round) => {
                let starts = round.starts.iter().map(|started| started.open_session().no.0);
                (round.ends.iter().map(|ended| ended.no().0).collect(), starts.collect())
            }
            Write::One(place, _) => (vec![], vec![-i64::try_from(*place).unwrap()]),
        };
        net.writes.iter().map(round).collect()
    }

    #[test]
    fn sign_ins_of_many_people_are_one_round_with_all_their_ends_first() {
        let mut facts = people(3);
        facts.users[2].open.push(open_session(1, 0));
        let changes = batch(&mut facts, AtLimit::ReplaceOldest, &[ask(1, None), ask(2, Some(9)), ask(3, None)]);
        let net = net(&changes);
        assert_eq!(rounds(&net), [(vec![1], vec![100, 101, 102])]);
        let places: Vec<_> = net.events.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, [0, 1, 2, 3], "events stay in their order");
    }

    #[test]
    fn what_starts_and_ends_in_one_batch_is_written_one_after_the_other() {
        let asks = [ask(1, None), ask(1, None), ask(2, None), ask(1, None)];
        let changes = batch(&mut people(2), AtLimit::ReplaceOldest, &asks);
        let expected = [(vec![], vec![100]), (vec![100], vec![101, 102]), (vec![101], vec![103])];
        assert_eq!(rounds(&net(&changes)), expected);
    }

    #[test]
    fn two_people_in_one_browser_start_one_after_the_other() {
        for values in [[Some(5), Some(5)], [Some(5), Some(6)], [Some(6), Some(5)]] {
            let asks = [ask(1, values[0]), ask(2, values[1])];
            let changes = batch(&mut people(2), AtLimit::Refuse, &asks);
            assert_eq!(rounds(&net(&changes)), [(vec![], vec![100]), (vec![], vec![101])], "{values:?}");
        }
    }

    #[test]
    fn any_other_change_stays_where_it_is() {
        let changes = batch(&mut people(2), AtLimit::Refuse, &[ask(1, None), ask(2, None)]);
        let (name, plan, time_zone) = ("A".to_owned(), "team".to_owned(), "UTC".to_owned());
        let (id, status) = (AccountId::new("a").unwrap(), AccountStatus::Active);
        let account =
            Account { no: AccountNo(0), id, name, plan, time_zone, status, requires_factor: false, created_at: at(0) };
        let put = Change::AccountPut(AccountPut { account, before: None, at: at(0), by: Actor::Operator });
        let changes = [changes[0].clone(), put, changes[1].clone()];
        assert_eq!(rounds(&net(&changes)), [(vec![], vec![100]), (vec![], vec![-1]), (vec![], vec![101])]);
    }

    #[test]
    fn refusals_leave_the_last_count_of_each_person_and_one_number_in_the_event_they_share() {
        let mut facts = people(2);
        facts.users[0].open.push(open_session(1, 0));
        let asks = vec![ask(1, None); 14];
        let first = batch(&mut facts, AtLimit::Refuse, &asks);
        let first = net(&first);
        let Write::Round(round) = &first.writes[0] else { panic!("{first:?}") };
        assert_eq!(round.refusals.iter().map(|refused| refused.window.count).collect::<Vec<_>>(), [14]);
        assert_eq!((first.events.len(), first.repeats.len()), (11, 0));
        assert!(first.events[10].1.data.contains(&("times", Datum::Number(4))), "{:?}", first.events[10]);
        assert!(first.events[9].1.data.contains(&("times", Datum::Number(1))));

        let second = batch(&mut facts, AtLimit::Refuse, &asks[..3]);
        let second = net(&second);
        assert_eq!(second.repeats, [(Reference::new("R-1"), UserNo(1), 3)]);
        assert!(second.events.is_empty());
    }
}

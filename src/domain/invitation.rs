//! Invitations: a staff login that waits for its person. See docs/sessions.md, "Staff logins".

use super::account::Plan;
use super::change::{Change, InvitationClosed, Invited};
use super::end::Actor;
use super::id::{AccountId, AccountNo, InvitationId, SecretHash, UserNo};
use super::staff::{People, StaffRefusal, has_room};
use super::time::Timestamp;
use super::user::Role;
use std::time::Duration;

/// How long an invitation may be accepted.
pub const INVITATION_VALID: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Somebody may join an account. It exists from the invitation until it is accepted, revoked, or marked as expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The public id. Not the code in its link, which is secret.
    pub id: InvitationId,
    /// The store's number of the account.
    pub account_no: AccountNo,
    /// The account's public id.
    pub account_id: AccountId,
    /// The login address of whoever is invited, normalised.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// Who invited them.
    pub invited_by: UserNo,
    /// When.
    pub created_at: Timestamp,
    /// From this instant on it is worth nothing.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// Whether it may be accepted: at the instant at which it expires it may not.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

/// How an invitation came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Somebody joined by it.
    Accepted,
    /// It was taken back: by hand, by a newer one, or because whoever made it was suspended or removed.
    Revoked,
    /// Nobody came in time.
    Expired,
}

/// An account's people and invitations, read under its lock.
#[derive(Clone, Copy, Debug)]
pub struct Team<'a> {
    /// Its people; how many are invited is counted here.
    pub people: People,
    /// Its invitations, some of which may have expired.
    pub invitations: &'a [Invitation],
}

impl Team<'_> {
    /// The people with those who are invited.
    pub fn counted(&self, now: Timestamp) -> People {
        People { invited: count(self.invitations.iter().filter(|invitation| invitation.is_open(now))), ..self.people }
    }
}

fn count<T>(some: impl Iterator<Item = T>) -> u32 {
    u32::try_from(some.count()).unwrap_or(u32::MAX)
}

/// Decides an invitation; `plan` is `None` where that of the account is configured no longer. One that waits for the same address makes room for it, and its link is worth nothing any more.
///
/// # Errors
/// [`StaffRefusal::NoStaffLoginLeft`] where the plan has no staff login left for one more.
pub fn invite(
    (team, plan): (Team<'_>, Option<&Plan>),
    invitation: Invitation,
    secret: SecretHash,
    (by, now): (&Actor, Timestamp),
) -> Result<Vec<Change>, StaffRefusal> {
    let (open, expired): (Vec<_>, Vec<_>) = team.invitations.iter().partition(|old| old.is_open(now));
    let (same, others): (Vec<_>, Vec<_>) = open.into_iter().partition(|old| old.email == invitation.email);
    let with_it = People { invited: count(others.iter()) + 1, ..team.people };
    if !has_room(with_it, plan) {
        return Err(StaffRefusal::NoStaffLoginLeft);
    }
    let mut changes: Vec<Change> = expired.into_iter().chain(same).map(|old| close(old, (by, now))).collect();
    changes.push(Change::Invited(Invited { invitation, secret, at: now, by: by.clone() }));
    Ok(changes)
}

/// Closes an invitation that nobody accepts any more: takes it back, or marks it as expired, which it has done by itself and
/// in its time, whoever comes across it.
pub fn close(invitation: &Invitation, (by, now): (&Actor, Timestamp)) -> Change {
    let (how, at, by) = match invitation.is_open(now) {
        true => (Closed::Revoked, now, by.clone()),
        false => (Closed::Expired, invitation.expires_at, Actor::Clock),
    };
    Change::InvitationClosed(InvitationClosed { invitation: invitation.clone(), how, at, by })
}

/// Takes back what somebody had invited, who is suspended or removed: their invitations are worth no more than they are.
pub fn revoke_of(invitations: &[Invitation], user: UserNo, by: (&Actor, Timestamp)) -> Vec<Change> {
    invitations.iter().filter(|invitation| invitation.invited_by == user).map(|theirs| close(theirs, by)).collect()
}

/// Marks what nobody accepted in time.
pub fn mark_expired(invitations: &[Invitation], now: Timestamp) -> Vec<Change> {
    let expired = invitations.iter().filter(|invitation| !invitation.is_open(now));
    expired.map(|invitation| close(invitation, (&Actor::Clock, now))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::samples::at;

    const BY: Actor = Actor::Operator;

    fn invitation(email: &str, created: i64) -> Invitation {
        Invitation {
            id: InvitationId::new(format!("i_{email}_{created}")).unwrap(),
            account_no: AccountNo(1),
            account_id: AccountId::new("reef").unwrap(),
            email: email.into(),
            role: Role::Staff,
            invited_by: UserNo(1),
            created_at: at(created),
            expires_at: at(created) + INVITATION_VALID,
        }
    }

    fn plan(staff_logins: u32) -> Plan {
        Plan { staff_logins, ..Plan::built_in().remove(0) }
    }

    fn asked(people: People, open: &[Invitation], email: &str, now: i64) -> Result<Vec<&'static str>, StaffRefusal> {
        let plan = plan(2);
        let team = Team { people, invitations: open };
        let changes = invite((team, Some(&plan)), invitation(email, now), SecretHash([1; 32]), (&BY, at(now)))?;
        Ok(changes.iter().map(|change| change.event().unwrap().kind).collect())
    }

    const OWNER: People = People { active: 1, present: 1, owners: 1, invited: 0 };

    #[test]
    fn an_invitation_may_be_accepted_until_one_millisecond_before_it_expires() {
        let one = invitation("a@x.example", 0);
        let end = one.expires_at.as_millis();
        for (now, open) in [(0, true), (end - 1, true), (end, false), (end + 1, false)] {
            assert_eq!(one.is_open(at(now)), open, "at {now}");
        }
    }

    #[test]
    fn invitations_count_against_the_plan_until_they_expire() {
        let open = [invitation("a@x.example", 0), invitation("b@x.example", 1)];
        assert_eq!(asked(OWNER, &open, "c@x.example", 10), Err(StaffRefusal::NoStaffLoginLeft));
        assert_eq!(asked(OWNER, &open[..1], "c@x.example", 10), Ok(vec!["invitation.created"]));
        let after_the_first = open[0].expires_at.as_millis();
        let told = asked(OWNER, &open, "c@x.example", after_the_first).unwrap();
        assert_eq!(told, ["invitation.expired", "invitation.created"]);
    }

    #[test]
    fn a_second_invitation_of_one_address_replaces_the_first_and_needs_no_further_staff_login() {
        let open = [invitation("a@x.example", 0), invitation("b@x.example", 1)];
        let told = asked(OWNER, &open, "b@x.example", 10).unwrap();
        assert_eq!(told, ["invitation.revoked", "invitation.created"]);
    }

    #[test]
    fn a_plan_that_is_configured_no_longer_has_room_for_nobody_more() {
        let team = Team { people: OWNER, invitations: &[] };
        let refused = invite((team, None), invitation("a@x.example", 0), SecretHash([1; 32]), (&BY, at(0)));
        assert_eq!(refused, Err(StaffRefusal::NoStaffLoginLeft));
    }

    #[test]
    fn what_somebody_had_invited_goes_with_them_and_nothing_else_does() {
        let (theirs, other) = (invitation("a@x.example", 0), invitation("b@x.example", 0));
        let other = Invitation { invited_by: UserNo(2), ..other };
        let gone = revoke_of(&[theirs, other], UserNo(1), (&BY, at(5)));
        let events: Vec<_> = gone.iter().map(|change| change.event().unwrap()).collect();
        assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), ["invitation.revoked"]);
    }

    #[test]
    fn what_has_expired_has_done_so_by_itself_and_in_its_time_whoever_comes_across_it() {
        let open = [invitation("a@x.example", 0)];
        let (end, plan) = (open[0].expires_at, plan(2));
        let late = at(end.as_millis() + 5);
        let team = Team { people: OWNER, invitations: &open };
        let again =
            invite((team, Some(&plan)), invitation("a@x.example", late.as_millis()), SecretHash([1; 32]), (&BY, late))
                .unwrap();
        for change in [&again[0], &close(&open[0], (&BY, late)), &revoke_of(&open, UserNo(1), (&BY, late))[0]] {
            let event = change.event().unwrap();
            assert_eq!((event.kind, event.at, event.actor), ("invitation.expired", end, Actor::Clock));
        }
    }

    #[test]
    fn what_nobody_accepted_in_time_is_marked_as_of_the_instant_at_which_it_expired() {
        let open = [invitation("a@x.example", 0), invitation("b@x.example", 9)];
        let end = open[0].expires_at;
        let marked = mark_expired(&open, end);
        assert_eq!(marked.len(), 1);
        assert_eq!(marked[0].event().unwrap().at, end);
    }
}

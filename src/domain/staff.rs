//! How many people a plan allows, and that an account is never without an owner. See docs/sessions.md, "Staff logins".

use super::account::Plan;
use super::user::{Role, User, UserStatus};

/// The people of an account, counted under its lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Users who are neither suspended nor removed.
    pub active: u32,
    /// Users who are not removed.
    pub present: u32,
    /// Owners who are neither suspended nor removed.
    pub owners: u32,
    /// Invitations that may still be accepted.
    pub invited: u32,
}

impl People {
    /// Staff logins in use: active users and open invitations minus one owner.
    pub fn staff_logins_in_use(self) -> u32 {
        (self.active + self.invited).saturating_sub(1)
    }
}

/// Why the people of an account may not become what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffRefusal {
    /// The plan has no staff login left.
    NoStaffLoginLeft,
    /// The account would be left without an owner.
    LastOwner,
}

/// Whether a user may become `after`, having been `before` (`None`: new). A plan that is configured no longer (`None`)
/// has room for nobody more, and is in nobody's way who becomes something else.
pub fn may_put(people: People, plan: Option<&Plan>, before: Option<&User>, after: &User) -> Result<(), StaffRefusal> {
    let owner = before.filter(|user| user.role == Role::Owner);
    if owner.is_some_and(|owner| after.role != Role::Owner && !another_owner(people, owner)) {
        return Err(StaffRefusal::LastOwner);
    }
    let was_active = before.is_some_and(|user| user.status == UserStatus::Active);
    if after.status != UserStatus::Active || was_active {
        return Ok(());
    }
    let with_them = People { active: people.active + 1, ..people };
    if has_room(with_them, plan) { Ok(()) } else { Err(StaffRefusal::NoStaffLoginLeft) }
}

/// Whether somebody who was invited may become `after`: their staff login is in use already, by the invitation.
pub fn may_join(people: People, plan: Option<&Plan>, after: &User) -> Result<(), StaffRefusal> {
    let without_invitation = People { invited: people.invited.saturating_sub(1), ..people };
    may_put(without_invitation, plan, None, after)
}

/// Whether a plan has room for these people. One that is configured no longer (`None`) has it for nobody beside the owner.
pub fn has_room(people: People, plan: Option<&Plan>) -> bool {
    people.staff_logins_in_use() <= plan.map_or(0, |plan| plan.staff_logins)
}

/// Whether there is an owner beside this one who may sign in: a suspended one could look after nobody.
fn another_owner(people: People, owner: &User) -> bool {
    people.owners > u32::from(owner.status == UserStatus::Active)
}

/// Whether a user may be removed: the last owner only as the last person of all.
pub fn may_remove(people: People, user: &User) -> Result<(), StaffRefusal> {
    let last_owner = user.role == Role::Owner && !another_owner(people, user);
    if last_owner && people.present > 1 { Err(StaffRefusal::LastOwner) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::samples::user_facts;

    fn plan(staff_logins: u32) -> Plan {
        Plan { staff_logins, ..Plan::built_in().remove(0) }
    }

    fn person(role: Role, status: UserStatus) -> User {
        User { role, status, ..user_facts(vec![]).user }
    }

    #[test]
    fn a_plan_is_full_when_its_staff_logins_and_one_owner_are_active() {
        let staff = person(Role::Staff, UserStatus::Active);
        for (active, allowed) in [(4, true), (5, true), (6, false), (7, false)] {
            let people = People { active, present: active, owners: 1, invited: 0 };
            assert_eq!(may_put(people, Some(&plan(5)), None, &staff).is_ok(), allowed, "{active} active");
        }
        assert!(may_put(People::default(), Some(&plan(0)), None, &person(Role::Owner, UserStatus::Active)).is_ok());
    }

    #[test]
    fn suspended_people_use_no_staff_login_and_reinstating_one_is_checked_like_a_new_one() {
        let people = People { active: 1, present: 2, owners: 1, invited: 0 };
        let (suspended, active) = (person(Role::Staff, UserStatus::Suspended), person(Role::Staff, UserStatus::Active));
        assert!(may_put(people, Some(&plan(0)), None, &suspended).is_ok());
        assert_eq!(may_put(people, Some(&plan(0)), Some(&suspended), &active), Err(StaffRefusal::NoStaffLoginLeft));
        assert!(may_put(people, Some(&plan(1)), Some(&suspended), &active).is_ok());
    }

    #[test]
    fn a_plan_that_is_configured_no_longer_keeps_nobody_from_being_suspended() {
        let people = People { active: 3, present: 3, owners: 1, invited: 0 };
        let (suspended, active) = (person(Role::Staff, UserStatus::Suspended), person(Role::Staff, UserStatus::Active));
        assert!(may_put(people, None, Some(&active), &suspended).is_ok());
        assert_eq!(may_put(people, None, Some(&suspended), &active), Err(StaffRefusal::NoStaffLoginLeft));
        assert_eq!(may_put(people, None, None, &active), Err(StaffRefusal::NoStaffLoginLeft));
    }

    #[test]
    fn an_account_with_people_keeps_an_owner() {
        let (owner, staff) = (person(Role::Owner, UserStatus::Active), person(Role::Staff, UserStatus::Active));
        let one = People { active: 2, present: 2, owners: 1, invited: 0 };
        let two = People { owners: 2, ..one };
        assert_eq!(may_put(one, Some(&plan(5)), Some(&owner), &staff), Err(StaffRefusal::LastOwner));
        assert!(may_put(two, Some(&plan(5)), Some(&owner), &staff).is_ok());
        assert_eq!(may_remove(one, &owner), Err(StaffRefusal::LastOwner));
        assert!(may_remove(two, &owner).is_ok());
        assert!(may_remove(one, &staff).is_ok());
        assert!(may_remove(People { present: 1, ..one }, &owner).is_ok(), "the last person of all may go");
        let suspended = person(Role::Owner, UserStatus::Suspended);
        let demoted = person(Role::Staff, UserStatus::Suspended);
        assert!(may_put(one, Some(&plan(5)), Some(&suspended), &demoted).is_ok(), "another one is there");
        let none = People { owners: 0, ..one };
        assert_eq!(may_put(none, Some(&plan(5)), Some(&suspended), &demoted), Err(StaffRefusal::LastOwner));
        assert_eq!(may_remove(none, &suspended), Err(StaffRefusal::LastOwner));
    }

    #[test]
    fn whoever_was_invited_joins_in_the_place_of_their_invitation() {
        let staff = person(Role::Staff, UserStatus::Active);
        let full = People { active: 2, present: 2, owners: 1, invited: 1 };
        assert_eq!(may_put(full, Some(&plan(2)), None, &staff), Err(StaffRefusal::NoStaffLoginLeft));
        assert!(may_join(full, Some(&plan(2)), &staff).is_ok());
    }

    #[test]
    fn a_plan_with_fewer_staff_logins_than_are_in_use_does_not_fit() {
        let people = People { active: 4, present: 4, owners: 1, invited: 0 };
        assert!(!has_room(people, Some(&plan(2))));
        assert!(has_room(people, Some(&plan(3))));
    }
}

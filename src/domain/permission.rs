//! What a role may do. See docs/sessions.md, "Roles". The one place that decides it, for pages and for whatever acts in
//! somebody's name.

use super::user::Role;

/// What only some roles may do. Their own sessions, password and history are everybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the people of the account and their sessions.
    SeeTeam,
    /// End sessions of others in the account; whose, see [`may_end_sessions_of`].
    EndTeamSessions,
    /// Invite people, change what they may do, suspend, reinstate and remove them.
    ManageStaff,
    /// See what the account pays for, and change its plan.
    ChangePlan,
    /// See what happened in the whole account.
    SeeAccountHistory,
    /// Look anybody up, see their timeline, and release a session.
    UseSupport,
    /// See where events are sent to, and have failed ones sent again.
    ManageWebhooks,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 7] = [
        Action::SeeTeam,
        Action::EndTeamSessions,
        Action::ManageStaff,
        Action::ChangePlan,
        Action::SeeAccountHistory,
        Action::UseSupport,
        Action::ManageWebhooks,
    ];
}

/// Whether somebody with this role may do this.
pub const fn may(role: Role, action: Action) -> bool {
    match action {
        Action::SeeTeam | Action::EndTeamSessions => matches!(role, Role::Owner | Role::Manager),
        Action::ManageStaff | Action::ChangePlan | Action::SeeAccountHistory => matches!(role, Role::Owner),
        Action::UseSupport => matches!(role, Role::Support | Role::Admin),
        Action::ManageWebhooks => matches!(role, Role::Admin),
    }
}

/// Whether somebody with this role may end the sessions of somebody else in their account, who has that role: a manager
/// not an owner's.
pub const fn may_end_sessions_of(role: Role, theirs: Role) -> bool {
    may(role, Action::EndTeamSessions) && (matches!(role, Role::Owner) || !matches!(theirs, Role::Owner))
}

/// Whether support with this role may release the sessions of somebody with that role: those of support and
/// administrators only an administrator.
pub const fn may_release_sessions_of(role: Role, theirs: Role) -> bool {
    may(role, Action::UseSupport) && (matches!(role, Role::Admin) || !theirs.is_system())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manager_ends_everybodys_sessions_but_an_owners() {
        let ends = |role, theirs| may_end_sessions_of(role, theirs);
        for theirs in [Role::Owner, Role::Manager, Role::Staff] {
            assert!(ends(Role::Owner, theirs), "{theirs:?}");
            assert_eq!(ends(Role::Manager, theirs), theirs != Role::Owner, "{theirs:?}");
            assert!(!ends(Role::Staff, theirs) && !ends(Role::Support, theirs) && !ends(Role::Admin, theirs));
        }
    }

    #[test]
    fn support_releases_peoples_sessions_and_only_an_administrator_those_of_support() {
        let releases = |role, theirs| may_release_sessions_of(role, theirs);
        for theirs in [Role::Owner, Role::Manager, Role::Staff, Role::Support, Role::Admin] {
            assert!(releases(Role::Admin, theirs), "{theirs:?}");
            assert_eq!(releases(Role::Support, theirs), !theirs.is_system(), "{theirs:?}");
            assert!(
                !releases(Role::Owner, theirs) && !releases(Role::Manager, theirs) && !releases(Role::Staff, theirs)
            );
        }
    }

    #[test]
    fn people_of_an_account_never_use_support_and_support_never_acts_within_an_account() {
        for action in Action::ALL {
            let within = [Role::Owner, Role::Manager, Role::Staff].into_iter().any(|role| may(role, action));
            let beyond = [Role::Support, Role::Admin].into_iter().any(|role| may(role, action));
            assert!(within != beyond, "{action:?}");
        }
    }
}

//! Accounts and users, as an application or an operator keeps them.

use super::acting::{Barred, By};
use super::passwords::NewPasswordRefusal;
use super::{Innkeeper, ServiceError};
use crate::domain::account::{Account, AccountStatus};
use crate::domain::change::{AccountPut, Change};
use crate::domain::end::{Actor, EndReason, end_all};
use crate::domain::facts::{Facts, UserFacts};
use crate::domain::id::{AccountId, AccountNo, UserId, UserNo};
use crate::domain::policy::SessionPolicy;
use crate::domain::staff::{StaffRefusal, has_room};
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User, UserStatus};
use crate::password::{HashRefusal, PasswordRefusal};
use crate::store::{AccountFacts, AskedUser, Lane, StoreError, Transaction, UserBy};
use std::fmt;

/// How often a write is tried again after another node met the same rule of the database first.
pub(super) const TRIES: usize = 3;

/// Fields of an account; those left out stay as they are.
#[derive(Clone, Debug, Default)]
pub struct AccountFields {
    /// What people read; needed for a new account.
    pub name: Option<String>,
    /// Code of the plan; needed for a new account.
    pub plan: Option<String>,
    /// IANA name of a time zone; a new account has `UTC` without one.
    pub time_zone: Option<String>,
    /// Whether it may be used; suspension ends every session.
    pub status: Option<AccountStatus>,
    /// Whether its people need a second factor, from their next sign-in on.
    pub requires_factor: Option<bool>,
}

/// Fields of a user; those left out stay as they are.
#[derive(Debug, Default)]
pub struct UserFields {
    /// Their account; needed for a new user, and fixed from then on.
    pub account: Option<AccountId>,
    /// What they may do; needed for a new user.
    pub role: Option<Role>,
    /// Whether they may sign in; suspension ends their sessions. Removal is a call of its own and not a field.
    pub status: Option<UserStatus>,
    /// Login address; `Some(None)` takes it away.
    pub email: Option<Option<String>>,
    /// Whether they are known to read what is mailed there; `None` leaves it, for the same address.
    pub email_confirmed: Option<bool>,
    /// What people read; `Some(None)` takes it away.
    pub name: Option<Option<String>>,
    /// A new password; ends the sessions of an existing user.
    pub password: Option<NewPassword>,
}

/// A password that is given to somebody.
pub enum NewPassword {
    /// As it is typed.
    Typed(String),
    /// Its hash as another system has stored it: what it is of, nobody here knows.
    Hashed(String),
}

impl From<&str> for NewPassword {
    fn from(typed: &str) -> Self {
        NewPassword::Typed(typed.to_owned())
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

/// Why accounts and users stay as they are. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryRefusal {
    /// There is no such account.
    UnknownAccount,
    /// There is no such user.
    UnknownUser,
    /// There is no plan of that code.
    UnknownPlan,
    /// There is no time zone of that name.
    UnknownTimeZone,
    /// A new account or user needs this field.
    Missing(&'static str),
    /// More staff logins are in use than the plan has: so many, of so many.
    PlanTooSmall(u32, u32),
    /// The plan has no staff login left.
    NoStaffLoginLeft,
    /// Somebody has the id already.
    IdTaken,
    /// Somebody else has the address.
    EmailTaken,
    /// The text is no address.
    NotAnEmail,
    /// A user's account cannot change.
    AccountFixed,
    /// The account would be left without an owner.
    LastOwner,
    /// People of an account are owner, manager or staff.
    NotARoleOfAccounts,
    /// Support and administrators have one of these roles, and nobody else does.
    NotASystemRole,
    /// The password cannot be used.
    Password(PasswordRefusal),
    /// The hash of a password cannot be used.
    Hash(HashRefusal),
    /// So many passwords are being hashed that this one must wait.
    Busy,
    /// Nobody suspends or removes themselves.
    Yourself,
    /// Whoever acts may not.
    Barred(Barred),
}

impl From<Barred> for DirectoryRefusal {
    fn from(barred: Barred) -> Self {
        DirectoryRefusal::Barred(barred)
    }
}

impl From<NewPasswordRefusal> for DirectoryRefusal {
    fn from(refusal: NewPasswordRefusal) -> Self {
        match refusal {
            NewPasswordRefusal::Password(refusal) => DirectoryRefusal::Password(refusal),
            NewPasswordRefusal::Busy => DirectoryRefusal::Busy,
        }
    }
}

impl From<StaffRefusal> for DirectoryRefusal {
    fn from(refusal: StaffRefusal) -> Self {
        match refusal {
            StaffRefusal::NoStaffLoginLeft => DirectoryRefusal::NoStaffLoginLeft,
            StaffRefusal::LastOwner => DirectoryRefusal::LastOwner,
        }
    }
}

pub(super) type Decided<T> = Result<T, DirectoryRefusal>;

impl Innkeeper {
    /// An account.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>, ServiceError> {
        Ok(self.inner.store.account(id).await?)
    }

    /// Accounts by id, after this one.
    pub async fn accounts(&self, after: Option<&AccountId>, limit: u16) -> Result<Vec<Account>, ServiceError> {
        Ok(self.inner.store.accounts(after, limit).await?)
    }

    /// The account of somebody; support and administrators have none.
    pub async fn account_of(&self, user: &User) -> Result<Option<Account>, ServiceError> {
        match &user.account_id {
            Some(id) => Ok(self.inner.store.account(id).await?),
            None => Ok(None),
        }
    }

    /// The policy that holds for somebody at an instant.
    pub(super) async fn policy_of(&self, user: &User, now: Timestamp) -> Result<&SessionPolicy, ServiceError> {
        let plan = self.account_of(user).await?.map_or_else(String::new, |account| account.plan);
        Ok(self.inner.policies.of(&plan, now))
    }

    /// A user.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, ServiceError> {
        Ok(self.inner.store.user(UserBy::Id(id)).await?)
    }

    /// Users of an account by id, after this one; `None` where there is no such account.
    pub async fn users_of(
        &self,
        account: &AccountId,
        after: Option<&UserId>,
        limit: u16,
    ) -> Result<Option<Vec<User>>, ServiceError> {
        let Some(account) = self.inner.store.account(account).await? else { return Ok(None) };
        Ok(Some(self.inner.store.users(account.no, after, limit).await?))
    }

    /// Every user of an account.
    pub async fn people_of(&self, account: AccountNo) -> Result<Vec<User>, ServiceError> {
        let mut users: Vec<User> = Vec::new();
        loop {
            let page = self.inner.store.users(account, users.last().map(|user| &user.id), 200).await?;
            if page.is_empty() {
                return Ok(users);
            }
            users.extend(page);
        }
    }

    /// Creates an account, or changes the given fields of one. True where it was created.
    pub async fn put_account(
        &self,
        id: &AccountId,
        fields: &AccountFields,
        by: &Actor,
    ) -> Result<Decided<(Account, bool)>, ServiceError> {
        self.put_account_by(id, fields, &By::Word(by.clone())).await
    }

    /// The same, where somebody may have to be allowed to under the lock.
    pub(super) async fn put_account_by(
        &self,
        id: &AccountId,
        fields: &AccountFields,
        by: &By,
    ) -> Result<Decided<(Account, bool)>, ServiceError> {
        if fields.time_zone.as_ref().is_some_and(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
            return Ok(Err(DirectoryRefusal::UnknownTimeZone));
        }
        for _ in 1..TRIES {
            match self.put_account_once(id, fields, by).await {
                Err(StoreError::Conflict(_)) => {}
                done => return Ok(done?),
            }
        }
        Ok(self.put_account_once(id, fields, by).await?)
    }

    async fn put_account_once(
        &self,
        id: &AccountId,
        fields: &AccountFields,
        by: &By,
    ) -> Result<Decided<(Account, bool)>, StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let before = transaction.account(id).await?;
        // Everybody's sessions are looked at only where they end.
        let suspends = fields.status == Some(AccountStatus::Suspended);
        let users = before.as_ref().filter(|_| suspends).map_or_else(Vec::new, |facts| facts.users.clone());
        let facts = transaction.users(asked(users, by), 0).await?;
        let (by, bound) = match by.actor(&facts, self.policies()) {
            Ok(by) => by,
            Err(barred) => return Ok(Err(barred.into())),
        };
        if bound.is_some_and(|own| before.as_ref().is_none_or(|before| before.account.no != own)) {
            return Ok(Err(DirectoryRefusal::UnknownAccount));
        }
        let account = match self.account_after(id, fields, before.as_ref(), &facts) {
            Ok(account) => account,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let before = before.map(|facts| facts.account);
        let created = before.is_none();
        if before.as_ref() == Some(&account) {
            return Ok(Ok((account, false)));
        }
        let suspended = before.as_ref().is_some_and(|before| before.status == AccountStatus::Active)
            && account.status == AccountStatus::Suspended;
        let put = AccountPut { account: account.clone(), before, at: facts.now, by: by.clone() };
        let mut changes = vec![Change::AccountPut(put)];
        if suspended {
            changes.extend(ends_of_all(&facts.users, EndReason::AccountSuspended, (&by, facts.now)));
        }
        transaction.commit(changes).await?;
        Ok(Ok((account, created)))
    }

    fn account_after(
        &self,
        id: &AccountId,
        fields: &AccountFields,
        before: Option<&AccountFacts>,
        facts: &Facts,
    ) -> Decided<Account> {
        let mut account = match before {
            Some(before) => before.account.clone(),
            None => Account {
                no: AccountNo(0),
                id: id.clone(),
                name: fields.name.clone().ok_or(DirectoryRefusal::Missing("name"))?,
                plan: fields.plan.clone().ok_or(DirectoryRefusal::Missing("plan"))?,
                time_zone: "UTC".into(),
                status: AccountStatus::Active,
                requires_factor: false,
                created_at: facts.now,
            },
        };
        if let Some(code) = &fields.plan {
            let plan = self.inner.policies.plan(code).ok_or(DirectoryRefusal::UnknownPlan)?;
            let people = before.map(|before| before.counted(facts.now)).unwrap_or_default();
            if account.plan != *code && !has_room(people, Some(plan)) {
                return Err(DirectoryRefusal::PlanTooSmall(people.staff_logins_in_use(), plan.staff_logins));
            }
            account.plan.clone_from(code);
        }
        account.name = fields.name.clone().unwrap_or(account.name);
        account.time_zone = fields.time_zone.clone().unwrap_or(account.time_zone);
        account.status = fields.status.unwrap_or(account.status);
        account.requires_factor = fields.requires_factor.unwrap_or(account.requires_factor);
        Ok(account)
    }
}

/// An account under its lock, with facts of the users that a change is about, and in whose name it is made.
pub(super) struct Held {
    pub(super) account: AccountFacts,
    pub(super) facts: Facts,
    pub(super) by: Actor,
}

impl Innkeeper {
    /// Locks an account, these users of it and whoever acts, and looks at whether they may.
    pub(super) async fn hold(
        &self,
        transaction: &mut dyn Transaction,
        account: &AccountId,
        (users, by): (Vec<UserNo>, &By),
    ) -> Result<Decided<Held>, StoreError> {
        let Some(account) = transaction.account(account).await? else {
            return Ok(Err(DirectoryRefusal::UnknownAccount));
        };
        let facts = transaction.users(asked(users, by), 0).await?;
        Ok(match by.actor(&facts, self.policies()) {
            Err(barred) => Err(barred.into()),
            // Somebody else's account is as one that is not there.
            Ok((_, Some(own))) if own != account.account.no => Err(DirectoryRefusal::UnknownAccount),
            Ok((by, _)) => Ok(Held { account, facts, by }),
        })
    }
}

/// These users and whoever acts, each once and by ascending number, as they are locked.
pub(super) fn asked(mut users: Vec<UserNo>, by: &By) -> Vec<(UserNo, AskedUser)> {
    users.extend(by.person());
    users.sort_unstable();
    users.dedup();
    users.into_iter().map(|user| (user, AskedUser::default())).collect()
}

pub(super) fn ends_of_all<'a>(
    users: impl IntoIterator<Item = &'a UserFacts>,
    reason: EndReason,
    (by, now): (&Actor, Timestamp),
) -> Vec<Change> {
    let ends = users.into_iter().flat_map(|user| end_all(user, None, reason, by, now));
    ends.map(Change::SessionEnded).collect()
}

//! Accounts and users, as an application or an operator keeps them.

use super::acting::{Barred, By};
use super::passwords::NewPasswordRefusal;
use super::{Innkeeper, ServiceError};
use crate::domain::account::{Account, AccountStatus};
use crate::domain::change::{AccountPut, Change, PasswordSet, UserPut, UserRemoved};
use crate::domain::email::normal_email;
use crate::domain::end::{Actor, EndReason, end_all};
use crate::domain::facts::{Facts, UserFacts};
use crate::domain::id::{AccountId, AccountNo, UserId, UserNo};
use crate::domain::invitation::revoke_of;
use crate::domain::staff::{StaffRefusal, fits, may_put, may_remove};
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User, UserStatus};
use crate::password::PasswordRefusal;
use crate::store::{AccountFacts, AskedUser, Lane, StoreError, Transaction, UserBy};

/// How often a write is tried again after another node met the same rule of the database first.
const TRIES: usize = 3;

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
    /// What people read; `Some(None)` takes it away.
    pub name: Option<Option<String>>,
    /// A new password; ends the sessions of an existing user.
    pub password: Option<String>,
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
    /// The password cannot be used.
    Password(PasswordRefusal),
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

type Decided<T> = Result<T, DirectoryRefusal>;

impl Innkeeper {
    /// An account.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>, ServiceError> {
        Ok(self.inner.store.account(id).await?)
    }

    /// Accounts by id, after this one.
    pub async fn accounts(&self, after: Option<&AccountId>, limit: u16) -> Result<Vec<Account>, ServiceError> {
        Ok(self.inner.store.accounts(after, limit).await?)
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

    pub(super) async fn all_users_of(&self, account: AccountNo) -> Result<Vec<User>, ServiceError> {
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
        let users = before.as_ref().map_or_else(Vec::new, |facts| facts.users.clone());
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
                created_at: facts.now,
            },
        };
        if let Some(code) = &fields.plan {
            let plan = self.inner.policies.plan(code).ok_or(DirectoryRefusal::UnknownPlan)?;
            let people = before.map(|before| before.counted(facts.now)).unwrap_or_default();
            if account.plan != *code && !fits(people, plan) {
                return Err(DirectoryRefusal::PlanTooSmall(people.staff_logins_in_use(), plan.staff_logins));
            }
            account.plan.clone_from(code);
        }
        account.name = fields.name.clone().unwrap_or(account.name);
        account.time_zone = fields.time_zone.clone().unwrap_or(account.time_zone);
        account.status = fields.status.unwrap_or(account.status);
        Ok(account)
    }

    /// Creates a user, or changes the given fields of one. True where they were created.
    pub async fn put_user(
        &self,
        id: &UserId,
        fields: UserFields,
        by: &Actor,
    ) -> Result<Decided<(User, bool)>, ServiceError> {
        self.put_user_by(id, fields, &By::Word(by.clone())).await
    }

    /// The same, where somebody may have to be allowed to under the lock.
    pub(super) async fn put_user_by(
        &self,
        id: &UserId,
        mut fields: UserFields,
        by: &By,
    ) -> Result<Decided<(User, bool)>, ServiceError> {
        if fields.role.is_some_and(Role::is_system) {
            return Ok(Err(DirectoryRefusal::NotARoleOfAccounts));
        }
        if let Some(Some(email)) = &fields.email {
            let Some(normal) = normal_email(email) else { return Ok(Err(DirectoryRefusal::NotAnEmail)) };
            fields.email = Some(Some(normal));
        }
        let hash = match self.hash_new_password(id, &mut fields).await? {
            Ok(hash) => hash,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for _ in 1..TRIES {
            match self.put_user_once(id, &fields, (hash.as_deref(), by)).await {
                Err(StoreError::Conflict(_)) => {}
                done => return Ok(done?),
            }
        }
        Ok(self.put_user_once(id, &fields, (hash.as_deref(), by)).await?)
    }

    /// Changes the given fields of an existing user.
    pub async fn patch_user(&self, id: &UserId, fields: UserFields, by: &Actor) -> Result<Decided<User>, ServiceError> {
        self.patch_user_by(id, fields, &By::Word(by.clone())).await
    }

    /// The same, where somebody may have to be allowed to under the lock.
    pub(super) async fn patch_user_by(
        &self,
        id: &UserId,
        fields: UserFields,
        by: &By,
    ) -> Result<Decided<User>, ServiceError> {
        match self.inner.store.user(UserBy::Id(id)).await? {
            Some(user) if !user.role.is_system() => {}
            _ => return Ok(Err(DirectoryRefusal::UnknownUser)),
        }
        let fields = UserFields { account: None, ..fields };
        let put = self.put_user_by(id, fields, by).await?;
        // Removed since the look above: without an account nobody is created.
        Ok(put.map(|(user, _)| user).map_err(|refusal| match refusal {
            DirectoryRefusal::Missing(_) => DirectoryRefusal::UnknownUser,
            refusal => refusal,
        }))
    }

    /// Checks and hashes a new password, outside any transaction.
    async fn hash_new_password(
        &self,
        id: &UserId,
        fields: &mut UserFields,
    ) -> Result<Decided<Option<String>>, ServiceError> {
        let Some(typed) = fields.password.take() else { return Ok(Ok(None)) };
        let known = self.inner.store.user(UserBy::Id(id)).await?;
        let account = known.as_ref().and_then(|user| user.account_id.as_ref()).or(fields.account.as_ref());
        let account = match account {
            Some(id) => self.inner.store.account(id).await?.map(|account| account.name),
            None => None,
        };
        let name = fields.name.clone().flatten().or_else(|| known.as_ref().and_then(|user| user.name.clone()));
        let email = fields.email.clone().flatten().or_else(|| known.and_then(|user| user.email));
        let words: Vec<&str> = [account.as_deref(), name.as_deref(), email.as_deref()].into_iter().flatten().collect();
        Ok(self.hash_new(typed, &words).await.map(Some).map_err(DirectoryRefusal::from))
    }

    async fn put_user_once(
        &self,
        id: &UserId,
        fields: &UserFields,
        (hash, by): (Option<&str>, &By),
    ) -> Result<Decided<(User, bool)>, StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let known = transaction.find_user(UserBy::Id(id)).await?;
        let account = known.as_ref().map_or(fields.account.as_ref(), |user| user.account_id.as_ref()).cloned();
        if known.as_ref().is_some_and(|user| user.role.is_system()) {
            return Ok(Err(DirectoryRefusal::UnknownUser));
        }
        if known.is_some() && fields.account.is_some() && fields.account != account {
            return Ok(Err(DirectoryRefusal::AccountFixed));
        }
        let Some(account) = account else { return Ok(Err(DirectoryRefusal::Missing("account_id"))) };
        let Some(account) = transaction.account(&account).await? else {
            return Ok(Err(DirectoryRefusal::UnknownAccount));
        };
        let numbers: Vec<UserNo> = known.iter().map(|user| user.no).collect();
        let facts = transaction.users(asked(numbers, by), 0).await?;
        let person = by.person();
        let (by, bound) = match by.actor(&facts, self.policies()) {
            Ok(by) => by,
            Err(barred) => return Ok(Err(barred.into())),
        };
        if bound.is_some_and(|own| own != account.account.no) {
            return Ok(Err(DirectoryRefusal::UnknownUser));
        }
        // What was found before the lock may have changed since.
        let known = known.and_then(|user| facts.user(user.no)).map(|facts| facts.user.clone());
        let known = known.filter(|user| user.status != UserStatus::Removed);
        let user = match self.user_after(id, fields, (known.as_ref(), &account), facts.now) {
            Ok(user) => user,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if person == Some(user.no) && user.status != UserStatus::Active {
            return Ok(Err(DirectoryRefusal::Yourself));
        }
        if email_taken(transaction.as_mut(), &user).await? {
            return Ok(Err(DirectoryRefusal::EmailTaken));
        }
        let changes = user_changes((&facts, &account), (known.as_ref(), &user), (hash, &by));
        if !changes.is_empty() {
            transaction.commit(changes).await?;
        }
        Ok(Ok((user, known.is_none())))
    }

    fn user_after(
        &self,
        id: &UserId,
        fields: &UserFields,
        (before, account): (Option<&User>, &AccountFacts),
        now: Timestamp,
    ) -> Decided<User> {
        let mut user = match before {
            Some(before) => before.clone(),
            None => User {
                no: UserNo(0),
                id: id.clone(),
                account_no: account.account.no,
                account_id: Some(account.account.id.clone()),
                role: fields.role.ok_or(DirectoryRefusal::Missing("role"))?,
                status: UserStatus::Active,
                email: None,
                name: None,
                created_at: now,
            },
        };
        user.role = fields.role.unwrap_or(user.role);
        user.status = fields.status.filter(|status| *status != UserStatus::Removed).unwrap_or(user.status);
        user.email = fields.email.clone().unwrap_or(user.email);
        user.name = fields.name.clone().unwrap_or(user.name);
        may_put(account.counted(now), self.inner.policies.plan(&account.account.plan), before, &user)?;
        Ok(user)
    }

    /// Removes a user; their sessions and the invitations that they made end in the same transaction.
    pub async fn remove_user(&self, id: &UserId, by: &Actor) -> Result<Decided<()>, ServiceError> {
        self.remove_user_by(id, &By::Word(by.clone())).await
    }

    /// The same, where somebody may have to be allowed to under the lock.
    pub(super) async fn remove_user_by(&self, id: &UserId, by: &By) -> Result<Decided<()>, ServiceError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let Some(user) = transaction.find_user(UserBy::Id(id)).await? else {
            return Ok(Err(DirectoryRefusal::UnknownUser));
        };
        let Some(account) = &user.account_id else { return Ok(Err(DirectoryRefusal::UnknownUser)) };
        let Some(account) = transaction.account(account).await? else {
            return Ok(Err(DirectoryRefusal::UnknownUser));
        };
        let facts = transaction.users(asked(vec![user.no], by), 0).await?;
        let person = by.person();
        let (by, bound) = match by.actor(&facts, self.policies()) {
            Ok(by) => by,
            Err(barred) => return Ok(Err(barred.into())),
        };
        if bound.is_some_and(|own| own != account.account.no) {
            return Ok(Err(DirectoryRefusal::UnknownUser));
        }
        if person == Some(user.no) {
            return Ok(Err(DirectoryRefusal::Yourself));
        }
        let Some(known) = facts.user(user.no).filter(|facts| facts.user.status != UserStatus::Removed) else {
            return Ok(Err(DirectoryRefusal::UnknownUser));
        };
        if let Err(refusal) = may_remove(account.people, &known.user) {
            return Ok(Err(refusal.into()));
        }
        let mut changes = ends_of_all([known], EndReason::UserRemoved, (&by, facts.now));
        changes.extend(revoke_of(&account.invitations, user.no, (&by, facts.now)));
        changes.push(Change::UserRemoved(UserRemoved { user: known.user.clone(), at: facts.now, by }));
        transaction.commit(changes).await?;
        Ok(Ok(()))
    }
}

/// These users and whoever acts, each once and by ascending number, as they are locked.
pub(super) fn asked(mut users: Vec<UserNo>, by: &By) -> Vec<(UserNo, AskedUser)> {
    users.extend(by.person());
    users.sort_unstable();
    users.dedup();
    users.into_iter().map(|user| (user, AskedUser::default())).collect()
}

fn ends_of_all<'a>(
    users: impl IntoIterator<Item = &'a UserFacts>,
    reason: EndReason,
    (by, now): (&Actor, Timestamp),
) -> Vec<Change> {
    let ends = users.into_iter().flat_map(|user| end_all(user, None, reason, by, now));
    ends.map(Change::SessionEnded).collect()
}

pub(super) async fn email_taken(transaction: &mut dyn Transaction, user: &User) -> Result<bool, StoreError> {
    let Some(email) = &user.email else { return Ok(false) };
    let holder = transaction.find_user(UserBy::Email(email)).await?;
    Ok(holder.is_some_and(|holder| holder.id != user.id))
}

fn user_changes(
    (facts, account): (&Facts, &AccountFacts),
    (before, user): (Option<&User>, &User),
    (hash, by): (Option<&str>, &Actor),
) -> Vec<Change> {
    let at = facts.now;
    let mut changes = Vec::new();
    let suspended =
        before.is_some_and(|before| before.status == UserStatus::Active) && user.status == UserStatus::Suspended;
    if before != Some(user) {
        changes.push(Change::UserPut(UserPut {
            user: user.clone(),
            before: before.cloned(),
            password_hash: hash.filter(|_| before.is_none()).map(str::to_owned),
            at,
            by: by.clone(),
        }));
    }
    if let (Some(_), Some(hash)) = (before, hash) {
        let (user, password_hash) = (user.clone(), hash.to_owned());
        changes.push(Change::PasswordSet(PasswordSet { user, password_hash, at, by: by.clone() }));
    }
    if suspended {
        changes.extend(ends_of_all(facts.user(user.no), EndReason::UserSuspended, (by, at)));
        changes.extend(revoke_of(&account.invitations, user.no, (by, at)));
    } else if before.is_some() && hash.is_some() {
        changes.extend(ends_of_all(facts.user(user.no), EndReason::PasswordChanged, (by, at)));
    }
    changes
}

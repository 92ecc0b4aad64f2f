//! Users, as an application or an operator keeps them, and as those who answer for an account do.

use super::acting::By;
use super::directory::{Decided, Held, TRIES, ends_of_all};
use super::{DirectoryRefusal, Innkeeper, NewPassword, ServiceError, UserFields};
use crate::domain::change::{Change, PasswordSet, UserPut, UserRemoved};
use crate::domain::email::normal_email;
use crate::domain::end::{Actor, EndReason};
use crate::domain::facts::Facts;
use crate::domain::id::{UserId, UserNo};
use crate::domain::invitation::revoke_of;
use crate::domain::staff::{may_put, may_remove};
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User, UserStatus};
use crate::password::check_hash;
use crate::store::{AccountFacts, Lane, StoreError, Transaction, UserBy};

impl Innkeeper {
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

    /// Checks a new password and hashes it unless that is done, outside any transaction.
    async fn hash_new_password(
        &self,
        id: &UserId,
        fields: &mut UserFields,
    ) -> Result<Decided<Option<String>>, ServiceError> {
        let typed = match fields.password.take() {
            Some(NewPassword::Typed(typed)) => typed,
            Some(NewPassword::Hashed(hash)) => {
                return Ok(check_hash(&hash).map(|()| Some(hash)).map_err(DirectoryRefusal::Hash));
            }
            None => return Ok(Ok(None)),
        };
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
        let numbers: Vec<UserNo> = known.iter().map(|user| user.no).collect();
        let person = by.person();
        let Held { account, facts, by } = match self.hold(transaction.as_mut(), &account, (numbers, by)).await? {
            Ok(held) => held,
            Err(refusal) => return Ok(Err(refusal)),
        };
        // What was found before the lock may have changed since.
        let known = known.and_then(|user| facts.user(user.no)).map(|facts| facts.user.clone());
        let known = known.filter(|user| user.status != UserStatus::Removed);
        if known.is_none() && fields.account.is_none() {
            return Ok(Err(DirectoryRefusal::Missing("account_id")));
        }
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
                email_confirmed_at: None,
                name: None,
                created_at: now,
            },
        };
        user.role = fields.role.unwrap_or(user.role);
        user.status = fields.status.filter(|status| *status != UserStatus::Removed).unwrap_or(user.status);
        let email = fields.email.clone().unwrap_or_else(|| user.email.clone());
        if email != user.email {
            (user.email, user.email_confirmed_at) = (email, None);
        }
        match (fields.email_confirmed, &user.email) {
            (Some(true), Some(_)) => user.email_confirmed_at = user.email_confirmed_at.or(Some(now)),
            (Some(_), _) => user.email_confirmed_at = None,
            (None, _) => {}
        }
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
        let person = by.person();
        let Held { account, facts, by } = match self.hold(transaction.as_mut(), account, (vec![user.no], by)).await? {
            Ok(held) => held,
            Err(refusal) => return Ok(Err(refusal)),
        };
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
    let no_owner_any_more = before.is_some_and(|before| before.role == Role::Owner) && user.role != Role::Owner;
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
    } else if before.is_some() && hash.is_some() {
        changes.extend(ends_of_all(facts.user(user.no), EndReason::PasswordChanged, (by, at)));
    }
    // Whoever is an owner no more could come back as one by what they have offered before.
    if suspended || no_owner_any_more {
        changes.extend(revoke_of(&account.invitations, user.no, (by, at)));
    }
    changes
}

//! Support and administrators: people who belong to no account. Only whoever runs the server keeps them.

use super::directory::{Decided, TRIES, ends_of_all};
use super::users::email_taken;
use super::{DirectoryRefusal, Innkeeper, ServiceError, time_in};
use crate::domain::change::{Change, UserPut, UserRemoved};
use crate::domain::email::normal_email;
use crate::domain::end::{Actor, EndReason};
use crate::domain::id::{AccountNo, UserId, UserNo};
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User, UserStatus};
use crate::secret;
use crate::store::{AskedUser, Lane, StoreError, UserBy};

/// Somebody who will belong to no account.
pub struct NewSystemUser {
    /// Their public id; one is drawn where nobody chose it.
    pub id: Option<UserId>,
    /// What they may do.
    pub role: Role,
    /// Login address.
    pub email: String,
    /// What people read.
    pub name: Option<String>,
    /// Their password.
    pub password: String,
}

impl Innkeeper {
    /// Creates somebody who belongs to no account.
    pub async fn create_system_user(&self, new: NewSystemUser, by: &Actor) -> Result<Decided<User>, ServiceError> {
        let NewSystemUser { id, role, email, name, password } = new;
        if !role.is_system() {
            return Ok(Err(DirectoryRefusal::NotASystemRole));
        }
        let Some(email) = normal_email(&email) else { return Ok(Err(DirectoryRefusal::NotAnEmail)) };
        let words: Vec<&str> = [name.as_deref(), Some(email.as_str())].into_iter().flatten().collect();
        let hash = match self.hash_new(password, &words).await {
            Ok(hash) => hash,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let user = User {
            no: UserNo(0),
            id: id.unwrap_or_else(secret::user_id),
            account_no: AccountNo::SYSTEM,
            account_id: None,
            role,
            status: UserStatus::Active,
            email: Some(email),
            email_confirmed_at: None,
            name,
            created_at: Timestamp::default(),
        };
        for _ in 1..TRIES {
            match self.create_once(&user, (&hash, by)).await {
                Err(StoreError::Conflict(_)) => {}
                done => return Ok(done?),
            }
        }
        Ok(self.create_once(&user, (&hash, by)).await?)
    }

    async fn create_once(&self, user: &User, (hash, by): (&str, &Actor)) -> Result<Decided<User>, StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        if transaction.find_user(UserBy::Id(&user.id)).await?.is_some() {
            return Ok(Err(DirectoryRefusal::IdTaken));
        }
        if email_taken(transaction.as_mut(), user).await? {
            return Ok(Err(DirectoryRefusal::EmailTaken));
        }
        let at = time_in(transaction.as_mut()).await?;
        let user = User { created_at: at, ..user.clone() };
        let password_hash = Some(hash.to_owned());
        let put = UserPut { user: user.clone(), before: None, password_hash, at, by: by.clone() };
        transaction.commit(vec![Change::UserPut(put)]).await?;
        Ok(Ok(user))
    }

    /// Those who belong to no account by id, after this one.
    pub async fn system_users(&self, after: Option<&UserId>, limit: u16) -> Result<Vec<User>, ServiceError> {
        Ok(self.inner.store.users(AccountNo::SYSTEM, after, limit).await?)
    }

    /// Removes somebody who belongs to no account; their sessions end in the same transaction.
    pub async fn remove_system_user(&self, id: &UserId, by: &Actor) -> Result<Decided<()>, ServiceError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let found = transaction.find_user(UserBy::Id(id)).await?;
        let Some(user) = found.filter(|user| user.role.is_system()) else {
            return Ok(Err(DirectoryRefusal::UnknownUser));
        };
        let facts = transaction.users(vec![(user.no, AskedUser::default())], 0).await?;
        let Some(known) = facts.user(user.no).filter(|facts| facts.user.status != UserStatus::Removed) else {
            return Ok(Err(DirectoryRefusal::UnknownUser));
        };
        let mut changes = ends_of_all([known], EndReason::UserRemoved, (by, facts.now));
        changes.push(Change::UserRemoved(UserRemoved { user: known.user.clone(), at: facts.now, by: by.clone() }));
        transaction.commit(changes).await?;
        Ok(Ok(()))
    }
}

//! The first run: whoever has the link that the server printed becomes the first administrator.

use super::passwords::NewPasswordRefusal;
use super::sign_in::{Browser, Client, SignIn, SignedInNow};
use super::{Innkeeper, ServiceError, time_in};
use crate::domain::change::{Change, UserPut};
use crate::domain::email::normal_email;
use crate::domain::end::Actor;
use crate::domain::id::{AccountNo, SecretHash, UserNo};
use crate::domain::setup::{link_works, link_works_until};
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, User, UserStatus};
use crate::password::PasswordRefusal;
use crate::secret::{self, SetupCode};
use crate::store::{Lane, StoreError};

/// Somebody who becomes the first administrator.
pub struct SetUp {
    /// Hash of what the link carries.
    pub code: SecretHash,
    /// Login address.
    pub email: String,
    /// What people read.
    pub name: Option<String>,
    /// Their password.
    pub password: String,
    /// What their browser carries.
    pub browser: Browser,
    /// What it comes from.
    pub client: Client,
}

/// Why there is no first administrator by this link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUpRefusal {
    /// The link was used, is too old, or another one was printed after it; or there is a user already.
    Gone,
    /// The text is no address.
    NotAnEmail,
    /// The password cannot be used.
    Password(PasswordRefusal),
    /// They are the first administrator; only signing them in did not work.
    DoneNotSignedIn,
    /// So many passwords are being hashed that this one must wait.
    Busy,
}

impl From<NewPasswordRefusal> for SetUpRefusal {
    fn from(refusal: NewPasswordRefusal) -> Self {
        match refusal {
            NewPasswordRefusal::Password(refusal) => SetUpRefusal::Password(refusal),
            NewPasswordRefusal::Busy => SetUpRefusal::Busy,
        }
    }
}

impl Innkeeper {
    /// A new link for the first administrator, in place of the one before; `None` where there is a user, or was one.
    pub async fn offer_setup(&self) -> Result<Option<SetupCode>, ServiceError> {
        let code = SetupCode::generate();
        let until = link_works_until(self.inner.store.now().await?);
        Ok(self.inner.store.offer_setup(code.hash(), until).await?.then_some(code))
    }

    /// Until when this link works; `None` where it does not.
    pub async fn setup_works_until(&self, code: SecretHash) -> Result<Option<Timestamp>, ServiceError> {
        let now = self.inner.store.now().await?;
        Ok(self.inner.store.offered_setup(code).await?.filter(|until| link_works(*until, now)))
    }

    /// Makes the first administrator, and signs them in like everybody else who has a password.
    pub async fn set_up(&self, ask: SetUp) -> Result<Result<SignedInNow, SetUpRefusal>, ServiceError> {
        let SetUp { code, email, name, password, browser, client } = ask;
        // Strangers cause no hash.
        if self.setup_works_until(code).await?.is_none() {
            return Ok(Err(SetUpRefusal::Gone));
        }
        let Some(email) = normal_email(&email) else { return Ok(Err(SetUpRefusal::NotAnEmail)) };
        let words: Vec<&str> = [name.as_deref(), Some(email.as_str())].into_iter().flatten().collect();
        let hash = match self.hash_new(password.clone(), &words).await {
            Ok(hash) => hash,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        if !self.make_first_admin(code, (email.clone(), name), hash).await? {
            return Ok(Err(SetUpRefusal::Gone));
        }
        let sign_in = SignIn { email, password, browser, client };
        Ok(self.sign_in(sign_in).await?.map_err(|_| SetUpRefusal::DoneNotSignedIn))
    }

    /// Takes the link and makes the administrator in one transaction, so that of several who use it at once one does.
    async fn make_first_admin(
        &self,
        code: SecretHash,
        (email, name): (String, Option<String>),
        hash: String,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let Some(until) = transaction.take_setup(code).await? else { return Ok(false) };
        let at = time_in(transaction.as_mut()).await?;
        if !link_works(until, at) {
            return Ok(false);
        }
        let user = User {
            no: UserNo(0),
            id: secret::user_id(),
            account_no: AccountNo::SYSTEM,
            account_id: None,
            role: Role::Admin,
            status: UserStatus::Active,
            email: Some(email),
            email_confirmed_at: None,
            name,
            created_at: at,
        };
        // Only whoever runs the server sees what it prints.
        let put = UserPut { user, before: None, password_hash: Some(hash), at, by: Actor::Operator };
        match transaction.commit(vec![Change::UserPut(put)]).await {
            Ok(_) => Ok(true),
            // Somebody was given this address in this very moment: then there is a user, and no link works.
            Err(StoreError::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

//! Service keys: what applications present.

use super::{Innkeeper, ServiceError};
use crate::domain::change::{Change, KeyCreated, KeyRevoked};
use crate::domain::end::Actor;
use crate::domain::id::KeyId;
use crate::secret;
use crate::store::{ServiceKey as StoredKey, StoreError};

/// What a service key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Start, check, list and end sessions.
    Sessions,
    /// Keep accounts and users.
    Directory,
    /// Read events.
    Events,
    /// Everything that any other scope allows.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 4] = [Scope::Sessions, Scope::Directory, Scope::Events, Scope::Admin];

    /// The name on the command line and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::Sessions => "sessions",
            Scope::Directory => "directory",
            Scope::Events => "events",
            Scope::Admin => "admin",
        }
    }

    /// The scope with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// Whether a key may do this.
    pub fn is_allowed_by(self, key: &StoredKey) -> bool {
        key.scopes.iter().any(|scope| scope == self.as_str() || scope == Scope::Admin.as_str())
    }
}

impl Innkeeper {
    /// Creates a service key. The secret is told this once.
    pub async fn create_key(
        &self,
        name: String,
        scopes: &[Scope],
        by: Actor,
    ) -> Result<(KeyId, secret::ServiceKey), ServiceError> {
        let (id, key) = (secret::key_id(), secret::ServiceKey::generate());
        let (transaction, at) = self.begin().await?;
        let scopes = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        let created = KeyCreated { id: id.clone(), hash: key.hash(), name, scopes, at, by };
        transaction.commit(vec![Change::KeyCreated(created)]).await?;
        Ok((id, key))
    }

    /// Every service key, oldest first.
    pub async fn keys(&self) -> Result<Vec<StoredKey>, ServiceError> {
        Ok(self.inner.store.keys().await?)
    }

    /// Revokes a service key: from its answer on it opens nothing. False where there is none of that id.
    pub async fn revoke_key(&self, id: &KeyId, by: Actor) -> Result<bool, ServiceError> {
        let (transaction, at) = self.begin().await?;
        let Some(key) = self.inner.store.keys().await?.into_iter().find(|key| key.id == *id) else {
            return Ok(false);
        };
        if key.revoked_at.is_none() {
            let revoked = KeyRevoked { id: id.clone(), name: key.name, at, by };
            match transaction.commit(vec![Change::KeyRevoked(revoked)]).await {
                // Another node has revoked it since it was read: so it is revoked.
                Ok(_) | Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }
}

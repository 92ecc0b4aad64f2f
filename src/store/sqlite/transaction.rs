//! A transaction of the embedded store: steps that the writer's thread takes in turn while it is on loan.

use super::writer::{Step, Writer, gone};
use super::{load, reads, setup};
use crate::domain::change::Change;
use crate::domain::facts::Facts;
use crate::domain::id::{AccountId, SecretHash, UserId, UserNo};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::{AccountFacts, AskedUser, Committed, StoreError, Transaction, UserBy};
use async_trait::async_trait;
use std::sync::mpsc::Sender;
use tokio::sync::oneshot;

/// A loan of the writer. Dropped without a commit, it is rolled back.
pub(super) struct SqliteTransaction {
    steps: Sender<Step>,
}

impl SqliteTransaction {
    pub(super) fn over(steps: Sender<Step>) -> Self {
        Self { steps }
    }

    async fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, answer) = oneshot::channel();
        let step: Step = Box::new(move |writer| {
            tell.send(step(writer)).ok();
        });
        self.steps.send(step).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn account(&mut self, id: &AccountId) -> Result<Option<AccountFacts>, StoreError> {
        let id = id.clone();
        self.step(move |writer| load::account_facts(&writer.connection, &id)).await
    }

    async fn find_user(&mut self, by: UserBy<'_>) -> Result<Option<User>, StoreError> {
        enum Owned {
            Id(UserId),
            Email(String),
            No(UserNo),
        }
        let by = match by {
            UserBy::Id(id) => Owned::Id(id.clone()),
            UserBy::Email(email) => Owned::Email(email.to_owned()),
            UserBy::No(no) => Owned::No(no),
        };
        self.step(move |writer| {
            let by = match &by {
                Owned::Id(id) => UserBy::Id(id),
                Owned::Email(email) => UserBy::Email(email),
                Owned::No(no) => UserBy::No(*no),
            };
            reads::user(&writer.connection, by)
        })
        .await
    }

    async fn users(&mut self, asked: Vec<(UserNo, AskedUser)>, born: u16) -> Result<Facts, StoreError> {
        self.step(move |writer| writer.facts(&asked, born)).await
    }

    async fn take_setup(&mut self, code: SecretHash) -> Result<Option<Timestamp>, StoreError> {
        self.step(move |writer| setup::take(&writer.connection, code)).await
    }

    async fn commit(self: Box<Self>, changes: Vec<Change>) -> Result<Committed, StoreError> {
        self.step(move |writer| writer.commit(&changes)).await
    }
}

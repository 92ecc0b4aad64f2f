//! The lane of sign-ins. Every path that creates a session ends here, and here in [`admit`].

use super::gather::{Asked, Gatherer, answer};
use super::touches::Touches;
use super::{Policies, ServiceError};
use crate::domain::admission::{Admission, Admit, Refusal, Started, admit};
use crate::domain::change::Change;
use crate::domain::facts::Facts;
use crate::domain::id::{Reference, UserNo};
use crate::store::{AskedUser, Lane, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What came of a sign-in.
pub(super) type AdmitAnswer = Result<Box<Started>, (Refusal, Reference)>;

type Batch = Vec<Asked<Admit, AdmitAnswer>>;

pub(super) struct Admissions(Gatherer<Admit, AdmitAnswer>);

impl Admissions {
    pub(super) fn start(store: Arc<dyn Store>, policies: Arc<Policies>, touches: Arc<Touches>) -> Self {
        let lane = Arc::new(AdmissionsLane { store, policies, touches });
        Self(Gatherer::start(move |batch| {
            let lane = lane.clone();
            async move { lane.run(batch).await }
        }))
    }

    pub(super) async fn ask(&self, command: Admit) -> Result<AdmitAnswer, ServiceError> {
        self.0.ask(command).await
    }
}

struct AdmissionsLane {
    store: Arc<dyn Store>,
    policies: Arc<Policies>,
    touches: Arc<Touches>,
}

impl AdmissionsLane {
    async fn run(&self, batch: Batch) {
        match self.admit_all(&batch).await {
            // One of the batch met a rule of the database, or a row that makes no sense: each is tried by itself, so that
            // only that one fails.
            Err(StoreError::Conflict(_) | StoreError::Corrupt { .. }) if batch.len() > 1 => {
                for asked in batch {
                    let alone = vec![asked];
                    let answers = self.admit_all(&alone).await;
                    answer(alone, answers);
                }
            }
            answers => answer(batch, answers),
        }
    }

    async fn admit_all(&self, batch: &Batch) -> Result<Vec<AdmitAnswer>, StoreError> {
        self.touches.settle_kept().await?;
        let born = u16::try_from(batch.len()).unwrap_or(u16::MAX);
        let mut transaction = self.store.begin(Lane::Admissions).await?;
        let mut facts = transaction.users(users_of(batch), born).await?;
        let mut numbers = std::mem::take(&mut facts.born).into_iter();
        let mut changes: Vec<Change> = Vec::new();
        let mut answers = Vec::with_capacity(batch.len());
        for Asked { command, .. } in batch {
            let number = numbers.next().ok_or_else(|| StoreError::Database("too few session numbers".into()))?;
            let policy = self.policies.of(plan_of(&facts, command.user), facts.now);
            let admission = admit(&facts, command, policy, number);
            for change in admission.changes() {
                // The next sign-in of the same user sees what this one did.
                facts.apply(change);
            }
            changes.extend_from_slice(admission.changes());
            answers.push(answer_of(admission, command));
        }
        if !changes.is_empty() {
            transaction.commit(changes).await?;
        }
        Ok(answers)
    }
}

fn plan_of(facts: &Facts, user: UserNo) -> &str {
    facts.user(user).map_or("", |facts| &facts.plan)
}

/// Everybody the batch is about: those who sign in, and those whose session their browser still holds.
fn users_of(batch: &Batch) -> Vec<(UserNo, AskedUser)> {
    let mut users: BTreeMap<UserNo, AskedUser> = BTreeMap::new();
    for Asked { command, .. } in batch {
        let asked = users.entry(command.user).or_default();
        asked.devices.extend(command.presented_device);
        asked.countries.extend(command.place.country_code.clone());
        asked.take_overs |= command.take_over.is_some();
        if let Some((holder, _)) = command.presented_session {
            users.entry(holder).or_default();
        }
    }
    users.into_iter().collect()
}

fn answer_of(admission: Admission, command: &Admit) -> AdmitAnswer {
    match admission {
        Admission::Admit(_, started) => Ok(started),
        Admission::Refuse(changes, refusal) => {
            let reference = changes.into_iter().find_map(|change| match change {
                Change::SignInRefused(refused) => Some(refused.reference),
                _ => None,
            });
            Err((refusal, reference.unwrap_or_else(|| command.reference.clone())))
        }
    }
}

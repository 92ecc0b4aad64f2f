//! Use cases: load, decide, apply, commit. One struct, [`Innkeeper`]; one file per noun.
//!
//! Writes that many ask for at once go through a lane each (`gather`): admissions, ends, touches. A lane has one
//! transaction outstanding, so no flood of one kind can hold up another for longer than a batch.

mod gather;

mod acting;

mod admissions;

mod ends;

mod touches;

mod check;

mod sign_in;

mod second_step;

mod take_over;

mod set_up;

mod guessing;

mod sessions;

mod devices;

mod passwords;

mod resets;

mod mailbox;

mod passkeys;

mod factors;

mod directory;

mod users;

mod staff;

mod team;

mod plans;

mod policies;

mod history;

mod support;

mod system;

mod setup;

mod keys;

mod webhooks;

mod deliveries;

mod letters;

mod mails;

mod sweep;

mod live;

pub use acting::{Acting, Barred};
pub use check::{CheckOutcome, LiveSession, Looked};
pub use deliveries::BodyOf;
pub use devices::Named;
pub use directory::{AccountFields, DirectoryRefusal, NewPassword, UserFields};
pub use ends::EndAnswer;
pub use factors::{FactorAdded, FactorRefusal};
pub use keys::Scope;
pub use letters::{FactorNews, Letter, News, Origin, SetBy};
pub use live::{Listener, Told};
pub use mailbox::{MAIL_CODE_VALID, MailRefusal};
pub use mails::{ContentOf, MailCounts, mailer};
pub use passwords::{PasswordChange, PasswordChangeRefusal, PasswordChanged};
pub use plans::{Billing, NoProvider, PlanRefusal};
pub use policies::{Policies, Rulebook};
pub use resets::ResetRefusal;
pub use second_step::{Continued, Given, SecondWays};
pub use sessions::{ActedOn, NewSession, SessionRefusal, StartedSession};
pub use setup::{SetUp, SetUpRefusal};
pub use sign_in::{Browser, Client, SignIn, SignInRefusal, SignedInNow, StepUpRefusal, TakeOver};
pub use staff::{Invited, Join, JoinRefusal, PersonChange};
pub use support::{Found, FoundBy, FoundPerson, Seen};
pub use system::NewSystemUser;
pub use team::{TEAM_SESSIONS_MAX, TeamEnd};
pub use webhooks::WebhookRefusal;

use crate::client::geo::{AboutPlaces, GeoDatabase};
use crate::config::Config;
use crate::deliver::Deliverer;
use crate::deliver::mail::Mailer;
use crate::domain::id::UserNo;
use crate::domain::retention::Retention;
use crate::domain::time::Timestamp;
use crate::passkey::Passkeys;
use crate::password::{Breached, Hasher};
pub use crate::store::{
    Called, CheckAsk, CheckedUser, DeliveriesPage, DeliveryState, DeliveryView, Event, Health, History, HistoryEntry,
    HistoryOf, Position, RefusalsSince, SeenFrom, ServiceKey, SessionView, SessionsPage, StateFilter, StoreError,
    TeamMember,
};

use crate::store::{EventsOf, Lane, Store, Transaction};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

/// What stopped us from following the rules. Never a verdict about anybody: whoever asks is told to ask again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ServiceError {
    /// The store could not do what it was asked.
    #[error("the store could not be asked")]
    Store(#[source] Arc<StoreError>),
    /// So many requests wait already that this one was turned away.
    #[error("too many requests wait already")]
    Busy,
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        ServiceError::Store(Arc::new(error))
    }
}

/// The session authority.
#[derive(Clone)]
pub struct Innkeeper {
    inner: Arc<Inner>,
}

/// What an authority asks besides its store.
pub struct Beside {
    /// The database of places.
    pub geo: Option<GeoDatabase>,
    /// Who settles what plans cost.
    pub billing: Arc<dyn Billing>,
    /// The passwords that were stolen elsewhere.
    pub breached: Option<Breached>,
}

impl Default for Beside {
    fn default() -> Self {
        Self { geo: None, billing: Arc::new(NoProvider), breached: None }
    }
}

struct Inner {
    store: Arc<dyn Store>,
    policies: Arc<Policies>,
    retention: Retention,
    hasher: Hasher,
    geo: Option<GeoDatabase>,
    admissions: admissions::Admissions,
    ends: ends::Ends,
    touches: Arc<touches::Touches>,
    billing: Arc<dyn Billing>,
    live: Arc<live::Live>,
    deliverer: Deliverer,
    mailer: Option<Mailer>,
    mail_counts: MailCounts,
    passkeys: Option<Passkeys>,
}

/// When it is within a transaction that has locked what it is about; nobody more is.
async fn time_in(transaction: &mut dyn Transaction) -> Result<Timestamp, StoreError> {
    Ok(transaction.users(vec![], 0).await?.now)
}

impl Innkeeper {
    /// Starts an authority over a store. Must be called within a tokio runtime, on which its lanes run.
    pub fn start(store: Arc<dyn Store>, config: &Config, geo: Option<GeoDatabase>) -> Self {
        Self::start_with(store, config, Beside { geo, ..Beside::default() })
    }

    /// The same with all that there may be beside the store.
    pub fn start_with(store: Arc<dyn Store>, config: &Config, beside: Beside) -> Self {
        let Beside { geo, billing, breached } = beside;
        let (policy, next) = (config.policy.clone(), config.next_policy.clone());
        let policies = Arc::new(Policies::new(policy, next, config.plans.clone()));
        let touches = touches::Touches::start(store.clone(), &policies);
        let admissions = admissions::Admissions::start(store.clone(), policies.clone(), touches.clone());
        let ends = ends::Ends::start(store.clone(), policies.clone(), touches.clone());
        let hasher = Hasher::new(config.limits.password_workers, config.limits.password_queue, breached);
        let retention = config.retention;
        let live = live::Live::new(store.clone(), config.limits.live_streams);
        let deliverer = Deliverer::new(config.webhooks.allow.clone());
        let (mailer, mail_counts) = (mails::mailer(config), MailCounts::default());
        let passkeys = Passkeys::at(&config.public_url);
        let inner = Inner {
            store,
            policies,
            retention,
            hasher,
            geo,
            admissions,
            ends,
            touches,
            billing,
            live,
            deliverer,
            mailer,
            mail_counts,
            passkeys,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The policies that hold.
    pub fn policies(&self) -> &Policies {
        &self.inner.policies
    }

    /// How long is kept what has happened.
    pub fn retention(&self) -> &Retention {
        &self.inner.retention
    }

    /// The clock that decides.
    pub async fn now(&self) -> Result<Timestamp, ServiceError> {
        Ok(self.inner.store.now().await?)
    }

    /// What is known of the database of places; `None` without one.
    pub fn places(&self) -> Option<AboutPlaces> {
        self.inner.geo.as_ref().map(GeoDatabase::about)
    }

    /// Events after a position, in order.
    pub async fn events(&self, after: Position, limit: u16) -> Result<Vec<Event>, ServiceError> {
        Ok(self.inner.store.events(EventsOf::All, after, limit).await?)
    }

    /// The position of the last event, as it grows.
    pub fn news(&self) -> watch::Receiver<Position> {
        self.inner.store.news()
    }

    /// Whose the newest live sessions are, and from which addresses they were started.
    pub async fn newest_origins(&self, limit: u16) -> Result<Vec<(UserNo, Option<String>)>, ServiceError> {
        Ok(self.inner.store.origins(limit).await?)
    }

    /// Begins a transaction about nobody in particular, and says when it is.
    async fn begin(&self) -> Result<(Box<dyn Transaction>, Timestamp), StoreError> {
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let now = time_in(transaction.as_mut()).await?;
        Ok((transaction, now))
    }

    /// How the store is.
    pub async fn health(&self) -> Result<Health, ServiceError> {
        Ok(self.inner.store.health().await?)
    }

    /// Writes a consistent copy of the store to a path where nothing is yet.
    pub async fn backup(&self, to: &Path) -> Result<(), ServiceError> {
        Ok(self.inner.store.backup(to).await?)
    }

    /// Writes what is still gathered. Called once, when no request is served any more.
    pub async fn settle(&self) -> Result<(), ServiceError> {
        Ok(self.inner.touches.settle().await?)
    }
}

//! A store with its own place and clock, and short ways to put people and sessions into it.

use crate::server::{Database, server};
use innkeeper::clock::{ManualClock, TimeSource};
use innkeeper::domain::account::{Account, AccountStatus};
use innkeeper::domain::admission::{Admission, Admit, Started, admit};
use innkeeper::domain::change::{AccountPut, Change, UserPut};
use innkeeper::domain::device::{DeviceLabel, Place};
use innkeeper::domain::end::{Actor, EndReason, Ended, end};
use innkeeper::domain::facts::Facts;
use innkeeper::domain::id::{AccountId, AccountNo, InvitationId, SecretHash, UserId, UserNo};
use innkeeper::domain::invitation::{INVITATION_VALID, Invitation};
use innkeeper::domain::policy::{AtLimit, SessionPolicy};
use innkeeper::domain::proof::Proof;
use innkeeper::domain::session::OpenSession;
use innkeeper::domain::time::Timestamp;
use innkeeper::domain::user::{Role, User, UserStatus};
use innkeeper::secret::{self, SessionToken};
use innkeeper::store::postgres::{Options, PostgresStore};
use innkeeper::store::sqlite::{SqliteStore, StoreLock};
use innkeeper::store::{
    AskedUser, CheckAsk, Checked, CheckedState, Committed, Event, EventsOf, Lane, Position, Store, StoreError, UserBy,
};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// Where every clock starts.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_760_000_000_000);

pub(crate) const MINUTES_20: Duration = Duration::from_secs(20 * 60);
pub(crate) const HOURS_12: Duration = Duration::from_secs(12 * 60 * 60);

pub(crate) struct Harness {
    pub(crate) clock: Arc<ManualClock>,
    store: Mutex<Option<Arc<dyn Store>>>,
    pub(crate) site: Site,
}

/// Where the store of one case is; gone with it.
pub(crate) enum Site {
    Sqlite(TempDir),
    Postgres(Database),
    Pooled(Database),
}

impl Site {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// `None` where there is no PostgreSQL.
    pub(crate) fn postgres() -> Option<Self> {
        Some(Self::Postgres(server()?.database()))
    }

    /// The same, as if a pooler stood in between that hands connections around.
    pub(crate) fn pooled_postgres() -> Option<Self> {
        Some(Self::Pooled(server()?.database()))
    }

    /// Opens a store here: on PostgreSQL as one more node, on SQLite as the only one.
    pub(crate) async fn open(&self, clock: &Arc<ManualClock>) -> Arc<dyn Store> {
        let (database, named_statements) = match self {
            Site::Sqlite(folder) => return open_sqlite(&folder.path().join("innkeeper.db"), clock),
            Site::Postgres(database) => (database, true),
            Site::Pooled(database) => (database, false),
        };
        let (time, options) = (TimeSource::Manual(clock.clone()), Options { named_statements });
        Arc::new(PostgresStore::open(database.connector(), time, options).await.unwrap())
    }
}

impl Harness {
    pub(crate) async fn at(site: Site) -> Self {
        let clock = ManualClock::at(START);
        let store = site.open(&clock).await;
        Self { clock, store: Mutex::new(Some(store)), site }
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner).clone().expect("the store is open")
    }

    /// Closes the store.
    pub(crate) fn close(&self) {
        let store = self.store.lock().unwrap().take();
        assert!(store.is_none_or(|store| Arc::strong_count(&store) == 1), "somebody still holds the store");
    }

    /// Closes the store and opens it again.
    pub(crate) async fn reopen(&self) {
        self.close();
        let opened = self.site.open(&self.clock).await;
        *self.store.lock().unwrap() = Some(opened);
    }

    /// Two nodes on a shared store, and one twice on a store that has one.
    pub(crate) async fn nodes(&self) -> Vec<Arc<dyn Store>> {
        let first = self.store();
        let second = match &self.site {
            Site::Sqlite(_) => first.clone(),
            shared => shared.open(&self.clock).await,
        };
        vec![first, second]
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<Committed, StoreError> {
        self.store().begin(Lane::Pages).await?.commit(changes).await
    }

    pub(crate) async fn account(&self, id: &str) -> Account {
        let account = account(id, self.now());
        let id = account.id.clone();
        let put = AccountPut { account, before: None, at: self.now(), by: Actor::Operator };
        self.commit(vec![Change::AccountPut(put)]).await.unwrap();
        self.store().account(&id).await.unwrap().unwrap()
    }

    pub(crate) async fn user(&self, account: &Account, id: &str) -> User {
        let user = user(account, id, self.now());
        let by = user.id.clone();
        self.commit(vec![user_created(user)]).await.unwrap();
        self.store().user(UserBy::Id(&by)).await.unwrap().unwrap()
    }

    /// An account with one person.
    pub(crate) async fn person(&self) -> User {
        let account = self.account("reef").await;
        self.user(&account, "mira").await
    }

    /// An invitation by this person to their account, of a mail address that is made of its id.
    pub(crate) fn invitation(&self, by: &User, id: &str) -> Invitation {
        Invitation {
            id: InvitationId::new(id).unwrap(),
            account_no: by.account_no,
            account_id: by.account_id.clone().unwrap(),
            email: format!("{id}@reef.example"),
            role: Role::Staff,
            invited_by: by.no,
            created_at: self.now(),
            expires_at: self.now() + INVITATION_VALID,
        }
    }

    pub(crate) async fn facts(&self, user: UserNo, asked: AskedUser) -> Facts {
        let mut transaction = self.store().begin(Lane::Pages).await.unwrap();
        transaction.users(vec![(user, asked)], 0).await.unwrap()
    }

    pub(crate) async fn open(&self, user: UserNo) -> Vec<OpenSession> {
        self.facts(user, AskedUser::default()).await.users.remove(0).open
    }

    /// Runs an admission as the service does.
    pub(crate) async fn admit(&self, ask: &Admit, policy: &SessionPolicy) -> Admission {
        let mut transaction = self.store().begin(Lane::Admissions).await.unwrap();
        let devices = ask.presented_device.into_iter().collect();
        let countries = ask.place.country_code.clone().into_iter().collect();
        let mut asked = vec![(ask.user, AskedUser { devices, countries, take_overs: ask.take_over.is_some() })];
        asked.extend(
            ask.presented_session.filter(|(holder, _)| *holder != ask.user).map(|(h, _)| (h, AskedUser::default())),
        );
        let facts = transaction.users(asked, 1).await.unwrap();
        let admission = admit(&facts, ask, policy, facts.born[0]);
        transaction.commit(admission.changes().to_vec()).await.unwrap();
        admission
    }

    /// Starts a session that takes any place it needs.
    pub(crate) async fn started(&self, ask: &Admit) -> Started {
        let policy = SessionPolicy { at_limit: AtLimit::ReplaceOldest, ..SessionPolicy::default() };
        self.started_under(ask, &policy).await
    }

    pub(crate) async fn started_under(&self, ask: &Admit, policy: &SessionPolicy) -> Started {
        match self.admit(ask, policy).await {
            Admission::Admit(_, started) => *started,
            Admission::Refuse(_, refusal) => panic!("refused: {refusal:?}"),
        }
    }

    pub(crate) async fn signed_in(&self, user: &User) -> Started {
        self.started(&ask(user)).await
    }

    pub(crate) async fn end(&self, session: &Started, reason: EndReason) -> Result<Committed, StoreError> {
        self.commit(vec![Change::SessionEnded(self.ended(session, reason))]).await
    }

    pub(crate) fn ended(&self, session: &Started, reason: EndReason) -> Ended {
        end(&session.open_session(), session.user(), reason, &Actor::Operator, self.now())
    }

    pub(crate) async fn checked(&self, token: SecretHash) -> Option<Checked> {
        self.store().check(&CheckAsk { token: Some(token), ..CheckAsk::default() }).await.unwrap().session
    }

    pub(crate) async fn state(&self, session: &Started) -> CheckedState {
        self.checked(session.token()).await.expect("the token leads to its session").state
    }

    pub(crate) async fn events(&self) -> Vec<Event> {
        self.store().events(EventsOf::All, Position(0), u16::MAX).await.unwrap()
    }
}

pub(crate) fn open_sqlite(path: &Path, clock: &Arc<ManualClock>) -> Arc<dyn Store> {
    let lock = StoreLock::take(path).unwrap();
    Arc::new(SqliteStore::open(path, lock, TimeSource::Manual(clock.clone())).unwrap())
}

pub(crate) fn account(id: &str, now: Timestamp) -> Account {
    Account {
        no: AccountNo(0),
        id: AccountId::new(id).unwrap(),
        name: format!("The {id}"),
        plan: "team".into(),
        time_zone: "Australia/Brisbane".into(),
        status: AccountStatus::Active,
        requires_factor: false,
        created_at: now,
    }
}

pub(crate) fn user(account: &Account, id: &str, now: Timestamp) -> User {
    User {
        no: UserNo(0),
        id: UserId::new(id).unwrap(),
        account_no: account.no,
        account_id: Some(account.id.clone()),
        role: Role::Owner,
        status: UserStatus::Active,
        email: Some(format!("{id}@reef.example")),
        email_confirmed_at: None,
        name: Some(format!("Person {id}")),
        created_at: now,
    }
}

pub(crate) fn user_created(user: User) -> Change {
    let at = user.created_at;
    Change::UserPut(UserPut { user, before: None, password_hash: None, at, by: Actor::Operator })
}

/// A sign-in on an application's word, from a device of its own.
pub(crate) fn ask(user: &User) -> Admit {
    let (session_id, token, device) = (secret::session_id(), SessionToken::generate(), SessionToken::generate());
    Admit {
        user: user.no,
        proof: Proof::Vouched,
        take_over: None,
        methods: vec!["pwd".into(), "otp".into()],
        presented_session: None,
        presented_device: None,
        new_device: Some(device.hash()),
        label: DeviceLabel::unknown(),
        ip: Some("192.0.2.7".into()),
        place: Place::default(),
        at_limit: None,
        by: Actor::User(user.no, user.role),
        session_id,
        token: token.hash(),
        reference: secret::reference(),
    }
}

pub(crate) fn limit_of(sessions_per_user: u16) -> SessionPolicy {
    SessionPolicy { sessions_per_user, at_limit: AtLimit::Refuse, ..SessionPolicy::default() }
}

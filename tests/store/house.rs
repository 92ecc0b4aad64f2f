//! What races and random days happen in: an account and its owner, at one node or at several.

use crate::harness::{START, Site};
use innkeeper::clock::ManualClock;
use innkeeper::config::Config;
use innkeeper::domain::activity::Counted;
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::{AccountId, KeyId, SecretHash, UserId};
use innkeeper::domain::policy::AtLimit;
use innkeeper::domain::user::Role;
use innkeeper::service::{
    AccountFields, Browser, CheckOutcome, Client, DirectoryRefusal, Innkeeper, NewSession, SessionRefusal, SessionView,
    SessionsPage, SignIn, StartedSession, StateFilter, UserFields,
};
use std::sync::Arc;
use tokio::task::JoinSet;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// What houses are built on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ground {
    Sqlite,
    /// One database, and so many nodes that share it.
    Postgres(usize),
}

pub(crate) struct House {
    /// The first of the nodes.
    pub(crate) innkeeper: Innkeeper,
    pub(crate) nodes: Vec<Innkeeper>,
    pub(crate) clock: Arc<ManualClock>,
    _site: Site,
}

impl House {
    /// An authority with nobody in it.
    pub(crate) async fn empty(ground: Ground, at_limit: AtLimit, sessions_per_user: u16) -> Self {
        let (site, count) = match ground {
            Ground::Sqlite => (Site::sqlite(), 1),
            Ground::Postgres(nodes) => (Site::postgres().expect("who builds on PostgreSQL has looked for it"), nodes),
        };
        let clock = ManualClock::at(START);
        let mut config = Config::default();
        config.policy.at_limit = at_limit;
        config.policy.sessions_per_user = sessions_per_user;
        config.limits.password_workers = 2;
        let mut nodes = Vec::new();
        for _ in 0..count {
            nodes.push(Innkeeper::start(site.open(&clock).await, &config, None));
        }
        Self { innkeeper: nodes[0].clone(), nodes, clock, _site: site }
    }

    /// One with the account `reef` on the plan `team`, and its owner `mira`.
    pub(crate) async fn open(ground: Ground, at_limit: AtLimit, sessions_per_user: u16) -> Self {
        let house = Self::empty(ground, at_limit, sessions_per_user).await;
        let text = |text: &str| Some(text.to_owned());
        let account = AccountFields { name: text("The desk"), plan: text("team"), ..AccountFields::default() };
        house.innkeeper.put_account(&reef(), &account, &Actor::Operator).await.unwrap().unwrap();
        house.put_user("mira", Role::Owner).await.unwrap();
        house
    }

    /// One of the nodes; they take turns.
    pub(crate) fn node(&self, turn: usize) -> &Innkeeper {
        &self.nodes[turn % self.nodes.len()]
    }

    /// Writes what the nodes have gathered.
    pub(crate) async fn settle(&self) {
        for node in &self.nodes {
            node.settle().await.unwrap();
        }
    }

    pub(crate) async fn put_user(&self, id: &str, role: Role) -> Result<(), DirectoryRefusal> {
        let fields = UserFields { account: Some(reef()), role: Some(role), ..UserFields::default() };
        self.innkeeper.put_user(&user(id), fields, &Actor::Operator).await.unwrap().map(|_| ())
    }

    /// Gives `mira` an address and a password.
    pub(crate) async fn with_password(self) -> Self {
        let email = Some(Some("mira@example.com".to_owned()));
        let fields = UserFields { email, password: Some(PASSWORD.into()), ..UserFields::default() };
        self.innkeeper.patch_user(&user("mira"), fields, &Actor::Operator).await.unwrap().unwrap();
        self
    }

    pub(crate) async fn start(&self, device: Option<SecretHash>) -> Result<StartedSession, SessionRefusal> {
        let client = Client::default();
        let ask = NewSession { user: user("mira"), client, device, methods: vec!["pwd".into()], replace_oldest: false };
        self.innkeeper.start_session(ask, key()).await.unwrap()
    }

    pub(crate) async fn live(&self) -> Vec<SessionView> {
        let page = SessionsPage { before: None, limit: 200 };
        let found = self.innkeeper.sessions_of_user(&user("mira"), StateFilter::Live, page).await.unwrap();
        found.unwrap_or_default()
    }

    /// Whether it is live, as this node says.
    pub(crate) async fn says_live(innkeeper: &Innkeeper, token: SecretHash) -> bool {
        matches!(innkeeper.check(Some(token), Counted::Counted).await.unwrap(), CheckOutcome::Live(_))
    }

    /// Whether it is live, as every node says.
    pub(crate) async fn is_live(&self, token: SecretHash) -> bool {
        let live = Self::says_live(&self.innkeeper, token).await;
        for other in &self.nodes[1..] {
            assert_eq!(Self::says_live(other, token).await, live, "the nodes do not agree");
        }
        live
    }

    /// As many tasks as `times`, all under way at once, dealt out to the nodes.
    pub(crate) async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        times: usize,
        task: impl Fn(Innkeeper, usize) -> F,
    ) -> Vec<T> {
        (0..times).map(|number| task(self.node(number).clone(), number)).collect::<JoinSet<T>>().join_all().await
    }
}

pub(crate) fn reef() -> AccountId {
    AccountId::new("reef").unwrap()
}

pub(crate) fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

/// The application that starts sessions.
pub(crate) fn key() -> Actor {
    Actor::Service(KeyId::new("k_desk").unwrap())
}

pub(crate) fn new_session() -> NewSession {
    new_session_of("mira")
}

/// A session of somebody, from a device that nobody knows.
pub(crate) fn new_session_of(id: &str) -> NewSession {
    let client = Client::default();
    NewSession { user: user(id), client, device: None, methods: vec!["pwd".into()], replace_oldest: false }
}

pub(crate) fn form(password: &str) -> SignIn {
    SignIn {
        email: "mira@example.com".into(),
        password: password.into(),
        browser: Browser::default(),
        client: Client::default(),
    }
}

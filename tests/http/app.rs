//! One installation for one test, and what comes back from it.

use crate::server::{Database, ask, server};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use innkeeper::clock::{ManualClock, TimeSource};
use innkeeper::config::Config;
use innkeeper::domain::end::Actor;
use innkeeper::domain::time::Timestamp;
use innkeeper::password::Breached;
use innkeeper::service::{Beside, Billing, Innkeeper, Scope};
use innkeeper::store::Store;
use innkeeper::store::postgres::{Options, PostgresStore};
use innkeeper::store::sqlite::{SqliteStore, StoreLock};
use innkeeper::web::app::App;
use innkeeper::web::front::Front;
use innkeeper::web::serve::{Answers, PeerAddress};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// When every test begins: 2026-11-22T04:00:00.000Z.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_320_000_000);

/// An installation with an empty store.
pub(crate) struct TestApp {
    /// Every route of the main listener.
    pub(crate) front: Front,
    /// The authority behind it.
    pub(crate) innkeeper: Innkeeper,
    /// What the router was made from.
    pub(crate) app: App,
    /// The clock, which stands until a test moves it.
    pub(crate) clock: Arc<ManualClock>,
    /// Where the store is; gone with the test.
    pub(crate) site: Site,
}

/// Where the store of one test is.
pub(crate) enum Site {
    /// In a file in this folder.
    Sqlite(TempDir),
    /// In a database of its own.
    Postgres(Database),
}

impl Site {
    /// Where `INNKEEPER_TEST_STORE` says: on PostgreSQL, or, without it, in a file.
    fn named() -> Self {
        match std::env::var("INNKEEPER_TEST_STORE").as_deref() {
            Ok("postgres") => {
                Site::Postgres(server().expect("there is a PostgreSQL (Debian: postgresql-15)").database())
            }
            Ok("sqlite") | Err(_) => Self::embedded(),
            Ok(other) => panic!("INNKEEPER_TEST_STORE is sqlite or postgres, and not {other}"),
        }
    }

    fn embedded() -> Self {
        Site::Sqlite(tempfile::tempdir().expect("a folder for the test's store"))
    }

    async fn open(&self, clock: &Arc<ManualClock>) -> Arc<dyn Store> {
        let time = TimeSource::Manual(clock.clone());
        match self {
            Site::Sqlite(folder) => {
                let path = folder.path().join("innkeeper.db");
                let lock = StoreLock::take(&path).expect("nobody else has this file");
                Arc::new(SqliteStore::open(&path, lock, time).expect("a new store opens"))
            }
            Site::Postgres(database) => {
                let opened = PostgresStore::open(database.connector(), time, Options::default()).await;
                Arc::new(opened.expect("a new database opens"))
            }
        }
    }

    /// Says something to the database behind the store's back.
    pub(crate) fn sql(&self, text: &str) {
        match self {
            Site::Sqlite(folder) => {
                let connection = rusqlite::Connection::open(folder.path().join("innkeeper.db")).expect("it is a file");
                connection.execute_batch(text).expect("it makes sense");
            }
            Site::Postgres(database) => {
                ask(&database.url(), text);
            }
        }
    }

    /// The folder of a store in a file.
    pub(crate) fn folder(&self) -> &Path {
        match self {
            Site::Sqlite(folder) => folder.path(),
            Site::Postgres(_) => panic!("this test is about a store in a file: start it with TestApp::embedded"),
        }
    }
}

impl TestApp {
    /// Starts one as it is without any configuration.
    pub(crate) async fn start() -> Self {
        Self::configured(|_| {}).await
    }

    /// Starts one whose store is a file, whatever else there is.
    pub(crate) async fn embedded() -> Self {
        Self::at(Site::embedded(), Config::default(), Beside::default()).await
    }

    /// Starts one with another configuration.
    pub(crate) async fn configured(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        change(&mut config);
        Self::at(Site::named(), config, Beside::default()).await
    }

    /// Starts one that knows these passwords to be stolen.
    pub(crate) async fn with_breached(list: Breached) -> Self {
        let beside = Beside { breached: Some(list), ..Beside::default() };
        Self::at(Site::named(), Config::default(), beside).await
    }

    /// Starts one in which somebody settles what plans cost.
    pub(crate) async fn billed_by(billing: Arc<dyn Billing>) -> Self {
        Self::at(Site::named(), Config::default(), Beside { billing, ..Beside::default() }).await
    }

    async fn at(site: Site, config: Config, beside: Beside) -> Self {
        let clock = ManualClock::at(START);
        let innkeeper = Innkeeper::start_with(site.open(&clock).await, &config, beside);
        let app = App::new(innkeeper.clone(), &config).expect("the cookies can be set");
        let front = Front::new(app.clone());
        Self { front, innkeeper, app, clock, site }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::to(self.front.clone(), request).await
    }

    /// Gets a path without any credentials.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("the test's request is one")).await
    }

    /// An application with a fresh service key of these scopes.
    pub(crate) async fn api_caller(&self, scopes: &[Scope]) -> ApiCaller<'_> {
        let (_, key) = self.innkeeper.create_key("test".into(), scopes, Actor::Operator).await.expect("a key is made");
        ApiCaller { app: self, bearer: Some(format!("Bearer {}", key.reveal())) }
    }

    /// An application that shows no service key.
    pub(crate) fn stranger(&self) -> ApiCaller<'_> {
        ApiCaller { app: self, bearer: None }
    }
}

/// Somebody who calls the JSON API.
pub(crate) struct ApiCaller<'a> {
    /// Whom they call.
    pub(crate) app: &'a TestApp,
    bearer: Option<String>,
}

impl ApiCaller<'_> {
    /// A request with this caller's credentials; `path` is below `/api/v1`.
    pub(crate) fn ask(&self, method: &str, path: &str, body: impl Into<Body>) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if let Some(bearer) = &self.bearer {
            request = request.header(header::AUTHORIZATION, bearer);
        }
        request.header(header::CONTENT_TYPE, "application/json").body(body.into()).expect("the test's request is one")
    }

    /// Sends a JSON body.
    pub(crate) async fn request(&self, method: &str, path: &str, json: Value) -> Answer {
        self.app.send(self.ask(method, path, json.to_string())).await
    }

    /// Sends a body that may be anything.
    pub(crate) async fn raw(&self, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        self.app.send(self.ask(method, path, body)).await
    }

    /// Gets a path.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.raw("GET", path, Body::empty()).await
    }

    /// Deletes what is at a path.
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.raw("DELETE", path, Body::empty()).await
    }
}

/// A whole answer.
pub(crate) struct Answer {
    /// The status, as a number.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

impl Answer {
    /// What somebody who answers requests answers to one.
    pub(crate) async fn to(answers: impl Answers, request: Request<Body>) -> Self {
        let peer = request.extensions().get().copied().unwrap_or(PeerAddress(None));
        let (head, body) = answers.answer(peer, request).await.into_parts();
        let body = body.collect().await.expect("the body is whole").to_bytes();
        Self { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// A header's text, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("the header is text"))
    }
}

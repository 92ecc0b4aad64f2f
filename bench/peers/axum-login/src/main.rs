//! A peer: axum-login with tower-sessions in SQLite through sqlx, as their documentation puts them together.
//! `POST /sign-in` signs the one user in; `GET /forward-auth` answers what Innkeeper's does.
//! Usage: `peer-axum-login FILE`.

use axum::Router;
use axum::http::{HeaderName, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum_login::tower_sessions::{Expiry, SessionManagerLayer};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, UserId};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use tower_sessions_sqlx_store::SqliteStore;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Clone, Debug, sqlx::FromRow)]
struct User {
    id: i64,
    user_id: String,
    name: String,
    email: String,
    role: String,
    account_id: String,
}

impl AuthUser for User {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        b"the hash of their password"
    }
}

#[derive(Clone)]
struct Backend(SqlitePool);

impl AuthnBackend for Backend {
    type User = User;
    type Credentials = i64;
    type Error = sqlx::Error;

    async fn authenticate(&self, id: i64) -> Result<Option<User>, sqlx::Error> {
        self.get_user(&id).await
    }

    async fn get_user(&self, id: &UserId<Self>) -> Result<Option<User>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM users WHERE id = ?").bind(id).fetch_optional(&self.0).await
    }
}

async fn sign_in(mut auth: AuthSession<Backend>) -> StatusCode {
    let user = auth.authenticate(1).await.expect("the database answers").expect("the one user");
    auth.login(&user).await.expect("the database answers");
    StatusCode::NO_CONTENT
}

async fn check(auth: AuthSession<Backend>) -> impl IntoResponse {
    let Some(user) = auth.user else { return StatusCode::UNAUTHORIZED.into_response() };
    let headers = [
        (HeaderName::from_static("remote-user"), user.user_id),
        (HeaderName::from_static("remote-name"), user.name),
        (HeaderName::from_static("remote-email"), user.email),
        (HeaderName::from_static("remote-groups"), user.role),
        (HeaderName::from_static("remote-account"), user.account_id),
        (HeaderName::from_static("remote-session"), auth.session.id().map(|id| id.to_string()).unwrap_or_default()),
    ];
    headers.into_response()
}

#[tokio::main]
async fn main() {
    let file = std::env::args().nth(1).expect("usage: peer-axum-login FILE");
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePoolOptions::new().connect_with(options).await.expect("the database opens");
    let table = "CREATE TABLE users (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, name TEXT NOT NULL, \
                 email TEXT NOT NULL, role TEXT NOT NULL, account_id TEXT NOT NULL)";
    sqlx::query(table).execute(&pool).await.expect("a new database");
    let mira =
        "INSERT INTO users VALUES (1, 'u_0000000001', 'Mira Sommer', 'mira.1@reef.example', 'owner', 'a_0000000001')";
    sqlx::query(mira).execute(&pool).await.expect("the one user");
    let sessions = SqliteStore::new(pool.clone());
    sessions.migrate().await.expect("their own table");
    let layer = SessionManagerLayer::new(sessions)
        .with_secure(false)
        .with_expiry(Expiry::OnInactivity(time::Duration::minutes(20)));
    let auth = AuthManagerLayerBuilder::new(Backend(pool), layer).build();
    let router = Router::new().route("/sign-in", post(sign_in)).route("/forward-auth", get(check)).layer(auth);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("listening on {}", listener.local_addr().expect("a bound address"));
    axum::serve(listener, router).await.expect("it runs until it is stopped");
}

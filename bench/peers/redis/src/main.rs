//! A peer: what a check is without Innkeeper, written by somebody who knows how. The session is a hash in Redis, looked up
//! by the SHA-256 of the token with one HMGET on one multiplexed connection; both deadlines are compared.
//! It has none of Innkeeper's rules: no touch, no limit, no list of a user's sessions, and nothing survives a power cut.
//! Usage: `peer-redis REDIS_ADDRESS`.

use axum::Router;
use axum::extract::State;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::BASE64URL_NOPAD;
use redis::aio::MultiplexedConnection;
use sha2::{Digest, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What one HMGET brings.
type Found =
    (Option<String>, Option<String>, Option<String>, Option<String>, Option<String>, Option<String>, Option<u64>);

async fn check(State(mut redis): State<MultiplexedConnection>, headers: HeaderMap) -> Response {
    let cookie = headers.get(COOKIE).and_then(|cookie| cookie.to_str().ok());
    let token = cookie.and_then(|cookie| cookie.strip_prefix("innkeeper="));
    let Some(token) = token.and_then(|token| BASE64URL_NOPAD.decode(token.as_bytes()).ok()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let key: [u8; 32] = Sha256::digest(token).into();
    let mut ask = redis::cmd("HMGET");
    ask.arg(&key).arg(&["user", "name", "email", "role", "account", "session", "deadline"]);
    let found: redis::RedisResult<Found> = ask.query_async(&mut redis).await;
    let Ok(found) = found else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let (Some(user), Some(name), Some(email), Some(role), Some(account), Some(session), Some(deadline)) = found else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    if u128::from(deadline) <= now {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let headers = [
        (HeaderName::from_static("remote-user"), user),
        (HeaderName::from_static("remote-name"), name),
        (HeaderName::from_static("remote-email"), email),
        (HeaderName::from_static("remote-groups"), role),
        (HeaderName::from_static("remote-account"), account),
        (HeaderName::from_static("remote-session"), session),
    ];
    headers.into_response()
}

#[tokio::main]
async fn main() {
    let redis = std::env::args().nth(1).expect("usage: peer-redis REDIS_ADDRESS");
    let client = redis::Client::open(format!("redis://{redis}")).expect("an address");
    let connection = client.get_multiplexed_async_connection().await.expect("Redis answers");
    let router = Router::new().route("/forward-auth", get(check)).with_state(connection);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("listening on {}", listener.local_addr().expect("a bound address"));
    axum::serve(listener, router).await.expect("it runs until it is stopped");
}

//! The way to the store for commands: through the server that holds it, or by holding it oneself meanwhile.
//!
//! Either way a command is a request to the same routes, so it does the same.

use super::Failure;
use crate::config::{Config, StoreUrl};
use crate::start::open::{self, Held};
use crate::store::sqlite::{LockError, StoreLock};
use crate::web::app::App;
use crate::web::control::{connect, control_router};
use crate::web::problem;
use anyhow::Context;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::time::Duration;
use tower::ServiceExt;

/// How long a process that holds the store may take to open its socket.
const SOCKET_WITHIN: Duration = Duration::from_secs(5);

/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Longest answer that is read; a page of a list is far below it.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) enum Link {
    /// Nobody held the file, so we do; or the store is a server, which lets us in beside others.
    Here(App),
    /// A server holds it.
    There(SendRequest<Body>),
}

impl Link {
    /// Finds the way.
    pub(super) async fn open(config: &Config) -> Result<Self, Failure> {
        let path = match &config.store.url {
            StoreUrl::Sqlite(path) => path,
            StoreUrl::Postgres(url) => {
                open::see_that_tables_fit(config, &open::connector(url)?).await?;
                return Ok(Link::Here(open::app(config, Held::take(config)?, None).await?));
            }
        };
        let socket = StoreLock::path_beside(path, "sock");
        let mut looks = SOCKET_WITHIN.as_millis() / LOOK_EVERY.as_millis();
        loop {
            let held = match StoreLock::take(path) {
                Ok(lock) => {
                    let is_new = !path.exists();
                    let app = open::app(config, Held::File(path.clone(), lock), None).await?;
                    if is_new {
                        // The likeliest reason: a folder other than the server's.
                        let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                        eprintln!("innkeeper: there was no store at {}, and a new one was made", whole.display());
                    }
                    return Ok(Link::Here(app));
                }
                Err(held @ LockError::Held { .. }) => held,
                Err(other) => return Err(open::in_use(other).into()),
            };
            if let Ok(stream) = connect(&socket).await {
                let greeted = handshake(TokioIo::new(stream)).await;
                let (sender, connection) = greeted.context("the server that holds the store does not answer")?;
                tokio::spawn(connection);
                return Ok(Link::There(sender));
            }
            if looks == 0 {
                let LockError::Held { path, pid } = held else { return Err(open::in_use(held).into()) };
                return Err(Failure::failed(format!(
                    "the store {path} is held by process {pid}, which takes no commands at {}; if it is starting or \
                     stopping, try again in a moment",
                    socket.display()
                )));
            }
            looks -= 1;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Sends one request. An answer other than success is a failure that says what the server said.
    pub(super) async fn send(&mut self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "innkeeper");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request.body(body).context("the command makes no request")?;
        let response = match self {
            Link::Here(app) => match control_router(app.clone()).oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
            Link::There(sender) => {
                let sent = sender.send_request(request).await;
                sent.context("the server went away before it answered; look whether the command was done")?
                    .map(Body::new)
            }
        };
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await.context("the answer broke off")?;
        let answer: Value = match body.as_ref() {
            [] => Value::Null,
            text => serde_json::from_slice(text).unwrap_or(Value::Null),
        };
        if parts.status.is_success() {
            return Ok(answer);
        }
        let cause = parts.extensions.get::<problem::Failure>();
        Err(refused(parts.status, &answer, cause))
    }

    /// Leaves the store whole.
    pub(super) async fn close(self) -> Result<(), Failure> {
        if let Link::Here(app) = self {
            app.innkeeper().settle().await.context("the store could not be left settled")?;
        }
        Ok(())
    }
}

/// The sentence of a problem, with its field, and what is behind it where this process knows.
fn refused(status: StatusCode, answer: &Value, cause: Option<&problem::Failure>) -> Failure {
    let sentence = match answer["detail"].as_str() {
        Some(detail) => match answer["field"].as_str() {
            Some(field) if !detail.contains(field) => format!("{field}: {detail}"),
            _ => detail.to_owned(),
        },
        None => format!("the server answered {status}"),
    };
    let more = match answer["code"].as_str() {
        Some("unknown_account") => " `innkeeper account list` shows those that there are, and `account put` makes one.",
        Some("unknown_user") => " `innkeeper user list --account ACCOUNT` shows those that there are.",
        _ => "",
    };
    let sentence = sentence + more;
    match cause {
        Some(problem::Failure(error)) => Failure::Failed(anyhow::Error::new(error.clone()).context(sentence)),
        None => Failure::failed(sentence),
    }
}

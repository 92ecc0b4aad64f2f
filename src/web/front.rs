//! What the main listener answers with: the one hot path straight away, everything else by the router.

use super::app::{App, panicked};
use super::forward_auth::forward_auth;
use super::serve::{Answers, PeerAddress};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// Every path of the main listener. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    inner: Arc<Inner>,
}

struct Inner {
    app: App,
    forward_auth: String,
    routes: Router,
}

impl Front {
    /// Puts the router behind the hot path.
    pub fn new(app: App) -> Self {
        let forward_auth = format!("{}/forward-auth", app.site().base());
        let routes = super::router(app.clone());
        Self { inner: Arc::new(Inner { app, forward_auth, routes }) }
    }
}

impl Answers for Front {
    /// The hot path passes none of the router's layers and boxes: it takes care of headers and log itself, and panics are
    /// caught here.
    async fn answer(&self, peer: PeerAddress, request: Request) -> Response<Body> {
        let Inner { app, forward_auth: path, routes } = &*self.inner;
        if request.uri().path() == path {
            let (head, _) = request.into_parts();
            let answer = AssertUnwindSafe(forward_auth(app, peer, &head)).catch_unwind();
            return answer.await.unwrap_or_else(panicked);
        }
        routes.answer(peer, request).await
    }
}

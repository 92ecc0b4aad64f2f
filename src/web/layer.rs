//! What an application in the same process puts before its own routes: a layer of tower that decides as `/forward-auth`
//! does, and who is signed in as an argument of its handlers.

use super::activity;
use super::app::App;
use super::behind::{SignedIn, TurnedAway, behind};
use super::forward_auth::IDENTITY;
use super::problem::Problem;
use axum::body::Body;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use axum::response::IntoResponse;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower::{Layer, Service};

/// Lets requests of people with a live session through, and answers all others itself.
#[derive(Clone)]
pub struct SignInLayer {
    app: App,
}

impl SignInLayer {
    /// A layer that asks this installation.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

impl<S> Layer<S> for SignInLayer {
    type Service = SignInRequired<S>;

    fn layer(&self, inner: S) -> SignInRequired<S> {
        SignInRequired { app: self.app.clone(), inner }
    }
}

/// What the layer makes of a service.
#[derive(Clone)]
pub struct SignInRequired<S> {
    app: App,
    inner: S,
}

impl<S, B> Service<Request<B>> for SignInRequired<S>
where
    S: Service<Request<B>, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that is ready is the one to call; its clone has yet to become so.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let app = self.app.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match let_through(&app, &mut parts).await {
                Ok(()) => Ok(inner.call(Request::from_parts(parts, body)).await?.into_response()),
                Err(answer) => Ok(*answer),
            }
        })
    }
}

/// Puts who it is into the request's extensions, or gives the answer to it.
async fn let_through(app: &App, parts: &mut Parts) -> Result<(), Box<Response<Body>>> {
    // Whatever else says who this is: the check alone does.
    parts.extensions.remove::<SignedIn>();
    remove_identity(&mut parts.headers);
    // Within a nested router the address is cut; people know the whole one.
    let asked = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(whole)| whole);
    let path = app.site().activity.said_of(asked.path());
    let counted = activity::counted(parts.method.as_str(), path, &parts.headers);
    match behind(app, &parts.headers, counted).await {
        Ok(person) => {
            parts.extensions.insert(person);
            Ok(())
        }
        Err(why) => {
            let next = || app.site().next(Some(asked.path_and_query()?.as_str()));
            let away = TurnedAway { app, request: parts, method: parts.method.as_str() };
            Err(Box::new(away.answer(why, Some(&next))))
        }
    }
}

/// An application that was behind a proxy before may still read the headers by which that said who is there, under this
/// name or under one that it takes for the same.
fn remove_identity(headers: &mut HeaderMap) {
    let is_ours = |name: &str| IDENTITY.iter().any(|ours| name.replace('_', "-") == ours.as_str());
    let named: Vec<_> = headers.keys().filter(|name| is_ours(name.as_str())).cloned().collect();
    for name in named {
        headers.remove(name);
    }
}

/// Whoever the layer let through. A route that is not behind it is a mistake in the application: it answers 500, and the
/// log says so.
impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response<Body>> {
        parts.extensions.get::<SignedIn>().cloned().ok_or_else(|| {
            tracing::error!(path = parts.uri.path(), "a route asks who is signed in, and is not behind the layer");
            let detail = "Something went wrong on our side.";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into_response()
        })
    }
}

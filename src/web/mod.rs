//! HTTP: the only folder that names axum. Uses the service and the domain, never the store.
//!
//! Read in this order: [`app`] (what every handler shares), [`serve`] with [`connection`] and [`body`] (how requests come
//! in, and what a slow or greedy client gets), [`forwarded`] (what a proxy says of them), [`activity`], [`cross_site`],
//! [`cookie`] and [`next`] (what is read from them), [`forward_auth`], [`pages`] and [`api`] (what answers them), [`text`]
//! and [`moment`] (in which words), [`headers`] and [`remote`] (what goes out), [`metrics`] (what is counted),
//! [`control`] (how commands reach a running server).

pub mod app;

pub mod serve;

#[cfg(test)]
mod serve_tests;

pub mod connection;

pub mod body;

pub mod forwarded;

pub mod activity;

pub mod cross_site;

pub mod cookie;

pub mod next;

pub mod problem;

pub mod forward_auth;

pub mod pages;

pub mod api;

pub mod text;

pub mod moment;

pub mod headers;

pub mod remote;

pub mod metrics;

pub mod control;

use app::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};

/// Every route of the main listener. Paths are below the path of the public address, if it has one.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .merge(pages::routes(&app))
        .nest("/api", api::routes())
        .route("/forward-auth", any(forward_auth::forward_auth))
        .with_state(app.clone());
    let at_base = match app.site().base() {
        "" => routes,
        base => Router::new().nest(base, routes),
    };
    at_base
        .route("/healthz", get(app::healthz))
        .route("/readyz", get(app::readyz).with_state(app.clone()))
        .layer(axum::middleware::from_fn(app::log_failures))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(app::panicked))
        .layer(from_fn_with_state(app.site().headers.clone(), headers::security_headers))
}

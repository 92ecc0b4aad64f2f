//! HTTP: the only folder that names axum. Uses the service and the domain, never the store.
//!
//! Read in this order: [`app`] (what every handler shares), [`serve`] with [`connection`] and [`body`] (how requests come
//! in, and what a slow or greedy client gets), [`forwarded`] (what a proxy says of them), [`activity`], [`cross_site`],
//! [`cookie`] and [`next`] (what is read from them), [`extract`] and [`member`] (what pages are given of it; by [`needs`] only to whoever may), [`front`],
//! [`behind`] (who is behind a request for an application), [`forward_auth`], [`pages`] and [`api`] (what answers them), [`text`] and [`moment`] (in which words), [`mail`] (what is mailed in them), [`headers`] and
//! [`remote`] (what goes out), [`csv`] (files for spreadsheets), [`qr`] (pictures for phones), [`metrics`] (what is counted), [`control`] (how commands
//! reach a running server).

pub mod app;

pub mod serve;

#[cfg(test)]
mod serve_tests;

pub mod connection;

pub mod body;

pub mod forwarded;

pub mod activity;

pub mod cross_site;

pub mod csv;

pub mod qr;

pub mod cookie;

pub mod next;

pub mod extract;

pub mod needs;

pub mod member;

pub mod problem;

pub mod behind;

pub mod forward_auth;

#[cfg(feature = "embedded")]
pub mod layer;

pub mod front;

pub mod pages;

pub mod api;

pub mod text;

pub mod moment;

pub mod mail;

pub mod headers;

pub mod remote;

pub mod metrics;

pub mod control;

use app::App;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;

/// Every route of the main listener but `/forward-auth`, which [`front`] answers. Paths are below the path of the public
/// address, if it has one.
fn router(app: App) -> Router {
    let at_base = match app.site().base() {
        "" => pages_and_api(&app),
        base => below(base, &app).fallback(pages::answer::nothing_here),
    };
    let all = at_base.route("/healthz", get(app::healthz)).route("/readyz", get(app::readyz).with_state(app.clone()));
    with_layers(all, &app)
}

/// Pages, API and `/forward-auth` below the path of the public address, for an application that has routes of its own
/// beside them; of no use without such a path. `within` is how long a client may take for a body that it sends to them,
/// whatever it may take for one that it sends to the application.
#[cfg(feature = "embedded")]
pub fn routes_within(app: &App, within: std::time::Duration) -> Router {
    let base = app.site().base();
    let forward_auth = axum::routing::any(forward_auth::handler).with_state(app.clone());
    let all = below(base, app).route(&format!("{base}/forward-auth"), forward_auth);
    let timed = move |request| std::future::ready(body::timed(request, body::BodyTime::Whole(within)));
    let all = with_layers(all, app).layer(axum::middleware::map_request(timed));
    all.layer(from_fn(serve::peer_of_connection))
}

fn pages_and_api(app: &App) -> Router {
    Router::new().merge(pages::routes(app)).nest("/api", api::routes()).with_state(app.clone())
}

fn below(base: &str, app: &App) -> Router {
    let home = get(pages::account::home_with_slash).with_state(app.clone());
    Router::new().nest(base, pages_and_api(app)).route(&format!("{base}/"), home)
}

fn with_layers(routes: Router, app: &App) -> Router {
    routes
        .layer(from_fn(app::log_failures))
        .layer(from_fn_with_state(app.site().headers.clone(), headers::security_headers))
        .layer(CatchPanicLayer::custom(app::panicked))
}

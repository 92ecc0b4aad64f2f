//! Pages for people: a file for each noun, with the structs of its pages (exactly what their templates may show, already
//! in words), and the handlers that fill them from the service. The catalogue holds the words.
//!
//! Errors are written by `answer::error_pages` alone, and [`chrome`] is what surrounds every page.

pub mod chrome;

pub mod answer;

mod assets;

pub mod account;

pub mod confirm;

pub mod device;

pub mod error;

pub mod name;

pub mod refusal;

pub mod session_policy;

pub mod sessions;

pub mod sign_in;

pub mod signed_out;

pub mod step_up;

pub mod security;

mod language;

pub mod live;

pub mod password;

#[cfg(test)]
mod live_samples;

#[cfg(test)]
mod samples;

#[cfg(test)]
mod rules;

pub use chrome::{Assets, Chrome, LiveChannel, Support, UserMenu, initials};

use super::app::{self, App};
use super::headers::page_headers;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

/// Every page. What no route takes is answered here, too.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/", get(account::home))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(signed_out::sign_out))
        .route("/signed-out", get(signed_out::show))
        .route("/account", get(account::show))
        .route("/account/sessions", get(sessions::show))
        .route("/account/live", get(live::listen))
        .route("/account/sessions/end-others", get(confirm::ask_end_others).post(confirm::end_others))
        .route("/account/sessions/{id}/terminate", get(confirm::ask_terminate).post(confirm::terminate))
        .route("/account/sessions/{id}/name", get(name::ask).post(name::name))
        .route("/account/security", get(security::show))
        .route("/account/security/password", get(password::show).post(password::change))
        .route("/account/step-up", get(step_up::show).post(step_up::step_up))
        .route("/session-policy", get(session_policy::show))
        .route("/language", post(language::choose))
        .route("/assets/{file}", get(assets::file))
        .fallback(answer::nothing_here)
        .layer(CatchPanicLayer::custom(app::panicked))
        // Before anything reads a session, so that what another site sends never counts as activity.
        .layer(from_fn_with_state(app.clone(), answer::refuse_cross_site))
        .layer(from_fn_with_state(app.clone(), answer::error_pages))
        .layer(from_fn_with_state(app.site().headers.clone(), page_headers))
}

//! The JSON API: every route on one screen. Each handler says in its types which scope it needs ([`caller`]) and what it
//! reads (`input`, `fields`); `view` is what it answers, `refused` why it does not.

mod accounts;
pub mod caller;
mod docs;
mod events;
mod fields;
mod input;
mod list;
mod openapi;
mod operator;
mod origins;
mod refused;
mod sessions;
mod start;
mod users;
mod view;
mod webhooks;

pub use operator::operator_routes;
pub use webhooks::webhook_body;

use super::app::App;
use super::problem::Problem;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::LazyLock;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where version 1 is, below the API.
const V1: &str = "/v1";

/// Every route of the API, below `/api`.
pub fn routes() -> Router<App> {
    let (calls, _) = calls().split_for_parts();
    Router::new()
        .nest(V1, calls)
        .route("/v1/openapi.json", get(description))
        .route("/docs", get(docs::page))
        .fallback(async || nothing_here())
        .method_not_allowed_fallback(wrong_method)
}

fn calls() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(start::start_session))
        .routes(routes!(start::check))
        .routes(routes!(sessions::get_session, sessions::end_session))
        .routes(routes!(sessions::step_up))
        .routes(routes!(sessions::list_of_user, sessions::end_of_user))
        .routes(routes!(sessions::list_of_account, sessions::end_of_account))
        .routes(routes!(accounts::list_accounts))
        .routes(routes!(accounts::put_account, accounts::get_account))
        .routes(routes!(accounts::list_users))
        .routes(routes!(users::put_user, users::get_user, users::patch_user, users::remove_user))
        .routes(routes!(users::remove_factors))
        .routes(routes!(events::list_events))
        .routes(routes!(webhooks::create_webhook, webhooks::list_webhooks))
        .routes(routes!(webhooks::remove_webhook))
        .routes(routes!(webhooks::rotate_secret))
        .routes(routes!(webhooks::list_deliveries))
        .routes(routes!(webhooks::retry_delivery))
}

/// The description, where the API is at `server`.
fn openapi_at(server: String) -> OpenApi {
    let (_, api) = calls().split_for_parts();
    openapi::finish(api, server)
}

/// The description of the API, as JSON. An installation whose address has a path serves its own.
pub fn openapi_json() -> String {
    static TEXT: LazyLock<String> = LazyLock::new(|| text_of(&openapi_at(format!("/api{V1}"))));
    TEXT.clone()
}

fn text_of(api: &OpenApi) -> String {
    api.to_pretty_json().expect("a description of texts and lists has a JSON form")
}

async fn description(State(app): State<App>) -> impl IntoResponse {
    let text = match app.site().base() {
        "" => openapi_json(),
        base => text_of(&openapi_at(format!("{base}/api{V1}"))),
    };
    ([(header::CONTENT_TYPE, "application/json")], text)
}

fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here. See /api/docs for what there is.")
}

async fn wrong_method() -> Problem {
    let detail = "This path takes other methods: the header Allow names them.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

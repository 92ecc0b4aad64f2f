//! The JSON API under `/api`.

pub mod caller;

use super::app::App;
use axum::Router;

/// Every route of the API, below `/api`.
pub fn routes() -> Router<App> {
    Router::new()
}

/// The routes that only an operator has, below `/api`.
pub fn operator_routes() -> Router<App> {
    Router::new()
}

/// The OpenAPI document.
pub fn openapi_json() -> String {
    "{}".into()
}

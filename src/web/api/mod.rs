//! The JSON API under `/api`.

use super::app::App;
use axum::Router;

/// Every route of the API, below `/api`.
pub fn routes() -> Router<App> {
    Router::new()
}

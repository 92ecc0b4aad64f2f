//! `POST /language`: somebody chooses the language of the pages, for this browser.

use super::answer::see_other;
use crate::web::extract::{FormOf, Visit};
use crate::web::text::Language;
use axum::body::Body;
use axum::http::Response;
use axum::http::header::SET_COOKIE;
use serde::Deserialize;
use std::convert::Infallible;

/// The fields of `POST /language`.
#[derive(Deserialize)]
pub(super) struct Choice {
    language: String,
    back: Option<String>,
}

/// Keeps the choice and leads back. A language that there is not changes nothing.
pub(super) async fn choose(
    Ok(visit): Result<Visit, Infallible>,
    FormOf(Choice { language, back }): FormOf<Choice>,
) -> Response<Body> {
    let back = visit.app.site().next(back.as_deref());
    let mut answer = see_other(&back.map_or_else(|| visit.address("/account"), |back| back.to_string()));
    if let Some(language) = Language::parse(&language) {
        answer.headers_mut().append(SET_COOKIE, visit.app.site().cookies.set_language(language.code()));
    }
    answer
}

//! Errors of the JSON API as `application/problem+json` (RFC 9457), each with a stable `code`.

use crate::service::ServiceError;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use std::error::Error;
use std::sync::Arc;
use utoipa::ToSchema;

/// The error behind an answer, for the one place that logs it.
#[derive(Clone)]
pub struct Failure(pub Arc<dyn Error + Send + Sync>);

/// What went wrong with a request, for the program that made it.
#[derive(Clone, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16, example = 409)]
    pub status: StatusCode,
    /// Stable name of the problem: what programs decide by.
    #[schema(value_type = String, example = "already_logged_in")]
    pub code: &'static str,
    /// The status in words.
    #[schema(value_type = String, example = "Conflict")]
    pub title: &'static str,
    /// What happened and what to do, for people.
    pub detail: String,
    /// Which field of the request is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "client.ip")]
    pub field: Option<Box<str>>,
    /// What support can look up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "R-7K3M-92QD")]
    pub reference: Option<Box<str>>,
    /// Seconds after which it makes sense to ask again.
    #[serde(skip)]
    pub retry_after: Option<u32>,
    /// Whether the answer asks for a service key.
    #[serde(skip)]
    pub asks_for_key: bool,
    /// What is logged and not told.
    #[serde(skip)]
    pub failure: Option<Failure>,
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    /// A problem of this status and code.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let (field, reference, retry_after, failure) = (None, None, None, None);
        let (detail, asks_for_key) = (detail.into(), false);
        Self { status, code, title, detail, field, reference, retry_after, asks_for_key, failure }
    }

    /// A field of the request that cannot be what it is. Nothing was changed.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail).with_field(field)
    }

    /// Names the field that is meant.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into().into_boxed_str());
        self
    }

    /// Gives what support can look up.
    #[must_use]
    pub fn with_reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into().into_boxed_str());
        self
    }

    /// Says when it makes sense to ask again.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

/// Whatever stopped us, nobody is told that anybody is signed out: it is an outage.
impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let detail = "The session store cannot answer right now. Nobody has been signed out. Try again in a moment.";
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", detail);
        problem.retry_after = Some(2);
        problem.failure = Some(Failure(Arc::new(error)));
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let body = serde_json::to_string(&self).unwrap_or_else(|_| "{}".into());
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.asks_for_key {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(failure) = self.failure {
            response.extensions_mut().insert(failure);
        }
        response
    }
}

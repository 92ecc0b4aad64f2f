//! Bodies that cannot be read.

use super::{assert_field, assert_problem, caller, caller_with_reef};
use crate::app::TestApp;
use axum::body::Body;
use axum::http::header;
use serde_json::json;

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    for (method, path) in [
        ("PUT", "/accounts/reef"),
        ("PUT", "/users/mia"),
        ("PATCH", "/users/mia"),
        ("POST", "/sessions"),
        ("POST", "/sessions/check"),
        ("POST", "/sessions/s/step-up"),
    ] {
        for body in ["", "{", "name=Reef", "{\"name\": \"a\"} {}", "{\"name\": \"\u{1}\"}"] {
            assert_problem(&caller.raw(method, path, body).await, 400, "malformed_json");
        }
        assert_problem(&caller.raw(method, path, b"{\"name\": \"\xff\"}".to_vec()).await, 400, "malformed_json");
        for body in ["[]", "null", "\"text\"", "7"] {
            assert_field(&caller.raw(method, path, body).await, "body");
        }
    }
}

#[tokio::test]
async fn a_field_that_is_there_twice_is_refused() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    assert_field(&caller.raw("PUT", "/accounts/reef", r#"{"name": "a", "name": "b"}"#).await, "name");
    let hints = r#"{"user_id": "mia", "client": {"hints": {"a": "1", "A": "2"}}}"#;
    assert_field(&caller.raw("POST", "/sessions", hints).await, "client.hints");
    assert_eq!(caller.get("/accounts/reef").await.json()["name"], "Reef Tours");
}

#[tokio::test]
async fn a_body_has_at_most_64_kib() {
    let app = TestApp::start().await;
    let caller = caller(&app).await;
    let of = |length: usize| format!("{{\"token\": \"{}\"}}", "x".repeat(length - 13));
    assert_eq!(of(100).len(), 100);
    assert_eq!(caller.raw("POST", "/sessions/check", of(64 * 1024)).await.status, 200);
    assert_problem(&caller.raw("POST", "/sessions/check", of(64 * 1024 + 1)).await, 413, "body_too_large");
}

#[tokio::test]
async fn a_body_that_says_that_it_is_something_else_is_not_read() {
    let app = TestApp::start().await;
    let caller = caller(&app).await;
    let body = json!({"token": "x"}).to_string();
    for (kind, status) in [
        (Some("application/json"), 200),
        (Some("Application/JSON; charset=utf-8"), 200),
        (None, 200),
        (Some("text/plain"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("application/jsonp"), 415),
    ] {
        let mut request = caller.ask("POST", "/sessions/check", Body::from(body.clone()));
        request.headers_mut().remove(header::CONTENT_TYPE);
        if let Some(kind) = kind {
            request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().unwrap());
        }
        assert_eq!(app.send(request).await.status, status, "{kind:?}");
    }
}

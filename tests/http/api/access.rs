//! Nothing without a key, and nothing with the wrong one.

use super::{assert_problem, caller};
use crate::app::TestApp;
use axum::body::Body;
use axum::http::{Request, header};
use innkeeper::service::Scope;
use innkeeper::web::api::openapi_json;
use serde_json::{Value, json};

/// Every call: method, path with ids filled in, and the scope that it needs.
fn calls() -> Vec<(String, String, Scope)> {
    let api: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut calls = Vec::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let scope = operation["security"][0]["service_key"][0].as_str().expect("every call names its scope");
            let path = path.replace("{account_id}", "reef").replace("{user_id}", "alex").replace("{session_id}", "s");
            let path = path.replace("{webhook_id}", "w").replace("{event_id}", "7");
            assert!(!path.contains('{'), "{path} has an id that this test does not know");
            calls.push((method.to_uppercase(), path, Scope::parse(scope).unwrap()));
        }
    }
    calls
}

#[tokio::test]
async fn every_call_needs_a_key() {
    let app = TestApp::start().await;
    assert_eq!(calls().len(), 25);
    for (method, path, _) in calls() {
        let answer = app.stranger().raw(&method, &path, "not even JSON").await;
        assert_problem(&answer, 401, "unauthorized");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path}");
    }
}

#[tokio::test]
async fn every_call_needs_its_own_scope_or_admin() {
    let app = TestApp::start().await;
    let others = |scope: Scope| -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|other| ![scope, Scope::Admin].contains(other)).collect()
    };
    for (method, path, scope) in calls() {
        let wrong = app.api_caller(&others(scope)).await.raw(&method, &path, "not even JSON").await;
        assert_problem(&wrong, 403, "scope_missing");
        assert!(wrong.text().contains(scope.as_str()), "{method} {path}: {}", wrong.text());
        for right in [scope, Scope::Admin] {
            let right = app.api_caller(&[right]).await.raw(&method, &path, "not even JSON").await;
            assert!(![401, 403].contains(&right.status), "{method} {path}: {}", right.text());
        }
    }
}

#[test]
fn every_scope_opens_something() {
    for scope in Scope::ALL.into_iter().filter(|scope| *scope != Scope::Admin) {
        assert!(calls().iter().any(|(_, _, needed)| *needed == scope), "{}", scope.as_str());
    }
}

#[tokio::test]
async fn a_key_that_is_revoked_or_unknown_or_no_key_opens_nothing() {
    let app = TestApp::start().await;
    let caller = caller(&app).await;
    assert_eq!(caller.get("/accounts").await.status, 200);
    let key = app.innkeeper.keys().await.unwrap().remove(0);
    app.innkeeper.revoke_key(&key.id, innkeeper::domain::end::Actor::Operator).await.unwrap();
    assert_problem(&caller.get("/accounts").await, 401, "unauthorized");
    let unknown = format!("Bearer ik_{}", "A".repeat(43));
    for value in [unknown.as_str(), "Bearer", "Bearer ", "Bearer ik_", "Basic aWs6", "ik_x", "Bearer \u{e9}"] {
        let request = Request::get("/api/v1/accounts").header(header::AUTHORIZATION, value.as_bytes());
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_problem(&answer, 401, "unauthorized");
    }
}

#[tokio::test]
async fn a_session_token_is_no_service_key_and_a_key_in_a_cookie_is_none() {
    let app = TestApp::start().await;
    let caller = super::caller_with_reef(&app).await;
    let (token, _) = super::start(&caller, "mia").await;
    let key = caller.ask("GET", "/accounts", Body::empty()).headers()[header::AUTHORIZATION].clone();
    let key = key.to_str().unwrap().trim_start_matches("Bearer ").to_owned();
    for (name, value) in [
        (header::AUTHORIZATION, format!("Bearer {token}")),
        (header::AUTHORIZATION, format!("Bearer ik_{token}")),
        (header::COOKIE, format!("innkeeper={key}")),
        (header::COOKIE, format!("innkeeper={token}")),
    ] {
        let request = Request::get("/api/v1/accounts").header(name, value).body(Body::empty()).unwrap();
        assert_problem(&app.send(request).await, 401, "unauthorized");
    }
}

#[tokio::test]
async fn two_keys_in_one_request_are_none() {
    let app = TestApp::start().await;
    let mut request = caller(&app).await.ask("GET", "/accounts", Body::empty());
    let key = request.headers()[header::AUTHORIZATION].clone();
    request.headers_mut().append(header::AUTHORIZATION, key);
    assert_problem(&app.send(request).await, 401, "unauthorized");
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_are_problems() {
    let app = TestApp::start().await;
    for path in ["/api", "/api/v1", "/api/v2/accounts", "/api/v1/nothing", "/api/v1/accounts/", "/api/v1/accounts/a/b"]
    {
        assert_problem(&app.get(path).await, 404, "not_found");
    }
    let caller = caller(&app).await;
    for (method, path, allowed) in [
        ("POST", "/accounts/reef", "PUT,GET,HEAD"),
        ("GET", "/sessions", "POST"),
        ("PUT", "/events", "GET,HEAD"),
        ("TRACE", "/sessions/check", "POST"),
    ] {
        let answer = caller.request(method, path, json!({})).await;
        assert_problem(&answer, 405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
    }
}

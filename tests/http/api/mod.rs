//! The JSON API, route by route: one test for each outcome.

mod access;
mod accounts;
mod check;
mod description;
mod events;
mod input;
mod operator;
mod sessions;
mod start;
mod users;
mod webhooks;

use crate::app::{Answer, ApiCaller, TestApp};
use innkeeper::service::Scope;
use serde_json::{Value, json};

/// A caller who may do everything.
async fn caller(app: &TestApp) -> ApiCaller<'_> {
    app.api_caller(&[Scope::Admin]).await
}

/// A caller who may do everything, and account `reef` on the plan `team` with the owner `alex` and the staff `mia`.
async fn caller_with_reef(app: &TestApp) -> ApiCaller<'_> {
    let caller = caller(app).await;
    let account = caller.request("PUT", "/accounts/reef", json!({"name": "Reef Tours", "plan": "team"})).await;
    assert_eq!(account.status, 201, "{}", account.text());
    for (user, role) in [("alex", "owner"), ("mia", "staff")] {
        let user = caller.request("PUT", &format!("/users/{user}"), json!({"account_id": "reef", "role": role})).await;
        assert_eq!(user.status, 201, "{}", user.text());
    }
    caller
}

/// Starts a session and says its token and its id.
async fn start(caller: &ApiCaller<'_>, user: &str) -> (String, String) {
    let started = caller.request("POST", "/sessions", json!({"user_id": user})).await;
    assert_eq!(started.status, 201, "{}", started.text());
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&started.json()["token"]), text(&started.json()["session"]["id"]))
}

/// Checks a token without counting it as activity.
async fn check(caller: &ApiCaller<'_>, token: &str) -> Value {
    let answer = caller.request("POST", "/sessions/check", json!({"token": token, "activity": "none"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The answer is this problem, and looks like one.
#[track_caller]
fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)), "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["status"], status);
    assert!(answer.json()["title"].is_string() && answer.json()["detail"].is_string(), "{}", answer.text());
}

/// The answer refuses this field.
#[track_caller]
fn assert_field(answer: &Answer, field: &str) {
    assert_problem(answer, 422, "invalid_field");
    assert_eq!(answer.json()["field"], field, "{}", answer.text());
}

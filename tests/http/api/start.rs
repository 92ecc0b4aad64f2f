//! `POST /sessions`.

use super::{assert_field, assert_problem, caller_with_reef, check, start};
use crate::app::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_session_starts_and_looks_as_documented() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let started = caller
        .request(
            "POST",
            "/sessions",
            json!({
                "user_id": "mia",
                "client": {
                    "ip": "203.0.113.7",
                    "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                    "device_id": "desk-1",
                    "hints": {},
                },
                "methods": ["pwd", "otp"],
            }),
        )
        .await;
    assert_eq!(started.status, 201, "{}", started.text());
    assert_eq!(started.header("cache-control"), "no-store");
    let answer = started.json();
    assert_eq!(answer["token"].as_str().unwrap().len(), 43);
    let mut session = answer["session"].clone();
    let id = session["id"].take();
    assert!(!id.as_str().unwrap().is_empty() && id != answer["token"]);
    let expected = json!({
        "id": null, "user_id": "mia", "account_id": "reef",
        "device": {"kind": "computer", "browser": "Firefox", "system": "Windows", "name": null},
        "ip": "203.0.113.7", "location": null, "methods": ["pwd", "otp"],
        "created_at": "2026-11-22T04:00:00.000Z", "last_active_at": "2026-11-22T04:00:00.000Z",
        "last_seen_at": "2026-11-22T04:00:00.000Z", "idle_deadline": "2026-11-22T04:20:00.000Z",
        "absolute_deadline": "2026-11-22T16:00:00.000Z", "ended_at": null, "end_reason": null,
    });
    assert_eq!(session, expected);
    let got = caller.get(&format!("/sessions/{}", id.as_str().unwrap())).await.json();
    assert_eq!(got, answer["session"]);
}

#[tokio::test]
async fn nothing_but_the_user_is_needed() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let session = caller.request("POST", "/sessions", json!({"user_id": "mia", "client": {}})).await.json();
    let session = &session["session"];
    assert_eq!(session["device"], json!({"kind": "unknown", "browser": null, "system": null, "name": null}));
    assert_eq!((&session["ip"], &session["methods"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn a_second_session_is_refused_with_exactly_the_sentence_and_a_reference() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    let refused = caller.request("POST", "/sessions", json!({"user_id": "mia"})).await;
    assert_problem(&refused, 409, "already_logged_in");
    assert_eq!(
        refused.json()["detail"],
        "You are already logged in. Only one session per user is valid. Please contact support if you think this is \
         an error."
    );
    let reference = refused.json()["reference"].as_str().unwrap().to_owned();
    assert!(reference.starts_with("R-") && reference.len() == 11, "{reference}");
    assert_eq!(check(&caller, &token).await["live"], true);
    start(&caller, "alex").await;
}

#[tokio::test]
async fn the_place_is_free_again_after_20_idle_minutes_and_not_before() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    start(&caller, "mia").await;
    app.clock.advance(std::time::Duration::from_millis(20 * 60_000 - 1));
    let refused = caller.request("POST", "/sessions", json!({"user_id": "mia"})).await;
    assert_problem(&refused, 409, "already_logged_in");
    app.clock.advance(std::time::Duration::from_millis(1));
    start(&caller, "mia").await;
}

#[tokio::test]
async fn the_oldest_makes_room_where_the_caller_says_so() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    let answer = caller.request("POST", "/sessions", json!({"user_id": "mia", "at_limit": "replace_oldest"})).await;
    assert_eq!(answer.status, 201);
    assert_eq!(check(&caller, &token).await, json!({"live": false, "reason": "replaced_oldest"}));
}

#[tokio::test]
async fn the_same_device_takes_its_own_place_back() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let ask = |device: &str| json!({"user_id": "mia", "client": {"device_id": device}});
    let first = caller.request("POST", "/sessions", ask("desk-1")).await.json();
    assert_problem(&caller.request("POST", "/sessions", ask("desk-2")).await, 409, "already_logged_in");
    assert_problem(&caller.request("POST", "/sessions", json!({"user_id": "mia"})).await, 409, "already_logged_in");
    assert_eq!(caller.request("POST", "/sessions", ask("desk-1")).await.status, 201);
    let token = first["token"].as_str().unwrap();
    assert_eq!(check(&caller, token).await["reason"], "replaced_same_browser");
}

#[tokio::test]
async fn nobody_signs_in_who_does_not_exist() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    assert_problem(&caller.request("POST", "/sessions", json!({"user_id": "nobody"})).await, 404, "unknown_user");
}

#[tokio::test]
async fn a_field_that_cannot_be_is_named_and_no_session_starts() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    for (field, body) in [
        ("user_id", json!({})),
        ("user_id", json!({"user_id": null})),
        ("user_id", json!({"user_id": "a/b"})),
        ("user", json!({"user_id": "mia", "user": "mia"})),
        ("client", json!({"user_id": "mia", "client": "tablet"})),
        ("client", json!({"user_id": "mia", "client": ["203.0.113.7"]})),
        ("client.ip", json!({"user_id": "mia", "client": {"ip": "reef"}})),
        ("client.ip", json!({"user_id": "mia", "client": {"ip": 7}})),
        ("client.agent", json!({"user_id": "mia", "client": {"agent": "x"}})),
        ("client.user_agent", json!({"user_id": "mia", "client": {"user_agent": "x".repeat(8193)}})),
        ("client.device_id", json!({"user_id": "mia", "client": {"device_id": ""}})),
        ("client.device_id", json!({"user_id": "mia", "client": {"device_id": "x".repeat(257)}})),
        ("client.hints", json!({"user_id": "mia", "client": {"hints": "x"}})),
        ("client.hints.a", json!({"user_id": "mia", "client": {"hints": {"a": 1}}})),
        ("client.hints", json!({"user_id": "mia", "client": {"hints": {"a": "x".repeat(1025)}}})),
        ("methods", json!({"user_id": "mia", "methods": []})),
        ("methods", json!({"user_id": "mia", "methods": ["PWD"]})),
        ("methods", json!({"user_id": "mia", "methods": ["a,b"]})),
        ("methods", json!({"user_id": "mia", "methods": "pwd"})),
        ("at_limit", json!({"user_id": "mia", "at_limit": "refuse"})),
    ] {
        assert_field(&caller.request("POST", "/sessions", body).await, field);
    }
    assert_eq!(caller.get("/users/mia/sessions?state=all").await.json()["items"], json!([]));
}

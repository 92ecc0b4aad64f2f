//! Sessions looked at and ended.

use super::{assert_field, assert_problem, caller_with_reef, check, start};
use crate::app::TestApp;
use serde_json::{Value, json};
use std::time::Duration;

fn ids(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_unknown_session_is_nowhere() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    for id in ["nobody", "a%2Fb", &"x".repeat(65)] {
        assert_problem(&caller.get(&format!("/sessions/{id}")).await, 404, "unknown_session");
        assert_problem(&caller.delete(&format!("/sessions/{id}")).await, 404, "unknown_session");
        let step_up = caller.request("POST", &format!("/sessions/{id}/step-up"), json!({"methods": ["pwd"]})).await;
        assert_problem(&step_up, 404, "unknown_session");
    }
}

#[tokio::test]
async fn a_session_is_ended_once_and_harmlessly_again() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, id) = start(&caller, "mia").await;
    app.clock.advance(Duration::from_secs(60));
    for _ in 0..2 {
        let answer = caller.delete(&format!("/sessions/{id}")).await;
        assert_eq!((answer.status, answer.text()), (204, ""));
    }
    assert_eq!(check(&caller, &token).await, json!({"live": false, "reason": "terminated_by_api"}));
    let session = caller.get(&format!("/sessions/{id}")).await.json();
    assert_eq!(session["ended_at"], "2026-11-22T04:01:00.000Z");
    assert_eq!(session["end_reason"], "terminated_by_api");
}

#[tokio::test]
async fn the_applications_own_sign_out_says_so() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, id) = start(&caller, "mia").await;
    for query in ["reason=idle", "reason=", "reason=policy"] {
        assert_field(&caller.delete(&format!("/sessions/{id}?{query}")).await, "reason");
    }
    assert_field(&caller.delete(&format!("/sessions/{id}?why=signed_out")).await, "why");
    assert_eq!(check(&caller, &token).await["live"], true);
    assert_eq!(caller.delete(&format!("/sessions/{id}?reason=signed_out")).await.status, 204);
    assert_eq!(check(&caller, &token).await["reason"], "signed_out");
}

#[tokio::test]
async fn a_lapsed_session_is_over_whoever_looks() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (_, id) = start(&caller, "mia").await;
    app.clock.advance(Duration::from_secs(25 * 60));
    let session = caller.get(&format!("/sessions/{id}")).await.json();
    assert_eq!((&session["ended_at"], &session["end_reason"]), (&json!("2026-11-22T04:20:00.000Z"), &json!("idle")));
    assert_eq!(caller.get("/users/mia/sessions").await.json()["items"], json!([]));
    assert_eq!(ids(&caller.get("/users/mia/sessions?state=ended").await.json()), [id.as_str()]);
}

#[tokio::test]
async fn step_up_is_recorded_while_the_session_is_live() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, id) = start(&caller, "mia").await;
    let path = format!("/sessions/{id}/step-up");
    for body in [json!({}), json!({"methods": []}), json!({"methods": ["a b"]}), json!({"methods": null})] {
        assert_field(&caller.request("POST", &path, body).await, "methods");
    }
    let answer = caller.request("POST", &path, json!({"methods": ["otp"]})).await;
    assert_eq!((answer.status, &answer.json()["id"]), (200, &json!(id)));
    let check = caller.request("POST", "/sessions/check", json!({"token": token})).await;
    assert_eq!(check.json()["live"], json!(true), "an application keeps the token that it was given");
    let events = caller.get("/events?limit=200").await.json();
    let last = events["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["type"], &last["session_id"]), (&json!("session.stepped_up"), &json!(id)));
    caller.delete(&format!("/sessions/{id}")).await;
    assert_problem(&caller.request("POST", &path, json!({"methods": ["otp"]})).await, 409, "session_over");
}

#[tokio::test]
async fn sessions_are_listed_by_state_newest_first_and_in_parts() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (_, first) = start(&caller, "mia").await;
    caller.delete(&format!("/sessions/{first}")).await;
    let (_, second) = start(&caller, "alex").await;
    let (_, third) = start(&caller, "mia").await;
    for (path, expected) in [
        ("/users/mia/sessions", vec![&third]),
        ("/users/mia/sessions?state=live", vec![&third]),
        ("/users/mia/sessions?state=ended", vec![&first]),
        ("/users/mia/sessions?state=all", vec![&third, &first]),
        ("/accounts/reef/sessions", vec![&third, &second]),
        ("/accounts/reef/sessions?state=all", vec![&third, &second, &first]),
    ] {
        let answer = caller.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(ids(&answer.json()), expected, "{path}");
        assert_eq!(answer.json()["next"], json!(null), "{path}");
    }
    let mut seen = Vec::new();
    let mut path = "/accounts/reef/sessions?state=all&limit=1".to_owned();
    loop {
        let part = caller.get(&path).await.json();
        seen.push(ids(&part)[0].to_owned());
        let Some(next) = part["next"].as_str() else { break };
        path = format!("/accounts/reef/sessions?state=all&limit=1&after={next}");
    }
    assert_eq!(seen, [third, second, first]);
}

#[tokio::test]
async fn a_list_of_nobodys_sessions_or_with_a_wrong_parameter_is_refused() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    assert_problem(&caller.get("/users/nobody/sessions").await, 404, "unknown_user");
    assert_problem(&caller.get("/accounts/nobody/sessions").await, 404, "unknown_account");
    for list in ["/users/mia/sessions", "/accounts/reef/sessions"] {
        for (query, field) in
            [("state=dead", "state"), ("limit=0", "limit"), ("limit=201", "limit"), ("after=7", "after"), ("x=1", "x")]
        {
            assert_field(&caller.get(&format!("{list}?{query}")).await, field);
        }
    }
}

#[tokio::test]
async fn all_sessions_of_a_user_end_but_the_one_excepted() {
    let app = TestApp::configured(|config| config.policy.sessions_per_user = 3).await;
    let caller = caller_with_reef(&app).await;
    let mut started = Vec::new();
    for _ in 0..3 {
        started.push(start(&caller, "mia").await);
    }
    let answer = caller.delete(&format!("/users/mia/sessions?except={}", started[1].1)).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"ended": 2})));
    assert_eq!(check(&caller, &started[0].0).await["reason"], "terminated_by_api");
    assert_eq!(check(&caller, &started[1].0).await["live"], true);
    assert_eq!(caller.delete("/users/mia/sessions").await.json(), json!({"ended": 1}));
    assert_eq!(caller.delete("/users/mia/sessions").await.json(), json!({"ended": 0}));
    assert_field(&caller.delete("/users/mia/sessions?except=a%2Fb").await, "except");
    assert_problem(&caller.delete("/users/nobody/sessions").await, 404, "unknown_user");
}

#[tokio::test]
async fn all_sessions_of_an_account_end() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (mia, _) = start(&caller, "mia").await;
    let (alex, _) = start(&caller, "alex").await;
    let answer = caller.delete("/accounts/reef/sessions").await;
    assert_eq!((answer.status, answer.json()), (200, json!({"ended": 2})));
    for token in [mia, alex] {
        assert_eq!(check(&caller, &token).await["reason"], "terminated_by_api");
    }
    assert_problem(&caller.delete("/accounts/nobody/sessions").await, 404, "unknown_account");
}

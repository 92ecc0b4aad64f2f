//! `/accounts`.

use super::{assert_field, assert_problem, caller, caller_with_reef, check, start};
use crate::app::TestApp;
use serde_json::json;

#[tokio::test]
async fn an_account_is_created_and_then_changed_field_by_field() {
    let app = TestApp::start().await;
    let caller = caller(&app).await;
    let created = caller.request("PUT", "/accounts/reef", json!({"name": "Reef Tours", "plan": "team"})).await;
    let expected = json!({
        "id": "reef", "name": "Reef Tours", "plan": "team", "time_zone": "UTC", "status": "active",
        "second_factor": "optional", "staff_logins": 5,
        "created_at": "2026-11-22T04:00:00.000Z",
    });
    assert_eq!((created.status, created.json()), (201, expected.clone()));
    assert_eq!(caller.get("/accounts/reef").await.json(), expected);

    let changed = caller.request("PUT", "/accounts/reef", json!({"time_zone": "Australia/Brisbane"})).await;
    let mut expected = expected;
    expected["time_zone"] = json!("Australia/Brisbane");
    assert_eq!((changed.status, changed.json()), (200, expected.clone()));
    let unchanged = caller.request("PUT", "/accounts/reef", json!({})).await;
    assert_eq!((unchanged.status, unchanged.json()), (200, expected));
}

#[tokio::test]
async fn a_new_account_needs_a_name_and_a_plan() {
    let app = TestApp::start().await;
    let caller = caller(&app).await;
    assert_field(&caller.request("PUT", "/accounts/reef", json!({"plan": "team"})).await, "name");
    assert_field(&caller.request("PUT", "/accounts/reef", json!({"name": "Reef"})).await, "plan");
    assert_problem(&caller.get("/accounts/reef").await, 404, "unknown_account");
}

#[tokio::test]
async fn a_field_that_cannot_be_is_named_and_nothing_changes() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let before = caller.get("/accounts/reef").await.json();
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("a\nb")),
        ("name", json!("x".repeat(201))),
        ("name", json!(null)),
        ("name", json!(7)),
        ("plan", json!("platinum")),
        ("plan", json!(null)),
        ("time_zone", json!("Reef/Outer")),
        ("time_zone", json!("")),
        ("status", json!("closed")),
        ("status", json!(null)),
        ("colour", json!("blue")),
        ("id", json!("other")),
    ] {
        let answer = caller.request("PUT", "/accounts/reef", json!({"time_zone": "Asia/Tokyo", field: value})).await;
        assert_field(&answer, field);
    }
    assert_eq!(caller.get("/accounts/reef").await.json(), before);
}

#[tokio::test]
async fn an_id_has_its_form() {
    let app = TestApp::start().await;
    let caller = caller(&app).await;
    let account = json!({"name": "Reef", "plan": "solo"});
    for good in ["a", "A.b_c:d@e-9", "...", &"x".repeat(64)] {
        let answer = caller.request("PUT", &format!("/accounts/{good}"), account.clone()).await;
        assert_eq!(answer.status, 201, "{good}");
    }
    for bad in ["a%2Fb", "a%20b", "%C3%A9", "%FF", "a%00", &"x".repeat(65)] {
        assert_field(&caller.request("PUT", &format!("/accounts/{bad}"), account.clone()).await, "account_id");
        assert_problem(&caller.get(&format!("/accounts/{bad}")).await, 404, "unknown_account");
    }
}

#[tokio::test]
async fn a_plan_with_fewer_staff_logins_than_are_in_use_is_refused() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let answer = caller.request("PUT", "/accounts/reef", json!({"plan": "solo"})).await;
    assert_problem(&answer, 409, "plan_too_small");
    assert_eq!(caller.get("/accounts/reef").await.json()["plan"], "team");
    assert_eq!(caller.delete("/users/mia").await.status, 204);
    assert_eq!(caller.request("PUT", "/accounts/reef", json!({"plan": "solo"})).await.status, 200);
}

#[tokio::test]
async fn suspending_an_account_ends_its_sessions_and_lets_nobody_in() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    let answer = caller.request("PUT", "/accounts/reef", json!({"status": "suspended"})).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("suspended")));
    assert_eq!(check(&caller, &token).await, json!({"live": false, "reason": "account_suspended"}));
    let refused = caller.request("POST", "/sessions", json!({"user_id": "mia"})).await;
    assert_problem(&refused, 403, "user_suspended");
    assert_eq!(caller.request("PUT", "/accounts/reef", json!({"status": "active"})).await.status, 200);
    start(&caller, "mia").await;
}

#[tokio::test]
async fn accounts_are_listed_in_parts_by_id() {
    let app = TestApp::start().await;
    let caller = caller(&app).await;
    assert_eq!(caller.get("/accounts").await.json(), json!({"items": [], "next": null}));
    for id in ["b", "c", "a"] {
        caller.request("PUT", &format!("/accounts/{id}"), json!({"name": id, "plan": "solo"})).await;
    }
    let ids = |answer: &serde_json::Value| -> Vec<String> {
        answer["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = caller.get("/accounts?limit=2").await.json();
    assert_eq!((ids(&first), &first["next"]), (vec!["a".to_owned(), "b".to_owned()], &json!("b")));
    let second = caller.get("/accounts?limit=2&after=b").await.json();
    assert_eq!((ids(&second), &second["next"]), (vec!["c".to_owned()], &json!(null)));
    let whole = caller.get("/accounts?limit=3").await.json();
    assert_eq!((ids(&whole).len(), &whole["next"]), (3, &json!(null)));
}

#[tokio::test]
async fn a_parameter_that_cannot_be_is_named() {
    let app = TestApp::start().await;
    let caller = caller(&app).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=", "limit"),
        ("limit=70000", "limit"),
        ("limit=5&limit=6", "limit"),
        ("after=a%2Fb", "after"),
        ("before=a", "before"),
    ] {
        assert_field(&caller.get(&format!("/accounts?{query}")).await, field);
    }
    assert_eq!(caller.get("/accounts?limit=200").await.status, 200);
    assert_eq!(caller.get("/accounts?limit=1").await.status, 200);
}

#[tokio::test]
async fn the_users_of_an_account_are_listed_in_parts() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let first = caller.get("/accounts/reef/users?limit=1").await.json();
    assert_eq!((&first["items"][0]["id"], &first["next"]), (&json!("alex"), &json!("alex")));
    let second = caller.get("/accounts/reef/users?limit=1&after=alex").await.json();
    assert_eq!((&second["items"][0]["id"], &second["next"]), (&json!("mia"), &json!(null)));
    assert_problem(&caller.get("/accounts/nobody/users").await, 404, "unknown_account");
    assert_field(&caller.get("/accounts/reef/users?state=all").await, "state");
}

//! `POST /sessions/check`.

use super::{assert_field, caller_with_reef, check, start};
use crate::app::TestApp;
use innkeeper::domain::activity::Counted;
use innkeeper::secret::SessionToken;
use innkeeper::service::{CheckOutcome, ServiceError};
use serde_json::json;
use std::time::Duration;
use tokio::task::JoinSet;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_live_session_is_shown_with_its_times_after_this_check() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, id) = start(&caller, "mia").await;
    app.clock.advance(5 * MINUTE);
    let answer = caller.request("POST", "/sessions/check", json!({"token": token})).await;
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    assert_eq!((&answer["live"], &answer["remaining_ms"]), (&json!(true), &json!(1_200_000)));
    let session = &answer["session"];
    assert_eq!(session["id"], id);
    assert_eq!(session["last_active_at"], "2026-11-22T04:05:00.000Z");
    assert_eq!(session["last_seen_at"], "2026-11-22T04:05:00.000Z");
    assert_eq!(session["idle_deadline"], "2026-11-22T04:25:00.000Z");
    assert_eq!((&session["ended_at"], &session["end_reason"]), (&json!(null), &json!(null)));
}

#[tokio::test]
async fn a_gathered_touch_is_shown_at_once() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    app.clock.advance(Duration::from_secs(10));
    let answer = caller.request("POST", "/sessions/check", json!({"token": token})).await.json();
    assert_eq!(answer["session"]["last_active_at"], "2026-11-22T04:00:10.000Z");
    assert_eq!(answer["remaining_ms"], 1_200_000);
}

#[tokio::test]
async fn no_check_is_told_older_times_than_the_one_before() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    app.clock.advance(Duration::from_secs(10));
    caller.request("POST", "/sessions/check", json!({"token": token})).await;
    app.clock.advance(Duration::from_secs(1));
    let answer = check(&caller, &token).await;
    assert_eq!(answer["session"]["last_active_at"], "2026-11-22T04:00:10.000Z");
    assert_eq!(answer["session"]["last_seen_at"], "2026-11-22T04:00:11.000Z");
    assert_eq!(answer["remaining_ms"], 1_199_000);
}

#[tokio::test]
async fn whoever_asks_for_a_session_sees_its_last_check_at_once() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, id) = start(&caller, "mia").await;
    for (activity, seen, active) in [("none", 10, 0), ("counted", 20, 20), ("none", 30, 20)] {
        app.clock.advance(Duration::from_secs(10));
        caller.request("POST", "/sessions/check", json!({"token": token, "activity": activity})).await;
        let listed = caller.get("/users/mia/sessions").await.json()["items"][0].clone();
        for session in [caller.get(&format!("/sessions/{id}")).await.json(), listed] {
            assert_eq!(session["last_seen_at"], format!("2026-11-22T04:00:{seen:02}.000Z"));
            assert_eq!(session["last_active_at"], format!("2026-11-22T04:00:{active:02}.000Z"));
        }
    }
}

#[tokio::test]
async fn a_session_ends_with_the_times_that_its_last_check_was_told() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, id) = start(&caller, "mia").await;
    app.clock.advance(Duration::from_secs(10));
    caller.request("POST", "/sessions/check", json!({"token": token})).await;
    assert_eq!(caller.delete(&format!("/sessions/{id}")).await.status, 204);
    let session = caller.get(&format!("/sessions/{id}")).await.json();
    assert_eq!(session["last_active_at"], "2026-11-22T04:00:10.000Z");
    assert_eq!(session["last_seen_at"], "2026-11-22T04:00:10.000Z");
}

#[tokio::test]
async fn what_does_not_count_does_not_prolong() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    app.clock.advance(5 * MINUTE);
    let answer = check(&caller, &token).await;
    assert_eq!((&answer["live"], &answer["remaining_ms"]), (&json!(true), &json!(900_000)));
    assert_eq!(answer["session"]["last_active_at"], "2026-11-22T04:00:00.000Z");
    assert_eq!(answer["session"]["last_seen_at"], "2026-11-22T04:05:00.000Z");
    app.clock.advance(15 * MINUTE - Duration::from_millis(1));
    assert_eq!(check(&caller, &token).await["remaining_ms"], 1);
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(check(&caller, &token).await, json!({"live": false, "reason": "idle"}));
}

#[tokio::test]
async fn a_lapse_that_cannot_be_marked_in_a_rush_is_an_outage_and_no_verdict() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    app.clock.advance(20 * MINUTE);
    let mut rush = JoinSet::new();
    for _ in 0..1_200 {
        let (innkeeper, hash) = (app.innkeeper.clone(), SessionToken::hash_presented(&token));
        rush.spawn(async move { innkeeper.check(hash, Counted::NotCounted).await });
    }
    let told = rush.join_all().await;
    let over = told.iter().filter(|told| matches!(told, Ok(CheckOutcome::Over(..)))).count();
    let busy = told.iter().filter(|told| matches!(told, Err(ServiceError::Busy))).count();
    assert_eq!(over + busy, 1_200);
    assert!(0 < over && 0 < busy, "{over} were told that it is over, {busy} to ask again");
}

#[tokio::test]
async fn activity_does_not_extend_the_absolute_lifetime() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    let (token, _) = start(&caller, "mia").await;
    for _ in 0..47 {
        app.clock.advance(15 * MINUTE);
        let answer = caller.request("POST", "/sessions/check", json!({"token": token, "activity": "counted"})).await;
        assert_eq!(answer.json()["live"], true);
    }
    app.clock.advance(10 * MINUTE);
    assert_eq!(check(&caller, &token).await["remaining_ms"], 300_000);
    app.clock.advance(5 * MINUTE);
    assert_eq!(check(&caller, &token).await, json!({"live": false, "reason": "lifetime"}));
}

#[tokio::test]
async fn a_token_that_means_nothing_is_unknown() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    for token in ["", "x", "é", &"A".repeat(43), &"x".repeat(60_000)] {
        assert_eq!(check(&caller, token).await, json!({"live": false, "reason": "unknown"}));
    }
}

#[tokio::test]
async fn a_field_that_cannot_be_is_named() {
    let app = TestApp::start().await;
    let caller = caller_with_reef(&app).await;
    for (field, body) in [
        ("token", json!({})),
        ("token", json!({"token": null})),
        ("token", json!({"token": 7})),
        ("activity", json!({"token": "x", "activity": "some"})),
        ("more", json!({"token": "x", "more": 1})),
        ("body", json!(["x"])),
    ] {
        assert_field(&caller.request("POST", "/sessions/check", body).await, field);
    }
}

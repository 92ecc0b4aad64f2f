//! `/session` and `/innkeeper.js`: what a page knows of the session in its browser, and the script that asks.

use super::{minutes, reef, signed_in, with_people};
use crate::app::{Answer, TestApp};
use crate::browser::Browser;
use axum::http::HeaderValue;
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::UserId;
use serde_json::json;
use std::time::Duration;

/// What the script of a page at this origin asks, or says.
async fn asked_from(browser: &mut Browser<'_>, (method, path): (&str, &str), origin: &str, site: &str) -> Answer {
    let mut request = browser.ask(method, path, String::new());
    for (name, value) in
        [("sec-fetch-site", site), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty"), ("origin", origin)]
    {
        request.headers_mut().insert(
            axum::http::HeaderName::try_from(name).expect("it is a name"),
            HeaderValue::try_from(value).expect("it is a value"),
        );
    }
    browser.send(request).await
}

async fn state(browser: &mut Browser<'_>, method: &str) -> serde_json::Value {
    let answer = asked_from(browser, (method, "/session"), "http://localhost:8080", "same-origin").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_page_is_told_how_long_the_session_lives_and_asking_moves_nothing() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    let first = state(&mut kai, "GET").await;
    assert_eq!(first["live"], true);
    assert_eq!(
        (&first["user"], &first["remaining_ms"], &first["warn_ms"]),
        (&json!("kai"), &json!(1_200_000), &json!(120_000))
    );
    assert_eq!((&first["extensible"], &first["words"]["stay"]), (&json!(true), &json!("Stay signed in")));
    for minute in 1..20 {
        app.clock.advance(minutes(1));
        assert_eq!(state(&mut kai, "GET").await["remaining_ms"], 1_200_000 - minute * 60_000);
    }
    app.clock.advance(minutes(1));
    let over = state(&mut kai, "GET").await;
    assert_eq!((&over["live"], &over["reason"]), (&json!(false), &json!("idle")));
    assert_eq!(over["sentence"], "You were signed out after 20 minutes of inactivity.");
    assert_eq!(over["at"]["machine"], "2026-11-22T04:20:00Z");
    let page = kai.get("/account").await;
    assert!(
        page.status == 401 && page.text().contains("after 20 minutes of inactivity"),
        "the question used nothing up"
    );
    let nobody = state(&mut app.browser(), "GET").await;
    assert_eq!((&nobody["live"], &nobody["reason"]), (&json!(false), &json!("none")));
}

#[tokio::test]
async fn whoever_stays_is_there_again_and_again_up_to_the_longest_time_of_a_session() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    // 12 hours are 720 minutes: the last twenty of them nothing moves.
    for minute in (19..700).step_by(19) {
        app.clock.advance(minutes(19));
        let stays = state(&mut kai, "POST").await;
        let left = (720 - minute).min(20);
        assert_eq!(
            (&stays["remaining_ms"], &stays["extensible"]),
            (&json!(left * 60_000), &json!(left == 20)),
            "{minute}"
        );
    }
    app.clock.advance(minutes(19));
    let last = state(&mut kai, "POST").await;
    assert_eq!((&last["remaining_ms"], &last["extensible"]), (&json!(17 * 60_000), &json!(false)));
    app.clock.advance(minutes(17));
    assert_eq!(state(&mut kai, "POST").await["reason"], "lifetime");
    let mut ended = signed_in(&app, "alex").await;
    app.innkeeper.remove_user(&UserId::new("kai").unwrap(), &Actor::Operator).await.unwrap().unwrap();
    assert_eq!(state(&mut ended, "GET").await["live"], true);
}

#[tokio::test]
async fn pages_of_configured_applications_may_ask_and_say_that_somebody_is_there_and_no_others() {
    let app = TestApp::configured(|config| config.next_hosts = vec!["app.reef.example".into()]).await;
    let app = with_people(app).await;
    let mut kai = signed_in(&app, "kai").await;
    for method in ["GET", "POST"] {
        let ours = asked_from(&mut kai, (method, "/session"), "https://app.reef.example", "same-site").await;
        assert_eq!(ours.status, 200);
        assert_eq!(ours.header("access-control-allow-origin"), "https://app.reef.example");
        assert_eq!(ours.header("access-control-allow-credentials"), "true");
        assert!(ours.header("vary").contains("Origin"));
    }
    for origin in
        ["https://evil.example", "https://app.reef.example.evil.example", "https://app.reef.example:444", "null"]
    {
        let read = asked_from(&mut kai, ("GET", "/session"), origin, "cross-site").await;
        assert_eq!(read.header("access-control-allow-origin"), "", "{origin}");
        assert_eq!(asked_from(&mut kai, ("POST", "/session"), origin, "cross-site").await.status, 403, "{origin}");
        let stream = asked_from(&mut kai, ("HEAD", "/account/live"), origin, "cross-site").await;
        assert_eq!(stream.status, 403, "{origin}");
    }
    let stream = asked_from(&mut kai, ("HEAD", "/account/live"), "https://app.reef.example", "same-site").await;
    assert_eq!(stream.status, 200);
    let elsewhere = asked_from(&mut kai, ("POST", "/sign-out"), "https://app.reef.example", "same-site").await;
    assert_eq!(elsewhere.status, 403, "and nothing else");
}

#[tokio::test]
async fn the_script_is_small_and_any_page_may_load_it() {
    let app = TestApp::start().await;
    let script = app.get("/innkeeper.js").await;
    assert_eq!((script.status, script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert_eq!(script.header("cross-origin-resource-policy"), "cross-origin");
    assert!(script.text().len() < 10_000, "{} bytes", script.text().len());
    let page = signed_in(&with_people(app).await, "kai").await.get("/account").await;
    let address = page.text().split("/innkeeper.js?v=").nth(1).map(|rest| rest[..12].to_owned()).unwrap();
    assert_eq!(page.text().matches(&address).count(), 1);
}

#[tokio::test]
async fn a_short_idle_timeout_is_warned_of_in_its_last_quarter() {
    let app = TestApp::configured(|config| config.policy.idle_timeout = Duration::from_secs(40)).await;
    let app = with_people(app).await;
    let mut kai = signed_in(&app, "kai").await;
    assert_eq!(state(&mut kai, "GET").await["warn_ms"], 10_000);
}

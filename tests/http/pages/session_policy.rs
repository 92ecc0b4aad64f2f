//! The page that explains the rules: what is configured, in words, to everybody.

use super::{minutes, reef, signed_in};
use crate::app::{START, TestApp};
use innkeeper::domain::activity::PathPattern;
use innkeeper::domain::policy::{AtLimit, NextPolicy, SessionPolicy};
use std::time::Duration;

#[tokio::test]
async fn the_rules_are_told_to_everybody_as_they_are_configured() {
    let app = TestApp::configured(|config| {
        config.policy.idle_timeout = Duration::from_secs(15 * 60);
        config.policy.absolute_lifetime = Duration::from_secs(9 * 60 * 60);
        config.plans[1].overrides.sessions_per_user = Some(2);
        config.plans[1].overrides.at_limit = Some(AtLimit::ReplaceOldest);
    })
    .await;
    let page = app.get("/session-policy").await;
    assert_eq!(page.status, 200);
    let (common, team) = page.text().split_once("<bdi>Team</bdi>").expect("a plan with rules of its own has its part");
    for told in
        ["One session for each person.", "15 minutes without activity", "9 hours after its sign-in", "10 minutes"]
    {
        assert!(common.contains(told), "{told}: {common}");
    }
    assert!(common.contains("nothing there for 15 minutes"), "{common}");
    for told in ["2 sessions for each person.", "A further sign-in ends the session", "15 minutes without activity"] {
        assert!(team.contains(told), "{told}: {team}");
    }
    assert!(!page.text().contains("<bdi>Solo</bdi>"), "nothing else holds there");
}

#[tokio::test]
async fn that_parts_of_an_application_count_otherwise_is_told_and_not_which() {
    let plain = TestApp::start().await.get("/session-policy").await;
    assert!(!plain.text().contains("parts"), "{}", plain.text());
    let app = TestApp::configured(|config| {
        config.activity.never = vec![PathPattern::parse("/poll").unwrap()];
        config.activity.always = vec![PathPattern::parse("/kiosk/*").unwrap()];
    });
    let page = app.await.get("/session-policy").await;
    let page = page.text();
    for told in ["nothing that is done there is activity", "In some parts everything is activity"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("kiosk") && !page.contains("/poll"), "{page}");
}

#[tokio::test]
async fn what_to_do_when_refused_is_told_where_somebody_is_refused() {
    let told = "When you are refused";
    assert!(TestApp::start().await.get("/session-policy").await.text().contains(told));
    let replacing = TestApp::configured(|config| config.policy.at_limit = AtLimit::ReplaceOldest).await;
    assert!(!replacing.get("/session-policy").await.text().contains(told));
    let one_plan = TestApp::configured(|config| {
        config.policy.at_limit = AtLimit::ReplaceOldest;
        config.plans[0].overrides.at_limit = Some(AtLimit::Refuse);
    });
    assert!(one_plan.await.get("/session-policy").await.text().contains(told));
}

#[tokio::test]
async fn the_sign_in_and_the_refusal_lead_to_the_rules() {
    let app = reef().await;
    let link = r#"href="/session-policy""#;
    assert!(app.get("/sign-in").await.text().contains(link));
    signed_in(&app, "kai").await;
    let refused = app.browser().sign_in("kai").await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains(link));
}

#[tokio::test]
async fn reading_the_rules_is_no_activity_and_needs_no_session() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(19));
    assert_eq!(browser.get("/session-policy").await.status, 200);
    app.clock.advance(minutes(1));
    assert_eq!(app.browser().sign_in("kai").await.status, 303, "the place is free");
}

#[tokio::test]
async fn a_rule_that_is_announced_holds_from_its_instant_on_and_throws_nobody_out() {
    let app = TestApp::configured(|config| {
        config.policy.sessions_per_user = 2;
        let policy = SessionPolicy { sessions_per_user: 1, ..config.policy.clone() };
        config.next_policy = Some(NextPolicy { effective_from: START + minutes(5), policy });
    })
    .await;
    let app = super::with_people(app).await;
    let (mut first, mut second) = (signed_in(&app, "kai").await, signed_in(&app, "kai").await);
    let announced = "New rules for sessions hold from 22 Nov 2026, 14:05 AEST (Brisbane) on.";
    assert!(first.get("/account").await.text().contains(announced), "in the zone of the account");
    let sign_in = app.browser().get("/sign-in").await;
    assert!(sign_in.text().contains("New rules for sessions hold from 22 Nov 2026, 04:05 UTC on."));
    let page = app.browser().get("/session-policy").await;
    for said in ["2 sessions for each person.", "From 22 Nov 2026, 04:05 UTC on", "One session for each person."] {
        assert!(page.text().contains(said), "{said}");
    }

    app.clock.advance(minutes(5));
    assert!(first.is_signed_in().await && second.is_signed_in().await, "nobody is thrown out");
    assert_eq!(app.browser().sign_in("kai").await.status, 409, "and nobody more comes in");
    first.close();
    assert_eq!(first.sign_in("kai").await.status, 303, "the same browser takes its own place back");
    assert!(second.is_signed_in().await);
    let page = app.browser().get("/session-policy").await;
    assert!(page.text().contains("These rules hold since 22 Nov 2026, 04:05 UTC."));
    assert!(!page.text().contains("2 sessions") && !page.text().contains("policy-from"));
    assert!(!first.get("/account").await.text().contains("New rules"));
    second.post("/sign-out", &[]).await;
    assert_eq!(second.sign_in("kai").await.status, 409, "the extra place is gone with its session");
}

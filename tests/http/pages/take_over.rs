//! Continuing here what somebody has begun elsewhere: offered after the refusal, to whoever has proved more than people
//! share.

use super::factors::{set_up, with_password};
use super::{leads, minutes, reef, reef_with_places, signed_in};
use crate::app::{Answer, TestApp};
use crate::browser::Browser;
use innkeeper::domain::policy::AtLimit;
use std::time::Duration;

const SECOND: &str = "/sign-in/second-step";
const TAKE_OVER: &str = "/sign-in/take-over";
const SENTENCE: &str = "You are already logged in. Only one session per user is valid. Please contact support if you think this is an error.";

/// The sessions that a page offers to continue.
fn offered(page: &Answer) -> Vec<String> {
    let parts = page.text().split("name=\"session\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

async fn go_on(browser: &mut Browser<'_>, code: &str) -> Answer {
    browser.post(SECOND, &[("code", code)]).await
}

async fn reasons(app: &TestApp) -> Vec<String> {
    let events = app.innkeeper.events(innkeeper::service::Position(0), u16::MAX).await.unwrap();
    events.into_iter().filter(|event| event.kind == "session.ended").filter_map(|event| event.reason).collect()
}

#[tokio::test]
async fn whoever_has_proved_a_second_factor_ends_the_older_session_and_continues_here() {
    let app = reef().await;
    let mut tablet = signed_in(&app, "kai").await;
    let (phone, _) = set_up(&app, &mut tablet).await;
    let mut desk = with_password(&app, "kai").await;
    let refused = go_on(&mut desk, &phone.code(&app.clock)).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains(SENTENCE) && refused.text().contains("Is this you?"));
    assert!(!refused.text().contains("Firefox"), "nothing of the other session yet");
    assert!(tablet.is_signed_in().await && !desk.is_signed_in().await);
    let page = desk.get(TAKE_OVER).await;
    assert!(page.text().contains("Firefox on Windows") && page.text().contains("Continue here?"));
    let offered = offered(&page);
    assert_eq!(offered.len(), 1);
    let answer = desk.post(TAKE_OVER, &[("session", &offered[0])]).await;
    assert_eq!(leads(&answer), (303, "/account"));
    assert!(desk.is_signed_in().await);
    let told = tablet.get("/account").await;
    assert_eq!(told.status, 401);
    assert!(told.text().contains("another device"), "{}", told.text());
    assert_eq!(reasons(&app).await, ["taken_over"]);
    let again = desk.clone().post(TAKE_OVER, &[("session", &offered[0])]).await;
    assert_eq!(again.status, 401, "what it was begun with is used up");
}

#[tokio::test]
async fn a_password_or_a_recovery_code_alone_takes_nothing_over() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    let mut other = app.browser();
    let refused = other.sign_in("alex").await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains(SENTENCE) && !refused.text().contains("Is this you?"));
    assert_eq!(other.get(TAKE_OVER).await.status, 401);
    let (_, codes) = set_up(&app, &mut alex).await;
    let mut other = with_password(&app, "alex").await;
    let refused = go_on(&mut other, &codes[0]).await;
    assert_eq!(refused.status, 409);
    assert!(!refused.text().contains("Is this you?"));
    assert!(alex.is_signed_in().await);
}

#[tokio::test]
async fn under_the_policy_refuse_nothing_is_offered_and_nothing_taken() {
    let app = TestApp::configured(|config| config.policy.at_limit = AtLimit::Refuse).await;
    let app = super::with_people(app).await;
    let mut kai = signed_in(&app, "kai").await;
    let (phone, _) = set_up(&app, &mut kai).await;
    let mut other = with_password(&app, "kai").await;
    let refused = go_on(&mut other, &phone.code(&app.clock)).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains(SENTENCE) && !refused.text().contains("Is this you?"));
    assert_eq!(other.get(TAKE_OVER).await.status, 401);
    assert!(kai.is_signed_in().await);
}

#[tokio::test]
async fn sessions_are_taken_over_three_times_an_hour_and_no_more() {
    let app = reef().await;
    let mut first = signed_in(&app, "kai").await;
    let (phone, _) = set_up(&app, &mut first).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        app.clock.advance(minutes(2));
        let mut next = with_password(&app, "kai").await;
        assert_eq!(go_on(&mut next, &phone.code(&app.clock)).await.status, 409);
        let session = offered(&next.get(TAKE_OVER).await).remove(0);
        let answer = next.post(TAKE_OVER, &[("session", &session)]).await;
        if answer.status == 409 {
            assert!(answer.text().contains(SENTENCE) && answer.text().contains("three times within an hour"));
            assert!(answer.text().contains("Reference <code>R-") && !answer.text().contains("Is this you?"));
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [303, 303, 303, 409]);
    assert_eq!(reasons(&app).await.len(), 3);
}

#[tokio::test]
async fn what_has_ended_meanwhile_needs_no_taking_over() {
    let app = reef().await;
    let mut tablet = signed_in(&app, "kai").await;
    let (phone, _) = set_up(&app, &mut tablet).await;
    let mut desk = with_password(&app, "kai").await;
    go_on(&mut desk, &phone.code(&app.clock)).await;
    tablet.post("/sign-out", &[]).await;
    let page = desk.get(TAKE_OVER).await;
    assert!(page.text().contains("The other session has ended meanwhile."));
    let session = offered(&page).remove(0);
    assert_eq!(desk.post(TAKE_OVER, &[("session", &session)]).await.status, 303);
    assert_eq!(reasons(&app).await, ["signed_out"]);
}

#[tokio::test]
async fn of_several_sessions_the_chosen_one_ends() {
    let app = reef_with_places(2).await;
    let mut one = signed_in(&app, "kai").await;
    let (phone, _) = set_up(&app, &mut one).await;
    let mut two = with_password(&app, "kai").await;
    assert_eq!(go_on(&mut two, &phone.code(&app.clock)).await.status, 303);
    app.clock.advance(Duration::from_secs(60));
    let mut three = with_password(&app, "kai").await;
    assert_eq!(go_on(&mut three, &phone.code(&app.clock)).await.status, 409);
    let sessions = offered(&three.get(TAKE_OVER).await);
    assert_eq!(sessions.len(), 2);
    let elsewhere = app.browser().post(TAKE_OVER, &[("session", &sessions[1])]).await;
    assert_eq!(elsewhere.status, 401, "only in the browser that has proved it");
    assert_eq!(three.post(TAKE_OVER, &[("session", &sessions[1])]).await.status, 303);
    let (one, two) = (one.is_signed_in().await, two.is_signed_in().await);
    assert!(one != two, "one of them ended: {one} {two}");
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session_by_naming_it() {
    let app = reef().await;
    let (mut alex, mut tablet) = (signed_in(&app, "alex").await, signed_in(&app, "kai").await);
    let alexs = alex.get("/account/sessions").await;
    let alexs = alexs.text().split("/account/sessions/s_").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let (phone, _) = set_up(&app, &mut tablet).await;
    let mut desk = with_password(&app, "kai").await;
    go_on(&mut desk, &phone.code(&app.clock)).await;
    let answer = desk.post(TAKE_OVER, &[("session", &format!("s_{alexs}"))]).await;
    assert_eq!(answer.status, 409, "kai's own is still in the way");
    assert!(answer.text().contains("Is this you?"), "and may still be continued");
    assert!(alex.is_signed_in().await && tablet.is_signed_in().await);
}

#[tokio::test]
async fn what_was_proved_counts_for_five_minutes_however_often_somebody_tries() {
    let app = reef().await;
    let mut tablet = signed_in(&app, "kai").await;
    let (phone, codes) = set_up(&app, &mut tablet).await;
    let (mut with_app, mut with_recovery) = (with_password(&app, "kai").await, with_password(&app, "kai").await);
    assert_eq!(go_on(&mut with_app, &phone.code(&app.clock)).await.status, 409);
    let refused = go_on(&mut with_recovery, &codes[0]).await;
    assert_eq!(refused.status, 409);
    for _ in 0..2 {
        app.clock.advance(minutes(2));
        for browser in [&mut with_app, &mut with_recovery] {
            assert_eq!(browser.post(TAKE_OVER, &[("session", "")]).await.status, 409);
        }
    }
    // The code that was used up with the first try is not asked for again, once there is a place.
    tablet.post("/sign-out", &[]).await;
    let mut late = with_app.clone();
    assert_eq!(with_recovery.post(TAKE_OVER, &[("session", "")]).await.status, 303);
    with_recovery.post("/sign-out", &[]).await;
    app.clock.advance(minutes(1));
    assert_eq!(late.post(TAKE_OVER, &[("session", "")]).await.status, 401, "five minutes are over");
}

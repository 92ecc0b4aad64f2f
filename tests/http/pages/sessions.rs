//! The list of sessions, and ending them.

use super::{leads, minutes, reef, reef_with_places, signed_in, terminable};
use crate::browser::PASSWORD;
use innkeeper::domain::id::UserId;
use innkeeper::service::{SessionsPage, StateFilter};

const ONE: SessionsPage = SessionsPage { before: None, limit: 1 };

fn user_id(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                     Version/18.5 Mobile/15E148 Safari/604.1";

#[tokio::test]
async fn the_list_says_what_where_and_when() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(1));
    let page = browser.get("/account/sessions").await;
    assert_eq!(page.status, 200);
    for said in [
        "Firefox on Windows",
        "This device",
        "Computer",
        "Private network",
        "127.0.0.1",
        "Last active",
        "Active now",
        "today, 14:00 AEST",
        "in 20 minutes",
        "Australia/Brisbane",
        "You are signed in on this device only.",
    ] {
        assert!(page.text().contains(said), "{said}");
    }
    assert!(terminable(&page).is_empty());
}

#[tokio::test]
async fn one_button_ends_a_session_elsewhere_which_is_told_why() {
    let app = reef_with_places(3).await;
    let mut desk = signed_in(&app, "kai").await;
    let mut phone = app.browser();
    phone.agent = PHONE.into();
    phone.sign_in("kai").await;
    let ids = terminable(&desk.get("/account/sessions").await);
    assert_eq!(ids.len(), 1);
    let path = format!("/account/sessions/{}/terminate", ids[0]);
    let question = desk.get(&path).await;
    assert!(question.status == 200 && question.text().contains("Safari on"));
    let answer = desk.post(&path, &[]).await;
    assert_eq!(leads(&answer), (303, format!("/account/sessions?done=terminated-{}", ids[0]).as_str()));
    let page = desk.get(answer.header("location")).await;
    assert!(page.text().contains("has ended. Whoever used it is told why.") && page.text().contains("ended from this"));
    let told = phone.get("/account").await;
    assert!(told.status == 401 && told.text().contains("ended from another device"));
    assert!(desk.is_signed_in().await);
}

#[tokio::test]
async fn unfamiliar_sessions_elsewhere_come_first_then_this_one_then_the_latest() {
    let app = reef_with_places(4).await;
    let mut desk = signed_in(&app, "kai").await;
    let mut phone = app.browser();
    phone.agent = PHONE.into();
    phone.sign_in("kai").await;
    let mut tablet = phone.clone();
    tablet.cookies.clear();
    assert_eq!(tablet.sign_in("kai").await.status, 303);
    for (browser, place_of_this) in [(&mut desk, 2), (&mut phone, 1), (&mut tablet, 1)] {
        let page = browser.get("/account/sessions").await;
        let rows: Vec<_> = page.text().split("<li class=\"row").skip(1).take(3).collect();
        assert!(rows[0].contains("New device") && rows[2].contains("Firefox on Windows"));
        assert_eq!(rows.iter().position(|row| row.contains("This device")), Some(place_of_this));
    }
}

#[tokio::test]
async fn pressing_a_second_time_is_harmless_and_says_so() {
    let app = reef_with_places(2).await;
    let mut desk = signed_in(&app, "kai").await;
    let _phone = signed_in(&app, "kai").await;
    let path = format!("/account/sessions/{}/terminate", terminable(&desk.get("/account/sessions").await)[0]);
    desk.post(&path, &[]).await;
    let again = desk.post(&path, &[]).await;
    let over = path.replace("/terminate", "").replace("/sessions/", "/sessions?done=over-");
    assert_eq!(leads(&again), (303, over.as_str()));
    assert!(desk.get(&over).await.text().contains("That session was already over."));
    assert_eq!(leads(&desk.get(&path).await), (303, over.as_str()));
}

#[tokio::test]
async fn terminating_the_current_session_signs_out() {
    let app = reef_with_places(2).await;
    let mut here = signed_in(&app, "kai").await;
    let mut elsewhere = signed_in(&app, "kai").await;
    let id = terminable(&elsewhere.get("/account/sessions").await).remove(0);
    app.clock.advance(minutes(15));
    let answer = here.post(&format!("/account/sessions/{id}/terminate"), &[]).await;
    assert_eq!(leads(&answer), (303, "/signed-out"), "the current session needs no fresh proof");
    assert!(!here.cookies.contains_key("innkeeper"));
    assert!(elsewhere.is_signed_in().await);
}

#[tokio::test]
async fn somebody_elses_session_answers_as_one_that_never_was() {
    let app = reef_with_places(2).await;
    let mut alex = signed_in(&app, "alex").await;
    let _alex_too = signed_in(&app, "alex").await;
    let theirs = terminable(&alex.get("/account/sessions").await).remove(0);
    let mut kai = signed_in(&app, "kai").await;
    let mut bodies = Vec::new();
    for id in [theirs.as_str(), "s_none", "..%2F..", "%ff"] {
        let path = format!("/account/sessions/{id}/terminate");
        for answer in [kai.get(&path).await, kai.post(&path, &[]).await] {
            assert!([400, 404].contains(&answer.status), "{id}: {}", answer.status);
            assert!(answer.text().contains("<h1>"), "{id}");
            bodies.push(answer.status);
        }
    }
    assert_eq!(bodies[..4], [404; 4]);
    assert_eq!(terminable(&alex.get("/account/sessions").await), [theirs]);
}

#[tokio::test]
async fn ending_others_leaves_this_session_alone() {
    let app = reef_with_places(3).await;
    let mut here = signed_in(&app, "kai").await;
    let (mut second, mut third) = (signed_in(&app, "kai").await, signed_in(&app, "kai").await);
    assert!(here.get("/account/sessions/end-others").await.text().contains("<b>2 sessions</b>"));
    let answer = here.post("/account/sessions/end-others", &[]).await;
    assert_eq!(leads(&answer), (303, "/account/sessions?done=others-2"));
    assert!(here.get(answer.header("location")).await.text().contains("2 other sessions have ended."));
    assert!(here.is_signed_in().await && !second.is_signed_in().await && !third.is_signed_in().await);
    assert_eq!(leads(&here.get("/account/sessions/end-others").await), (303, "/account/sessions?done=others-0"));
    assert_eq!(leads(&here.post("/account/sessions/end-others", &[]).await), (303, "/account/sessions?done=others-0"));
}

#[tokio::test]
async fn ten_minutes_after_the_last_proof_a_step_up_comes_first() {
    let app = reef_with_places(2).await;
    let mut here = signed_in(&app, "kai").await;
    let mut other = signed_in(&app, "kai").await;
    let id = terminable(&here.get("/account/sessions").await).remove(0);
    app.clock.advance(minutes(10));
    let question = format!("/account/sessions/{id}/terminate");
    for path in [question.as_str(), "/account/sessions/end-others"] {
        let then = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
        let answer = here.post(path, &[]).await;
        assert_eq!(leads(&answer), (303, format!("/account/step-up?then={then}").as_str()));
    }
    assert!(other.is_signed_in().await, "nothing has changed");
    let proved = here.post("/account/step-up", &[("password", PASSWORD), ("then", &question)]).await;
    assert_eq!(leads(&proved), (303, question.as_str()));
    assert!(here.get(&question).await.text().contains("End this session?"));
    assert_eq!(here.post(&question, &[]).await.status, 303);
    assert!(!other.is_signed_in().await);
}

#[tokio::test]
async fn a_refused_attempt_is_told_to_whoever_is_signed_in() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    assert!(!browser.get("/account/sessions").await.text().contains("Refused sign-in"));
    app.clock.advance(minutes(3));
    for _ in 0..12 {
        assert_eq!(app.browser().sign_in("kai").await.status, 409);
    }
    let page = browser.get("/account/sessions").await;
    assert!(page.text().contains("12 times"), "those that share an event are counted, too");
    assert!(page.text().contains("today, 14:03 AEST"));
    browser.post("/sign-out", &[]).await;
    app.clock.advance(minutes(1));
    assert!(!signed_in(&app, "kai").await.get("/account/sessions").await.text().contains("Refused sign-in"));
}

#[tokio::test]
async fn what_an_address_claims_is_not_repeated() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let own = app.innkeeper.sessions_of_user(&user_id("kai"), StateFilter::Live, ONE).await.unwrap().unwrap();
    let of_own = ["over", "terminated"].map(|what| format!("{what}-{}", own[0].id));
    let claims = ["hello", "terminated-s_none", "terminated-", "over", "over-s_none", "others-", "others-99999999"];
    let claims = claims.iter().chain(&["others--1", "others-5", "others-65535", "%3Cb%3E"]).copied();
    for claim in claims.chain(of_own.iter().map(String::as_str)) {
        let page = browser.get(&format!("/account/sessions?done={claim}")).await;
        assert!(page.status == 200 && !page.text().contains("id=\"notice\""), "{claim}");
    }
}

#[tokio::test]
async fn what_was_ended_is_said_and_listed_first_however_long_ago_it_was_started_and_not_for_long() {
    let app = reef_with_places(3).await;
    let _oldest = signed_in(&app, "kai").await;
    let mut here = signed_in(&app, "kai").await;
    for _ in 0..25 {
        signed_in(&app, "kai").await.post("/sign-out", &[]).await;
    }
    app.clock.advance(minutes(1));
    let path = format!("/account/sessions/{}/terminate", terminable(&here.get("/account/sessions").await)[0]);
    let answer = here.post(&path, &[]).await;
    let page = here.get(answer.header("location")).await;
    assert!(page.text().contains("has ended. Whoever used it is told why."));
    let ended = page.text().split("id=\"ended\"").nth(1).unwrap();
    assert!(ended.split("<li ").nth(1).unwrap().contains("ended from this page"));
    assert!(ended.contains("The 20 sessions that ended last.") && ended.matches("<li class=\"row").count() == 20);
    app.clock.advance(minutes(2));
    assert!(!here.get(answer.header("location")).await.text().contains("id=\"notice\""));
}

#[tokio::test]
async fn the_device_at_hand_is_never_called_new_to_whoever_has_it_in_hand() {
    let app = reef_with_places(2).await;
    signed_in(&app, "kai").await.post("/sign-out", &[]).await;
    let mut other = app.browser();
    other.agent = PHONE.into();
    other.sign_in("kai").await;
    assert!(!other.get("/account/sessions").await.text().contains("New device"));
}

#[tokio::test]
async fn ended_sessions_stay_on_the_page_for_thirty_days() {
    let app = reef().await;
    signed_in(&app, "kai").await.post("/sign-out", &[]).await;
    let mut browser = signed_in(&app, "kai").await;
    assert!(browser.get("/account/sessions").await.text().contains(": signed out"));
    app.clock.advance(minutes(60 * 24 * 30 + 1));
    let mut browser = signed_in(&app, "kai").await;
    let page = browser.get("/account/sessions").await;
    assert!(!page.text().contains(": signed out") && page.text().contains("inactive for too long"));
}

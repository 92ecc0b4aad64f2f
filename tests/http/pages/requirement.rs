//! An account that requires a second factor of everybody: who sets one up when, and what cannot be taken away.

use super::factors::{Phone, set_up, with_password};
use super::passkeys::{at_localhost, events};
use super::{leads, minutes, reef, reef_with_places, signed_in};
use crate::app::{Answer, TestApp};
use crate::authenticator::{Device, asked};
use crate::browser::Browser;

const HERE: &str = "/account/staff/second-factor";
const SET_UP: &str = "/sign-in/set-up";
const TAKE_OVER: &str = "/sign-in/take-over";

async fn required(app: &TestApp) -> Browser<'_> {
    let mut alex = signed_in(app, "alex").await;
    assert!(alex.get(HERE).await.text().contains("2 people have none yet."));
    let answer = alex.post(HERE, &[("second_factor", "required")]).await;
    assert_eq!(leads(&answer), (303, "/account/staff?done=second-factor"));
    let staff = alex.get("/account/staff?done=second-factor").await;
    assert!(staff.text().contains("Everybody in this account needs a second step from their next sign-in on."));
    alex
}

/// Kai, whose password was right, sets an app up on the way in.
async fn on_the_way_in<'a>(app: &'a TestApp) -> (Browser<'a>, Answer) {
    let mut kai = app.browser();
    assert_eq!(leads(&kai.sign_in("kai").await), (303, SET_UP));
    assert!(!kai.is_signed_in().await);
    let page = kai.get(SET_UP).await;
    assert!(page.text().contains("Your account asks for a second step at sign-in."));
    (kai, page)
}

#[tokio::test]
async fn whoever_has_none_sets_one_up_on_the_way_in_and_nobody_is_signed_out_by_it() {
    let app = reef_with_places(2).await;
    let mut at_work = signed_in(&app, "kai").await;
    required(&app).await;
    assert!(at_work.is_signed_in().await);
    let (mut kai, page) = on_the_way_in(&app).await;
    let phone = Phone::given(&page);
    let wrong = kai.post(SET_UP, &[("code", "000000")]).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("This code does not fit."));
    let done = kai.post(SET_UP, &[("code", &phone.code(&app.clock)), ("next", "/account/sessions")]).await;
    assert_eq!((done.status, done.text().matches("<li><code>").count()), (200, 10));
    assert!(!kai.is_signed_in().await, "the codes come first");
    let fields = [("session", ""), ("next", "/account/sessions")];
    assert_eq!(leads(&kai.post(TAKE_OVER, &fields).await), (303, "/account/sessions"));
    assert!(kai.is_signed_in().await && at_work.is_signed_in().await);
    kai.post("/sign-out", &[]).await;
    app.clock.advance(minutes(1));
    let mut again = with_password(&app, "kai").await;
    let answer = again.post("/sign-in/second-step", &[("code", &phone.code(&app.clock))]).await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn whoever_knows_the_password_sets_no_factor_up_beside_somebody_at_work() {
    let app = reef().await;
    let mut at_work = signed_in(&app, "kai").await;
    required(&app).await;
    let mut other = app.browser();
    let refused = other.sign_in("kai").await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("You are already logged in.") && !refused.text().contains("Is this you?"));
    assert_eq!(other.get(SET_UP).await.status, 401);
    // Whoever is at work does it there.
    set_up(&app, &mut at_work).await;
    assert_eq!(leads(&app.browser().sign_in("kai").await), (303, "/sign-in/second-step"));
}

#[tokio::test]
async fn a_factor_that_was_just_set_up_takes_nothing_over_and_need_not_be_proved_twice() {
    let app = reef().await;
    required(&app).await;
    let (mut kai, page) = on_the_way_in(&app).await;
    // Somebody else is faster.
    let phone = Phone::given(&page);
    assert_eq!(kai.post(SET_UP, &[("code", &phone.code(&app.clock))]).await.status, 200);
    app.clock.advance(minutes(1));
    let mut first = with_password(&app, "kai").await;
    let answer = first.post("/sign-in/second-step", &[("code", &phone.code(&app.clock))]).await;
    assert_eq!(answer.status, 303);
    let refused = kai.post(TAKE_OVER, &[("session", "")]).await;
    assert_eq!(refused.status, 409);
    assert!(!refused.text().contains("Is this you?"));
    assert_eq!(kai.clone().get(TAKE_OVER).await.status, 401);
    first.post("/sign-out", &[]).await;
    assert_eq!(kai.post(TAKE_OVER, &[("session", "")]).await.status, 303);
}

#[tokio::test]
async fn a_passkey_is_set_up_on_the_way_in_where_they_work() {
    let app = at_localhost(2).await;
    required(&app).await;
    let (mut kai, page) = on_the_way_in(&app).await;
    assert!(page.text().contains("Create the passkey") && page.text().contains("Set up an app that shows codes"));
    assert!(page.text().contains("A passkey needs script in your browser"), "without script it says so");
    let mut elsewhere = Device { origin: "https://reef.example", ..Device::new() };
    let answer = elsewhere.create(&asked(&mut kai, SET_UP).await);
    let refused = kai.post(SET_UP, &[("answer", &answer)]).await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("is no passkey that can be used here"));

    let mut device = Device::new();
    let answer = device.create(&asked(&mut kai, SET_UP).await);
    // What is only looked at, as a browser does ahead of time, takes nothing from what is asked.
    kai.get(SET_UP).await;
    let done = kai.post(SET_UP, &[("answer", &answer), ("next", "/account/sessions")]).await;
    assert_eq!((done.status, done.text().matches("<li><code>").count()), (200, 10));
    assert!(done.text().contains("The passkey is there."));
    assert!(!kai.is_signed_in().await, "the codes come first");
    let fields = [("session", ""), ("next", "/account/sessions")];
    assert_eq!(leads(&kai.post(TAKE_OVER, &fields).await), (303, "/account/sessions"));
    assert!(kai.is_signed_in().await);
    let started = events(&app).await.into_iter().rfind(|event| event.kind == "session.started").unwrap();
    assert!(started.data.contains(r#"["pwd","hwk"]"#), "{}", started.data);
    assert!(kai.get("/account/security").await.text().contains("<bdi>Passkey</bdi>"));
    let mut again = with_password(&app, "kai").await;
    let answer = device.get(&asked(&mut again, "/sign-in/second-step").await);
    assert_eq!(again.post("/sign-in/second-step", &[("answer", &answer)]).await.status, 303);
}

#[tokio::test]
async fn a_passkey_that_was_just_set_up_takes_nothing_over() {
    let app = at_localhost(1).await;
    required(&app).await;
    let ((mut kai, _), (mut late, _)) = (on_the_way_in(&app).await, on_the_way_in(&app).await);
    let (mut device, mut other) = (Device::new(), Device::new());
    let answer = device.create(&asked(&mut kai, SET_UP).await);
    let too_late = other.create(&asked(&mut late, SET_UP).await);
    assert_eq!(kai.post(SET_UP, &[("answer", &answer)]).await.status, 200);
    let refused = late.post(SET_UP, &[("answer", &too_late)]).await;
    assert_eq!(refused.status, 401, "there is a factor now");
    assert!(refused.text().contains("Begin again with your password."));
    // Somebody else is faster.
    let mut first = with_password(&app, "kai").await;
    let answer = device.get(&asked(&mut first, "/sign-in/second-step").await);
    assert_eq!(first.post("/sign-in/second-step", &[("answer", &answer)]).await.status, 303);
    let refused = kai.post(TAKE_OVER, &[("session", "")]).await;
    assert_eq!(refused.status, 409);
    assert!(!refused.text().contains("Is this you?"));
}

#[tokio::test]
async fn five_answers_that_are_no_passkey_end_a_set_up() {
    let app = at_localhost(1).await;
    required(&app).await;
    let (mut kai, _) = on_the_way_in(&app).await;
    for _ in 0..4 {
        assert!(kai.post(SET_UP, &[("answer", "{}")]).await.text().contains("is no passkey that can be used here"));
    }
    let over = kai.post(SET_UP, &[("answer", "{}")]).await;
    assert!(over.status == 401 && over.text().contains("Begin again with your password."));
    assert_eq!(kai.post("/sign-in/set-up/options", &[]).await.status, 404);
}

#[tokio::test]
async fn whoever_is_invited_sets_it_up_when_they_join() {
    let app = reef().await;
    let mut alex = required(&app).await;
    let made = alex.post("/account/staff/invite", &[("email", "noa@reef.example"), ("role", "staff")]).await;
    let code = made.text().split("/invitation?code=").nth(1).unwrap().chars().take(43).collect::<String>();
    let fields = [("code", code.as_str()), ("name", "Noa"), ("password", crate::browser::PASSWORD)];
    let mut noa = app.browser();
    assert_eq!(leads(&noa.post("/invitation", &fields).await), (303, SET_UP));
    let code = Phone::given(&noa.get(SET_UP).await).code(&app.clock);
    assert_eq!(noa.post(SET_UP, &[("code", &code)]).await.status, 200);
    assert_eq!(noa.post(TAKE_OVER, &[("session", "")]).await.status, 303);
    assert!(noa.is_signed_in().await);
}

#[tokio::test]
async fn the_last_factor_stays_while_the_account_requires_one() {
    let app = reef_with_places(2).await;
    let mut alex = required(&app).await;
    set_up(&app, &mut alex).await;
    let security = alex.get("/account/security").await;
    let id = security.text().split("/account/security/factors/").nth(1).unwrap().split('/').next().unwrap();
    let path = format!("/account/security/factors/{id}/remove");
    let refused = alex.post(&path, &[]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("this is your last one"));
    let answer = alex.post(HERE, &[("second_factor", "optional")]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(alex.post(&path, &[]).await.status, 303);
    let mut anew = app.browser();
    assert_eq!(leads(&anew.sign_in("kai").await), (303, "/account"));
}

#[tokio::test]
async fn a_secret_that_was_shown_is_worth_nothing_once_a_factor_exists() {
    let app = reef_with_places(3).await;
    required(&app).await;
    let ((mut one, first), (mut two, second)) = (on_the_way_in(&app).await, on_the_way_in(&app).await);
    let code = Phone::given(&first).code(&app.clock);
    assert_eq!(one.post(SET_UP, &[("code", &code)]).await.status, 200);
    let code = Phone::given(&second).code(&app.clock);
    let late = two.post(SET_UP, &[("code", &code)]).await;
    assert_eq!(late.status, 401);
    assert!(late.text().contains("Begin again with your password."));
    assert_eq!(leads(&two.sign_in("kai").await), (303, "/sign-in/second-step"));
}

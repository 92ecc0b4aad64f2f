//! Codes that are guessed after a right password: how slow that becomes, that it comes to an end, and what then lets in
//! whoever the login is of.

use super::factors::{Phone, set_up, with_password};
use super::passkeys::{added, at_localhost};
use super::{leads, reef_with_places, signed_in};
use crate::app::{Answer, TestApp};
use crate::authenticator::{Device, asked};
use crate::browser::PASSWORD;
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::UserId;
use innkeeper::service::{NewPassword, Position, UserFields};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);
const SECOND: &str = "/sign-in/second-step";
const STEP_UP: &str = "/account/step-up";
const SPENT: &str = "none of an app is taken here any more";

/// Kai, who has an app, in a house with so many places that nobody is in the way of anybody.
async fn with_app() -> (TestApp, Phone, Vec<String>) {
    let app = reef_with_places(50).await;
    let (phone, codes) = set_up(&app, &mut signed_in(&app, "kai").await).await;
    (app, phone, codes)
}

/// Guesses a code in a browser that nobody knows.
async fn guess(app: &TestApp) -> Answer {
    with_password(app, "kai").await.post(SECOND, &[("code", "000000")]).await
}

/// As if there had been so many failures in a row of each that is counted. Readers see it once the store has committed.
async fn wrong_so_far(app: &TestApp, count: u32) {
    app.site.sql(&format!("UPDATE throttles SET failures = {count}"));
    signed_in(app, "alex").await;
}

/// Codes are guessed by a stranger until none is taken any more.
async fn guessed_until_spent(app: &TestApp) {
    guess(app).await;
    wrong_so_far(app, 99).await;
    app.clock.advance(HOUR);
    assert_eq!(guess(app).await.status, 401, "the hundredth");
    app.clock.advance(HOUR);
}

/// What comes of the code that the app shows now, in a browser that nobody knows.
async fn by_code(app: &TestApp, phone: &Phone) -> Answer {
    with_password(app, "kai").await.post(SECOND, &[("code", &phone.code(&app.clock))]).await
}

#[tokio::test]
async fn waits_between_wrong_codes_grow_to_an_hour_and_are_remembered_for_months() {
    let (app, phone, _) = with_app().await;
    for _ in 0..6 {
        assert_eq!(guess(&app).await.status, 401);
    }
    let mut waits = Vec::new();
    for _ in 0..14 {
        let answer = guess(&app).await;
        assert_eq!(answer.status, 429);
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        waits.push(wait);
        app.clock.advance(Duration::from_secs(wait));
        assert_eq!(guess(&app).await.status, 401, "after {wait}");
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
    app.clock.advance(100 * 24 * HOUR);
    assert_eq!(guess(&app).await.status, 401);
    assert_eq!(guess(&app).await.header("retry-after"), "3600", "those before still count");
    app.clock.advance(HOUR);
    assert_eq!(leads(&by_code(&app, &phone).await), (303, "/account"), "a wait is no lock");
    for _ in 0..6 {
        assert_eq!(guess(&app).await.status, 401, "forgotten by the success");
    }
}

#[tokio::test]
async fn after_a_hundred_wrong_codes_in_a_row_none_is_taken_and_the_page_says_what_will_do() {
    let (app, phone, _) = with_app().await;
    guess(&app).await;
    wrong_so_far(&app, 98).await;
    app.clock.advance(HOUR);
    assert_eq!(guess(&app).await.status, 401);
    app.clock.advance(HOUR);
    let mut guesser = with_password(&app, "kai").await;
    let hundredth = guesser.post(SECOND, &[("code", "000000")]).await;
    assert_eq!(hundredth.status, 401);
    assert!(hundredth.text().contains("This code is wrong") && !hundredth.text().contains("one-time-code"));
    for days in [0, 1, 300] {
        app.clock.advance(days * 24 * HOUR);
        let spent = by_code(&app, &phone).await;
        assert_eq!((spent.status, spent.header("retry-after")), (429, ""), "after {days} days");
        assert!(spent.text().contains(SPENT) && spent.text().contains(r#"href="/forgot""#));
    }
    let asks = with_password(&app, "kai").await.get(SECOND).await;
    assert!(asks.text().contains(SPENT) && !asks.text().contains("one-time-code"));
    assert!(asks.text().contains("recovery"), "{}", asks.text());
}

#[tokio::test]
async fn a_device_that_is_known_counts_its_own_wrong_codes_and_is_not_kept_out_by_others() {
    let app = reef_with_places(50).await;
    let mut kai = signed_in(&app, "kai").await;
    let (phone, codes) = set_up(&app, &mut kai).await;
    guessed_until_spent(&app).await;
    assert_eq!(by_code(&app, &phone).await.status, 429);
    kai.post("/sign-out", &[]).await;
    assert_eq!(leads(&kai.sign_in("kai").await), (303, SECOND));
    assert!(kai.get(SECOND).await.text().contains("one-time-code"));
    assert_eq!(kai.post(SECOND, &[("code", "000000")]).await.status, 401);
    let code = phone.code(&app.clock);
    assert_eq!(leads(&kai.post(SECOND, &[("code", &code)]).await), (303, "/account"));
    assert_eq!(by_code(&app, &phone).await.status, 429, "nor does that make good for strangers");
    // What cannot be guessed does.
    kai.post("/sign-out", &[]).await;
    assert_eq!(leads(&kai.sign_in("kai").await), (303, SECOND));
    assert_eq!(leads(&kai.post(SECOND, &[("code", &codes[0])]).await), (303, "/account"));
    assert_eq!(by_code(&app, &phone).await.status, 401, "used on the other device");
    app.clock.advance(Duration::from_secs(30));
    assert_eq!(leads(&by_code(&app, &phone).await), (303, "/account"));
    // Its own count comes to an end, too, also within a session.
    let wrong = [("password", PASSWORD), ("code", "000000")];
    assert_eq!(kai.post(STEP_UP, &wrong).await.status, 401);
    wrong_so_far(&app, 99).await;
    app.clock.advance(HOUR);
    assert_eq!(leads(&kai.sign_in("kai").await), (303, SECOND));
    assert_eq!(kai.post(SECOND, &[("code", "000000")]).await.status, 401, "the hundredth on it");
    app.clock.advance(HOUR);
    assert_eq!(leads(&kai.sign_in("kai").await), (303, SECOND));
    let spent = kai.post(SECOND, &[("code", &phone.code(&app.clock))]).await;
    assert_eq!(spent.status, 429);
    assert!(spent.text().contains(SPENT));
}

#[tokio::test]
async fn within_a_session_a_spent_count_is_told_and_a_recovery_code_clears_it() {
    let app = reef_with_places(50).await;
    let mut kai = signed_in(&app, "kai").await;
    let (phone, codes) = set_up(&app, &mut kai).await;
    assert_eq!(kai.post(STEP_UP, &[("password", PASSWORD), ("code", "000000")]).await.status, 401);
    wrong_so_far(&app, 100).await;
    let code = phone.code(&app.clock);
    let spent = kai.post(STEP_UP, &[("password", PASSWORD), ("code", &code)]).await;
    assert_eq!(spent.status, 429);
    assert!(spent.text().contains(SPENT));
    assert_eq!(kai.post(STEP_UP, &[("password", PASSWORD), ("code", &codes[0])]).await.status, 303);
    assert_eq!(kai.post(STEP_UP, &[("password", PASSWORD), ("code", &code)]).await.status, 303);
}

#[tokio::test]
async fn a_recovery_code_lets_somebody_in_whatever_was_guessed_and_codes_are_taken_again() {
    let (app, phone, codes) = with_app().await;
    guessed_until_spent(&app).await;
    let mut kai = with_password(&app, "kai").await;
    assert_eq!(leads(&kai.post(SECOND, &[("code", &codes[0])]).await), (303, "/account"));
    assert_eq!(leads(&by_code(&app, &phone).await), (303, "/account"));
}

#[tokio::test]
async fn wrong_recovery_codes_wait_minutes_at_most_and_never_end() {
    let (app, _, codes) = with_app().await;
    let wrong = codes[0].replace(|letter: char| letter.is_ascii_alphanumeric(), "a");
    assert_eq!(with_password(&app, "kai").await.post(SECOND, &[("code", &wrong)]).await.status, 401);
    wrong_so_far(&app, 1_000).await;
    let waits = with_password(&app, "kai").await.post(SECOND, &[("code", &codes[0])]).await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "300"));
    assert_eq!(guess(&app).await.status, 401, "codes of apps are counted apart");
    app.clock.advance(Duration::from_secs(300));
    let mut kai = with_password(&app, "kai").await;
    assert_eq!(leads(&kai.post(SECOND, &[("code", &codes[0])]).await), (303, "/account"));
}

#[tokio::test]
async fn a_right_code_forgets_wrong_recovery_codes() {
    let (app, phone, codes) = with_app().await;
    let wrong = codes[0].replace(|letter: char| letter.is_ascii_alphanumeric(), "a");
    for _ in 0..2 {
        let mut kai = with_password(&app, "kai").await;
        for _ in 0..4 {
            assert_eq!(kai.post(SECOND, &[("code", &wrong)]).await.status, 401);
        }
        assert_eq!(leads(&kai.post(SECOND, &[("code", &phone.code(&app.clock))]).await), (303, "/account"));
        app.clock.advance(Duration::from_secs(30));
    }
}

#[tokio::test]
async fn a_passkey_lets_somebody_in_whatever_was_guessed_and_codes_are_taken_again() {
    for after_password in [true, false] {
        let app = at_localhost(50).await;
        let mut kai = signed_in(&app, "kai").await;
        let (phone, _) = set_up(&app, &mut kai).await;
        let mut device = Device::new();
        assert_eq!(added(&mut kai, &mut device, "Key").await.status, 303);
        guessed_until_spent(&app).await;
        assert_eq!(by_code(&app, &phone).await.status, 429);
        let mut other = app.browser();
        let answer = if after_password {
            other = with_password(&app, "kai").await;
            let answer = device.get(&asked(&mut other, SECOND).await);
            other.post(SECOND, &[("answer", &answer)]).await
        } else {
            super::passkeys::by_passkey(&mut other, &mut device).await
        };
        assert_eq!(leads(&answer), (303, "/account"));
        assert_eq!(leads(&by_code(&app, &phone).await), (303, "/account"), "{after_password}");
    }
}

#[tokio::test]
async fn with_a_new_password_codes_are_taken_again_and_wait_as_they_did() {
    let (app, phone, _) = with_app().await;
    guess(&app).await;
    wrong_so_far(&app, 99).await;
    app.clock.advance(HOUR);
    assert_eq!(guess(&app).await.status, 401, "the hundredth");
    let spent = by_code(&app, &phone).await;
    assert!(spent.status == 429 && spent.text().contains(SPENT));
    let password = Some(NewPassword::Typed("a heron on one leg".into()));
    let (id, fields) = (UserId::new("kai").unwrap(), UserFields { password, ..UserFields::default() });
    app.innkeeper.patch_user(&id, fields, &Actor::Operator).await.unwrap().unwrap();
    let mut kai = app.browser();
    let form = [("email", "kai@reef.example"), ("password", "a heron on one leg")];
    assert_eq!(leads(&kai.post("/sign-in", &form).await), (303, SECOND));
    let waits = kai.post(SECOND, &[("code", &phone.code(&app.clock))]).await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "3600"), "whoever has the mailbox guesses no faster");
    app.clock.advance(HOUR);
    assert_eq!(leads(&kai.post("/sign-in", &form).await), (303, SECOND));
    assert_eq!(leads(&kai.post(SECOND, &[("code", &phone.code(&app.clock))]).await), (303, "/account"));
}

#[tokio::test]
async fn nothing_is_left_of_wrong_codes_once_the_factors_are_taken_away() {
    let (app, _, _) = with_app().await;
    guessed_until_spent(&app).await;
    let removed = app.innkeeper.remove_factors(&UserId::new("kai").unwrap(), &Actor::Operator).await.unwrap();
    assert_eq!(removed, Some(1));
    let (phone, _) = set_up(&app, &mut signed_in(&app, "kai").await).await;
    assert_eq!(leads(&by_code(&app, &phone).await), (303, "/account"));
}

/// What the events say of second factors that were wrong: why, from where, and whether it was from anywhere new.
async fn told(app: &TestApp) -> Vec<(String, Option<String>, String)> {
    let events = app.innkeeper.events(Position(0), u16::MAX).await.unwrap();
    let failed = events.into_iter().filter(|event| event.kind == "sign_in.second_factor_failed");
    failed.map(|event| (event.reason.unwrap_or_default(), event.ip, event.data)).collect()
}

#[tokio::test]
async fn a_wrong_code_after_a_right_password_stands_in_the_history_of_the_person_and_of_the_account() {
    let app = at_localhost(50).await;
    let mut kai = signed_in(&app, "kai").await;
    let (phone, codes) = set_up(&app, &mut kai).await;
    let mut device = Device::new();
    assert_eq!(added(&mut kai, &mut device, "Key").await.status, 303);
    let mut stranger = with_password(&app, "kai").await;
    let wrong = codes[0].replace(|letter: char| letter.is_ascii_alphanumeric(), "a");
    assert_eq!(stranger.post(SECOND, &[("code", "000000")]).await.status, 401);
    assert_eq!(stranger.post(SECOND, &[("code", &wrong)]).await.status, 401);
    assert_eq!(stranger.post(SECOND, &[("answer", "{}")]).await.status, 401);
    assert_eq!(leads(&stranger.post(SECOND, &[("code", &phone.code(&app.clock))]).await), (303, "/account"));
    let device = r#"{"browser":"Firefox","kind":"computer","system":"Windows","unfamiliar":1}"#;
    let expected = ["wrong_code", "wrong_recovery_code", "wrong_passkey"]
        .map(|reason| (reason.to_owned(), Some("127.0.0.1".to_owned()), device.to_owned()));
    assert_eq!(told(&app).await, expected);
    let mut alex = signed_in(&app, "alex").await;
    for history in [kai.get("/account/activity?kind=refused").await, alex.get("/account/activity?of=account").await] {
        for sentence in [
            "Wrong code after the right password",
            "Wrong recovery code after the right password",
            "Passkey not accepted after the right password",
        ] {
            assert!(history.text().contains(sentence), "{sentence} in {}", history.text());
        }
        assert!(history.text().contains("Firefox"));
    }
    // On a device that is known it is told, and is nothing new.
    kai.post("/sign-out", &[]).await;
    assert_eq!(leads(&kai.sign_in("kai").await), (303, SECOND));
    assert_eq!(kai.post(SECOND, &[("code", "000000")]).await.status, 401);
    let told = told(&app).await;
    assert!(told.len() == 4 && !told[3].2.contains("unfamiliar"), "{told:?}");
}

#[tokio::test]
async fn only_codes_that_are_told_to_be_wrong_leave_an_event() {
    let (app, phone, codes) = with_app().await;
    let mut guesser = with_password(&app, "kai").await;
    for _ in 0..5 {
        guesser.post(SECOND, &[("code", "000000")]).await;
    }
    assert_eq!(told(&app).await.len(), 5, "the one by which the sign-in is over as well");
    assert_eq!(guess(&app).await.status, 401);
    for _ in 0..4 {
        assert_eq!(guess(&app).await.status, 429);
        assert_eq!(by_code(&app, &phone).await.status, 429);
    }
    assert_eq!(told(&app).await.len(), 6, "whoever has to wait leaves none");
    wrong_so_far(&app, 100).await;
    app.clock.advance(HOUR);
    assert_eq!(guess(&app).await.status, 429);
    assert_eq!(with_password(&app, "kai").await.post(SECOND, &[("code", &codes[0])]).await.status, 303);
    assert_eq!(told(&app).await.len(), 6, "nor does what is right");
}

#[tokio::test]
async fn of_codes_that_are_guessed_at_the_same_moment_no_more_are_told_than_one_after_the_other() {
    let (app, ..) = with_app().await;
    let mut guessers = Vec::new();
    for _ in 0..12 {
        guessers.push(with_password(&app, "kai").await);
    }
    let guesses = guessers.iter_mut().map(|guesser| guesser.post(SECOND, &[("code", "000000")]));
    let answers = futures_util::future::join_all(guesses).await;
    let with = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((with(401), with(429)), (6, 6));
    assert_eq!(told(&app).await.len(), 6, "and no more leave an event");
}

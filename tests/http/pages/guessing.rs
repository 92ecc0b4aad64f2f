//! Passwords that are tried one after the other: when that becomes slow, for whom, and for whom it does not.

use super::{leads, minutes, reef, reef_with_places, signed_in};
use crate::app::{Answer, TestApp};
use crate::browser::{Browser, PASSWORD};
use innkeeper::domain::id::UserId;
use innkeeper::domain::user::UserStatus;
use innkeeper::service::UserFields;
use innkeeper::web::serve::PeerAddress;
use std::net::IpAddr;
use std::time::Duration;

const STEP_UP: &str = "/account/step-up";
const CHANGE: &str = "/account/security/password";

/// Tries to sign in from an address.
async fn tried(browser: &mut Browser<'_>, (login, password): (&str, &str), from: [u8; 4]) -> Answer {
    let login = format!("{login}@reef.example");
    let form = [("email", login.as_str()), ("password", password)];
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request = browser.ask("POST", "/sign-in", form);
    request.extensions_mut().insert(PeerAddress(Some(IpAddr::from(from))));
    browser.send(request).await
}

/// Tries that fail, by a browser that nobody knows, each from a network of its own.
async fn strangers_fail(app: &TestApp, login: &str, times: u8) {
    for network in 0..times {
        let answer = tried(&mut app.browser(), (login, "not it at all"), [198, 51, network, 7]).await;
        assert_eq!(answer.status, 401, "try {network}");
    }
}

/// The status, and after how many seconds one may try again.
fn told(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.header("retry-after"))
}

async fn kai_tries(app: &TestApp, password: &str) -> Answer {
    tried(&mut app.browser(), ("kai", password), [203, 0, 113, 7]).await
}

#[tokio::test]
async fn after_the_sixth_failure_in_a_row_even_the_right_password_has_to_wait() {
    let app = reef().await;
    strangers_fail(&app, "kai", 6).await;
    let answer = kai_tries(&app, PASSWORD).await;
    assert_eq!(told(&answer), (429, "1"));
    let said = "Too many attempts have failed, so this one was not checked. Try again in 1 second.";
    assert!(answer.text().contains(said) && answer.text().contains(r#"value="kai@reef.example""#));
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(leads(&kai_tries(&app, PASSWORD).await), (303, "/account"));
}

#[tokio::test]
async fn five_failures_cost_nothing_and_a_success_forgets_them() {
    let app = reef_with_places(3).await;
    for _ in 0..3 {
        strangers_fail(&app, "kai", 5).await;
        assert_eq!(kai_tries(&app, PASSWORD).await.status, 303);
    }
}

#[tokio::test]
async fn waits_double_up_to_five_minutes_and_a_try_in_between_makes_none_longer() {
    let app = reef().await;
    strangers_fail(&app, "kai", 6).await;
    for seconds in ["1", "2", "4", "8", "16", "32", "64", "128", "256", "300", "300"] {
        for _ in 0..3 {
            assert_eq!(told(&kai_tries(&app, "not it at all").await), (429, seconds));
        }
        app.clock.advance(Duration::from_secs(seconds.parse().unwrap()));
        assert_eq!(kai_tries(&app, "not it at all").await.status, 401, "{seconds}");
    }
    app.clock.advance(minutes(5));
    assert_eq!(kai_tries(&app, PASSWORD).await.status, 303, "no lock lasts");
}

#[tokio::test]
async fn whether_somebody_exists_does_not_show_in_the_waits() {
    let app = reef().await;
    app.with_user("reef", "ines", innkeeper::domain::user::Role::Staff).await;
    let fields = UserFields { status: Some(UserStatus::Suspended), ..UserFields::default() };
    let suspended = UserId::new("ines").unwrap();
    app.innkeeper.put_user(&suspended, fields, &innkeeper::domain::end::Actor::Operator).await.unwrap().unwrap();
    for (login, password) in [("kai", "not it at all"), ("nobody", PASSWORD), ("ines", PASSWORD)] {
        for network in 0..6 {
            let answer = tried(&mut app.browser(), (login, password), [198, 51, network, 7]).await;
            assert_eq!(answer.status, 401, "{login}");
        }
        let answer = tried(&mut app.browser(), (login, password), [203, 0, 113, 7]).await;
        assert_eq!(told(&answer), (429, "1"), "{login}");
    }
}

#[tokio::test]
async fn on_a_device_that_has_signed_in_before_strangers_delay_nobody() {
    let app = reef().await;
    let mut known = signed_in(&app, "kai").await;
    known.post("/sign-out", &[]).await;
    strangers_fail(&app, "kai", 6).await;
    assert_eq!(kai_tries(&app, PASSWORD).await.status, 429);
    assert_eq!(known.sign_in("kai").await.status, 303);
    // What is guessed on it is counted for it, by login.
    known.post("/sign-out", &[]).await;
    for _ in 0..6 {
        assert_eq!(tried(&mut known, ("kai", "not it at all"), [203, 0, 113, 7]).await.status, 401);
    }
    assert_eq!(told(&known.sign_in("kai").await), (429, "1"));
    // Nor does another person's success on it forget that.
    assert_eq!(known.sign_in("alex").await.status, 303);
    known.post("/sign-out", &[]).await;
    assert_eq!(told(&known.sign_in("kai").await), (429, "1"));
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(known.sign_in("kai").await.status, 303);
}

#[tokio::test]
async fn a_success_on_a_device_that_is_known_forgets_its_own_failures_and_nobody_elses() {
    let app = reef_with_places(9).await;
    let mut known = signed_in(&app, "kai").await;
    strangers_fail(&app, "kai", 6).await;
    for _ in 0..3 {
        for _ in 0..5 {
            assert_eq!(tried(&mut known, ("kai", "not it at all"), [203, 0, 113, 7]).await.status, 401);
        }
        assert_eq!(known.sign_in("kai").await.status, 303);
    }
    assert_eq!(told(&kai_tries(&app, PASSWORD).await), (429, "1"));
}

#[tokio::test]
async fn a_network_that_guesses_many_logins_waits_a_minute_at_most_and_others_do_not() {
    let app = reef_with_places(3).await;
    let mut known = signed_in(&app, "kai").await;
    for number in 0..31 {
        let login = format!("guess{number}");
        let answer = tried(&mut app.browser(), (&login, "not it at all"), [198, 51, 100, number]).await;
        assert_eq!(answer.status, 401, "{login}");
    }
    let neighbour = tried(&mut app.browser(), ("alex", PASSWORD), [198, 51, 100, 250]).await;
    assert_eq!(told(&neighbour), (429, "1"));
    assert_eq!(tried(&mut known, ("kai", PASSWORD), [198, 51, 100, 250]).await.status, 303, "a device that is known");
    assert_eq!(kai_tries(&app, PASSWORD).await.status, 303);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(tried(&mut app.browser(), ("alex", PASSWORD), [198, 51, 100, 250]).await.status, 303);
    // The success of one forgets nothing of the others' failures.
    assert_eq!(tried(&mut app.browser(), ("guess1", PASSWORD), [198, 51, 100, 1]).await.status, 401);
    assert_eq!(told(&tried(&mut app.browser(), ("guess2", PASSWORD), [198, 51, 100, 2]).await), (429, "2"));
    // An office that mistypes now and then guesses nothing.
    app.clock.advance(minutes(10));
    for number in 0..30 {
        let login = format!("guess{number}");
        assert_eq!(tried(&mut app.browser(), (&login, "nor this one"), [198, 51, 100, 1]).await.status, 401);
    }
}

#[tokio::test]
async fn a_refusal_by_the_rule_is_no_failure_and_forgets_none() {
    let app = reef().await;
    let _inside = signed_in(&app, "kai").await;
    for _ in 0..8 {
        assert_eq!(kai_tries(&app, PASSWORD).await.status, 409);
    }
    strangers_fail(&app, "kai", 5).await;
    assert_eq!(kai_tries(&app, PASSWORD).await.status, 409);
    strangers_fail(&app, "kai", 1).await;
    assert_eq!(told(&kai_tries(&app, PASSWORD).await), (429, "1"), "nor does it say that somebody is inside");
}

#[tokio::test]
async fn guesses_at_the_same_moment_tell_no_more_than_guesses_one_after_the_other() {
    let app = reef().await;
    let guesses = (0..40).map(|network| {
        let app = &app;
        async move { tried(&mut app.browser(), ("kai", "not it at all"), [198, 51, network, 7]).await }
    });
    let answers = futures_util::future::join_all(guesses).await;
    let saying = |words: &str| answers.iter().filter(|answer| answer.text().contains(words)).count();
    assert_eq!((saying("is incorrect"), saying("Too many attempts have failed")), (6, 34));
    assert_eq!(kai_tries(&app, PASSWORD).await.status, 429);
}

#[tokio::test]
async fn within_a_session_guessing_is_slow_too_wherever_the_password_is_asked_for() {
    let app = reef().await;
    let mut here = signed_in(&app, "kai").await;
    for _ in 0..3 {
        assert_eq!(here.post(STEP_UP, &[("password", "not it at all")]).await.status, 401);
        assert_eq!(here.post(CHANGE, &[("current", "not it at all"), ("new", "terns over it")]).await.status, 401);
    }
    let proof = here.post(STEP_UP, &[("password", PASSWORD)]).await;
    assert_eq!(told(&proof), (429, "1"));
    assert!(proof.text().contains("Try again in 1 second."));
    let change = here.post(CHANGE, &[("current", PASSWORD), ("new", "terns over it")]).await;
    assert_eq!(told(&change), (429, "1"));
    assert!(change.text().contains("Try again in 1 second."));
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(here.post(STEP_UP, &[("password", PASSWORD)]).await.status, 303);
    for _ in 0..5 {
        assert_eq!(here.post(STEP_UP, &[("password", "not it at all")]).await.status, 401, "forgotten by the success");
    }
    assert_eq!(here.post(CHANGE, &[("current", PASSWORD), ("new", "terns over it")]).await.status, 303);
    // Sign-ins elsewhere are another matter.
    here.post("/sign-out", &[]).await;
    let form = [("email", "kai@reef.example"), ("password", "terns over it")];
    assert_eq!(app.browser().post("/sign-in", &form).await.status, 303);
}

#[tokio::test]
async fn what_cannot_be_a_password_is_wrong_and_leaves_nothing() {
    let app = reef().await;
    for _ in 0..10 {
        assert_eq!(kai_tries(&app, &"x".repeat(257)).await.status, 401);
    }
    assert_eq!(kai_tries(&app, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn failures_count_for_a_day() {
    let app = reef().await;
    strangers_fail(&app, "kai", 5).await;
    app.clock.advance(minutes(24 * 60));
    strangers_fail(&app, "kai", 5).await;
    assert_eq!(kai_tries(&app, PASSWORD).await.status, 303);
}

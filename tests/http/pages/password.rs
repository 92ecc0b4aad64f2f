//! Changing one's own password.

use super::{leads, minutes, reef, reef_with_places, signed_in};
use crate::browser::PASSWORD;

const NEW: &str = "terns over the breakwater";
const PATH: &str = "/account/security/password";

fn typed<'a>(current: &'a str, new: &'a str) -> [(&'a str, &'a str); 2] {
    [("current", current), ("new", new)]
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session_and_gives_this_one_a_new_token() {
    let app = reef_with_places(3).await;
    let mut here = signed_in(&app, "kai").await;
    let (mut second, mut third) = (signed_in(&app, "kai").await, signed_in(&app, "kai").await);
    let before = here.clone();
    let answer = here.post(PATH, &typed(PASSWORD, NEW)).await;
    assert_eq!(leads(&answer), (303, "/account/security?password_changed=2"));
    let page = here.get("/account/security?password_changed=2").await;
    assert!(page.text().contains("Your password has been changed. 2 other sessions have ended."));
    for other in [&mut second, &mut third] {
        let told = other.get("/account").await;
        assert!(told.status == 401 && told.text().contains("Your password was changed on another device"));
    }
    let mut stolen = before;
    assert_ne!(stolen.cookies["innkeeper"], here.cookies["innkeeper"]);
    assert_eq!(stolen.get("/account").await.status, 303, "the token from before means nothing");
    assert!(here.is_signed_in().await);
}

#[tokio::test]
async fn from_then_on_only_the_new_password_signs_in() {
    let app = reef().await;
    let mut here = signed_in(&app, "kai").await;
    here.post(PATH, &typed(PASSWORD, NEW)).await;
    here.post("/sign-out", &[]).await;
    assert_eq!(here.sign_in("kai").await.status, 401);
    let fields = [("email", "kai@reef.example"), ("password", NEW)];
    assert_eq!(here.post("/sign-in", &fields).await.status, 303);
}

#[tokio::test]
async fn what_cannot_be_a_new_password_is_refused_with_the_reason_and_changes_nothing() {
    let app = reef_with_places(2).await;
    let mut here = signed_in(&app, "kai").await;
    let mut other = signed_in(&app, "kai").await;
    for (current, new, status, said) in [
        ("not it at all", NEW, 401, "The current password is incorrect."),
        (PASSWORD, PASSWORD, 422, "The new password is the current one."),
        (PASSWORD, "short", 422, "it needs 8 characters or more"),
        (PASSWORD, "password1", 422, "those that are tried first"),
        (PASSWORD, "the tours of the reef", 422, "the name of your account"),
        (PASSWORD, &"x".repeat(257), 422, "256 characters are the most"),
    ] {
        let answer = here.post(PATH, &typed(current, new)).await;
        assert_eq!(answer.status, status, "{new}");
        assert!(answer.text().contains(said), "{said}");
        assert!(!answer.text().contains(&format!("value=\"{new}\"")), "a password is never sent back");
    }
    assert!(here.is_signed_in().await && other.is_signed_in().await);
    here.post("/sign-out", &[]).await;
    assert_eq!(here.sign_in("kai").await.status, 303);
}

#[tokio::test]
async fn whoever_does_not_know_the_current_password_learns_nothing_about_the_new_one() {
    let app = reef().await;
    let mut here = signed_in(&app, "kai").await;
    let answer = here.post(PATH, &typed("short", "short")).await;
    assert!(answer.status == 401 && answer.text().contains("The current password is incorrect."));
}

#[tokio::test]
async fn a_changed_password_is_a_fresh_proof() {
    let app = reef_with_places(2).await;
    let mut here = signed_in(&app, "kai").await;
    app.clock.advance(minutes(11));
    here.post(PATH, &typed(PASSWORD, NEW)).await;
    let mut other = app.browser();
    other.post("/sign-in", &[("email", "kai@reef.example"), ("password", NEW)]).await;
    let answer = here.post("/account/sessions/end-others", &[]).await;
    assert_eq!(leads(&answer), (303, "/account/sessions?done=others-1"), "no step-up comes first");
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins_and_the_other_changes_nothing() {
    let app = reef().await;
    let here = signed_in(&app, "kai").await;
    let (mut first, mut second) = (here.clone(), here);
    let other_new = "gulls under the crane";
    let (one, two) = (typed(PASSWORD, NEW), typed(PASSWORD, other_new));
    let (one, two) = tokio::join!(first.post(PATH, &one), second.post(PATH, &two));
    let won: Vec<bool> = [&one, &two].iter().map(|answer| answer.headers.contains_key("set-cookie")).collect();
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{} {}", one.status, two.status);
    let right = if won[0] { NEW } else { other_new };
    let wrong = if won[0] { other_new } else { NEW };
    let mut again = app.browser();
    let sign_in = |password: &'static str| [("email", "kai@reef.example"), ("password", password)];
    assert_eq!(again.post("/sign-in", &sign_in(wrong)).await.status, 401);
    assert_eq!(again.post("/sign-in", &sign_in(right)).await.status, 409, "the session of the winner lives");
}

#[tokio::test]
async fn a_sign_in_with_the_old_password_at_the_same_moment_never_survives_the_change() {
    for _ in 0..8 {
        let app = reef_with_places(2).await;
        let mut here = signed_in(&app, "kai").await;
        let mut other = app.browser();
        let fields = typed(PASSWORD, NEW);
        let (changed, _) = tokio::join!(here.post(PATH, &fields), other.sign_in("kai"));
        assert_eq!(changed.status, 303);
        assert!(!other.is_signed_in().await, "whoever came with the old password is out");
        assert!(here.is_signed_in().await);
    }
}

#[tokio::test]
async fn in_a_session_that_is_over_nothing_is_changed_and_the_reason_is_told() {
    let app = reef().await;
    let mut here = signed_in(&app, "kai").await;
    app.clock.advance(minutes(20));
    let answer = here.post(PATH, &typed(PASSWORD, NEW)).await;
    assert!(answer.status == 401 && answer.text().contains("20 minutes of inactivity"));
    assert_eq!(here.sign_in("kai").await.status, 303);
}

#[tokio::test]
async fn that_the_password_has_changed_is_said_only_where_it_has() {
    let app = reef().await;
    let mut here = signed_in(&app, "kai").await;
    app.clock.advance(minutes(3));
    let page = here.get("/account/security?password_changed=3").await;
    assert!(page.status == 200 && !page.text().contains("Your password has been changed"));
}

//! Passwords that are easy to guess, and such as were stolen elsewhere: what is said about them, and what is refused.

use super::{leads, reef, signed_in};
use crate::app::{Answer, TestApp};
use crate::browser::PASSWORD;
use innkeeper::domain::user::Role;
use innkeeper::password::Breached;
use serde_json::json;
use std::io::Write;

const CHANGE: &str = "/account/security/password";

/// Allowed, and easy to guess.
const WEAK: &str = "margaret1950";

/// The value of the meter on a page with advice.
fn meter(answer: &Answer) -> &str {
    assert!(answer.text().contains("Your password could be stronger"), "{}", answer.text());
    assert!(!answer.text().contains(WEAK), "no page repeats a password");
    let meter = answer.text().split("<meter id=\"strength\" min=\"0\" max=\"5\"").nth(1).expect("there is a meter");
    meter.split(" value=\"").nth(1).unwrap().split('"').next().unwrap()
}

#[tokio::test]
async fn a_password_that_is_easy_to_guess_is_taken_and_said_to_be_easy() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let before = browser.cookies["innkeeper"].clone();
    let answer = browser.post(CHANGE, &[("current", PASSWORD), ("new", WEAK)]).await;
    assert_eq!((answer.status, meter(&answer)), (200, "2"));
    assert!(answer.text().contains("Your password has been changed.") && answer.text().contains("made of names"));
    assert_ne!(browser.cookies["innkeeper"], before, "the session has its new token");
    assert!(browser.is_signed_in().await);

    // Somebody who follows the advice is led on as ever.
    let better = browser.post(CHANGE, &[("current", WEAK), ("new", "a heron on one leg")]).await;
    assert_eq!(leads(&better), (303, "/account/security?password_changed=0"));
}

#[tokio::test]
async fn whoever_joins_or_makes_the_first_administrator_is_advised_and_signed_in() {
    let app = TestApp::start().await;
    let code = app.innkeeper.offer_setup().await.unwrap().unwrap();
    let fields = [("code", code.reveal()), ("email", "ada@help.example"), ("name", ""), ("password", WEAK)];
    let mut ada = app.browser();
    let answer = ada.post("/setup", &fields).await;
    assert_eq!((answer.status, meter(&answer)), (200, "2"));
    assert!(answer.text().contains("You are the administrator") && ada.is_signed_in().await);

    app.with_account("reef").await;
    app.with_user("reef", "alex", Role::Owner).await;
    let mut alex = signed_in(&app, "alex").await;
    let invited = alex.post("/account/staff/invite", &[("email", "noa@reef.example"), ("role", "staff")]).await;
    let code = invited.text().split("/invitation?code=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut noa = app.browser();
    let answer = noa.post("/invitation", &[("code", &code), ("name", "Noa"), ("password", WEAK)]).await;
    assert_eq!((answer.status, meter(&answer)), (200, "2"));
    assert!(answer.text().contains("You have joined") && noa.is_signed_in().await);
}

#[tokio::test]
async fn a_password_that_was_stolen_elsewhere_becomes_no_new_one() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    // Of "a heron on one leg": printf "a heron on one leg" | sha1sum
    write!(file, "{}:3\r\n50D9285C10CC455826323350C8B0C5DC94DCAB1C:1\r\n", "0".repeat(40)).unwrap();
    let app = TestApp::with_breached(Breached::open(file.path()).unwrap()).await;
    app.with_account("reef").await;
    app.with_user("reef", "kai", Role::Owner).await;
    let mut browser = signed_in(&app, "kai").await;
    let refused = browser.post(CHANGE, &[("current", PASSWORD), ("new", "a heron on one leg")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("The new password was stolen somewhere else"));
    let caller = app.api_caller(&[innkeeper::service::Scope::Directory]).await;
    let refused = caller.request("PUT", "/users/kai", json!({"password": "a heron on one leg"})).await;
    assert_eq!((refused.status, refused.json()["field"].clone()), (422, json!("password")));
    let taken = browser.post(CHANGE, &[("current", PASSWORD), ("new", "a heron on two legs")]).await;
    assert_eq!(leads(&taken), (303, "/account/security?password_changed=0"));
}

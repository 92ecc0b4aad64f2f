//! Mails that somebody asks for to show that they read them: a link that confirms their address, and a code with which
//! somebody who was refused continues elsewhere.

use super::{Got, House, forgets, reset_code};
use crate::app::Answer;
use crate::browser::{Browser, PASSWORD};
use crate::pages::factors::{set_up, with_password};
use crate::pages::leads;
use innkeeper::domain::id::UserId;
use innkeeper::service::{Position, Scope};
use serde_json::{Value, json};
use std::time::Duration;

const ASK: &str = "/account/security/email";
const MAIL_ME: &str = "/sign-in/take-over/mail";
const CODE: &str = "/sign-in/take-over/code";
const TAKE_OVER: &str = "/sign-in/take-over";
const YOU: &str = "Mail me a code to continue here";

fn confirmation_code(mail: &Got) -> String {
    mail.text.split("/confirm-email?code=").nth(1).unwrap().chars().take(43).collect()
}

fn typed_code(mail: &Got) -> String {
    mail.text.split("Code: ").nth(1).unwrap().chars().take(9).collect()
}

async fn patched(house: &House, fields: Value) {
    let caller = house.app.api_caller(&[Scope::Directory]).await;
    assert_eq!(caller.request("PATCH", "/users/kai", fields).await.status, 200);
}

async fn is_confirmed(house: &House, user: &str) -> bool {
    let user = house.app.innkeeper.user(&UserId::new(user).unwrap()).await.unwrap();
    user.unwrap().email_confirmed_at.is_some()
}

/// Somebody with a session of theirs, whose address is confirmed.
async fn confirmed<'a>(house: &'a House, user: &str) -> Browser<'a> {
    let mut browser = house.signed_in(user).await;
    browser.post(ASK, &[]).await;
    let letters = house.letters().await;
    let link = letters.iter().find(|letter| letter.text.contains("/confirm-email")).unwrap();
    assert_eq!(house.app.browser().post("/confirm-email", &[("code", &confirmation_code(link))]).await.status, 200);
    browser
}

/// Asks for a code in a browser that was refused; gives the code that was mailed.
async fn code_for(house: &House, browser: &mut Browser<'_>) -> String {
    assert_eq!(leads(&browser.post(MAIL_ME, &[]).await), (303, CODE));
    assert!(browser.get(CODE).await.text().contains("A code was mailed to"));
    let letters = house.letters().await;
    let [letter] = &letters[..] else { panic!("one mail: {letters:?}") };
    typed_code(letter)
}

/// Another browser of somebody, in which they have just been refused.
async fn refused<'a>(house: &'a House, user: &str) -> (Browser<'a>, Answer) {
    let mut browser = house.app.browser();
    let answer = browser.sign_in(user).await;
    assert_eq!(answer.status, 409);
    house.letters().await;
    (browser, answer)
}

async fn continues(browser: &mut Browser<'_>) -> Answer {
    let page = browser.get(TAKE_OVER).await;
    let session = page.text().split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    browser.post(TAKE_OVER, &[("session", &session)]).await
}

#[tokio::test]
async fn an_address_is_confirmed_by_a_link_that_was_mailed_and_by_a_press_of_a_button() {
    let house = House::open().await;
    let mut kai = house.signed_in("kai").await;
    house.letters().await;
    assert!(kai.get("/account/security").await.text().contains("Not confirmed yet"));
    let asked = kai.post(ASK, &[]).await;
    assert!(asked.status == 200 && asked.text().contains("kai@reef.example"), "{}", asked.text());
    let letters = house.letters().await;
    let [letter] = &letters[..] else { panic!("one mail: {letters:?}") };
    assert_eq!(letter.to, "kai@reef.example");
    let code = confirmation_code(letter);
    let mut phone = house.app.browser();
    let page = phone.get(&format!("/confirm-email?code={code}")).await;
    assert!(page.status == 200 && page.text().contains("kai@reef.example"));
    assert!(!is_confirmed(&house, "kai").await, "whatever looks through mails opens links, too");
    let done = phone.post("/confirm-email", &[("code", &code)]).await;
    assert!(done.status == 200 && done.text().contains("Confirmed:"));
    assert!(is_confirmed(&house, "kai").await);
    let page = kai.get("/account/security").await;
    assert!(!page.text().contains("Not confirmed yet") && !page.text().contains("Mail me a link"));
    assert_eq!(phone.post("/confirm-email", &[("code", &code)]).await.status, 410, "it works once");
    assert_eq!(leads(&kai.post(ASK, &[]).await), (303, "/account/security"), "there is nothing left to confirm");
}

#[tokio::test]
async fn a_link_confirms_only_the_address_to_which_it_was_mailed_and_for_a_day() {
    let house = House::open().await;
    let mut kai = house.signed_in("kai").await;
    kai.post(ASK, &[]).await;
    let moved = house.letters().await.iter().find(|mail| mail.text.contains("/confirm-email")).map(confirmation_code);
    let moved = moved.unwrap();
    patched(&house, json!({ "email": "kai@elsewhere.example" })).await;
    assert_eq!(house.app.browser().post("/confirm-email", &[("code", &moved)]).await.status, 410);
    house.app.clock.advance(Duration::from_secs(60));
    kai.post(ASK, &[]).await;
    let late = confirmation_code(&house.letters().await[0]);
    house.app.clock.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(house.app.browser().get(&format!("/confirm-email?code={late}")).await.status, 410);
    assert!(!is_confirmed(&house, "kai").await);
}

#[tokio::test]
async fn a_mailed_invitation_and_a_reset_confirm_the_address_and_a_link_that_was_passed_on_does_not() {
    let house = House::open().await;
    let mut alex = house.signed_in("alex").await;
    for (email, by_mail) in [("noa@reef.example", true), ("rob@reef.example", false)] {
        let shown = super::code_in(super::invite(&mut alex, email).await.text());
        let letters = house.letters().await;
        let mailed =
            letters.iter().find(|letter| letter.to == email).map(|letter| super::code_in(&letter.text)).unwrap();
        let fields = [("code", if by_mail { mailed.as_str() } else { &shown }), ("name", "N"), ("password", PASSWORD)];
        assert_eq!(house.app.browser().post("/invitation", &fields).await.status, 303);
        let caller = house.app.api_caller(&[Scope::Directory]).await;
        let people = caller.get("/accounts/reef/users").await.json();
        let joined = people["items"].as_array().unwrap().iter().find(|user| user["email"] == email).unwrap();
        assert_eq!(joined["email_confirmed_at"].is_string(), by_mail, "{joined}");
    }
    forgets(&house, "kai@reef.example", true).await;
    let code = reset_code(&house.letters().await[0]);
    house.app.browser().post("/reset", &[("code", &code), ("new", "a heron on one leg")]).await;
    assert!(is_confirmed(&house, "kai").await);
}

#[tokio::test]
async fn whoever_is_refused_and_reads_their_mail_ends_the_older_session_and_continues_here() {
    let house = House::open().await;
    let mut desk = confirmed(&house, "kai").await;
    let (mut phone, answer) = refused(&house, "kai").await;
    assert!(answer.text().contains(YOU) && !answer.text().contains("Firefox"), "nothing of the other session yet");
    assert_eq!(phone.clone().get(TAKE_OVER).await.status, 401, "the password alone opens nothing");
    let code = code_for(&house, &mut phone).await;
    assert_eq!(phone.clone().get(TAKE_OVER).await.status, 401);
    assert_eq!(leads(&phone.post(CODE, &[("code", &code)]).await), (303, TAKE_OVER));
    assert!(desk.is_signed_in().await, "until they say so");
    assert_eq!(leads(&continues(&mut phone).await), (303, "/account"));
    assert!(phone.is_signed_in().await && !desk.is_signed_in().await);
    let events = house.app.innkeeper.events(Position(0), u16::MAX).await.unwrap();
    let ended = events.iter().filter(|event| event.kind == "session.ended").filter_map(|event| event.reason.as_deref());
    assert_eq!(ended.collect::<Vec<_>>(), ["taken_over"]);
    let started = events.iter().rfind(|event| event.kind == "session.started").unwrap();
    assert!(started.data.contains(r#"["pwd","mail_code"]"#), "{}", started.data);
    let told = events.iter().map(|event| event.data.as_str()).collect::<String>();
    assert!(!told.contains(&code) && !told.contains(&code.replace(' ', "")));
}

#[tokio::test]
async fn a_code_that_was_mailed_works_in_the_browser_that_asked_for_it_five_tries_and_ten_minutes() {
    let house = House::open().await;
    let desk = confirmed(&house, "kai").await;
    let (mut phone, _) = refused(&house, "kai").await;
    let (mut other, _) = refused(&house, "kai").await;
    let (mine, its) = (code_for(&house, &mut phone).await, code_for(&house, &mut other).await);
    let wrong = phone.post(CODE, &[("code", &its)]).await;
    assert!(wrong.status == 401 && wrong.text().contains("not the code of the last mail"), "{}", wrong.text());
    assert_eq!(phone.post(CODE, &[("code", "no code")]).await.status, 401, "which costs no try");
    for _ in 0..3 {
        assert!(phone.post(CODE, &[("code", &its)]).await.text().contains("not the code"));
    }
    let last = phone.post(CODE, &[("code", &its)]).await;
    assert!(last.status == 401 && !last.text().contains("not the code"), "{}", last.text());
    assert_eq!(phone.post(CODE, &[("code", &mine)]).await.status, 401, "the fifth was the last");
    house.app.clock.advance(Duration::from_secs(600));
    assert_eq!(other.post(CODE, &[("code", &its)]).await.status, 401, "too late");
    let (mut third, _) = refused(&house, "kai").await;
    let code = code_for(&house, &mut third).await;
    house.app.clock.advance(Duration::from_millis(599_999));
    assert_eq!(leads(&third.post(CODE, &[("code", &code)]).await), (303, TAKE_OVER));
    assert_eq!(third.clone().post(CODE, &[("code", &code)]).await.status, 401, "once");
    drop(desk);
}

#[tokio::test]
async fn whose_address_is_not_confirmed_or_who_is_sent_no_mail_is_offered_no_code() {
    let house = House::open().await;
    let _alex = house.signed_in("alex").await;
    let (mut other, answer) = refused(&house, "alex").await;
    assert!(!answer.text().contains(YOU));
    assert_eq!(other.post(MAIL_ME, &[]).await.status, 401);
    let app = crate::pages::reef().await;
    let mut kai = crate::pages::signed_in(&app, "kai").await;
    let asked = kai.post(ASK, &[]).await;
    assert!(asked.status == 409 && asked.text().contains("sends no mail"));
    assert!(!kai.get("/account/security").await.text().contains("Mail me a link"));
}

#[tokio::test]
async fn a_code_is_worth_nothing_once_the_address_is_another() {
    let house = House::open().await;
    let _desk = confirmed(&house, "kai").await;
    let (mut phone, _) = refused(&house, "kai").await;
    let code = code_for(&house, &mut phone).await;
    assert_eq!(leads(&phone.post(CODE, &[("code", &code)]).await), (303, TAKE_OVER));
    house.app.clock.advance(Duration::from_secs(1));
    patched(&house, json!({ "email": "kai@elsewhere.example", "email_confirmed": true })).await;
    let answer = continues(&mut phone).await;
    assert_eq!(answer.status, 401, "{}", answer.text());
    assert!(!phone.is_signed_in().await);
}

#[tokio::test]
async fn whoever_has_to_set_up_or_prove_a_factor_meanwhile_is_asked_for_it_and_a_mailed_code_does_not_stand_in() {
    let house = House::open().await;
    let mut desk = confirmed(&house, "kai").await;
    let (mut phone, _) = refused(&house, "kai").await;
    let code = code_for(&house, &mut phone).await;
    assert_eq!(leads(&phone.post(CODE, &[("code", &code)]).await), (303, TAKE_OVER));
    let mut later = phone.clone();
    set_up(&house.app, &mut desk).await;
    assert_eq!(leads(&continues(&mut phone).await), (303, "/sign-in/second-step"));
    assert!(desk.is_signed_in().await && !later.is_signed_in().await);

    let house = House::open().await;
    let desk = confirmed(&house, "kai").await;
    let (mut phone, _) = refused(&house, "kai").await;
    let code = code_for(&house, &mut phone).await;
    assert_eq!(leads(&phone.post(CODE, &[("code", &code)]).await), (303, TAKE_OVER));
    let caller = house.app.api_caller(&[Scope::Directory]).await;
    let required = json!({ "second_factor": "required" });
    assert_eq!(caller.request("PUT", "/accounts/reef", required).await.status, 200);
    let answer = continues(&mut phone).await;
    assert!(answer.status == 409 && !answer.text().contains("Is this you?"), "{}", answer.text());
    drop(desk);
}

#[tokio::test]
async fn of_many_who_ask_for_codes_at_once_no_more_are_mailed_than_one_after_the_other() {
    let house = House::open().await;
    let _desk = confirmed(&house, "kai").await;
    let mut phones = Vec::new();
    for _ in 0..20 {
        phones.push(refused(&house, "kai").await.0);
    }
    let asked = phones.iter_mut().map(|phone| phone.post(MAIL_ME, &[]));
    let answers = futures_util::future::join_all(asked).await;
    let mailed = answers.iter().filter(|answer| answer.status == 303).count();
    assert!((1..=6).contains(&mailed), "{mailed}");
    assert_eq!(house.letters().await.len(), mailed);
}

#[tokio::test]
async fn after_a_recovery_code_a_mailed_code_continues_elsewhere_too() {
    let house = House::open().await;
    let mut desk = confirmed(&house, "kai").await;
    let (_, codes) = set_up(&house.app, &mut desk).await;
    house.letters().await;
    let mut phone = with_password(&house.app, "kai").await;
    let answer = phone.post("/sign-in/second-step", &[("code", codes[0].as_str())]).await;
    assert!(answer.status == 409 && answer.text().contains(YOU), "{}", answer.text());
    house.letters().await;
    let code = code_for(&house, &mut phone).await;
    assert_eq!(leads(&phone.post(CODE, &[("code", &code)]).await), (303, TAKE_OVER));
    assert_eq!(leads(&continues(&mut phone).await), (303, "/account"));
}

#[tokio::test]
async fn whoever_asks_for_codes_again_and_again_waits() {
    let house = House::open().await;
    let _desk = confirmed(&house, "kai").await;
    for _ in 0..6 {
        let (mut phone, _) = refused(&house, "kai").await;
        code_for(&house, &mut phone).await;
    }
    let (mut phone, _) = refused(&house, "kai").await;
    let answer = phone.post(MAIL_ME, &[]).await;
    assert_eq!(answer.status, 429);
    assert!(!answer.header("retry-after").is_empty());
}

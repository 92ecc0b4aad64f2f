//! The first run: the link that the server prints, and the first administrator.

use super::leads;
use crate::app::{Answer, TestApp};
use crate::browser::{Browser, PASSWORD};
use innkeeper::domain::user::Role;
use std::time::Duration;

const EMAIL: &str = "ada@help.example";

async fn offered(app: &TestApp) -> String {
    app.innkeeper.offer_setup().await.unwrap().expect("there is nobody").reveal().to_owned()
}

async fn sent(browser: &mut Browser<'_>, code: &str, (email, name, password): (&str, &str, &str)) -> Answer {
    browser.post("/setup", &[("code", code), ("email", email), ("name", name), ("password", password)]).await
}

async fn opened(app: &TestApp, code: &str) -> u16 {
    app.browser().get(&format!("/setup?code={code}")).await.status
}

#[tokio::test]
async fn whoever_has_the_link_becomes_the_first_administrator_once_and_is_signed_in() {
    let app = TestApp::start().await;
    let code = offered(&app).await;
    let mut browser = app.browser();
    let page = browser.get(&format!("/setup?code={code}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(&format!(r#"name="code" value="{code}""#)));
    let answer = sent(&mut browser, &code, (" Ada@Help.example ", "Ada Reed", PASSWORD)).await;
    assert_eq!(leads(&answer), (303, "/account"));
    assert_eq!(browser.get("/support/webhooks").await.status, 200, "they may do what administrators may");
    let [ada] = &app.innkeeper.system_users(None, 10).await.unwrap()[..] else { panic!("there is one") };
    assert_eq!((ada.role, ada.email.as_deref(), ada.name.as_deref()), (Role::Admin, Some(EMAIL), Some("Ada Reed")));

    assert_eq!(opened(&app, &code).await, 410);
    let again = sent(&mut app.browser(), &code, ("bo@help.example", "Bo", PASSWORD)).await;
    assert_eq!(again.status, 410);
    assert!(again.text().contains("start the server again"));
    assert_eq!(app.innkeeper.system_users(None, 10).await.unwrap().len(), 1);
    assert!(app.innkeeper.offer_setup().await.unwrap().is_none());
}

#[tokio::test]
async fn the_link_works_for_half_an_hour_and_a_later_one_takes_its_place() {
    let app = TestApp::start().await;
    let first = offered(&app).await;
    let (short, long) = (Duration::from_millis(1), Duration::from_secs(30 * 60));
    app.clock.advance(long - short);
    assert_eq!(opened(&app, &first).await, 200);
    app.clock.advance(short);
    assert_eq!(opened(&app, &first).await, 410);
    assert_eq!(sent(&mut app.browser(), &first, (EMAIL, "", PASSWORD)).await.status, 410);
    let second = offered(&app).await;
    let third = offered(&app).await;
    for (code, status) in [(first.as_str(), 410), (&second, 410), ("", 410), ("planted", 410), (&third, 200)] {
        assert_eq!(opened(&app, code).await, status, "{code}");
    }
    assert_eq!(sent(&mut app.browser(), &third, (EMAIL, "", PASSWORD)).await.status, 303);
}

#[tokio::test]
async fn what_cannot_be_is_said_and_leaves_the_link_as_it_was() {
    let app = TestApp::start().await;
    let code = offered(&app).await;
    let mut browser = app.browser();
    for (email, name, password, said) in [
        ("nowhere", "Ada", PASSWORD, "This is not a mail address."),
        (EMAIL, "A\u{202e}da", PASSWORD, "That name has characters in it"),
        (EMAIL, "Ada", "2 hers!", "The new password is too short"),
        (EMAIL, "Ada", "help.example 77", "holds your name, your address"),
        (EMAIL, "Ada", "password1", "tried first"),
    ] {
        let answer = sent(&mut browser, &code, (email, name, password)).await;
        assert_eq!(answer.status, 422, "{email} {name} {password}");
        assert!(answer.text().contains(said), "{said}: {}", answer.text());
        assert!(answer.text().contains(&format!(r#"value="{email}""#)), "the address stays in the form");
        assert!(!answer.text().contains(password), "and no password does");
    }
    assert!(app.innkeeper.system_users(None, 10).await.unwrap().is_empty());
    assert_eq!(sent(&mut browser, &code, (EMAIL, "Ada", PASSWORD)).await.status, 303);
}

#[tokio::test]
async fn once_there_is_any_user_the_link_is_worth_nothing() {
    let app = TestApp::start().await;
    let code = offered(&app).await;
    app.with_account("reef").await;
    assert_eq!(opened(&app, &code).await, 200, "an account is nobody");
    app.with_user("reef", "kai", Role::Owner).await;
    assert_eq!(opened(&app, &code).await, 410);
    assert_eq!(sent(&mut app.browser(), &code, (EMAIL, "", PASSWORD)).await.status, 410);
}

#[tokio::test]
async fn another_site_cannot_send_the_form() {
    let app = TestApp::start().await;
    let code = offered(&app).await;
    let browser = app.browser();
    let form = format!("code={code}&email=eve%40evil.example&name=&password=kayak+by+the+old+jetty");
    let mut request = browser.ask("POST", "/setup", form);
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(app.send(request).await.status, 403);
    assert!(app.innkeeper.system_users(None, 10).await.unwrap().is_empty());
}

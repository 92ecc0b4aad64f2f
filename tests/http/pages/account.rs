//! The account page and the step-up.

use super::{leads, minutes, reef, signed_in, with_people};
use crate::app::TestApp;
use crate::browser::PASSWORD;
use innkeeper::domain::user::Role;

#[tokio::test]
async fn the_account_page_says_who_somebody_is() {
    let app = reef().await;
    let mut browser = signed_in(&app, "alex").await;
    let page = browser.get("/account").await;
    assert_eq!(page.status, 200);
    for said in ["alex@reef.example", "Owner", "Tours of reef", "Team", "/account/sessions"] {
        assert!(page.text().contains(said), "{said}");
    }
    assert_eq!(page.header("cache-control"), "no-store");
}

#[tokio::test]
async fn without_a_session_every_account_page_leads_to_the_sign_in_and_back() {
    let app = reef().await;
    for path in ["/account", "/account/sessions?done=over", "/account/step-up", "/account/sessions/s_1/terminate"] {
        let answer = app.browser().get(path).await;
        let next = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
        assert_eq!(leads(&answer), (303, format!("/sign-in?next={next}").as_str()));
    }
    for path in ["/account/sessions/s_1/terminate", "/account/sessions/end-others", "/account/step-up"] {
        assert_eq!(leads(&app.browser().post(path, &[]).await), (303, "/sign-in"));
    }
    let mut browser = app.browser();
    browser.cookies.insert("innkeeper".into(), ("A".repeat(43), false));
    assert_eq!(browser.get("/account").await.status, 303, "a token that means nothing is none");
}

#[tokio::test]
async fn a_step_up_takes_the_password_and_leads_on() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let then = "/account/sessions/end-others";
    let fresh = browser.get(&format!("/account/step-up?then={then}")).await;
    assert_eq!(leads(&fresh), (303, then), "somebody who has just signed in has nothing to prove");
    app.clock.advance(minutes(10));
    let page = browser.get(&format!("/account/step-up?then={then}")).await;
    assert!(page.status == 200 && page.text().contains("within the last 10 minutes"));
    assert!(page.text().contains(&format!(r#"name="then" value="{then}""#)));
    let wrong = browser.post("/account/step-up", &[("password", "not it at all"), ("then", then)]).await;
    assert!(wrong.status == 401 && wrong.text().contains("The password is incorrect."));
    assert!(wrong.text().contains(&format!(r#"value="{then}""#)));
    let right = browser.post("/account/step-up", &[("password", PASSWORD), ("then", then)]).await;
    assert_eq!(leads(&right), (303, then));
}

#[tokio::test]
async fn a_step_up_gives_the_session_a_new_token_and_the_old_one_opens_nothing() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let mut stolen = browser.clone();
    let wrong = browser.post("/account/step-up", &[("password", "not it at all")]).await;
    assert!(wrong.status == 401 && stolen.is_signed_in().await, "a wrong password changes no token");
    app.clock.advance(minutes(10));
    assert_eq!(browser.post("/account/step-up", &[("password", PASSWORD)]).await.status, 303);
    assert_ne!(stolen.cookies["innkeeper"], browser.cookies["innkeeper"]);
    assert_eq!(app.send(stolen.ask("GET", "/forward-auth", String::new())).await.status, 401);
    assert_eq!(leads(&stolen.get("/account").await), (303, "/sign-in?next=%2Faccount"));
    assert_eq!(app.send(browser.ask("GET", "/forward-auth", String::new())).await.status, 200);
    assert!(browser.is_signed_in().await, "another tab sends the new cookie, too");
}

#[tokio::test]
async fn of_two_step_ups_at_once_one_gives_the_cookie_and_the_other_takes_none() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(10));
    let then = "/account/sessions/end-others";
    let (mut first, mut second) = (browser.clone(), browser.clone());
    let fields = [("password", PASSWORD), ("then", then)];
    let (one, two) = tokio::join!(first.post("/account/step-up", &fields), second.post("/account/step-up", &fields));
    let (won, lost) = if one.headers.contains_key("set-cookie") { (first, two) } else { (second, one) };
    assert_ne!(won.cookies["innkeeper"], browser.cookies["innkeeper"]);
    assert!(!lost.headers.contains_key("set-cookie"), "whatever the order of the answers, the new cookie stays");
    let came_late = (303, "/sign-in");
    assert!([(303, then), came_late].contains(&leads(&lost)), "{:?}", leads(&lost));
    // Both tabs have one jar.
    browser.cookies = won.cookies;
    assert!(browser.is_signed_in().await);
    assert_eq!(leads(&browser.get(&format!("/account/step-up?then={then}")).await), (303, then));
    let events = app.innkeeper.events(innkeeper::service::Position(0), 200).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind == "session.stepped_up").count(), 1);
}

#[tokio::test]
async fn a_step_up_leads_to_account_pages_only() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    for then in ["https://evil.example/account/", "//evil.example/account/", "/boats", "", "/account/../boats"] {
        let answer = browser.post("/account/step-up", &[("password", PASSWORD), ("then", then)]).await;
        assert_eq!(leads(&answer), (303, "/account/sessions"), "{then}");
    }
}

#[tokio::test]
async fn a_step_up_in_a_session_that_is_over_is_told_why() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(20));
    let answer = browser.post("/account/step-up", &[("password", PASSWORD)]).await;
    assert!(answer.status == 401 && answer.text().contains("20 minutes of inactivity"));
}

#[tokio::test]
async fn who_wanted_no_other_page_goes_to_the_application_and_finds_the_way_back_to_it() {
    let app = TestApp::configured(|config| {
        config.next_hosts = vec!["desk.example".into()];
        config.app_url = Some("http://desk.example/tours".parse().unwrap());
    });
    let app = with_people(app.await).await;
    let mut kai = app.browser();
    assert_eq!(leads(&kai.sign_in("kai").await), (303, "/"));
    assert_eq!(leads(&kai.get("/").await), (303, "http://desk.example/tours"));
    let page = kai.get("/account").await;
    assert_eq!(page.text().matches("href=\"http://desk.example/tours\"").count(), 2, "{}", page.text());
    assert_eq!(leads(&app.get("/").await), (303, "/account"), "who is not signed in comes to the sign-in from there");
    let plain = reef().await;
    let mut kai = plain.browser();
    assert_eq!(leads(&kai.sign_in("kai").await), (303, "/account"));
    assert_eq!(leads(&kai.get("/").await), (303, "/account"));
    assert!(!kai.get("/account").await.text().contains(">Application<"));
}

#[tokio::test]
async fn below_a_path_the_home_page_leads_to_the_application_with_a_slash_and_without() {
    let app = TestApp::configured(|config| {
        config.public_url = "http://127.0.0.1:8080/auth/".parse().unwrap();
        config.app_url = Some("http://127.0.0.1:8080/tours".parse().unwrap());
    });
    let app = with_people(app.await).await;
    let mut kai = app.browser();
    kai.base = "/auth".into();
    assert_eq!(leads(&kai.sign_in("kai").await), (303, "/auth"));
    assert_eq!(leads(&kai.get("").await), (303, "http://127.0.0.1:8080/tours"));
    assert_eq!(leads(&kai.get("/").await), (303, "/auth"));
}

#[tokio::test]
async fn support_works_in_no_application_and_is_led_to_none() {
    let app = TestApp::configured(|config| config.app_url = Some("http://127.0.0.1:8080/tours".parse().unwrap())).await;
    app.with_system_user("sam", Role::Support).await;
    let mut sam = app.browser();
    assert_eq!(leads(&sam.sign_in("sam").await), (303, "/"));
    assert_eq!(leads(&sam.get("/").await), (303, "/account"));
    assert!(!sam.get("/account").await.text().contains(">Application<"));
}

//! Signing in and out: who is admitted, who is refused, and what every answer says.

use super::{leads, minutes, reef, reef_with_places, signed_in};
use crate::app::TestApp;
use crate::browser::PASSWORD;
use innkeeper::domain::id::UserId;
use innkeeper::domain::user::UserStatus;
use innkeeper::service::UserFields;
use std::time::Duration;

const RIGHT: [(&str, &str); 2] = [("email", "kai@reef.example"), ("password", PASSWORD)];

#[tokio::test]
async fn the_form_brings_a_device_cookie_and_asks_for_hints() {
    let app = reef().await;
    let mut browser = app.browser();
    let page = browser.get("/sign-in?next=/boats").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("accept-ch"), "Sec-CH-UA-Platform-Version, Sec-CH-UA-Model");
    assert!(page.text().contains(r#"name="next" value="/boats""#));
    let device = browser.cookies["innkeeper-device"].clone();
    assert!(device.1, "it outlives the browser");
    browser.get("/sign-in").await;
    assert_eq!(browser.cookies["innkeeper-device"], device, "one that is there stays");
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_as_good_as_none() {
    let app = reef().await;
    let page = app.browser().get("/sign-in?next=/boats&next=//evil.example").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains(r#"name="next" value="""#));
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(10));
    for path in ["/account/sessions?done=a&done=b", "/account/step-up?then=/a&then=/b"] {
        assert_eq!(browser.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_device_cookie_that_none_of_ours_could_be_is_replaced() {
    let app = reef().await;
    let mut browser = app.browser();
    browser.cookies.insert("innkeeper-device".into(), ("planted".into(), true));
    browser.get("/sign-in").await;
    assert_eq!(browser.cookies["innkeeper-device"].0.len(), 43);
}

#[tokio::test]
async fn signing_in_needs_nothing_but_address_and_password() {
    let app = reef().await;
    let mut browser = app.browser();
    let answer = browser.post("/sign-in", &[("email", " Kai@Reef.example "), ("password", PASSWORD)]).await;
    assert_eq!(leads(&answer), (303, "/account"));
    let set: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap()).collect();
    assert_eq!(set.len(), 2, "{set:?}");
    assert!(set[0].starts_with("innkeeper=") && set[0].ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{set:?}");
    assert!(set[1].starts_with("innkeeper-device=") && set[1].ends_with("Max-Age=34560000"), "{set:?}");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_sign_in_leads_to_where_somebody_wanted_to_go_and_never_to_another_site() {
    let app = reef().await;
    for (next, to) in [
        ("/boats?day=1", "/boats?day=1"),
        ("https://evil.example/", "/account"),
        ("//evil.example", "/account"),
        ("", "/account"),
    ] {
        let mut browser = signed_in(&app, "alex").await;
        let [email, password] = RIGHT;
        let answer = browser.post("/sign-in", &[email, password, ("next", next)]).await;
        assert_eq!(leads(&answer), (303, to), "{next}");
        browser.post("/sign-out", &[]).await;
    }
}

#[tokio::test]
async fn whoever_is_signed_in_is_led_past_the_form() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    assert_eq!(leads(&browser.get("/sign-in").await), (303, "/account"));
    assert_eq!(leads(&browser.get("/sign-in?next=/boats").await), (303, "/boats"));
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let app = reef().await;
    let id = UserId::new("alex").unwrap();
    let suspended = UserFields { status: Some(UserStatus::Suspended), ..UserFields::default() };
    app.with_user("reef", "mia", innkeeper::domain::user::Role::Owner).await;
    let by = innkeeper::domain::end::Actor::Operator;
    app.innkeeper.put_user(&id, suspended, &by).await.unwrap().unwrap();
    let mut bodies = Vec::new();
    for (email, password) in [
        ("kai@reef.example", "not the password"),
        ("nobody@reef.example", PASSWORD),
        ("alex@reef.example", PASSWORD),
        ("kai@reef.example", ""),
        ("no address", PASSWORD),
    ] {
        let mut browser = app.browser();
        let answer = browser.post("/sign-in", &[("email", email), ("password", password)]).await;
        assert_eq!(answer.status, 401, "{email}");
        assert!(answer.text().contains("The e-mail address or the password is incorrect."), "{email}");
        let csp = answer.header("content-security-policy");
        let nonce = csp.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(answer.text().contains(&format!(r#"value="{email}""#)), "the address stays in the form");
        bodies.push(answer.text().replace(nonce, "").replace(email, ""));
        assert!(!browser.cookies.contains_key("innkeeper"));
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn a_second_sign_in_is_refused_while_the_first_is_live() {
    let app = reef().await;
    let mut first = signed_in(&app, "kai").await;
    let mut second = app.browser();
    let answer = second.post("/sign-in", &[RIGHT[0], RIGHT[1], ("next", "/boats")]).await;
    assert_eq!(answer.status, 409);
    let page = answer.text();
    assert!(page.contains(
        "<p id=\"refusal\" role=\"alert\">You are already logged in. Only one session per user is valid. \
         Please contact support if you think this is an error.</p>"
    ));
    assert!(page.contains("Reference <code>R-") && page.contains("inactive for 20 minutes."));
    assert!(page.contains("Ask your account owner") && page.contains("/sign-in?next=%2Fboats"));
    assert!(!page.contains("Firefox") && !page.contains("Private network") && !page.contains("<time"));
    assert!(!second.cookies.contains_key("innkeeper") && second.cookies.contains_key("innkeeper-device"));
    assert!(first.is_signed_in().await);
}

#[tokio::test]
async fn an_owner_who_is_refused_hears_of_plans_with_staff_logins() {
    let app = reef().await;
    let _first = signed_in(&app, "alex").await;
    let answer = app.browser().sign_in("alex").await;
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains(r#"<a href="/account/plans">Compare the plans with staff logins</a>"#));
}

#[tokio::test]
async fn the_place_is_free_after_a_sign_out() {
    let app = reef().await;
    let mut first = signed_in(&app, "kai").await;
    let answer = first.post("/sign-out", &[]).await;
    assert_eq!(leads(&answer), (303, "/signed-out"));
    assert!(!first.cookies.contains_key("innkeeper"));
    let page = first.get("/signed-out").await;
    assert!(page.status == 200 && page.text().contains("You are not signed in in this browser."));
    assert_eq!(app.browser().sign_in("kai").await.status, 303);
}

#[tokio::test]
async fn the_place_is_free_after_exactly_20_idle_minutes() {
    let app = reef().await;
    let mut first = signed_in(&app, "kai").await;
    app.clock.advance(minutes(20) - Duration::from_millis(1));
    assert_eq!(app.browser().sign_in("kai").await.status, 409);
    app.clock.advance(Duration::from_millis(1));
    let mut second = signed_in(&app, "kai").await;
    let page = first.get("/account/sessions").await;
    assert_eq!(page.status, 401);
    assert!(page.text().contains("You were signed out after 20 minutes of inactivity."));
    assert!(second.is_signed_in().await);
}

#[tokio::test]
async fn moving_between_pages_keeps_somebody_signed_in() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    for _ in 0..3 {
        app.clock.advance(minutes(19));
        assert!(browser.is_signed_in().await);
    }
    assert_eq!(app.browser().sign_in("kai").await.status, 409);
}

#[tokio::test]
async fn signing_out_twice_or_without_a_session_is_harmless() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let request = browser.ask("POST", "/sign-out", String::new());
    for _ in 0..2 {
        let again = app.browser().ask("POST", "/sign-out", String::new());
        assert_eq!(leads(&browser.send(again).await), (303, "/signed-out"));
    }
    assert_eq!(leads(&browser.send(request).await), (303, "/signed-out"));
}

#[tokio::test]
async fn the_page_after_a_sign_out_does_not_claim_one_that_never_was() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    assert_eq!(leads(&browser.get("/signed-out").await), (303, "/account"));
}

#[tokio::test]
async fn the_same_browser_takes_its_own_place_back_after_closing() {
    let app = reef().await;
    let mut browser = app.browser();
    browser.get("/sign-in").await;
    assert_eq!(browser.sign_in("kai").await.status, 303);
    assert!(browser.is_signed_in().await);
    browser.close();
    assert!(!browser.is_signed_in().await);
    assert_eq!(browser.sign_in("kai").await.status, 303);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn the_same_browser_takes_its_place_back_after_a_lost_answer() {
    let app = reef().await;
    let mut browser = app.browser();
    browser.get("/sign-in").await;
    let before = browser.clone();
    assert_eq!(browser.sign_in("kai").await.status, 303);
    // The answer never arrived: the browser still has what came with the form.
    let mut browser = before;
    assert_eq!(browser.sign_in("kai").await.status, 303);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_double_click_signs_in_once_more_and_refuses_nobody() {
    let app = reef().await;
    let mut browser = app.browser();
    browser.get("/sign-in").await;
    let mut twin = browser.clone();
    let (first, second) = tokio::join!(browser.sign_in("kai"), twin.sign_in("kai"));
    assert_eq!((first.status, second.status), (303, 303));
    let live = [browser.is_signed_in().await, twin.is_signed_in().await];
    assert_eq!(live.iter().filter(|live| **live).count(), 1, "one of the two sessions replaced the other");
}

#[tokio::test]
async fn signing_in_as_somebody_else_ends_the_session_that_the_browser_held() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let mut before = browser.clone();
    assert_eq!(browser.sign_in("alex").await.status, 303);
    assert!(browser.get("/account").await.text().contains("alex@reef.example"));
    let page = before.get("/account").await;
    assert!(page.status == 401 && page.text().contains("Somebody else signed in in the same browser"));
}

#[tokio::test]
async fn where_the_policy_has_several_places_each_is_taken_once() {
    let app = reef_with_places(2).await;
    let (mut first, mut second) = (signed_in(&app, "kai").await, signed_in(&app, "kai").await);
    assert_eq!(app.browser().sign_in("kai").await.status, 409);
    assert!(first.is_signed_in().await && second.is_signed_in().await);
}

#[tokio::test]
async fn a_form_without_its_fields_or_with_one_twice_is_refused() {
    let app = reef().await;
    let email = ("email", "kai@reef.example");
    let password = ("password", PASSWORD);
    for fields in [&[email][..], &[password], &[], &[email, password, password], &[email, email, password]] {
        let answer = app.browser().post("/sign-in", fields).await;
        assert_eq!(answer.status, 400, "{fields:?}");
        assert!(answer.text().contains("<h1>"));
    }
}

#[tokio::test]
async fn a_rush_beyond_what_can_be_verified_is_told_to_wait_and_refuses_nobody() {
    let app = TestApp::configured(|config| {
        config.limits.password_workers = 1;
        config.limits.password_queue = 1;
    });
    let app = super::with_people(app.await).await;
    let mut rush = [app.browser(), app.browser(), app.browser(), app.browser()];
    let [a, b, c, d] = &mut rush;
    // One is being verified and one waits: at least two of four are too many.
    let answers = tokio::join!(a.sign_in("kai"), b.sign_in("kai"), c.sign_in("kai"), d.sign_in("kai"));
    let answers = [answers.0, answers.1, answers.2, answers.3];
    let busy: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(busy.len() >= 2, "{:?}", answers.each_ref().map(|answer| answer.status));
    for answer in busy {
        assert_eq!(answer.header("retry-after"), "5");
        assert!(
            answer.text().contains("Very many people are signing in at this moment")
                && answer.text().contains("kai@reef.example")
        );
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
}

#[tokio::test]
async fn on_https_below_a_prefix_every_address_and_cookie_is_its_own() {
    let app = TestApp::configured(|config| config.public_url = "https://app.example/auth/".parse().unwrap()).await;
    let app = super::with_people(app).await;
    let mut browser = app.browser();
    browser.base = "/auth".into();
    assert_eq!(leads(&browser.get("/account").await), (303, "/auth/sign-in?next=%2Fauth%2Faccount"));
    assert!(browser.get("/sign-in").await.text().contains(r#"action="/auth/sign-in""#));
    assert_eq!(leads(&browser.sign_in("kai").await), (303, "/auth/account"));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-innkeeper", "__Host-innkeeper-device"]);
    assert!(browser.is_signed_in().await);
    for home in ["", "/"] {
        assert_eq!(leads(&browser.get(home).await), (303, "/auth/account"), "{home:?}");
    }
    browser.base.clear();
    assert_eq!(browser.get("/account").await.status, 404, "outside the prefix there is nothing of ours");
}

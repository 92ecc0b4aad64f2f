//! The security page: the last sign-ins, what was refused since, and the ways on.

use super::{leads, minutes, reef, reef_with_places, signed_in};

#[tokio::test]
async fn the_first_sign_in_says_that_it_is_the_first() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let page = browser.get("/account/security").await;
    assert_eq!(page.status, 200);
    for said in [
        "This session",
        "today, 14:00 AEST",
        "This is the first sign-in that is known here.",
        "Refused since then",
        "None",
        "You have 1 active session.",
    ] {
        assert!(page.text().contains(said), "{said}");
    }
    for way in ["/account/sessions", "/account/security/password"] {
        assert!(page.text().contains(&format!("href=\"{way}\"")), "{way}");
    }
}

#[tokio::test]
async fn the_sign_in_before_is_told_with_what_was_refused_since() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(5));
    for _ in 0..3 {
        assert_eq!(app.browser().sign_in("kai").await.status, 409);
    }
    app.clock.advance(minutes(1));
    browser.post("/sign-out", &[]).await;
    app.clock.advance(minutes(1));
    let page = signed_in(&app, "kai").await.get("/account/security").await;
    for said in [
        "today, 14:07 AEST",
        "Before that",
        "today, 14:00 AEST",
        "3 attempts with your password",
        "the last",
        "today, 14:05 AEST",
    ] {
        assert!(page.text().contains(said), "{said}");
    }
}

#[tokio::test]
async fn a_sign_in_elsewhere_that_deserves_a_look_is_the_last_one() {
    let app = reef_with_places(2).await;
    let mut desk = signed_in(&app, "kai").await;
    let _stranger = signed_in(&app, "kai").await;
    let page = desk.get("/account/security").await;
    for said in ["Last sign-in", "This session", "You have 2 active sessions.", "1 of them deserves a look"] {
        assert!(page.text().contains(said), "{said}");
    }
}

#[tokio::test]
async fn the_session_at_hand_is_named_however_many_came_after_it() {
    let app = reef_with_places(4).await;
    let mut desk = signed_in(&app, "kai").await;
    for _ in 0..3 {
        app.clock.advance(minutes(1));
        signed_in(&app, "kai").await;
    }
    let page = desk.get("/account/security").await;
    let (latest, own) = (page.text().find("Last sign-in"), page.text().find("This session"));
    assert!(latest.is_some() && latest < own && page.text().contains("Before that"));
}

#[tokio::test]
async fn without_a_session_it_leads_to_the_sign_in_and_back() {
    let app = reef().await;
    for path in ["/account/security", "/account/security/password"] {
        let next = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
        assert_eq!(leads(&app.browser().get(path).await), (303, format!("/sign-in?next={next}").as_str()));
    }
}

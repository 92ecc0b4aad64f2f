//! Whoever finds their session over is told why, once.

use super::{leads, minutes, reef, signed_in};
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::UserId;
use innkeeper::service::UserFields;

#[tokio::test]
async fn the_next_navigation_after_twenty_idle_minutes_says_why_and_since_when() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(25));
    let page = browser.get("/account/sessions?done=over").await;
    assert_eq!(page.status, 401);
    let text = page.text();
    assert!(text.contains("You were signed out after 20 minutes of inactivity."));
    assert!(text.contains("22 Nov 2026, 14:20 AEST (Brisbane)") && text.contains("5 minutes ago"));
    assert!(text.contains(r#"name="next" value="/account/sessions?done=over""#));
    assert!(!browser.cookies.contains_key("innkeeper"), "showing it uses it up");
    assert!(!text.contains("/language"), "whoever left it for another language would not come back to it");
    assert_eq!(browser.get("/account").await.status, 303);
}

#[tokio::test]
async fn the_sign_in_page_says_why_instead_of_a_bare_form() {
    let app = reef().await;
    for path in ["/sign-in?next=/boats", "/signed-out"] {
        let mut browser = signed_in(&app, "kai").await;
        app.clock.advance(minutes(20));
        let page = browser.get(path).await;
        assert!(page.status == 200 && page.text().contains("20 minutes of inactivity"), "{path}");
        assert!(!browser.cookies.contains_key("innkeeper"));
        assert!(!browser.get(path).await.text().contains("inactivity"));
    }
}

#[tokio::test]
async fn what_the_browser_fetches_by_itself_does_not_use_it_up() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(20));
    let mut request = browser.ask("GET", "/account/sessions", String::new());
    request.headers_mut().insert("sec-purpose", "prefetch".parse().unwrap());
    assert_eq!(browser.send(request).await.status, 401);
    assert!(browser.get("/account").await.text().contains("20 minutes of inactivity"));
}

#[tokio::test]
async fn whatever_ended_it_the_sentence_names_it() {
    let app = reef().await;
    let user = UserId::new("kai").unwrap();
    let mut browser = signed_in(&app, "kai").await;
    app.innkeeper.end_sessions_of_user(&user, None, Actor::Operator).await.unwrap();
    assert!(
        browser
            .get("/account")
            .await
            .text()
            .contains("The application that you were signed in to, or whoever runs it, ended")
    );

    let mut browser = signed_in(&app, "kai").await;
    let fields = UserFields { password: Some("another one entirely".into()), ..UserFields::default() };
    app.innkeeper.put_user(&user, fields, &Actor::Operator).await.unwrap().unwrap();
    assert!(browser.get("/account").await.text().contains("Your password was changed"));
}

#[tokio::test]
async fn the_absolute_lifetime_ends_a_session_however_active_it_is() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    for _ in 0..47 {
        app.clock.advance(minutes(15));
        assert!(browser.is_signed_in().await);
    }
    app.clock.advance(minutes(15));
    let page = browser.get("/account").await;
    assert!(page.status == 401 && page.text().contains("a session lasts 12 hours at most"));
}

#[tokio::test]
async fn a_button_pressed_too_late_changes_nothing_and_says_why() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(20));
    let answer = browser.post("/account/sessions/end-others", &[]).await;
    assert!(answer.status == 401 && answer.text().contains("20 minutes of inactivity"));
    assert_eq!(leads(&browser.get("/account").await).0, 303);
}

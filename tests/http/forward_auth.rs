//! `/forward-auth`: what is configured of the paths of applications.

use crate::app::{Answer, TestApp};
use crate::browser::Browser;
use crate::pages::{minutes, signed_in, with_people};
use innkeeper::domain::activity::{PathPattern, PathRules};

fn patterns(texts: &[&str]) -> Vec<PathPattern> {
    texts.iter().map(|text| PathPattern::parse(text).unwrap()).collect()
}

/// An installation behind a proxy on this machine, where polls never count and the kiosk always does.
async fn reef_with_paths() -> TestApp {
    let configured = TestApp::configured(|config| {
        config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        config.activity = PathRules { never: patterns(&["/poll", "/api/*"]), always: patterns(&["/api/kiosk/*"]) };
    });
    with_people(configured.await).await
}

/// What a proxy is told of a background request, or of a navigation, for this address.
async fn asked(app: &TestApp, browser: &Browser<'_>, uri: &str, headers: &[(&'static str, &'static str)]) -> Answer {
    let mut request = browser.ask("GET", "/forward-auth", String::new());
    request.headers_mut().insert("x-forwarded-uri", uri.parse().unwrap());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    app.send(request).await
}

const POLL: [(&str, &str); 2] = [("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];

#[tokio::test]
async fn of_a_path_in_never_even_a_navigation_keeps_no_session_alive() {
    for (uri, reason) in
        [("/poll?now=1", "idle"), ("/x/../%70oll", "idle"), ("/api/boats", "idle"), ("/boats?to=/poll", "")]
    {
        let app = reef_with_paths().await;
        let browser = signed_in(&app, "kai").await;
        app.clock.advance(minutes(15));
        assert_eq!(asked(&app, &browser, uri, &[]).await.status, 200, "{uri}");
        app.clock.advance(minutes(5));
        assert_eq!(asked(&app, &browser, uri, &[]).await.header("innkeeper-reason"), reason, "{uri}");
    }
}

#[tokio::test]
async fn of_a_path_in_always_even_a_poll_keeps_it_alive_unless_the_mark_says_otherwise() {
    let marked = [POLL[0], POLL[1], ("innkeeper-activity", "none")];
    for (uri, headers, reason) in [
        ("/api/kiosk/wait", &POLL[..], ""),
        ("/api/boats", &POLL[..], "idle"),
        ("/boats", &POLL[..], "idle"),
        ("/api/kiosk/wait", &marked[..], "idle"),
    ] {
        let app = reef_with_paths().await;
        let browser = signed_in(&app, "kai").await;
        app.clock.advance(minutes(15));
        assert_eq!(asked(&app, &browser, uri, headers).await.status, 200, "{uri}");
        app.clock.advance(minutes(5));
        assert_eq!(asked(&app, &browser, uri, headers).await.header("innkeeper-reason"), reason, "{uri} {headers:?}");
    }
}

#[tokio::test]
async fn a_path_that_a_stranger_forwards_is_not_believed_and_our_own_pages_have_none() {
    let app = TestApp::configured(|config| config.activity.never = patterns(&["/*"])).await;
    let app = with_people(app).await;
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(15));
    assert_eq!(asked(&app, &browser, "/poll", &[]).await.status, 200);
    app.clock.advance(minutes(15));
    assert!(browser.is_signed_in().await, "a navigation, whatever a stranger forwards");
    app.clock.advance(minutes(15));
    assert!(browser.is_signed_in().await, "a page of ours");
}
